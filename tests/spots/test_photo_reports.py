"""Reports of photos: by whoever sees the photo, and the case in which a moderator looks at it and hides it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from media_store.models import StoredObject
from spots.models import Attachment, Case, Report, Spot, SpotPhoto
from tests.markup import Page
from tests.spots.asking import ask
from tests.spots.pictured import attachment_of, photo_of

SignIn = Callable[[User], Client]
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def photo(make_spot: Callable[..., Spot], hana: User) -> SpotPhoto:
    return photo_of(make_spot("中央公園", created_by=hana), hana, caption="椿の道", alt="椿の並ぶ道")


def test_the_form_shows_the_photo_and_its_spot_and_takes_its_address_too(client: Client, photo: SpotPhoto) -> None:
    for named in (f"photo:{photo.pk}", f"/spots/{photo.spot_id}/%23photo-{photo.pk}"):
        page = Page(client.get(f"/reports/new/?target={named}"))
        assert "椿の道" in page.text
        assert "中央公園" in page.text
        assert page.one("img", src=photo.thumbnail).get("alt") == "椿の並ぶ道"
        assert page.one("input", name="target").get("value") == f"photo:{photo.pk}"


@pytest.mark.parametrize("away", ["hidden", "deleted", "under a hidden spot"])
def test_what_is_not_seen_cannot_be_reported(client: Client, photo: SpotPhoto, mori: User, away: str) -> None:
    if away == "hidden":
        photo.hide(mori, "個人の家")
    elif away == "deleted":
        photo.delete_softly(mori, "宣伝")
    else:
        photo.spot.hide(mori, "個人の家")
    body = {"target": f"photo:{photo.pk}", "reason": "private"}
    none = client.get(f"/reports/new/?target=photo:{NOWHERE}")
    assert client.get(f"/reports/new/?target=photo:{photo.pk}").status_code == none.status_code == 404
    assert client.post("/reports/new/", body).status_code == 404
    told = client.post("/api/v1/reports/", body, content_type="application/json")
    assert (told.status_code, told.json()["errors"][0]["field"]) == (400, "target")
    assert not Report.objects.exists()


def test_by_the_api_too(client: Client, photo: SpotPhoto) -> None:
    body = {"target": f"photo:{photo.pk}", "reason": "private"}
    answer = client.post("/api/v1/reports/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["target"]) == (201, f"photo:{photo.pk}")


def test_a_case_shows_the_photo_its_author_and_hides_and_restores_it(
    client: Client, photo: SpotPhoto, hana: User, mori: User, sign_in: SignIn
) -> None:
    client.post("/reports/new/", {"target": f"photo:{photo.pk}", "reason": "private"})
    case, moderator = Case.objects.get(), sign_in(mori)
    address = f"/admin/spots/case/{case.pk}/change/"
    page = Page(moderator.get(address))
    assert page.one("img").get("src") == photo.thumbnail
    assert "花 (@hana)" in page.text
    assert f"/admin/spots/spotphoto/{photo.pk}/change/" in page.links()
    chosen = {"_selected_action": case.pk, "confirmed": "1", "seen-" + str(case.pk): "1"}
    assert [button.get("value") for button in page.all("button", name="action")] == ["hide", "done", "dismissed"]
    moderator.post("/admin/spots/case/", {"action": "hide", "reason": "private"} | chosen)
    photo.refresh_from_db()
    case.refresh_from_db()
    assert (photo.state, case.state) == ("hidden", "done")
    assert "取り下げの確認" in Page(moderator.get(address)).text
    moderator.post("/admin/spots/case/", {"action": "restore", "reason": "mistake"} | chosen)
    photo.refresh_from_db()
    assert photo.state == "published"


def buttons(client: Client, path: str) -> list[str]:
    """What the page offers to do to the file or what was reported; settling a case is always there."""
    found = [button.get("value", "") for button in Page(client.get(path)).all("button", name="action")]
    return [verb for verb in found if verb in ("hide", "restore", "remove")]


def test_what_was_reported_stays_in_moderators_hands_when_its_author_deletes_it_and_undoes_that(
    client: Client, photo: SpotPhoto, hana: User, mori: User, sign_in: SignIn
) -> None:
    client.post("/reports/new/", {"target": f"photo:{photo.pk}", "reason": "private"})
    author, moderator, case = sign_in(hana), sign_in(mori), Case.objects.get()
    assert ask(author, "DELETE", f"photos/{photo.pk}/").status_code == 204
    pages = [f"/admin/spots/case/{case.pk}/change/", f"/admin/spots/spotphoto/{photo.pk}/change/"]
    assert [buttons(moderator, path) for path in pages] == [["hide"], ["hide"]]
    chosen = {"action": "hide", "_selected_action": str(case.pk), "confirmed": "1", f"seen-{case.pk}": "1"}
    moderator.post("/admin/spots/case/", chosen | {"reason": "private"})
    case.refresh_from_db()
    assert case.state == "done"
    assert [buttons(moderator, path) for path in pages] == [[], []]
    assert ask(author, "POST", f"photos/{photo.pk}/restoration/").json()["state"] == "hidden"
    assert client.get(photo.thumbnail).status_code == 404
    assert [buttons(moderator, path) for path in pages] == [["restore"], ["restore", "remove"]]


@pytest.mark.parametrize("make", [photo_of, attachment_of], ids=["photo", "attachment"])
def test_the_lists_of_files_hide_what_its_author_deleted(
    photo: SpotPhoto, hana: User, mori: User, sign_in: SignIn, make: Callable[..., SpotPhoto | Attachment]
) -> None:
    file = make(photo.spot, hana, seed=5) if make is photo_of else make(photo.spot, hana)
    file.delete_softly(hana)
    body = {"action": "hide", "_selected_action": str(file.pk), "confirmed": "1", "reason": "private"}
    sign_in(mori).post(f"/admin/spots/{file._meta.model_name}/", body)
    file.undelete()
    assert (file.state, file.hidden_reason) == ("hidden", "個人の家や個人情報が写っている")


def test_nobody_else_moves_photos(photo: SpotPhoto, hana: User, ren: User, sign_in: SignIn) -> None:
    body = {"action": "hide", "_selected_action": str(photo.pk), "confirmed": "1", "reason": "spam"}
    for person in (hana, ren):
        assert sign_in(person).post("/admin/spots/spotphoto/", body).status_code == 404
    photo.refresh_from_db()
    assert photo.state == "published"


def test_the_list_of_photos_hides_restores_and_deletes(photo: SpotPhoto, mori: User, sign_in: SignIn) -> None:
    body = {"_selected_action": str(photo.pk), "confirmed": "1"}
    moderator = sign_in(mori)
    for action, reason, state in (("hide", "spam", "hidden"), ("restore", "mistake", "published")):
        moderator.post("/admin/spots/spotphoto/", body | {"action": action, "reason": reason})
        photo.refresh_from_db()
        assert photo.state == state
    moderator.post("/admin/spots/spotphoto/", body | {"action": "remove", "reason": "spam"})
    assert SpotPhoto.objects.get(pk=photo.pk).state == "deleted"
    page = Page(moderator.get("/admin/spots/spotphoto/"))
    assert page.one("img", src=photo.thumbnail).get("alt") == photo.described()
    StoredObject.objects.filter(pk=photo.pk).update(delete_after=timezone.now())
    page = Page(moderator.get("/admin/spots/spotphoto/"))
    assert page.all("img", src=photo.placeholder)  # its sizes are gone
    assert not page.all("img", src=photo.thumbnail)
