"""What a person sent today, as far as it counts."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SentQuerySet(models.QuerySet["Sent"]):
    """Sums of what was sent."""

    def since(self, owner_id: int, kinds: tuple[str, ...], moment: datetime) -> tuple[int, int]:
        """How many files of those kinds a person sent, and how many bytes."""
        sent = self.filter(owner_id=owner_id, kind__in=kinds, sent_at__gt=moment)
        sums = sent.aggregate(files=models.Count("pk"), size=models.Sum("size_bytes"))
        return sums["files"], sums["size"] or 0


class Sent(models.Model):
    """A file that was taken from a person: that it was, and how large, but not which.

    It outlives the file, so that deleting gives no quota back; the sweep removes it when its day is over.
    """

    owner_id = models.BigIntegerField()
    kind = models.CharField(max_length=12)
    size_bytes = models.PositiveBigIntegerField()
    sent_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SentQuerySet.as_manager()

    class Meta:
        verbose_name = _("送られたファイルの記録")
        verbose_name_plural = _("送られたファイルの記録")
        ordering = ["-sent_at", "-id"]
        indexes = [
            models.Index(fields=["owner_id", "sent_at"], name="sent_by_owner"),
            models.Index(fields=["sent_at"], name="sent_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.size_bytes}"
