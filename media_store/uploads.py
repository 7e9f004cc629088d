"""From a file that a person sent to a stored photo: once per file, within their day's quota, and never half."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import file_digest
from typing import IO, NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machipoke.multipart import FILE
from machipoke.problems import Fault, Refused
from media_store import objects, pictures, quota, receiving, slots
from media_store.models import ClientId, StoredObject, StoredObjectQuerySet
from media_store.models.stored_object import ORIGINAL_KEPT, original_key
from media_store.objects import New
from media_store.receiving import modest_size_of, refuse_taken_down, row_of
from media_store.refusal import UploadRefused

WAIT_SECONDS = 10.0
"""For a turn to decode: the browser sends three at once, and each takes some tenths of a second."""

UNDER_WAY = timedelta(minutes=2)
"""Above every deadline of a request: a pending photo older than this was left by a crash, and is taken over."""


class Taken(NamedTuple):
    """A photo that is stored; `hints` are of the file that was sent just now, for its sender alone."""

    row: StoredObject
    hints: pictures.Hints
    is_new: bool


@contextmanager
def refusals_told(field: str = FILE) -> Iterator[None]:
    """Whatever is refused of a file inside is answered as a problem that names `field`."""
    try:
        yield
    except (pictures.PictureRefused, UploadRefused) as error:
        fault = Fault(field, error.code, str(error.message))
        raise Refused([fault], error.status, getattr(error, "retry_seconds", None)) from error


def refuse_at_a_glance(file: IO[bytes]) -> None:
    """Raise PictureRefused or UploadRefused for what its size or first bytes rule out; free, so before limits count."""
    modest_size_of(file)
    pictures.sniff(file.read(pictures.GLANCE_BYTES))
    file.seek(0)


def take_photo(file: IO[bytes], owner_id: int, gallery: uuid.UUID, client_id: uuid.UUID | None = None) -> Taken:
    """Store a photo of `owner_id`'s for the spot `gallery`, which need not be there yet; nothing is attached.

    The same file for the same spot is the same photo; so is the same `client_id`, which whoever sends chooses to be
    able to send again. The photo's own id is never theirs: under its address other bytes must never lie. Never inside a
    transaction. Raises PictureRefused, UploadRefused, Busy, or StoreUnavailable.
    """
    size_bytes = modest_size_of(file)
    digest = file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    refuse_taken_down(digest)
    # Sent twice at once it is decoded once; on several servers the rows' constraint decides.
    with slots.alone(f"photo {owner_id} {gallery} {digest}", WAIT_SECONDS):
        before = _before(owner_id, gallery, digest, client_id)
        if before is not None and before.state == StoredObject.State.READY:
            _call(before, {client_id})
            return Taken(before, pictures.hints_of(file), False)
        return _stored(file, size_bytes, owner_id, gallery, client_id, before)


def _stored(
    file: IO[bytes],
    size_bytes: int,
    owner_id: int,
    gallery: uuid.UUID,
    client_id: uuid.UUID | None,
    left_by_crash: StoredObject | None,
) -> Taken:
    if left_by_crash is None:
        quota.PICTURES.require(owner_id, size_bytes)
    file.seek(0)
    with slots.transform_slot(WAIT_SECONDS):
        made = pictures.ingest(file)
    refuse_taken_down(made.sha256)
    row = _row(made, owner_id, gallery, left_by_crash.pk if left_by_crash else uuid.uuid4())
    client_ids = {client_id} if left_by_crash is None else {client_id, *_client_ids(left_by_crash)}
    file.seek(0)
    new = New(row, made.content), New(_original(row), file.read())
    try:
        with transaction.atomic():
            sent = quota.PICTURES.spend(owner_id, row.kind, size_bytes) if left_by_crash is None else None
            if left_by_crash is not None:
                _take_over(left_by_crash)
            objects.begin(*new)
            _call(row, client_ids)
    except IntegrityError as error:  # the same file or client_id arrived at another server just now
        raise _under_way() from error
    receiving.finish(*new, sent=sent)
    return Taken(row, made.hints, True)


def _before(owner_id: int, gallery: uuid.UUID, digest: str, client_id: uuid.UUID | None) -> StoredObject | None:
    """The same photo as it was stored before, ready, or pending where a crash left it half."""
    live = StoredObject.objects.filter(kind=StoredObject.Kind.PHOTO).exclude(state=StoredObject.State.CONDEMNED)
    row = live.filter(owner_id=owner_id, gallery=gallery, original_sha256=digest).first()
    named = ClientId.objects.photo(owner_id, client_id) if client_id is not None else None
    if named is not None and (row is None or named.pk != row.pk):
        words = _("この client_id は、別の写真に使われています。新しい client_id にしてください。")
        raise UploadRefused("client_id_used", str(words), 409)
    if row is not None and row.state == StoredObject.State.PENDING and row.created_at > timezone.now() - UNDER_WAY:
        raise _under_way()
    return row


def _call(photo: StoredObject, client_ids: set[uuid.UUID | None]) -> None:
    names = {name for name in client_ids if name is not None}
    if not names or photo.owner_id is None:
        return
    try:
        ClientId.objects.give(photo.owner_id, names, photo)
    except IntegrityError as error:
        raise _under_way() from error


def _client_ids(photo: StoredObject) -> list[uuid.UUID]:
    return list(ClientId.objects.filter(photo=photo).values_list("client_id", flat=True))


def _under_way() -> UploadRefused:
    words = _("同じ写真を受け取っているところです。少し待ってから、もう一度送ってください。")
    return UploadRefused("under_way", str(words), 409, retry_seconds=2)


def _take_over(left: StoredObject) -> None:
    """Make room for the rows of what a crash left half; raises where somebody else is at it, or the sweep was."""
    rows = StoredObject.objects.filter(pk=left.pk, state=StoredObject.State.PENDING, created_at=left.created_at)
    if not rows.delete()[0]:
        raise _under_way()
    StoredObject.objects.filter(bucket=StoredObject.Bucket.PRIVATE, key=original_key(left.pk)).delete()


def _row(made: pictures.Ingested, owner_id: int, gallery: uuid.UUID, id: uuid.UUID) -> StoredObject:
    key = f"spots/{gallery}/{id}.{made.extension}"
    return row_of(made, StoredObject.Kind.PHOTO, key, owner_id, pk=id, gallery=gallery)


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


def waiting(owner_id: int) -> StoredObjectQuerySet:
    """The photos of `owner_id`'s that are stored and attached to no spot yet."""
    return StoredObject.objects.ready().unattached().filter(kind=StoredObject.Kind.PHOTO, owner_id=owner_id)


def waiting_named(owner_id: int, id: uuid.UUID) -> StoredObjectQuerySet:
    """The one of them with that id, or with that client_id."""
    return waiting(owner_id).filter(ClientId.objects.all().named(owner_id, id))


def gallery_of_sent(owner_id: int, client_id: uuid.UUID) -> uuid.UUID | None:
    """The spot that a photo which is here already was sent for."""
    photo = ClientId.objects.photo(owner_id, client_id)
    return None if photo is None else photo.gallery


def take_back(owner_id: int, id: uuid.UUID) -> bool:
    """End a photo that waits for its spot, at once, with what was sent; whether there was one.

    By one of several client_ids only that is taken back: the same file was chosen twice, and is wanted once.
    """
    with transaction.atomic():
        found = waiting_named(owner_id, id).select_for_update(of=("self",)).first()
        if found is None:
            return False
        if found.pk != id and not ClientId.objects.end(owner_id, id):
            return True
        # Asked again now that nobody else can change it: it may have been attached before the lock was ours.
        return bool(waiting(owner_id).filter(pk=found.pk).condemn(at_once=True))
