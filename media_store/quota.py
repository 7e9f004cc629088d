"""How much one person may send in a day; what they delete again counts as well."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from machipoke.locks import hold
from media_store.models import Sent, StoredObject
from media_store.refusal import UploadRefused

PERIOD = timedelta(days=1)
RETRY_SECONDS = 3600


class Quota(NamedTuple):
    """At most so many files of these kinds, and so many bytes, each `PERIOD`; `words` take `most`."""

    kinds: tuple[str, ...]
    files: int
    size_bytes: int
    words: str | Promise

    def require(self, owner_id: int, size_bytes: int) -> None:
        """Raise UploadRefused where a person may not send so many bytes more today."""
        files, sent_bytes = Sent.objects.since(owner_id, self.kinds, timezone.now() - PERIOD)
        if files >= self.files or sent_bytes + size_bytes > self.size_bytes:
            raise UploadRefused("quota", str(self.words) % {"most": self.files}, 429, RETRY_SECONDS)

    def spend(self, owner_id: int, kind: str, size_bytes: int) -> Sent:
        """Count a file, in the transaction that stores its row. Raises UploadRefused."""
        hold(f"quota {self.kinds[0]} {owner_id}")
        self.require(owner_id, size_bytes)
        sent = Sent(owner_id=owner_id, kind=kind, size_bytes=size_bytes)
        sent.save()
        return sent


PICTURES = Quota(
    (StoredObject.Kind.PHOTO, StoredObject.Kind.AVATAR),
    200,
    1_000_000_000,
    _("写真は1日に%(most)d枚、合わせて1 GBまでです。明日またお試しください。"),
)
"""Twenty full spots, as a phone makes their photos."""

ATTACHMENTS = Quota(
    (StoredObject.Kind.ATTACHMENT,),
    50,
    200_000_000,
    _("ファイルは1日に%(most)d個、合わせて200 MBまでです。明日またお試しください。"),
)
"""Ten full spots, twenty of the largest files."""
