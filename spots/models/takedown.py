"""The evidence of a takedown: what each address of a picture answered after a moderator took it away."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from spots.models.moderation import ModerationAction


class TakedownEvidence(models.Model):
    """What one address answered over HTTP; `status` is 0 where nobody answered."""

    action = models.ForeignKey(ModerationAction, models.CASCADE, related_name="evidence", verbose_name=_("対応"))
    url = models.CharField(_("アドレス"), max_length=500)
    status = models.PositiveSmallIntegerField(_("答え"))
    fetched_at = models.DateTimeField(_("確かめた日時"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("取り下げの証拠")
        verbose_name_plural = _("取り下げの証拠")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.status} {self.url}"
