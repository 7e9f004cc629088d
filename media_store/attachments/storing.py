"""From a file that a person sent to a stored attachment: checked, within their day's quota, and never half."""

from __future__ import annotations

import uuid
from hashlib import file_digest
from typing import IO, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from media_store import objects, quota, receiving
from media_store.attachments import AttachmentRefused, Checked, check
from media_store.models import StoredObject
from media_store.objects import New
from media_store.receiving import refuse_taken_down, size_of
from media_store.refusal import UploadRefused

_TAKEN_DOWN = _("このファイルは、モデレーターが取り下げたため使えません。理由：%(reason)s")


class TakenFile(NamedTuple):
    """An attachment that is stored and belongs to no spot yet; `track` is what a map draws of it."""

    row: StoredObject
    format: str
    track: str


def sent_digest(file: IO[bytes]) -> str:
    """By which a file that was sent is known again."""
    file.seek(0)
    digest = file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return digest


def take_attachment(file: IO[bytes], owner_id: int, gallery: uuid.UUID) -> TakenFile:
    """Check and store a file of `owner_id`'s for the spot `gallery`; nothing is attached.

    Never inside a transaction. Raises UploadRefused, Busy, or StoreUnavailable.
    """
    size_bytes = size_of(file)
    quota.ATTACHMENTS.require(owner_id, size_bytes)
    try:
        checked = check(file)
    except AttachmentRefused as error:
        raise UploadRefused(error.code, str(error.message), error.status) from error
    refuse_taken_down(checked.original_sha256, checked.sha256, words=_TAKEN_DOWN)
    row = _row(checked, owner_id, gallery)
    new = New(row, checked.content)
    with transaction.atomic():
        sent = quota.ATTACHMENTS.spend(owner_id, row.kind, size_bytes)
        objects.begin(new)
    receiving.finish(new, sent=sent)
    return TakenFile(row, checked.extension, checked.track)


def _row(checked: Checked, owner_id: int, gallery: uuid.UUID) -> StoredObject:
    pk = uuid.uuid4()
    return StoredObject(
        pk=pk,
        kind=StoredObject.Kind.ATTACHMENT,
        key=f"attachments/{gallery}/{pk}.{checked.extension}",
        gallery=gallery,
        content_type=checked.content_type,
        sha256=checked.sha256,
        original_sha256=checked.original_sha256,
        owner_id=owner_id,
    )
