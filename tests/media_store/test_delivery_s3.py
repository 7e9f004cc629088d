"""Masters in a bucket: sizes that servers share there, and the most looked at in the key/value store."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from PIL import Image

from accounts.models import User
from media_store import hot, variant_files
from media_store.models import StoredObject
from media_store.stores import store_of
from media_store.tasks import forget_variants, sweep_objects, trim_variants
from spots.models import Spot
from spots.models.photo import SpotPhoto
from tests.media_store.photos import add_photo, path_of
from tests.s3_server import Buckets

CARD = "w=640&format=webp"


@pytest.fixture
def photo(moto_bucket: Buckets, settings: Any, make_spot: Callable[..., Spot], hana: User) -> SpotPhoto:
    """In a bucket."""
    moto_bucket.use(settings)
    hot._views.clear()
    return add_photo(make_spot(created_by=hana), hana)


def _bucket() -> list[str]:
    return list(store_of("media", "s3").keys("variants/"))


def _lose_master(photo: SpotPhoto) -> None:
    store_of("media", "s3").delete_many([photo.stored_object.key])


def _look(client: Client, photo: SpotPhoto, times: int) -> bytes:
    """So often, and told to the key/value store."""
    for _time in range(times - 1):
        hot._due = float("inf")
        assert client.get(path_of(photo, CARD)).status_code == 200
    hot._due = 0.0
    return bytes(client.get(path_of(photo, CARD)).content)


def test_a_picture_in_a_bucket_is_served_and_kept_here(photo: SpotPhoto, client: Client) -> None:
    response = client.get(path_of(photo, "w=320&format=webp"))
    assert Image.open(io.BytesIO(response.content)).size == (320, 240)
    _lose_master(photo)
    assert client.get(path_of(photo, "w=320&format=webp")).content == response.content
    assert not _bucket()  # unless the operator wants it


def test_a_size_that_another_server_left_in_the_bucket_is_not_made_again(
    photo: SpotPhoto, client: Client, settings: Any
) -> None:
    settings.S3_KEEP_VARIANTS = True
    made = client.get(path_of(photo, CARD))
    assert len(_bucket()) == 1
    variant_files.empty()  # as on the other server
    _lose_master(photo)
    assert client.get(path_of(photo, CARD)).content == made.content


def test_what_is_private_never_comes_to_the_bucket(
    photo: SpotPhoto, hana: User, sign_in: Callable[[User], Client], settings: Any
) -> None:
    settings.S3_KEEP_VARIANTS = True
    Spot.objects.update(state="draft")
    assert sign_in(hana).get(path_of(photo, CARD)).status_code == 200
    assert not _bucket()


@pytest.mark.parametrize("whole_spot", [False, True])
def test_a_takedown_removes_the_sizes_in_the_bucket(
    photo: SpotPhoto, client: Client, mori: User, hana: User, settings: Any, whole_spot: bool
) -> None:
    settings.S3_KEEP_VARIANTS = True
    other = add_photo(photo.spot, hana, seed=2)
    for one in (photo, other):
        for query in (CARD, "w=320", "w=160&h=160&format=webp&q=60"):
            client.get(path_of(one, query))
    assert len(_bucket()) == 6
    if whole_spot:
        photo.spot.hide(by=mori, reason="場所が違います")
    else:
        photo.hide(by=mori, reason="人の顔が写っています")
    assert client.get(path_of(photo, CARD)).status_code in (200, 404)  # this test's transaction is not over
    assert forget_variants() == {"withdrawals": 2 if whole_spot else 1}
    assert len(_bucket()) == (0 if whole_spot else 3)
    forget_variants()


@pytest.mark.parametrize("by_whom", ["a moderator", "the sweep"])
def test_what_an_earlier_setting_left_in_the_bucket_goes_too(
    photo: SpotPhoto, client: Client, mori: User, hana: User, settings: Any, by_whom: str
) -> None:
    """The sizes that the bucket kept while it was to keep them, and those of an older recipe."""
    settings.S3_KEEP_VARIANTS = True
    other = add_photo(photo.spot, hana, seed=2)
    for one in (photo, other):
        client.get(path_of(one, CARD))
    older = f"variants/{photo.stored_object.key}/0-10.0.0-640-q82.webp"
    store_of("media", "s3").put(older, b"old", "image/webp")
    assert len(_bucket()) == 3
    settings.S3_KEEP_VARIANTS = False
    if by_whom == "a moderator":
        photo.hide(by=mori, reason="人の顔が写っています")
        assert forget_variants() == {"withdrawals": 1}
    else:
        StoredObject.objects.filter(pk=photo.pk).condemn(at_once=True)
        sweep_objects()
    [left] = _bucket()
    assert left.startswith(f"variants/{other.stored_object.key}/")


def test_after_a_hundred_views_the_card_comes_from_the_key_value_store(photo: SpotPhoto, client: Client) -> None:
    seen = _look(client, photo, 100)
    assert hot.find(photo.stored_object.key, hot.HOT) is None  # the first was made, not found: 99 hits
    _look(client, photo, 1)
    assert hot.find(photo.stored_object.key, hot.HOT) == seen
    variant_files.empty()
    _lose_master(photo)
    assert client.get(path_of(photo, CARD)).content == seen
    assert client.get(path_of(photo, "w=320")).headers["Cache-Control"] == "no-store"  # that size alone


def test_a_week_begins_anew_with_each_use(photo: SpotPhoto, client: Client) -> None:
    key = photo.stored_object.key
    _look(client, photo, 102)
    cache.client.get_client().expire(cache.make_key(hot._name(key)), 60)  # type: ignore[attr-defined]
    assert hot.find(key, hot.HOT) is not None
    assert cache.ttl(hot._name(key)) > 6 * 24 * 3600  # type: ignore[attr-defined]


def test_a_takedown_drops_what_is_hot(photo: SpotPhoto, client: Client) -> None:
    key = photo.stored_object.key
    _look(client, photo, 102)
    hot.forget("spots/5e1d2c3b-1111-4222-8333-444455556666/")
    assert hot.find(key, hot.HOT) is not None
    hot.forget(f"spots/{photo.spot_id}/")
    assert hot.find(key, hot.HOT) is None
    assert cache.get(hot._counter(key)) is None


def test_hot_is_no_door(photo: SpotPhoto, client: Client) -> None:
    _look(client, photo, 102)
    Spot.objects.update(state="draft")
    variant_files.empty()
    assert client.get(path_of(photo, CARD)).status_code == 404


def test_too_large_is_never_hot(photo: SpotPhoto) -> None:
    hot._keep(photo.stored_object.key, bytes(hot.LARGEST_BYTES + 1))
    assert hot.find(photo.stored_object.key, hot.HOT) is None


def test_with_masters_in_a_folder_nobody_counts(make_spot: Callable[..., Spot], hana: User, client: Client) -> None:
    photo = add_photo(make_spot(created_by=hana), hana)
    hot._views.clear()
    _look(client, photo, 102)
    assert not hot._views
    assert cache.get(hot._counter(photo.stored_object.key)) is None


def test_without_the_key_value_store_pictures_are_served(photo: SpotPhoto, client: Client, store: Any) -> None:
    store.kill()
    assert _look(client, photo, 3)
    variant_files.empty()
    assert client.get(path_of(photo, CARD)).status_code == 200


def test_a_bucket_that_is_away_costs_the_sharing_and_not_the_picture(
    photo: SpotPhoto, client: Client, settings: Any
) -> None:
    client.get(path_of(photo, "w=160&format=webp"))
    settings.STORAGES = {name: one for name, one in settings.STORAGES.items() if name != "media_s3"}
    settings.S3_KEEP_VARIANTS = True
    assert client.get(path_of(photo, CARD))["Cache-Control"] == "public, max-age=30"


def test_the_job_trims_the_folder(photo: SpotPhoto, client: Client, settings: Any) -> None:
    client.get(path_of(photo, CARD))
    settings.VARIANT_CACHE_MB = 0
    assert trim_variants()["removed"] >= 1
