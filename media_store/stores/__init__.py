"""Where bytes are: one interface over a folder and a bucket, chosen by each object's row."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.core.files.storage import storages

from media_store.stores.base import ObjectMissing, Store, StoreUnavailable

__all__ = ["ObjectMissing", "Store", "StoreUnavailable", "place_for_new", "store_of"]


def store_of(bucket: str, place: str) -> Store:
    """The store of `media`, `private` or `backups` objects that are at `place`, `folder` or `s3`.

    Raises StoreUnavailable where that place is not set up: its objects cannot be reached just now.
    """
    name = f"{bucket}_{place}"
    if name not in settings.STORAGES:
        raise StoreUnavailable(f"{name} is not configured")
    return cast(Store, storages[name])


def place_for_new(bucket: str) -> str:
    """Where a new object of that bucket goes."""
    return settings.OBJECT_PLACES[bucket]
