"""A size that is missing: made on demand, in spite of a store, a disk or a machine that is not up to it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from machipoke.availability import Busy
from media_store import slots, variant_files
from media_store.delivery import making
from media_store.models import StoredObject
from media_store.variants import Variant
from spots.models import Spot
from spots.models.photo import SpotPhoto
from tests.media_store.photos import add_photo, path_of


@pytest.fixture
def photo(make_spot: Callable[..., Spot], hana: User) -> SpotPhoto:
    return add_photo(make_spot(created_by=hana), hana)


def _lose_master(photo: SpotPhoto, settings: Any) -> Path:
    """The store has it no more."""
    master = Path(settings.DATA_DIR) / "media" / photo.stored_object.key
    master.unlink()
    return master


def test_a_broken_store_answers_with_the_nearest_size_for_half_a_minute(
    photo: SpotPhoto, client: Client, settings: Any
) -> None:
    kept = {width: client.get(path_of(photo, f"w={width}&format=webp")) for width in (160, 640)}
    _lose_master(photo, settings)
    for width, stands_in in ((320, 640), (960, 640), (160, 160)):
        response = client.get(path_of(photo, f"w={width}&format=webp"))
        assert response.status_code == 200
        assert response.content == kept[stands_in].content
        assert response["ETag"] == kept[stands_in]["ETag"]
        expected = "public, max-age=30" if width != stands_in else "public, max-age=31536000, immutable"
        assert response["Cache-Control"] == expected


def test_without_any_size_it_is_a_quick_503_that_nobody_keeps(photo: SpotPhoto, client: Client, settings: Any) -> None:
    _lose_master(photo, settings)
    begun = time.monotonic()
    response = client.get(path_of(photo, "w=320"))
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["Cache-Control"] == "no-store"
    assert time.monotonic() - begun < 2


def test_a_webp_never_stands_in_for_who_reads_jpeg_alone(photo: SpotPhoto, client: Client, settings: Any) -> None:
    client.get(path_of(photo, "w=320&format=webp"))
    _lose_master(photo, settings)
    assert client.get(path_of(photo, "w=640&format=jpeg")).status_code == 503


def test_a_store_that_is_not_set_up_is_a_store_that_is_away(photo: SpotPhoto, client: Client) -> None:
    StoredObject.objects.filter(pk=photo.pk).update(place="s3")
    assert client.get(path_of(photo, "w=320")).status_code == 503


def test_a_master_that_is_damaged_is_no_error_of_the_server(
    photo: SpotPhoto, client: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    _lose_master(photo, settings).write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    assert client.get(path_of(photo, "w=320")).status_code == 503
    assert "cannot be read" in caplog.text


def test_a_full_disk_costs_the_keeping_and_not_the_answer(photo: SpotPhoto, client: Client, settings: Any) -> None:
    shutil.rmtree(variant_files.folder(), ignore_errors=True)
    variant_files.folder().mkdir(parents=True)
    (variant_files.folder() / "spots").write_bytes(b"")  # nothing can be put below
    for _time in range(2):
        assert client.get(path_of(photo, "w=320")).status_code == 200
    (variant_files.folder() / "spots").unlink()


def test_with_every_core_taken_it_waits_and_then_stands_in(
    photo: SpotPhoto, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "WAIT_SECONDS", 0.1)
    client.get(path_of(photo, "w=160"))
    with slots.transform_slot(5), slots.transform_slot(5):
        assert client.get(path_of(photo, "w=320"))["Cache-Control"] == "public, max-age=30"
    assert client.get(path_of(photo, "w=320"))["Cache-Control"].endswith("immutable")


def test_no_upload_under_way_holds_up_a_size(photo: SpotPhoto, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "WAIT_SECONDS", 0.1)
    with ExitStack() as uploads:
        for number in range(4000):  # whatever lock the size's name could share with one of them is taken
            with suppress(Busy):
                uploads.enter_context(slots.alone(f"photo {number}", 0))
        assert client.get(path_of(photo, "w=320")).status_code == 200


def test_who_would_wait_for_a_slow_one_with_half_the_threads_is_sent_on(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.WEB_THREADS = 4
    queue = making._Queue()
    with queue.place(), queue.place():
        with queue.place():  # all are quick: up to MOST_WAITING
            pass
        monkeypatch.setattr(making, "SLOW_SECONDS", -1.0)
        with pytest.raises(Busy), queue.place():
            pass
    monkeypatch.undo()
    places = [queue.place() for _number in range(making.MOST_WAITING)]
    for place in places:
        place.__enter__()
    with pytest.raises(Busy), queue.place():
        pass
    for place in places:
        place.__exit__(None, None, None)
    with queue.place():
        pass


def test_a_picture_taken_away_while_its_size_is_made_leaves_none(photo: SpotPhoto, hana: User) -> None:
    row = photo.stored_object

    def take_away() -> None:
        photo.delete_softly(by=hana)

    with pytest.raises(making.PictureGone):
        making.make(row, Variant(320), allow=take_away)
    assert not variant_files.variants_of(row.key)


def test_the_nearest_has_the_same_shape_and_is_larger_rather_than_smaller() -> None:
    key = "spots/5e1d2c3b-1111-4222-8333-444455556666/0a1b2c3d-1111-4222-8333-444455556666.jpg"
    for name in ("160-q82.webp", "1280-q82.webp", "320-1x1-q82.webp", "320-q60.jpeg", ".640-q82.webp.1-1"):
        variant_files.keep(key, name, b"x")
    assert making.nearest(key, Variant(640)) == Variant(1280)
    assert making.nearest(key, Variant(2048)) == Variant(1280)
    assert making.nearest(key, Variant(160, "webp", 82, "1x1")) == Variant(320, "webp", 82, "1x1")
    assert making.nearest(key, Variant(320)) == Variant(320, "jpeg", 60)
    assert making.nearest(key, Variant(160, "jpeg")) == Variant(320, "jpeg", 60)
