"""From a file that a person sent to a stored photo: once per file, within their day's quota, and never half."""

from __future__ import annotations

import uuid
from datetime import timedelta
from hashlib import file_digest
from typing import IO, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machipoke.locks import hold
from media_store import objects, pictures
from media_store.models import RefusedPicture, StoredObject
from media_store.models.stored_object import ORIGINAL_KEPT, original_key
from media_store.objects import New

MOST_A_DAY = 200
"""Photos of one person: twenty full spots."""

MOST_BYTES_A_DAY = 1_000_000_000
"""What one person may send: the same twenty spots as a phone makes them."""

UNDER_WAY = timedelta(minutes=2)
"""Above every deadline of a request: a pending photo older than this was left by a crash, and is taken over."""


class UploadRefused(Exception):
    """Why a photo is not taken although it may be one: `code` for programs, `status` for HTTP, `message` for people."""

    def __init__(self, code: str, message: str, status: int, retry_seconds: int | None = None) -> None:
        super().__init__(code)
        self.code, self.message, self.status, self.retry_seconds = code, message, status, retry_seconds


class Taken(NamedTuple):
    """A photo that is stored; `hints` are of the file that was sent just now, for its sender alone."""

    row: StoredObject
    hints: pictures.Hints
    is_new: bool


def take_photo(file: IO[bytes], owner_id: int, gallery: uuid.UUID, id: uuid.UUID | None = None) -> Taken:
    """Store a photo of `owner_id`'s for the spot `gallery`, which need not be there yet; nothing is attached.

    The same file for the same spot is the same photo; so is the same `id`, which whoever sends chooses to be able to
    send again. Never inside a transaction. Raises PictureRefused, UploadRefused, or StoreUnavailable.
    """
    digest = file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    _refuse_known(digest)
    if (before := _before(owner_id, gallery, digest, id)) is not None:
        return before
    size_bytes = file.seek(0, 2)
    file.seek(0)
    _require_quota(owner_id, size_bytes)
    made = pictures.ingest(file)
    _refuse_known(made.sha256)
    row = _row(made, owner_id, gallery, id or uuid.uuid4())
    file.seek(0)
    new = New(row, made.content), New(_original(row), file.read())
    try:
        with transaction.atomic():
            hold(f"quota {owner_id}")
            _require_quota(owner_id, size_bytes)
            objects.begin(*new)
    except IntegrityError:
        again = _before(owner_id, gallery, digest, id)  # the same file arrived at the same moment
        if again is None:
            raise
        return again
    objects.finish(*new)
    return Taken(row, made.hints, True)


def _refuse_known(sha256: str) -> None:
    reason = RefusedPicture.objects.reason_for(sha256)
    if reason is not None:
        words = _("この写真は、モデレーターが取り下げたため使えません。理由：%(reason)s") % {"reason": reason}
        raise UploadRefused("taken_down", words, 422)


def _before(owner_id: int, gallery: uuid.UUID, digest: str, id: uuid.UUID | None) -> Taken | None:
    """The same photo as it was stored before; one that a crash left half is finished by being sent again."""
    own = StoredObject.objects.filter(kind=StoredObject.Kind.PHOTO)
    row = own.filter(pk=id).first() if id is not None else None
    if row is not None and (row.owner_id, row.gallery, row.original_sha256) != (owner_id, gallery, digest):
        raise UploadRefused("id_used", str(_("この id は、別の写真に使われています。")), 409)
    live = own.filter(owner_id=owner_id, gallery=gallery, original_sha256=digest).exclude(state="condemned")
    row = live.first()
    if row is None or row.state == StoredObject.State.READY:
        return None if row is None else Taken(row, pictures.Hints(), False)
    if row.created_at > timezone.now() - UNDER_WAY:
        raise UploadRefused("under_way", str(_("同じ写真を受け取っているところです。")), 409, retry_seconds=2)
    live.filter(state=StoredObject.State.PENDING).condemn(at_once=True)
    if row.pk == id:
        raise UploadRefused("id_used", str(_("この id は、別の写真に使われています。")), 409)
    return None


def _require_quota(owner_id: int, size_bytes: int) -> None:
    today = StoredObject.objects.filter(
        owner_id=owner_id, kind=StoredObject.Kind.ORIGINAL, created_at__gt=timezone.now() - timedelta(days=1)
    )
    used = today.aggregate(photos=Count("pk"), sent=Sum("size_bytes"))
    if used["photos"] >= MOST_A_DAY or (used["sent"] or 0) + size_bytes > MOST_BYTES_A_DAY:
        words = _("写真は1日に%(photos)d枚、合わせて1 GBまでです。明日またお試しください。") % {"photos": MOST_A_DAY}
        raise UploadRefused("quota", words, 429, retry_seconds=3600)


def _row(made: pictures.Ingested, owner_id: int, gallery: uuid.UUID, id: uuid.UUID) -> StoredObject:
    return StoredObject(
        pk=id,
        kind=StoredObject.Kind.PHOTO,
        key=f"spots/{gallery}/{id}.{made.extension}",
        gallery=gallery,
        content_type=made.content_type,
        sha256=made.sha256,
        original_sha256=made.original_sha256,
        width=made.width,
        height=made.height,
        placeholder=made.placeholder,
        colour=made.colour,
        owner_id=owner_id,
    )


def _original(row: StoredObject) -> StoredObject:
    """What was sent, kept unread for `ORIGINAL_KEPT`."""
    return StoredObject(
        bucket=StoredObject.Bucket.PRIVATE,
        kind=StoredObject.Kind.ORIGINAL,
        key=original_key(row.pk),
        content_type="application/octet-stream",
        sha256=row.original_sha256,
        owner_id=row.owner_id,
        delete_after=row.created_at + ORIGINAL_KEPT,
    )
