"""What a person is told of: things that moderators did to what is theirs, and to their account."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machipoke.fields import LineField


class Notice(models.Model):
    """One thing that happened, kept in the words it was done with; the person reads it on the site and by mail."""

    class Kind(models.TextChoices):
        HIDDEN = "hidden", _("非表示になりました")
        RESTORED = "restored", _("元に戻りました")
        DELETED = "deleted", _("削除されました")
        LOCKED = "locked", _("コメントが締め切られました")
        UNLOCKED = "unlocked", _("コメントの締め切りが解かれました")
        MERGED = "merged", _("カテゴリがまとめられました")
        SUSPENDED = "suspended", _("利用が停止されました")
        UNSUSPENDED = "unsuspended", _("利用の停止が終わりました")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", editable=False)
    kind = models.CharField(_("こと"), max_length=12, choices=Kind)
    subject = LineField(_("対象"), limit=100, blank=True)
    reason = LineField(_("理由"), limit=200, blank=True)
    path = models.CharField(_("場所"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("日時"), default=timezone.now, editable=False)
    read_at = models.DateTimeField(_("読んだ日時"), null=True, blank=True, editable=False)
    mailed_at = models.DateTimeField(_("メールした日時"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("お知らせ")
        verbose_name_plural = _("お知らせ")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notice_newest"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["created_at"], condition=Q(mailed_at=None), name="notice_unmailed"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}".strip()
