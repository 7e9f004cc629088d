"""What a person is told of: things that moderators did to what is theirs, and to their account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machipoke.fields import LineField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models.user import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Whose they are, and what has happened to them."""

    def visible_to(self, viewer: User | AnonymousUser | None) -> NoticeQuerySet:
        """One's own; nobody else's, whoever one is."""
        return self.filter(user_id=viewer.pk) if viewer is not None and viewer.pk else self.none()

    def unread(self) -> NoticeQuerySet:
        """Those that the person has not opened."""
        return self.filter(read_at=None)

    def before(self, notice: Notice) -> NoticeQuerySet:
        """Those that come after it in the order of the page, the newest first."""
        older = Q(created_at__lt=notice.created_at) | Q(created_at=notice.created_at, pk__lt=notice.pk)
        return self.filter(older)

    def mark_read(self) -> int:
        """How many became read by this call."""
        return self.unread().update(read_at=timezone.now())


class Notice(models.Model):
    """One thing that happened, kept in the words it was done with; the person reads it on the site and by mail."""

    class Kind(models.TextChoices):
        EDITED = "edited", _("モデレーターが直しました")
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

    objects = NoticeQuerySet.as_manager()

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

    @classmethod
    def tell(cls, notices: Iterable[Notice]) -> None:
        """Store them in the transaction of what they tell of; their letters are sent once that is stored."""
        with transaction.atomic():
            cls.objects.bulk_create(notices, batch_size=500)
            # Robust: a queue that is away delays the letter (the sweep finds it) and does not undo the answer.
            transaction.on_commit(_send_letters, robust=True)

    def claim_letter(self) -> bool:
        """Whether this call is the one that sends the letter: of two at the same moment one is."""
        return bool(Notice.objects.filter(pk=self.pk, mailed_at=None).update(mailed_at=timezone.now()))

    def return_letter(self) -> None:
        """The letter could not be sent; another try is welcome."""
        Notice.objects.filter(pk=self.pk).update(mailed_at=None)


def _send_letters() -> None:
    from accounts.tasks import mail_notices

    mail_notices()
