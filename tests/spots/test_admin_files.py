"""Photos and files as moderators find, judge and look them up in the admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from spots.models import Attachment, ModerationAction, Spot, SpotPhoto
from tests.markup import Page
from tests.spots.pictured import attachment_of, photo_of

pytestmark = pytest.mark.django_db

MakeSpot = Callable[..., Spot]
File = SpotPhoto | Attachment


@pytest.fixture
def moderator(mori: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(mori)


@pytest.fixture
def park(make_spot: MakeSpot, hana: User) -> Spot:
    return make_spot("中央公園", created_by=hana)


@pytest.fixture(params=[photo_of, attachment_of], ids=["photo", "attachment"])
def file(request: pytest.FixtureRequest, park: Spot, hana: User) -> File:
    made: File = request.param(park, hana)
    return made


def list_of(file: File) -> str:
    return f"/admin/spots/{file._meta.model_name}/"


def ask(moderator: Client, verb: str, file: File, **answers: Any) -> Page:
    """The page that asks for a reason; with answers, what comes of it."""
    chosen = {"action": verb, "_selected_action": str(file.pk)}
    sent = chosen | ({"confirmed": "1"} | answers if answers else {})
    return Page(moderator.post(list_of(file), sent, follow=True))


def test_what_its_author_deleted_only_they_bring_back_and_that_is_said(
    file: File, hana: User, moderator: Client
) -> None:
    file.delete_softly(hana)
    answer = ask(moderator, "restore", file, reason="mistake")
    assert "1件：投稿した人が削除したため、元に戻せるのは本人だけです。" in answer.text
    assert "先に変わって" not in answer.text
    assert type(file).objects.get().state == "deleted"


@pytest.mark.parametrize("verb", ["hide", "restore", "remove"])
def test_whoever_gives_a_reason_sees_which_photo_it_is(park: Spot, hana: User, moderator: Client, verb: str) -> None:
    photo_of(park, hana)
    photo = photo_of(park, hana, seed=2, caption="椿の道")
    page = ask(moderator, verb, photo)
    assert "中央公園（椿の道）" in page.text
    [shown] = [source for image in page.all("img") if "/images/" in (source := image.get("src", ""))]
    assert photo.image.key in shown
    assert moderator.get(shown).status_code == 200


def test_words_of_a_photo_stay_text_where_a_reason_is_asked(park: Spot, hana: User, moderator: Client) -> None:
    page = ask(moderator, "hide", photo_of(park, hana, caption="<b>太字</b>"))
    assert "中央公園（<b>太字</b>）" in page.text


def test_the_log_and_the_page_of_its_line_name_the_spot(file: File, mori: User, moderator: Client) -> None:
    file.hide(mori, "個人の家")
    action = ModerationAction.objects.get()
    name = "中央公園" if isinstance(file, SpotPhoto) else "中央公園（散歩道）"
    for path in ("/admin/spots/moderationaction/", f"/admin/spots/moderationaction/{action.pk}/change/"):
        found = Page(moderator.get(path))
        assert f"{list_of(file)}{file.pk}/change/" in found.links()
        assert f"：{name}" in found.text


def found_by(moderator: Client, file: File, words: str) -> list[str]:
    """The rows of the list, by their pages, which keep the search in their address."""
    links = Page(moderator.get(list_of(file), {"q": words})).links()
    return [link.partition("?")[0] for link in links]


def test_a_file_is_found_by_its_person_its_spot_and_its_id(file: File, hana: User, moderator: Client) -> None:
    page = f"{list_of(file)}{file.pk}/change/"
    for words in ("hana", "@hana", "中央", "中央 公園", str(file.spot_id), str(file.pk)):
        assert page in found_by(moderator, file, words), words
    for words in ("ren", "@中央", "東公園", "01234567-89ab-7def-8123-456789abcdef"):
        assert page not in found_by(moderator, file, words), words


def test_its_page_tells_what_was_done_and_leads_to_the_evidence(file: File, mori: User, moderator: Client) -> None:
    file.hide(mori, "個人の家")
    action = ModerationAction.objects.get()
    found = Page(moderator.get(f"{list_of(file)}{file.pk}/change/"))
    assert f"/admin/spots/moderationaction/{action.pk}/change/" in found.links()
    assert "個人の家" in found.text
    assert "取り下げの確認：" in found.text


def test_the_history_of_what_its_author_deleted_says_so(file: File, hana: User, moderator: Client) -> None:
    file.delete_softly(hana)
    found = Page(moderator.get(f"{list_of(file)}{file.pk}/history/"))
    assert "投稿した人が削除しました。" in found.text
    assert f"/admin/spots/moderationaction/?q={file.pk}" in found.links()


def test_a_photo_that_is_not_the_cover_is_no_mistake(park: Spot, hana: User, moderator: Client) -> None:
    photo_of(park, hana)
    photo_of(park, hana, seed=2)
    page = Page(moderator.get("/admin/spots/spotphoto/"))
    assert sorted(text.strip("—-") for text in page.texts("td", **{"class": "field-cover"})) == ["", "表紙"]
    assert not [image for image in page.all("img") if "icon-no" in image.get("src", "")]
