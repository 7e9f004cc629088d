"""The attachments of a spot: leaflets as PDF, walks as GPX."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from machipoke.fields import LineField, refusal, refuse_blank
from machipoke.locks import hold
from media_store.attachments.storing import TakenFile
from media_store.models import ObjectField, StoredObject
from spots.models.spot import Spot
from spots.models.spot_file import SpotFile, SpotFileQuerySet, file_constraints

MOST_ATTACHMENTS = 5

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|%;\s]+')
"""What some system takes for a path, a pattern or an end."""

MOST_NAME = 60
"""Characters of a file's name: 180 bytes, where file systems hold 255."""


class AttachmentQuerySet(SpotFileQuerySet):
    """The attachments of spots, and how they come to them."""

    def with_bytes(self) -> AttachmentQuerySet:
        """Those that can be downloaded by whoever sees them: deleted ones too, until they are swept."""
        return self.filter(file__in=StoredObject.objects.readable())

    def same_as(self, spot: Spot, *hashes: str) -> Attachment | None:
        """The attachment of `spot` that was made of a file with one of these hashes, or is stored as such a file."""
        known = {*hashes} - {""}
        live = self.filter(spot=spot).exclude(state="deleted")
        found: Attachment | None = live.filter(Q(file__original_sha256__in=known) | Q(file__sha256__in=known)).first()
        return found

    def require_room(self, spot: Spot) -> None:
        """Raise ValidationError where the spot has all it may have."""
        if self.filter(spot=spot).exclude(state="deleted").count() >= MOST_ATTACHMENTS:
            raise refusal("file", _("ファイルは1つのスポットに5個までです。先に1つ消してください。"), "max_length")

    def attach(self, spot: Spot, taken: TakenFile, title: str, by_id: int) -> tuple[Attachment, bool]:
        """Attach what was stored for `spot`, behind those it has, and whether it is new.

        Of the same file sent twice at once, or of two that are stored as the same, the first is attached and the
        other's object ends. Raises ValidationError past `MOST_ATTACHMENTS`, and for a title that cannot be one.
        """
        with transaction.atomic():
            hold(f"attachments {spot.pk}")
            if (before := self.same_as(spot, taken.row.original_sha256, taken.row.sha256)) is not None:
                StoredObject.objects.filter(pk=taken.row.pk).condemn(at_once=True)
                return before, False
            self.require_room(spot)
            last = self.filter(spot=spot).aggregate(last=models.Max("position"))["last"]
            row = Attachment(pk=taken.row.pk, spot=spot, file=taken.row, format=taken.format, track=taken.track)
            row.title, row.uploaded_by_id, row.position = title, by_id, 0 if last is None else last + 1
            row.full_clean()
            row.save(force_insert=True)
        return row, True


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

    objects: Any = AttachmentQuerySet.as_manager()

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

    @classmethod
    def clean_title(cls, title: str) -> None:
        """Raise ValidationError where a title cannot be one: asked before a file is looked at and stored."""
        cls(title=title).clean_fields(exclude={field.name for field in cls._meta.fields} - {"title"})

    @property
    def stored_object(self) -> StoredObject:
        row: StoredObject = self.file
        return row

    @property
    def file_name(self) -> str:
        """What the file is called when it is downloaded: its title, as every system takes it."""
        name = _NOT_IN_NAMES.sub("_", self.title)[:MOST_NAME].strip("._-")
        return f"{name or 'file'}.{self.format}"

    @property
    def path(self) -> str:
        """Where it is downloaded."""
        return f"/attachments/{self.pk}/{quote(self.file_name)}"

    @property
    def kilometres(self) -> float | None:
        """How long the walk is; None of what is no walk."""
        return json.loads(self.track)["km"] or None if self.track else None

    def public_addresses(self) -> list[str]:
        # By a name of no meaning, which leads to the file all the same: evidence stays, and a title may name somebody.
        return [f"{settings.SITE_URL}/attachments/{self.pk}/file.{self.format}"]

    def _come_back(self, *args: Any, **kwargs: Any) -> None:
        hold(f"attachments {self.spot_id}")
        if self.state == self.State.DELETED:
            if Attachment.objects.same_as(self.spot, self.file.original_sha256, self.file.sha256) is not None:
                raise ValidationError(_("同じファイルが、もう一度追加されています。"), code="sent_again")
            Attachment.objects.require_room(self.spot)
        super()._come_back(*args, **kwargs)
