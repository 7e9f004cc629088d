"""The photos, files and avatar of a person in the copy of their data."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from accounts.exporting import make_pending
from accounts.models import User
from media_store import objects
from media_store.stores import store_of
from spots.models import Spot
from tests.accounts.test_export import SignIn, asked, copy_of, make_copies
from tests.spots.pictured import attachment_of, avatar_of, photo_of

pytestmark = pytest.mark.django_db


def test_a_copy_holds_the_photos_files_and_avatar_themselves(
    sign_in: SignIn, make_spot: Callable[..., Spot], hana: User, mori: User
) -> None:
    spot = make_spot("中央公園", created_by=hana)
    photo, hidden, gone = (photo_of(spot, hana, seed=seed, caption=f"写真{seed}") for seed in (1, 2, 3))
    of_mori = photo_of(spot, mori, seed=4)
    hidden.hide(mori, "個人の家")
    gone.delete_softly(hana)
    attachment, avatar = attachment_of(spot, hana, b"<gpx>walk</gpx>"), avatar_of(hana)
    copy = copy_of(sign_in, hana)
    rows = json.loads(copy.read("photos.json"))
    assert [(row["caption"], row["state"], row["hidden_reason"]) for row in rows] == [
        ("写真1", "published", ""),
        ("写真2", "hidden", "個人の家"),
        ("写真3", "deleted", ""),
    ]
    assert rows[2]["file"] is None
    for row, kept in zip(rows[:2], (photo, hidden), strict=True):
        assert copy.read(row["file"]) == objects.read(kept.image)
    [told] = json.loads(copy.read("attachments.json"))
    assert (told["title"], copy.read(told["file"])) == (attachment.title, b"<gpx>walk</gpx>")
    assert copy.read(json.loads(copy.read("avatar.json"))[0]["file"]) == objects.read(avatar)
    assert not [name for name in copy.namelist() if str(of_mori.pk) in name]
    assert "photos/" in copy.read("README.txt").decode()


def test_while_the_store_is_away_the_copy_waits(
    sign_in: SignIn, make_spot: Callable[..., Spot], hana: User, settings: Any
) -> None:
    photo_of(make_spot("中央公園", created_by=hana), hana)
    _client, export = asked(sign_in, hana)
    usual = settings.STORAGES
    settings.STORAGES = {name: storage for name, storage in usual.items() if name != "media_folder"}
    assert make_pending()["failed"] == 1
    export.refresh_from_db()
    assert (export.state, export.path.exists()) == ("pending", False)
    settings.STORAGES = usual
    assert make_copies()["made"] == 1


def test_a_lost_file_does_not_keep_the_rest_from_its_owner(
    sign_in: SignIn, make_spot: Callable[..., Spot], hana: User
) -> None:
    photo = photo_of(make_spot("中央公園", created_by=hana), hana)
    store_of("media", photo.image.place).delete_many([photo.image.key])
    names = copy_of(sign_in, hana).namelist()
    assert f"photos/{photo.pk}.jpg.missing.txt" in names
