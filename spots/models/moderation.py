"""The log of what moderators did: written once, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Notice
from machipoke.fields import LineField

if TYPE_CHECKING:
    from accounts.models import User

_TOLD = {
    "edit": Notice.Kind.EDITED,
    "hide": Notice.Kind.HIDDEN,
    "restore": Notice.Kind.RESTORED,
    "delete": Notice.Kind.DELETED,
    "lock": Notice.Kind.LOCKED,
    "unlock": Notice.Kind.UNLOCKED,
}
"""Verbs of which the author hears. A person hears of a suspension from `User.suspend` itself."""

_AUTHORS = {"spot": "created_by_id", "comment": "author_id"}

_FILES = ("spotphoto", "attachment")
"""Of these whoever owns the spot hears, and finds them there."""


class ModerationActionQuerySet(models.QuerySet["ModerationAction"]):
    """Reads and appends; every method that would change or remove a line refuses."""

    def update(self, **_kwargs: Any) -> int:
        raise _append_only()

    def delete(self) -> tuple[int, dict[str, int]]:
        raise _append_only()

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> int:
        raise _append_only()

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[ModerationAction]:
        objs = list(objs)  # an iterator would be used up by the look at the keys, and nothing be written
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
        """Write one line and tell the author, inside the transaction of the change it tells of."""
        kind = target._meta.model_name or ""
        with transaction.atomic():
            _tell_author(by, verb, target, reason)
            return cls.objects.create(
                actor=by,
                verb=verb,
                target_kind=kind,
                target_id=str(target.pk),
                before=before,
                after=after,
                reason=reason,
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise _append_only()
        super().save(*args, **kwargs | {"force_insert": True})  # a chosen key must not overwrite a line

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise _append_only()


def _tell_author(by: User | None, verb: str, target: models.Model, reason: str) -> None:
    """Not of what one did oneself, and nobody where the author is gone."""
    kind = target._meta.model_name or ""
    shown: Any = target
    if kind in _FILES:
        shown, kind = shown.spot, "spot"
    author_id = getattr(shown, _AUTHORS.get(kind, ""), None)
    if verb not in _TOLD or author_id is None or (by is not None and by.pk == author_id):
        return
    # The address that finds a comment on whichever page of a long thread it stands.
    path = f"/{kind}s/{shown.pk}/"
    notice = Notice(user_id=author_id, kind=_TOLD[verb], subject=_subject(target, shown), reason=reason, path=path)
    Notice.tell([notice])


def _subject(target: models.Model, shown: models.Model) -> str:
    """What it is called; a file by its spot, in the site's first language like the reasons."""
    if shown is target:
        return str(target)
    with translation.override(settings.LANGUAGE_CODE):
        return f"{target._meta.verbose_name}：{shown}"
