"""Deleted photos and files: a week for who deleted them, thirty days for moderators' eyes, then no bytes anywhere."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import User
from media_store import variant_files
from media_store.models import StoredObject
from media_store.stores import store_of
from spots.models import Attachment, Spot, SpotPhoto
from tests.spots.pictured import attachment_of, avatar_of, photo_of

pytestmark = pytest.mark.django_db

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]
File = SpotPhoto | Attachment


@pytest.fixture
def park(make_spot: MakeSpot, hana: User) -> Spot:
    return make_spot("中央公園", created_by=hana)


@pytest.fixture(params=[photo_of, attachment_of], ids=["photo", "attachment"])
def file(request: pytest.FixtureRequest, park: Spot, hana: User) -> File:
    made: File = request.param(park, hana)
    return made


def path_of(file: File) -> str:
    return f"/images/{file.stored_object.key}?w=160&format=webp" if isinstance(file, SpotPhoto) else file.path


def status(client: Client, file: File) -> int:
    return client.get(path_of(file)).status_code


def later(file: File, days: float) -> None:
    """As if it had been deleted so many days before."""
    by = timedelta(days=days)
    StoredObject.objects.filter(pk=file.pk).update(delete_after=F("delete_after") - by)
    type(file).objects.filter(pk=file.pk).update(deleted_at=F("deleted_at") - by)


def sweep() -> None:
    call_command("run_job", "sweep_objects", stdout=io.StringIO())


def bytes_of(row: StoredObject) -> bool:
    return store_of(row.bucket, row.place).exists(row.key)


@pytest.mark.parametrize("by", ["hana", "mori"])
def test_a_deleted_file_is_for_moderators_for_thirty_days(
    file: File, hana: User, ren: User, mori: User, sign_in: SignIn, by: str, django_capture_on_commit_callbacks: Any
) -> None:
    others = [Client(), sign_in(hana), sign_in(ren)]
    moderator = sign_in(mori)
    with django_capture_on_commit_callbacks(execute=True):
        file.delete_softly({"hana": hana, "mori": mori}[by], "" if by == "hana" else "宣伝")
    later(file, 29.9)
    sweep()
    shown = moderator.get(path_of(file))
    assert (shown.status_code, shown["Cache-Control"]) == (200, "private, no-store")
    assert [status(one, file) for one in others] == [404, 404, 404]
    assert bool(variant_files.variants_of(file.stored_object.key, private=True)) == isinstance(file, SpotPhoto)
    later(file, 0.2)
    assert status(moderator, file) == 404, "also before the sweep comes by"
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert not bytes_of(file.stored_object)
    assert not variant_files.variants_of(file.stored_object.key, private=True)
    assert not type(file).objects.filter(pk=file.pk).exists()


def test_a_moderators_deletion_is_taken_back_for_as_long(file: File, mori: User) -> None:
    file.delete_softly(mori, "宣伝")
    later(file, 29)
    late = type(file).objects.get(pk=file.pk)
    assert late.may_be_restored
    assert late.restore(mori, "誤り")
    sweep()
    assert status(Client(), file) == 200


@pytest.mark.parametrize(
    ("grace", "days", "comes_back"), [(7, 6, True), (7, 8, False), (90, 29, True), (90, 31, False)]
)
def test_who_deleted_it_brings_it_back_within_the_grace_which_never_outlives_the_bytes(
    file: File, hana: User, sign_in: SignIn, settings: Any, grace: int, days: int, comes_back: bool
) -> None:
    settings.DELETION_GRACE_DAYS = grace
    file.delete_softly(hana)
    later(file, days)
    kind = "photos" if isinstance(file, SpotPhoto) else "attachments"
    answer = sign_in(hana).post(f"/{kind}/{file.pk}/restoration/")
    assert answer.status_code == (302 if comes_back else 404)
    assert status(Client(), file) == (200 if comes_back else 404)


def test_files_of_a_deleted_spot_are_for_moderators_until_it_can_come_back_no_more(
    file: File, park: Spot, hana: User, mori: User, sign_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        park.delete_softly(hana)
    Spot.objects.filter(pk=park.pk).update(deleted_at=timezone.now() - timedelta(days=29))
    sweep()
    moderator = sign_in(mori)
    assert [status(one, file) for one in (Client(), sign_in(hana), moderator)] == [404, 404, 200]
    Spot.objects.filter(pk=park.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    assert status(moderator, file) == 404
    said = io.StringIO()
    call_command("cleanup_media", "--dry-run", stdout=said)
    assert "元に戻せなくなったスポットの写真とファイル\t1" in said.getvalue()
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert not bytes_of(file.stored_object)
    assert not variant_files.variants_of(file.stored_object.key, private=True)
    assert not type(file).objects.filter(pk=file.pk).exists()


def test_files_of_other_spots_stay(file: File, make_spot: MakeSpot, hana: User) -> None:
    gone = make_spot("別の公園", created_by=hana)
    gone.delete_softly(hana)
    Spot.objects.filter(pk=gone.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    sweep()
    assert status(Client(), file) == 200


def test_what_was_sent_goes_with_the_grace_and_never_later_than_at_its_own_time(park: Spot, hana: User) -> None:
    """Nobody looks at it, and it may say where it was taken."""
    for days_left, kept in ((25, 7), (3, 3)):
        photo = photo_of(park, hana, seed=days_left)
        original = StoredObject.objects.filter(key=f"originals/{photo.pk}")
        original.update(delete_after=timezone.now() + timedelta(days=days_left))
        photo.delete_softly(hana)
        row = original.get()
        assert row.state == "condemned"
        assert row.delete_after is not None
        assert abs(row.delete_after - timezone.now() - timedelta(days=kept)) < timedelta(minutes=1)


def test_a_picture_that_a_person_replaced_is_for_nobody(hana: User, mori: User, sign_in: SignIn) -> None:
    from accounts.avatars import remove_avatar

    path = f"/images/{avatar_of(hana).key}?w=160&format=webp"
    clients = [Client(), sign_in(hana), sign_in(mori)]
    assert [client.get(path).status_code for client in clients] == [200, 200, 200]
    remove_avatar(hana)
    variant_files.empty()
    assert [client.get(path).status_code for client in clients] == [404, 404, 404]


def test_the_admin_shows_what_is_deleted(file: File, hana: User, mori: User, sign_in: SignIn) -> None:
    file.delete_softly(hana)
    kind = file._meta.model_name
    shown = sign_in(mori).get(f"/admin/spots/{kind}/{file.pk}/change/").content.decode()
    assert (file.stored_object.key if isinstance(file, SpotPhoto) else file.path) in shown
    assert "data:image" not in shown
    later(file, 31)
    assert sign_in(mori).get(f"/admin/spots/{kind}/{file.pk}/change/").status_code == 302
