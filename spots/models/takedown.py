"""The evidence of a takedown: what each address of a picture answered after a moderator took it away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Self

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from spots.models.moderation import ModerationAction

GONE = (404, 410)

ASKED_AGAIN_FOR = timedelta(hours=1)
"""How long an address that still answers is asked again: every process forgets within seconds, a proxy may not."""


class TakedownEvidenceQuerySet(models.QuerySet["TakedownEvidence"]):
    """What is to be asked, and of what the asking ends."""

    def expect(self, action: ModerationAction, addresses: Iterable[str]) -> None:
        """Have each of these addresses asked over HTTP, once the transaction of `action` is stored."""
        rows = [TakedownEvidence(action=action, url=url) for url in dict.fromkeys(addresses)]
        if rows:
            self.bulk_create(rows)
            # Robust: a queue that is away delays the asking, and the clock finds it.
            transaction.on_commit(_nudge, robust=True)

    def due(self) -> Self:
        """Never asked yet; or asked, and neither gone nor given up."""
        again = ~Q(status__in=GONE) & Q(action__created_at__gt=timezone.now() - ASKED_AGAIN_FOR)
        return self.filter(Q(status=None) | again)

    def call_off(self, target: models.Model) -> None:
        """It is shown again: ask no more whether it is gone."""
        kind, id_ = target._meta.model_name, str(target.pk)
        of_target = self.filter(action__target_kind=kind, action__target_id=id_)
        of_target.filter(Q(status=None) | ~Q(status__in=GONE)).delete()


class TakedownEvidence(models.Model):
    """What one address answered over HTTP; `status` is None until it is asked, and 0 where nobody answered."""

    action = models.ForeignKey(ModerationAction, models.CASCADE, related_name="evidence", verbose_name=_("対応"))
    url = models.CharField(_("アドレス"), max_length=500)
    status = models.PositiveSmallIntegerField(_("答え"), null=True, editable=False)
    fetched_at = models.DateTimeField(_("確かめた日時"), default=timezone.now, editable=False)

    objects = TakedownEvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("取り下げの証拠")
        verbose_name_plural = _("取り下げの証拠")
        ordering = ["id"]
        indexes = [
            # Nearly all rows are of addresses that are gone; the clock asks each minute for the others.
            models.Index(fields=["id"], condition=Q(status=None) | ~Q(status__in=GONE), name="evidence_open"),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.url}"


def _nudge() -> None:
    from spots.tasks import ask_soon

    ask_soon()
