"""Taking a spot away and taking that back: its author within 30 days, a moderator with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import ModerationAction, Spot, StaleVersion
from tests.markup import Page
from tests.spots.threads import all_at_once, errors_of

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]


@pytest.fixture
def spot(make_spot: MakeSpot, hana: User) -> Spot:
    return make_spot(created_by=hana)


def test_it_asks_first_and_can_be_undone_at_once(sign_in: SignIn, hana: User, spot: Spot, client: Client) -> None:
    author, url = sign_in(hana), spot.get_absolute_url()
    assert "「中央公園」を削除しますか" in Page(author.get(f"{url}delete/")).text
    assert client.get(url).status_code == 200

    page = Page(author.post(f"{url}delete/", follow=True))
    assert "「中央公園」を削除しました。" in page.text
    assert [client.get(url).status_code, author.get(url).status_code] == [404, 404]
    [undo] = [box for box in page.all("form") if box.get("action") == f"{url}restoration/"][:1]
    answer = author.post(undo.get("action", ""))
    assert (answer.status_code, answer["Location"]) == (302, url)
    assert client.get(url).status_code == 200


def test_the_pages_before_sign_in_show_no_undo(sign_in: SignIn, hana: User, spot: Spot) -> None:
    author = sign_in(hana)
    author.post(f"{spot.get_absolute_url()}delete/")
    author.cookies.pop("sessionid")
    assert Page(author.get("/")).all("form", method="post") == []


@pytest.mark.parametrize("state", ["draft", "pending", "hidden", "published"])
def test_it_comes_back_as_it_was(sign_in: SignIn, hana: User, mori: User, spot: Spot, state: str) -> None:
    if state == "hidden":
        spot.hide(mori, "場所の確認中")
    Spot.objects.filter(pk=spot.pk).update(state=state)
    author = sign_in(hana)
    author.post(f"{spot.get_absolute_url()}delete/")
    assert Spot.objects.get().state == "deleted"
    author.post(f"{spot.get_absolute_url()}restoration/")
    assert Spot.objects.get().state == state


def test_after_thirty_days_it_stays_away(sign_in: SignIn, hana: User, spot: Spot) -> None:
    spot.delete_softly()
    author, url = sign_in(hana), f"{spot.get_absolute_url()}restoration/"
    assert "を元に戻しますか" in Page(author.get(url)).text
    Spot.objects.update(deleted_at=timezone.now() - timedelta(days=30, minutes=1))
    assert [author.get(url).status_code, author.post(url).status_code] == [404, 404]


def test_a_moderator_gives_a_reason_that_the_author_reads(sign_in: SignIn, hana: User, mori: User, spot: Spot) -> None:
    moderator, url = sign_in(mori), f"{spot.get_absolute_url()}delete/"
    refused = moderator.post(url)
    assert (refused.status_code, Spot.objects.get().state) == (400, "published")
    assert Page(refused).all("p", id="id_reason-error")
    assert moderator.post(url, {"reason": "private", "detail": "家の住所です"}).status_code == 302
    [line] = ModerationAction.objects.all()
    told = "個人の家や個人情報が写っている: 家の住所です"
    assert (line.actor, line.verb, line.before, line.after, line.reason) == (
        mori,
        "delete",
        "published",
        "deleted",
        told,
    )

    author = sign_in(hana)
    assert told in Page(author.get(f"{spot.get_absolute_url()}restoration/")).text
    page = Page(author.post(f"{spot.get_absolute_url()}restoration/", follow=True))
    assert "モデレーターが削除したため、元に戻せません。" in page.text
    assert Spot.objects.get().state == "deleted"


def test_a_moderators_own_spot_needs_no_reason(sign_in: SignIn, mori: User, make_spot: MakeSpot) -> None:
    own = make_spot(created_by=mori)
    sign_in(mori).post(f"{own.get_absolute_url()}delete/")
    assert (Spot.objects.get().state, ModerationAction.objects.count()) == ("deleted", 0)


def test_strangers_and_suspended_people_delete_nothing(
    client: Client, sign_in: SignIn, hana: User, ren: User, spot: Spot
) -> None:
    url = f"{spot.get_absolute_url()}delete/"
    assert sign_in(ren).post(url).status_code == 403
    assert client.post(url).status_code == 302
    hana.suspend(timezone.now() + timedelta(days=1), "宣伝")
    assert sign_in(hana).post(url).status_code == 403
    assert Spot.objects.get().state == "published"


def test_strangers_moderators_and_suspended_people_restore_nothing_here(
    client: Client, sign_in: SignIn, hana: User, ren: User, mori: User, spot: Spot
) -> None:
    spot.delete_softly()
    url = f"{spot.get_absolute_url()}restoration/"
    for person, status in ((ren, 404), (mori, 404)):
        assert sign_in(person).post(url).status_code == status
    assert client.post(url).status_code == 302
    hana.suspend(timezone.now() + timedelta(days=1), "宣伝")
    assert sign_in(hana).post(url).status_code == 403
    assert Spot.objects.get().state == "deleted"


def test_a_button_pressed_twice_is_answered_as_once(
    sign_in: SignIn, hana: User, ren: User, mori: User, spot: Spot
) -> None:
    author, url = sign_in(hana), spot.get_absolute_url()
    assert [author.post(f"{url}delete/")["Location"] for _ in range(2)] == [hana.get_absolute_url()] * 2
    assert sign_in(ren).post(f"{url}delete/").status_code == 404
    assert sign_in(mori).post(f"{url}delete/", {"reason": "spam"})["Location"] == url
    assert Spot.objects.get().deletion_reason == ""
    assert [author.post(f"{url}restoration/")["Location"] for _ in range(2)] == [url] * 2
    assert sign_in(ren).post(f"{url}restoration/").status_code == 404
    assert Spot.objects.get().state == "published"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_pressed_many_times_at_once_it_goes_and_comes_back(sign_in: SignIn, hana: User, spot: Spot) -> None:
    for verb, state in (("delete", "deleted"), ("restoration", "published")):
        url = f"{spot.get_absolute_url()}{verb}/"
        presses: list[Callable[[], object]] = [partial(sign_in(hana).post, url) for _one in range(8)]
        answers: list[Any] = all_at_once(presses)
        assert errors_of(answers) == []
        assert {answer.status_code for answer in answers} == {302}
        assert Spot.objects.get().state == state
    assert Spot.objects.get().version == 3


def test_a_reason_given_on_an_english_page_is_kept_in_the_first_language(
    sign_in: SignIn, mori: User, spot: Spot
) -> None:
    sign_in(mori).post(f"/en{spot.get_absolute_url()}delete/", {"reason": "spam"})
    assert Spot.objects.get().deletion_reason == "宣伝・スパム"


def test_what_a_moderator_deleted_meanwhile_does_not_come_back(hana: User, mori: User, spot: Spot) -> None:
    spot.delete_softly(hana)
    read_before = Spot.objects.get()
    spot.restore(mori, "誤り")
    spot.delete_softly(mori, "宣伝")
    with pytest.raises(StaleVersion):
        read_before.undelete()
    assert (Spot.objects.get().state, Spot.objects.get().deletion_reason) == ("deleted", "宣伝")


def test_what_a_moderator_hid_meanwhile_comes_back_hidden(hana: User, mori: User, spot: Spot) -> None:
    spot.delete_softly(hana)
    read_before = Spot.objects.get()
    spot.hide(mori, "宣伝")
    with pytest.raises(StaleVersion):
        read_before.undelete()
    Spot.objects.get().undelete()
    assert (Spot.objects.get().state, Spot.objects.get().hidden_reason) == ("hidden", "宣伝")
