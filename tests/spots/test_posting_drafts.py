"""Drafts: complete ones are spots that nobody else sees, the others are kept as they were typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Draft, Spot
from spots.models.draft import MOST_KEPT
from tests.markup import Page
from tests.spots.threads import all_at_once, errors_of
from tests.spots.typed import form

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]


def test_a_draft_is_a_spot_that_nobody_else_sees(sign_in: SignIn, hana: User, ren: User, mori: User) -> None:
    answer = sign_in(hana).post("/spots/new/", form(state="draft"), follow=True)
    spot = Spot.objects.get()
    assert (spot.state, spot.published_at, answer.redirect_chain) == ("draft", None, [(spot.get_absolute_url(), 302)])
    assert "下書きを保存しました。" in Page(answer).text
    for person in (ren, mori):
        assert sign_in(person).get(spot.get_absolute_url()).status_code == 404
        assert sign_in(person).post(f"{spot.get_absolute_url()}edit/", form(version="1")).status_code == 404
    assert not Spot.objects.listed().exists()


def test_its_author_publishes_it_later_and_takes_it_back(sign_in: SignIn, hana: User, make_spot: MakeSpot) -> None:
    spot = make_spot(state="draft", created_by=hana)
    edit = f"{spot.get_absolute_url()}edit/"
    assert "公開しました。" in Page(sign_in(hana).post(edit, form(version="1"), follow=True)).text
    assert Spot.objects.listed().get().published_at is not None
    sign_in(hana).post(edit, form(version="2", state="draft"))
    assert not Spot.objects.listed().exists()


@pytest.mark.parametrize("state", ["pending", "hidden"])
def test_what_a_moderator_holds_back_its_author_cannot_publish(
    sign_in: SignIn, hana: User, make_spot: MakeSpot, state: str
) -> None:
    spot = make_spot(state=state, created_by=hana)
    answer = sign_in(hana).post(f"{spot.get_absolute_url()}edit/", form(version="1", state="published"))
    assert (answer.status_code, Spot.objects.get().state) == (400, state)
    assert "いまの状態からは変えられません。" in Page(answer).text


def test_a_moderator_leaves_the_state_to_the_author(
    sign_in: SignIn, hana: User, mori: User, make_spot: MakeSpot
) -> None:
    spot = make_spot(created_by=hana)
    edit = f"{spot.get_absolute_url()}edit/"
    assert sign_in(mori).post(edit, form(version="1", state="draft")).status_code == 400
    assert Page(sign_in(mori).get(edit)).all("button", value="draft") == []
    assert Spot.objects.get().state == "published"


def test_an_incomplete_draft_is_kept_as_it_was_typed(sign_in: SignIn, hana: User) -> None:
    typed = form(state="draft", category="", latitude="", longitude="", address="", description="一行目\r\n二行目")
    author = sign_in(hana)
    answer = author.post("/spots/new/", typed, follow=True)
    assert urlsplit(answer.redirect_chain[0][0]).path == hana.get_absolute_url()
    assert "カテゴリ、場所" in Page(answer).text
    [draft] = Draft.objects.visible_to(hana)
    assert (str(draft.pk), draft.name, Spot.objects.count()) == (typed["form_token"], "足羽川の桜並木", 0)

    page = Page(author.get(f"/spots/new/?draft={draft.pk}"))
    assert page.one("input", id="id_name").get("value") == "足羽川の桜並木"
    assert (page.one("textarea", id="id_description").text or "").split() == ["一行目", "二行目"]
    assert page.one("input", name="form_token").get("value") == str(draft.pk)

    author.post("/spots/new/", form(form_token=str(draft.pk)))
    assert (Spot.objects.get().state, Draft.objects.count()) == ("published", 0)


def test_saving_it_again_replaces_it(sign_in: SignIn, hana: User) -> None:
    token = str(uuid4())
    for name in ("一", "二"):
        sign_in(hana).post("/spots/new/", form(state="draft", category="", name=name, form_token=token))
    assert [draft.name for draft in Draft.objects.all()] == ["二"]


def test_nobody_else_reads_throws_away_or_overwrites_it(
    client: Client, sign_in: SignIn, hana: User, ren: User, mori: User
) -> None:
    draft = Draft(owner=hana, typed="name=%E6%A1%9C")
    draft.keep()
    for person in (ren, mori):
        other = sign_in(person)
        assert other.get(f"/spots/new/?draft={draft.pk}").status_code == 404
        other.post(f"/drafts/{draft.pk}/delete/")
        other.post("/spots/new/", form(state="draft", category="", form_token=str(draft.pk)))
        other.post("/spots/new/", form(form_token=str(draft.pk), another=_all_spots()))
    assert client.post(f"/drafts/{draft.pk}/delete/").status_code == 302
    assert Draft.objects.visible_to(hana).get().name == "桜"
    assert not Draft.objects.visible_to(None).exists()


def _all_spots() -> str:
    return ",".join(str(pk) for pk in Spot.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("asked", ["x", "00000000-0000-0000-0000-000000000000", "%00", "1"])
def test_a_draft_that_is_not_there_is_404(sign_in: SignIn, hana: User, asked: str) -> None:
    assert sign_in(hana).get(f"/spots/new/?draft={asked}").status_code == 404


def test_throwing_it_away_asks_first(sign_in: SignIn, hana: User) -> None:
    draft = Draft(owner=hana, typed="name=%E6%A1%9C")
    draft.keep()
    author = sign_in(hana)
    assert "桜" in Page(author.get(f"/drafts/{draft.pk}/delete/")).text
    assert Draft.objects.exists()
    author.post(f"/drafts/{draft.pk}/delete/")
    assert not Draft.objects.exists()


def test_only_the_newest_are_kept(hana: User) -> None:
    for number in range(MOST_KEPT + 3):
        Draft(owner=hana, typed=f"name={number}").keep()
    kept = [draft.name for draft in Draft.objects.visible_to(hana)]
    assert (len(kept), kept[0], kept[-1]) == (MOST_KEPT, str(MOST_KEPT + 2), "3")


@pytest.mark.parametrize("state", ["draft", "published"])
def test_a_suspended_person_keeps_nothing(sign_in: SignIn, hana: User, state: str) -> None:
    hana.suspend(timezone.now() + timedelta(days=1), "宣伝")
    assert sign_in(hana).post("/spots/new/", form(state=state)).status_code == 403
    assert (Spot.objects.count(), Draft.objects.count()) == (0, 0)


@pytest.mark.parametrize("state", ["hidden", "deleted", "pending", "x", ""])
def test_no_other_state_can_be_asked_for(sign_in: SignIn, hana: User, state: str) -> None:
    sign_in(hana).post("/spots/new/", form(state=state))
    assert Spot.objects.get().state == "published"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_kept_many_times_at_once_it_is_one(hana: User) -> None:
    draft_id = uuid4()
    results = all_at_once([Draft(pk=draft_id, owner=hana, typed="name=x").keep for _one in range(16)])
    assert errors_of(results) == []
    assert Draft.objects.get().pk == draft_id


def test_nobody_else_sees_it_once_it_is_deleted(sign_in: SignIn, hana: User, mori: User, make_spot: MakeSpot) -> None:
    spot = make_spot("まだ言わない", state="draft", created_by=hana)
    sign_in(hana).post(f"{spot.get_absolute_url()}delete/")
    moderator = sign_in(mori)
    for url in (spot.get_absolute_url(), f"/api/v1/spots/{spot.pk}/"):
        assert moderator.get(url).status_code == 404
    assert "まだ言わない" not in moderator.get("/admin/spots/spot/").content.decode()
    assert sign_in(hana).post(f"{spot.get_absolute_url()}restoration/").status_code == 302
    assert Spot.objects.get().state == "draft"


def test_a_draft_is_no_place_for_a_novel(sign_in: SignIn, hana: User) -> None:
    for length, status in ((5_000, 302), (12_000, 400)):
        answer = sign_in(hana).post("/spots/new/", form(state="draft", description="あ" * length))
        assert answer.status_code == status
    assert "4000文字以内" in Page(answer).text
    assert [len(draft.fields["description"]) for draft in Draft.objects.all()] == [5_000]
