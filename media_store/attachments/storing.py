"""From a file that a person sent to a stored attachment: checked, within their day's quota, and never half."""

from __future__ import annotations

import uuid
from datetime import timedelta
from hashlib import file_digest
from typing import IO, NamedTuple

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machipoke.locks import hold
from media_store import objects
from media_store.attachments import AttachmentRefused, Checked, check
from media_store.models import RefusedPicture, StoredObject
from media_store.objects import New
from media_store.uploads import UploadRefused

MOST_A_DAY = 50
"""Attachments of one person: ten full spots."""

MOST_BYTES_A_DAY = 200_000_000
"""Twenty of the largest."""


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
    try:
        checked = check(file)
    except AttachmentRefused as error:
        raise UploadRefused(error.code, str(error.message), error.status) from error
    _refuse_known(checked)
    row = _row(checked, owner_id, gallery)
    new = New(row, checked.content)
    with transaction.atomic():
        hold(f"attachment quota {owner_id}")
        _require_quota(owner_id, len(checked.content))
        objects.begin(new)
    objects.finish(new)
    return TakenFile(row, checked.extension, checked.track)


def _refuse_known(checked: Checked) -> None:
    for sha256 in {checked.original_sha256, checked.sha256}:
        if (reason := RefusedPicture.objects.reason_for(sha256)) is not None:
            words = _("このファイルは、モデレーターが取り下げたため使えません。理由：%(reason)s") % {"reason": reason}
            raise UploadRefused("taken_down", words, 422)


def _require_quota(owner_id: int, size_bytes: int) -> None:
    today = StoredObject.objects.filter(
        owner_id=owner_id, kind=StoredObject.Kind.ATTACHMENT, created_at__gt=timezone.now() - timedelta(days=1)
    )
    used = today.aggregate(files=Count("pk"), sent=Sum("size_bytes"))
    if used["files"] >= MOST_A_DAY or (used["sent"] or 0) + size_bytes > MOST_BYTES_A_DAY:
        words = _("ファイルは1日に%(files)d個、合わせて200 MBまでです。明日またお試しください。") % {
            "files": MOST_A_DAY
        }
        raise UploadRefused("quota", words % {"files": MOST_A_DAY}, 429, retry_seconds=3600)


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
