"""Reports from people, and the log of what moderators did: written once, never changed."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machipoke.fields import LineField, ProseField

if TYPE_CHECKING:
    from accounts.models import User

_RECEIPT_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 O 1 I L: a receipt is read aloud and typed by people."""


def new_receipt() -> str:
    """A receipt number like `K7QF-3WXN`: 31^8 possibilities, so it cannot be guessed."""
    letters = "".join(secrets.choice(_RECEIPT_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


class Report(models.Model):
    """Someone says that something is wrong; no sign-in needed."""

    class Target(models.TextChoices):
        SPOT = "spot", _("スポット")
        COMMENT = "comment", _("コメント")
        USER = "user", _("利用者")
        LIST = "list", _("保存リスト")

    class Reason(models.TextChoices):
        WRONG = "wrong", _("内容がまちがっている")
        CLOSED = "closed", _("閉店・移転している")
        PRIVATE = "private", _("個人の家や個人情報が写っている")
        RIGHTS = "rights", _("著作権・肖像権などの侵害")
        ABUSE = "abuse", _("いやがらせ・差別")
        SPAM = "spam", _("宣伝・スパム")
        DANGER = "danger", _("危険・法律に反する")
        OTHER = "other", _("その他")

    class State(models.TextChoices):
        OPEN = "open", _("未対応")
        DONE = "done", _("対応済み")
        DISMISSED = "dismissed", _("問題なし")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    receipt = models.CharField(_("受付番号"), max_length=9, unique=True, default=new_receipt, editable=False)
    target_kind = models.CharField(_("対象の種類"), max_length=10, choices=Target)
    target_id = models.CharField(_("対象のID"), max_length=36)
    reason = models.CharField(_("理由"), max_length=10, choices=Reason)
    text = ProseField(_("くわしく"), limit=2000, blank=True)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="reports",
        verbose_name=_("通報した人"),
    )
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(_("届いた日時"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("通報")
        verbose_name_plural = _("通報")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["target_kind", "target_id", "state"], name="report_target"),
            models.Index(fields=["state", "-created_at"], name="report_queue"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(target_kind__in=["spot", "comment", "user", "list"]), name="report_target_known"
            ),
            models.CheckConstraint(condition=Q(state__in=["open", "done", "dismissed"]), name="report_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.receipt} {self.get_reason_display()}"


class ModerationActionQuerySet(models.QuerySet["ModerationAction"]):
    """Reads and appends; every method that would change or remove a line refuses."""

    def update(self, **_kwargs: Any) -> int:
        raise _append_only()

    def delete(self) -> tuple[int, dict[str, int]]:
        raise _append_only()

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> int:
        raise _append_only()

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[ModerationAction]:
        if any(args) or kwargs.get("update_conflicts") or any(action.pk is not None for action in objs):
            raise _append_only()
        return super().bulk_create(objs, **kwargs)


def _append_only() -> TypeError:
    return TypeError("The moderation log is append-only.")


class ModerationAction(models.Model):
    """One line of the log: who did what to which row, from which state to which, and why.

    Append-only for everything written in Python: model, QuerySet and admin refuse. No database trigger guards it:
    SQLite drops triggers whenever Django remakes a table, and a restore must be able to fill an empty one. The one
    change that passes is `actor` becoming null when the person's account goes (Django's own SET_NULL).
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="moderation_actions",
        verbose_name=_("した人"),
    )
    verb = models.CharField(_("したこと"), max_length=20)
    target_kind = models.CharField(_("対象の種類"), max_length=20)
    target_id = models.CharField(_("対象のID"), max_length=36)
    before = models.CharField(_("前の状態"), max_length=200, blank=True)
    after = models.CharField(_("後の状態"), max_length=200, blank=True)
    reason = LineField(_("理由"), limit=200, blank=True)
    created_at = models.DateTimeField(_("日時"), default=timezone.now, editable=False)

    objects = ModerationActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("対応の記録")
        verbose_name_plural = _("対応の記録")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["target_kind", "target_id"], name="action_target"),
            models.Index(fields=["-created_at", "-id"], name="action_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_kind} {self.target_id}"

    @classmethod
    def record(
        cls, by: User, verb: str, target: models.Model, before: str, after: str, reason: str
    ) -> ModerationAction:
        """Write one line, inside the transaction of the change it tells of."""
        kind = target._meta.model_name or ""
        return cls.objects.create(
            actor=by, verb=verb, target_kind=kind, target_id=str(target.pk), before=before, after=after, reason=reason
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise _append_only()
        super().save(*args, **kwargs | {"force_insert": True})  # a chosen key must not overwrite a line

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise _append_only()
