"""A file on its way to a spot: checked and stored first, outside any transaction, then attached in a short one."""

from __future__ import annotations

from typing import IO

from media_store.attachments.storing import TakenFile, sent_digest, take_attachment
from spots.models import Attachment, Spot


def taken_for(spot: Spot, file: IO[bytes], title: str, by_id: int) -> Attachment | TakenFile:
    """What is stored for `spot` now, or the attachment that is of the same file already, as sent or as downloaded.

    Never inside a transaction. Raises ValidationError for the title, or where there is no room; UploadRefused for the
    file; Busy or StoreUnavailable.
    """
    Attachment.clean_title(title)
    before: Attachment | None = Attachment.objects.same_as(spot, sent_digest(file))
    if before is not None:
        return before
    Attachment.objects.require_room(spot)
    return take_attachment(file, by_id, spot.pk)


def attached(spot: Spot, taken: Attachment | TakenFile, title: str, by_id: int) -> tuple[Attachment, bool]:
    """The attachment of it, and whether it is new. Raises ValidationError where there is no room any more."""
    if isinstance(taken, Attachment):
        return taken, False
    row, is_new = Attachment.objects.attach(spot, taken, title, by_id)
    return row, is_new
