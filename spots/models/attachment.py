"""The attachments of a spot: leaflets as PDF, walks as GPX."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from machipoke.fields import LineField, refuse_blank
from media_store.models import ObjectField, StoredObject
from spots.models.spot import Spot
from spots.models.spot_file import SpotFile, SpotFileQuerySet, file_constraints

MOST_ATTACHMENTS = 5


class Attachment(SpotFile):
    """A file to download. `track` is what of a GPX file the map draws, as JSON; `size_bytes` is its object's."""

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        GPX = "gpx", "GPX"

    spot = models.ForeignKey(Spot, models.CASCADE, related_name="attachments", verbose_name=_("スポット"))
    file = ObjectField(on_delete=models.CASCADE, verbose_name=_("ファイル"))
    format = models.CharField(_("形式"), max_length=3, choices=Format)
    title = LineField(_("名前"), limit=100, validators=[refuse_blank])
    track = models.TextField(blank=True, editable=False)

    objects: Any = SpotFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("添付")
        verbose_name_plural = _("添付")
        ordering = ["position", "created_at", "id"]
        indexes = [
            models.Index(fields=["spot", "position"], name="attachment_of_spot"),
            models.Index(fields=["-created_at", "-id"], name="attachment_newest"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(format__in=["pdf", "gpx"]), name="attachment_format_known"),
            *file_constraints("attachment"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def stored_object(self) -> StoredObject:
        row: StoredObject = self.file
        return row
