"""What becomes of photos, files and the avatar of somebody who leaves: rows, bytes, variants."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.leaving import erase
from accounts.models import User
from media_store.models import StoredObject, Withdrawal
from media_store.stores import store_of
from media_store.uploads import take_photo
from spots.models import Attachment, Spot, SpotPhoto
from tests import pictures
from tests.spots.pictured import attachment_of, avatar_of, photo_of

pytestmark = pytest.mark.django_db

MakeSpot = Callable[..., Spot]


@pytest.fixture
def life(make_spot: MakeSpot, hana: User, ren: User) -> dict[str, Any]:
    """Photos of hana's on her own spot and on ren's, a file, an avatar, and a photo that no spot holds."""
    before = keys()  # other tests leave theirs
    own, of_ren = make_spot("中央公園", created_by=hana), make_spot("別の公園", created_by=ren)
    first = photo_of(of_ren, hana, seed=2)
    return {
        "before": before,
        "own": photo_of(own, hana),
        "deleted": photo_of(own, hana, seed=3),
        "on ren's": first,
        "ren's": photo_of(of_ren, ren, seed=4),
        "file": attachment_of(own, hana),
        "avatar": avatar_of(hana),
        "loose": take_photo(io.BytesIO(pictures.make(seed=5)), hana.pk, uuid.uuid4()).row,
    }


def leave(person: User, keeps_posts: bool) -> None:
    User.objects.filter(pk=person.pk).update(deletion_due_at=timezone.now(), deletion_keeps_posts=keeps_posts)
    assert erase(person.pk)
    call_command("run_job", "sweep_objects", stdout=io.StringIO())


def keys() -> set[str]:
    """Of every object whose bytes are somewhere."""
    return set(store_of("media", "folder").keys("")) | set(store_of("private", "folder").keys("originals/"))


def test_posts_that_stay_keep_their_photos_without_a_name(life: dict[str, Any], hana: User) -> None:
    life["deleted"].delete_softly(hana)
    leave(hana, keeps_posts=True)
    kept = SpotPhoto.objects.select_related("image")
    assert {photo.pk for photo in kept} == {life[name].pk for name in ("own", "on ren's", "ren's")}
    assert {(photo.uploaded_by_id, photo.image.owner_id) for photo in kept.exclude(pk=life["ren's"].pk)} == {
        (None, None)
    }
    assert Attachment.objects.get().uploaded_by is None
    of_ren = life["ren's"].pk
    assert keys() - life["before"] == {photo.image.key for photo in kept} | {life["file"].file.key} | {
        f"originals/{of_ren}"
    }


def test_posts_that_go_take_their_photos_along_also_from_others_spots(
    life: dict[str, Any], hana: User, ren: User
) -> None:
    assert life["on ren's"].is_primary
    leave(hana, keeps_posts=False)
    [left] = SpotPhoto.objects.select_related("image")
    assert (left.pk, left.is_primary) == (life["ren's"].pk, True)
    assert not Attachment.objects.exists()
    assert not StoredObject.objects.filter(owner_id=hana.pk).exists()
    assert keys() - life["before"] == {left.image.key, f"originals/{left.pk}"}


@pytest.mark.parametrize("keeps_posts", [True, False])
def test_every_address_that_ends_is_withdrawn(life: dict[str, Any], hana: User, keeps_posts: bool) -> None:
    avatar = life["avatar"].key
    Withdrawal.objects.all().delete()
    leave(hana, keeps_posts)
    withdrawn = set(Withdrawal.objects.values_list("prefix", flat=True))
    gone = {avatar, life["loose"].key} | (set() if keeps_posts else {life["own"].image.key, life["file"].file.key})
    assert gone <= withdrawn
    assert (life["own"].image.key in withdrawn) is not keeps_posts
