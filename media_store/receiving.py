"""What is asked of every file that a person sends before it is stored, and the row of a picture."""

from __future__ import annotations

from typing import IO, Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from machipoke.multipart import MOST_FILE_BYTES
from media_store import objects
from media_store.models import RefusedPicture, Sent, StoredObject
from media_store.models.stored_object import PENDING_KEPT
from media_store.objects import New
from media_store.pictures import Ingested
from media_store.refusal import UploadRefused

PHOTO_TAKEN_DOWN = _("この写真は、モデレーターが取り下げたため使えません。理由：%(reason)s")


def size_of(file: IO[bytes]) -> int:
    """How many bytes were sent, also where a form kept none past its limit; the file is left at its start."""
    size = max(file.seek(0, 2), getattr(file, "size", 0) or 0)
    file.seek(0)
    return size


def modest_size_of(photo: IO[bytes]) -> int:
    """The same of a photo. Raises UploadRefused past 20 MB."""
    size = size_of(photo)
    if size > MOST_FILE_BYTES:
        raise UploadRefused("too_large", str(_("写真は1枚20 MBまでです。")), 413)
    return size


def refuse_taken_down(*sha256s: str, words: str | Promise = PHOTO_TAKEN_DOWN) -> None:
    """Raise UploadRefused for a file that a moderator took away, as it was sent or as it is stored."""
    for sha256 in sha256s:
        if (reason := RefusedPicture.objects.reason_for(sha256)) is not None:
            raise UploadRefused("taken_down", str(words) % {"reason": reason}, 422)


def finish(*new: New, sent: Sent | None) -> None:
    """Put the bytes, as `objects.finish`; where that fails it is as if nothing had been sent, and nothing is counted.

    Only a crash leaves rows that are pending, and counted, for the next try.
    """
    try:
        objects.finish(*new)
    except Exception:
        with transaction.atomic():
            # The bytes may be on their way still, and go long after the deadline of that.
            StoredObject.objects.filter(pk__in=[row.pk for row, _content in new]).condemn(kept=PENDING_KEPT)
            if sent is not None:
                sent.delete()
        raise


def row_of(made: Ingested, kind: str, key: str, owner_id: int, **more: Any) -> StoredObject:
    """Not stored yet."""
    return StoredObject(
        kind=kind,
        key=key,
        owner_id=owner_id,
        content_type=made.content_type,
        sha256=made.sha256,
        original_sha256=made.original_sha256,
        width=made.width,
        height=made.height,
        placeholder=made.placeholder,
        colour=made.colour,
        **more,
    )
