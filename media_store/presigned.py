"""Photos that go straight to the bucket: an address to put one to, and taking from there what came.

A PUT with a signed length, since R2 knows no POST with a policy. What is put there is private, read by nobody but
`collect`, and swept where that is never asked for.
"""

from __future__ import annotations

import io
import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machipoke.multipart import MOST_FILE_BYTES
from media_store import quota
from media_store.models import ClientId, StoredObject
from media_store.pictures import Hints, PictureRefused
from media_store.refusal import UploadRefused
from media_store.stores import ObjectMissing, store_of
from media_store.stores.bucket import BucketStore
from media_store.uploads import Taken, take_photo

LIFETIME = timedelta(minutes=5)
CONTENT_TYPE = "application/octet-stream"


class Offer(NamedTuple):
    """Where to put the bytes, with which headers, and until when."""

    url: str
    headers: dict[str, str]
    expires_at: datetime


def is_offered() -> bool:
    """Whether new photos go to a bucket, and what was sent too."""
    return {settings.OBJECT_PLACES["media"], settings.OBJECT_PLACES["private"]} == {"s3"}


def offer(owner_id: int, client_id: uuid.UUID, size_bytes: int) -> Offer:
    """An address for just so many bytes. Raises UploadRefused past the quota."""
    quota.PICTURES.require(owner_id, size_bytes)
    headers = {"Content-Type": CONTENT_TYPE, "Content-Length": str(size_bytes)}
    expires_at = timezone.now() + LIFETIME
    url = _incoming().address_to_put(_key(owner_id, client_id), size_bytes, CONTENT_TYPE, LIFETIME)
    return Offer(url, headers, expires_at)


def collect(owner_id: int, gallery: uuid.UUID, client_id: uuid.UUID) -> Taken:
    """Take the photo that was put to the address of that id, as `take_photo` does; asked again it answers the same.

    What was put there is gone afterwards, also where it is refused for what it is. Raises UploadRefused where nothing
    came yet.
    """
    store, key = _incoming(), _key(owner_id, client_id)
    try:
        size_bytes = store.metadata(key).size_bytes
        content = store.get(key) if size_bytes <= MOST_FILE_BYTES else b""
    except ObjectMissing as error:
        if (row := _collected(owner_id, gallery, client_id)) is not None:
            return Taken(row, Hints(), False)
        raise UploadRefused("not_arrived", str(_("写真がまだ届いていません。")), 409) from error
    if size_bytes > MOST_FILE_BYTES:
        store.delete_many([key])
        raise UploadRefused("too_large", str(_("写真は1枚20 MBまでです。")), 413)
    try:
        taken = take_photo(io.BytesIO(content), owner_id, gallery, client_id)
    except UploadRefused as refusal:
        if refusal.retry_seconds is None or refusal.code == "quota":
            store.delete_many([key])
        raise
    except PictureRefused:
        store.delete_many([key])
        raise
    store.delete_many([key])
    return taken


def _collected(owner_id: int, gallery: uuid.UUID, client_id: uuid.UUID) -> StoredObject | None:
    photo = ClientId.objects.photo(owner_id, client_id)
    is_there = photo is not None and photo.gallery == gallery and photo.state == StoredObject.State.READY
    return photo if is_there else None


def _incoming() -> BucketStore:
    store = store_of("private", "s3")
    if not isinstance(store, BucketStore):
        raise TypeError("not a bucket")
    return store


def _key(owner_id: int, client_id: uuid.UUID) -> str:
    """Of its sender, so that nobody completes what another put there."""
    return f"incoming/{owner_id}-{client_id}"
