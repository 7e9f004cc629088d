"""A spot that a moderator takes down with its photos: the same files are refused until it is restored."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from media_store.models import RefusedPicture
from media_store.refusal import UploadRefused
from media_store.uploads import take_photo
from spots.models import Report, Spot, SpotPhoto
from tests import pictures
from tests.markup import Page
from tests.spots.pictured import attachment_of, photo_of

pytestmark = pytest.mark.django_db

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]


@pytest.fixture
def park(make_spot: MakeSpot, hana: User) -> Spot:
    spot = make_spot("中央公園", created_by=hana)
    photo_of(spot, hana)
    return spot


@pytest.fixture
def other(make_spot: MakeSpot, ren: User) -> Spot:
    return make_spot("別の公園", created_by=ren)


def is_refused(person: User, spot: Spot, seed: int = 1) -> str:
    """Why the photo of that seed is not taken; nothing where it is."""
    try:
        take_photo(io.BytesIO(pictures.make((400, 300), seed=seed)), person.pk, spot.pk)
    except UploadRefused as refused:
        return refused.message if refused.code == "taken_down" else ""
    return ""


def ask(client: Client, path: str, verb: str, row: Any, **answers: Any) -> Any:
    """Press the verb in the admin; with answers, send the page of the reason."""
    chosen = {"action": verb, "_selected_action": str(row.pk)}
    return client.post(f"/admin/{path}/", chosen | ({"confirmed": "1"} | answers if answers else {}), follow=True)


def is_ticked(response: Any) -> bool | None:
    """Of the tick for photos and files; None where it is not asked."""
    ticks = Page(response).all("input", name="refuse_files")
    return "checked" in ticks[0].attrib if ticks else None


@pytest.mark.parametrize("verb", ["hide", "remove"])
@pytest.mark.parametrize("tick", [True, False])
def test_the_admins_tick_says_whether_photos_go_along(
    park: Spot, other: Spot, ren: User, mori: User, sign_in: SignIn, verb: str, tick: bool
) -> None:
    moderator = sign_in(mori)
    asked = ask(moderator, "spots/spot", verb, park)
    assert is_ticked(asked) == (verb == "remove"), "a spot is often hidden for its words alone"
    ask(moderator, "spots/spot", verb, park, reason="private", **({"refuse_files": "on"} if tick else {}))
    park.refresh_from_db()
    assert not park.is_public
    assert ("個人の家" in is_refused(ren, other)) == tick
    ask(moderator, "spots/spot", "restore", park, reason="appeal")
    assert not is_refused(ren, other)
    assert not RefusedPicture.objects.exists()


def test_verbs_on_comments_and_photos_do_not_ask(park: Spot, mori: User, sign_in: SignIn) -> None:
    for verb in ("hide", "remove"):
        assert is_ticked(ask(sign_in(mori), "spots/spotphoto", verb, park.photos.get())) is None
    assert is_ticked(ask(sign_in(mori), "spots/spot", "restore", park)) is None


@pytest.mark.parametrize("tick", [True, False])
def test_a_case_asks_the_same(park: Spot, other: Spot, ren: User, mori: User, sign_in: SignIn, tick: bool) -> None:
    of_spot, of_photo = Report(reason="private"), Report(reason="private")
    of_spot.file(park)
    of_photo.file(park.photos.get())
    moderator = sign_in(mori)
    assert is_ticked(ask(moderator, "spots/case", "hide", of_spot.case)) is False
    assert is_ticked(ask(moderator, "spots/case", "hide", of_photo.case)) is None
    ask(moderator, "spots/case", "hide", of_spot.case, reason="private", **({"refuse_files": "on"} if tick else {}))
    assert Spot.objects.get(pk=park.pk).state == "hidden"
    assert bool(is_refused(ren, other)) == tick
    ask(moderator, "spots/case", "restore", of_spot.case, reason="mistake")
    assert not is_refused(ren, other)


@pytest.mark.parametrize("tick", [True, False])
def test_the_sites_page_asks_moderators_alone(
    park: Spot, other: Spot, hana: User, ren: User, mori: User, sign_in: SignIn, tick: bool
) -> None:
    path = f"/spots/{park.pk}/delete/"
    assert is_ticked(sign_in(hana).get(path)) is None
    moderator = sign_in(mori)
    assert is_ticked(moderator.get(path)) is True
    again = moderator.post(path, {"refuse_files": "on"} if tick else {})
    assert (again.status_code, is_ticked(again)) == (400, tick), "a mistake keeps what was chosen"
    assert moderator.post(path, {"reason": "private"} | ({"refuse_files": "on"} if tick else {})).status_code == 302
    assert bool(is_refused(ren, other)) == tick


def delete(client: Client, spot: Spot, **body: Any) -> Any:
    return client.delete(f"/api/v1/spots/{spot.pk}/", json.dumps(body), content_type="application/json")


@pytest.mark.parametrize(
    ("body", "refused"), [({}, True), ({"refuse_files": True}, True), ({"refuse_files": False}, False)]
)
def test_the_api_refuses_unless_it_is_told_otherwise(
    park: Spot, other: Spot, ren: User, mori: User, sign_in: SignIn, body: dict[str, Any], refused: bool
) -> None:
    for bad in ("yes", 1, None):
        assert delete(sign_in(mori), park, reason="個人の家", refuse_files=bad).status_code == 400
    assert Spot.objects.get(pk=park.pk).is_public
    assert delete(sign_in(mori), park, reason="個人の家", **body).status_code == 204
    assert ("個人の家" in is_refused(ren, other)) == refused


def test_a_visitor_refuses_nothing(park: Spot, other: Spot, ren: User, sign_in: SignIn) -> None:
    assert delete(sign_in(ren), park, reason="個人の家", refuse_files=True).status_code == 403
    assert sign_in(ren).post(f"/spots/{park.pk}/delete/", {"reason": "spam", "refuse_files": "on"}).status_code == 403
    assert not RefusedPicture.objects.exists()


def test_who_deletes_their_own_may_post_the_photos_again(park: Spot, hana: User, other: Spot, sign_in: SignIn) -> None:
    assert delete(sign_in(hana), park, refuse_files=True).status_code == 204
    assert not is_refused(hana, other)


def test_a_spot_that_its_author_deleted_is_hidden_with_its_photos_too(
    park: Spot, other: Spot, hana: User, ren: User, mori: User
) -> None:
    park.delete_softly(hana)
    park.hide(mori, "個人の家", refuse_files=True)
    assert is_refused(ren, other)
    park.restore(mori)  # from deleted to hidden
    assert is_refused(ren, other)
    park.restore(mori)
    assert not is_refused(ren, other)


@pytest.mark.parametrize(("hidden_with", "deleted_with"), [(False, True), (True, False), (True, True)])
def test_a_deletion_that_is_taken_back_lifts_what_it_refused_and_not_what_hiding_did(
    park: Spot, other: Spot, hana: User, ren: User, mori: User, hidden_with: bool, deleted_with: bool
) -> None:
    park.hide(mori, "宣伝", refuse_files=hidden_with)
    photo_of(park, hana, seed=2)  # meanwhile
    park.delete_softly(mori, "個人の家", refuse_files=deleted_with)
    assert [bool(is_refused(ren, other, seed)) for seed in (1, 2)] == [True, deleted_with]
    park.restore(mori)  # from deleted to hidden
    assert park.state == "hidden"
    assert [bool(is_refused(ren, other, seed)) for seed in (1, 2)] == [hidden_with, False]
    park.restore(mori)
    assert not RefusedPicture.objects.exists()


def test_restoring_lifts_what_the_spot_refused_and_not_what_a_photo_did(
    park: Spot, other: Spot, hana: User, ren: User, mori: User
) -> None:
    second = photo_of(park, hana, seed=2)
    second.hide(mori, "ナンバーが読める")
    park.hide(mori, "宣伝", refuse_files=True)
    assert is_refused(ren, other)
    park.restore(mori)
    assert not is_refused(ren, other)
    assert "ナンバー" in is_refused(ren, other, seed=2)
    SpotPhoto.objects.get(pk=second.pk).restore(mori)
    assert not is_refused(ren, other, seed=2)


def test_a_photo_deleted_and_undone_meanwhile_comes_back_with_its_spot(park: Spot, hana: User, mori: User) -> None:
    photo = SpotPhoto.objects.get(spot=park)
    park.hide(mori, "宣伝", refuse_files=True)
    photo.delete_softly(hana)
    photo.undelete()
    assert SpotPhoto.objects.get(pk=photo.pk).state == "published"


def test_files_are_refused_like_photos_and_deleted_ones_are_not_the_spots(park: Spot, hana: User, mori: User) -> None:
    leaflet, gone = attachment_of(park, hana), photo_of(park, hana, seed=3)
    gone.delete_softly(hana)
    park.delete_softly(mori, "宣伝", refuse_files=True)
    refused = set(RefusedPicture.objects.values_list("sha256", flat=True))
    assert leaflet.file.sha256 in refused
    assert gone.image.sha256 not in refused
