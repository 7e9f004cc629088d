"""A copy of everything about oneself, asked for by its owner and made by the job process."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LINK_LIFETIME = timedelta(hours=24)
"""How long a finished copy can be fetched; then its file goes."""


class Export(models.Model):
    """One copy: asked for, made, and gone a day later. The file is `DATA_DIR/private/exports/<id>.zip`."""

    class State(models.TextChoices):
        PENDING = "pending", _("準備中")
        READY = "ready", _("できました")
        FAILED = "failed", _("作れませんでした")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports", editable=False)
    state = models.CharField(_("状態"), max_length=7, choices=State, default=State.PENDING, editable=False)
    size_bytes = models.PositiveBigIntegerField(_("大きさ"), default=0, editable=False)
    created_at = models.DateTimeField(_("頼んだ日時"), default=timezone.now, editable=False)
    ready_at = models.DateTimeField(_("できた日時"), null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(_("期限"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("自分のデータの写し")
        verbose_name_plural = _("自分のデータの写し")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["pending", "ready", "failed"]), name="export_state_known"),
            models.UniqueConstraint(fields=["user"], condition=Q(state="pending"), name="export_one_under_way"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.created_at:%Y-%m-%d}"

    @property
    def path(self) -> Path:
        """Where the file lies, whether or not it is there."""
        return Path(settings.DATA_DIR) / "private" / "exports" / f"{self.id}.zip"

    @property
    def is_available(self) -> bool:
        """Whether its owner can fetch it now."""
        return self.state == self.State.READY and self.expires_at is not None and self.expires_at > timezone.now()
