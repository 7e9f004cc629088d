"""Reports from people, and the case that all reports of one target make together."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Case as Either
from django.db.models import F, Q, Value, When
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from machipoke.fields import ProseField, refusal, refuse_blank
from machipoke.text import identity, is_blank
from spots.models.comment import Comment
from spots.models.moderation import ModerationAction
from spots.models.photo import SpotPhoto
from spots.models.saved_list import SavedList
from spots.models.spot import Spot

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

_RECEIPT_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 O 1 I L: a receipt is read aloud and typed by people."""


def new_receipt() -> str:
    """A receipt number like `K7QF-3WXN`: 31^8 possibilities, so it cannot be guessed."""
    letters = "".join(secrets.choice(_RECEIPT_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


class Target(models.TextChoices):
    """What can be reported."""

    SPOT = "spot", pgettext_lazy("one", "スポット")
    COMMENT = "comment", pgettext_lazy("one", "コメント")
    USER = "user", _("利用者")
    LIST = "list", _("保存リスト")
    PHOTO = "photo", pgettext_lazy("one", "写真")


def target_of(kind: str, id_: str, viewer: User | AnonymousUser | None) -> models.Model | None:
    """The row that `viewer` may see, and so may report; None where there is none. A user is named by user name."""
    if kind == Target.USER:
        person: User | None = User.objects.visible_to(viewer).named(id_).first()
        return person
    try:
        pk = uuid.UUID(id_)
    except ValueError:
        return None
    if kind not in Target.values:
        return None
    found: models.Model | None = _rows_of(kind, viewer).filter(pk=pk).first()
    gone = isinstance(found, Comment | SpotPhoto) and found.state == found.State.DELETED
    return None if gone else found


def _rows_of(kind: str, viewer: User | AnonymousUser | None) -> Any:
    """The rows of a kind that `viewer` may see, with whoever wrote them."""
    if kind == Target.SPOT:
        return Spot.objects.visible_to(viewer).select_related("created_by")
    if kind == Target.COMMENT:
        return Comment.objects.visible_to(viewer).select_related("author", "spot")
    if kind == Target.PHOTO:
        return SpotPhoto.objects.visible_to(viewer).select_related("spot__created_by", "uploaded_by", "image")
    if kind == Target.LIST:
        return SavedList.objects.reachable_by(viewer).select_related("owner")
    return User.objects.visible_to(viewer)


def author_of(target: models.Model) -> User | None:
    """Who answers for a row that can be reported: its author or owner, or the person reported."""
    if isinstance(target, Spot):
        return target.created_by
    if isinstance(target, Comment):
        return target.author
    if isinstance(target, SavedList):
        return target.owner
    if isinstance(target, SpotPhoto):
        person: User | None = target.uploaded_by
        return person
    return target if isinstance(target, User) else None


def kind_of(target: models.Model) -> Target:
    """The kind of a row that can be reported."""
    kinds = {Spot: Target.SPOT, Comment: Target.COMMENT, User: Target.USER, SavedList: Target.LIST}
    return (kinds | {SpotPhoto: Target.PHOTO})[type(target)]


class Case(models.Model):
    """Everything that was reported of one target. `report_count` always equals its reports.

    A new report opens a settled case again: the moderator who settled it had not read that one.
    """

    class State(models.TextChoices):
        OPEN = "open", _("未対応")
        DONE = "done", _("対応済み")
        DISMISSED = "dismissed", _("問題なし")

    target_kind = models.CharField(_("対象の種類"), max_length=10, choices=Target)
    target_id = models.CharField(_("対象のID"), max_length=36)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.OPEN)
    report_count = models.PositiveIntegerField(_("通報の数"), default=0, editable=False)
    opened_at = models.DateTimeField(_("はじめの通報"), default=timezone.now, editable=False)
    last_reported_at = models.DateTimeField(_("最後の通報"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("通報の案件")
        verbose_name_plural = _("通報の案件")
        ordering = ["opened_at", "id"]
        indexes = [models.Index(fields=["state", "opened_at", "id"], name="case_queue")]
        constraints = [
            models.UniqueConstraint(fields=["target_kind", "target_id"], name="case_once_per_target"),
            models.CheckConstraint(
                condition=Q(target_kind__in=["spot", "comment", "user", "list", "photo"]), name="case_target_known"
            ),
            models.CheckConstraint(condition=Q(state__in=["open", "done", "dismissed"]), name="case_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_target_kind_display()} {self.target_id}"

    def target_for(self, viewer: User) -> models.Model | None:
        """The row it is about as `viewer` may see it; None where it is gone or has become private."""
        return targets_of([self], viewer).get(self.pk)

    def settle(self, state: str, by: User, reason: str) -> bool:
        """Move the case with all its reports and write it into the log; whether this call moved it.

        It does not where a report came since the case was read: nobody has read that one. Raises ValidationError
        without a reason.
        """
        refuse_blank(reason)
        # The queue tells how long a case has been open: one that is opened again begins to wait anew.
        changes = {"state": state} | ({"opened_at": timezone.now()} if state == self.State.OPEN else {})
        with transaction.atomic():
            before = self.state
            as_read = Case.objects.filter(pk=self.pk, state=before, report_count=self.report_count)
            if before == state or not as_read.update(**changes):
                return False
            ModerationAction.record(by, state, self, before, state, reason)
        self.state = state
        return True

    def hide_target(self, by: User, reason: str, refuse_files: bool = False) -> bool:
        """Hide the spot, comment or photo and settle the case as done, both or none; whether this call hid it.

        Of a spot the photos and files are not taken again with `refuse_files`; of a photo they never are.
        Raises ValidationError or StaleVersion where the target's state does not allow it.
        """
        with transaction.atomic():
            target = self.target_for(by) or self.withdrawn
            if not isinstance(target, Spot | Comment | SpotPhoto):
                return False
            further = {"refuse_files": refuse_files} if isinstance(target, Spot) else {}
            if not target.hide(by, reason, **further):
                return False
            self.settle(self.State.DONE, by, reason)
        return True

    @cached_property
    def withdrawn(self) -> Spot | None:
        """The spot whose author took it back into a draft since it was reported; None for any other target.

        A moderator does not read it then, but can hide it: or it would be public again once the case is settled.
        """
        was_public = Spot.objects.filter(state=Spot.State.DRAFT, published_at__isnull=False)
        return was_public.filter(pk=self.target_id).first() if self.target_kind == Target.SPOT else None

    def restore_target(self, by: User, reason: str) -> bool:
        """Show the hidden or deleted spot, comment or photo again; whether this call did."""
        target = self.target_for(by)
        if not isinstance(target, Spot | Comment | SpotPhoto):
            return False
        before = target.state
        target.restore(by, reason)
        return bool(target.state != before)


def targets_of(cases: Iterable[Case], viewer: User) -> dict[int, models.Model]:
    """What the cases are about, by their key, as far as `viewer` may see it: one query for each kind."""
    found: dict[int, models.Model] = {}
    for kind in Target.values:
        ids = {case.pk: case.target_id for case in cases if case.target_kind == kind}
        if ids:
            rows = {str(row.pk): row for row in _rows_of(kind, viewer).filter(pk__in=ids.values())}
            found |= {pk: rows[id_] for pk, id_ in ids.items() if id_ in rows}
    return found


class Report(models.Model):
    """Someone says that something is wrong; no sign-in needed."""

    class Reason(models.TextChoices):
        WRONG = "wrong", _("内容がまちがっている")
        CLOSED = "closed", _("閉店・移転している")
        PRIVATE = "private", _("個人の家や個人情報が写っている")
        RIGHTS = "rights", _("著作権・肖像権などの侵害")
        ABUSE = "abuse", _("いやがらせ・差別")
        SPAM = "spam", _("宣伝・スパム")
        DANGER = "danger", _("危険・法律に反する")
        OTHER = "other", _("その他")

    OF_SPOTS = frozenset({Reason.CLOSED})
    """Reasons that make sense of a spot alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    receipt = models.CharField(_("受付番号"), max_length=9, unique=True, default=new_receipt, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="reports", editable=False, verbose_name=_("案件"))
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
    created_at = models.DateTimeField(_("届いた日時"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("通報")
        verbose_name_plural = _("通報")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["case", "-created_at"], name="report_by_case")]

    def __str__(self) -> str:
        return f"{self.receipt} {self.get_reason_display()}"

    def file(self, target: models.Model) -> None:
        """Validate the report and add it to the case of `target`, which opens with it, in one transaction.

        Raises ValidationError.
        """
        if self.reason == self.Reason.OTHER and is_blank(self.text):
            raise refusal("text", _("「その他」のときは、くわしく書いてください。"), "required")
        if self.reason in Report.OF_SPOTS and not isinstance(target, Spot):
            raise refusal("reason", _("この理由は、スポットにだけ使えます。"), "invalid")
        self.full_clean(exclude=["case"])
        now = timezone.now()
        with transaction.atomic():
            self.case, _made = Case.objects.get_or_create(target_kind=kind_of(target), target_id=str(target.pk))
            self.save(force_insert=True)
            was_open = When(state=Case.State.OPEN, then=F("opened_at"))
            Case.objects.filter(pk=self.case_id).update(
                report_count=F("report_count") + 1,
                last_reported_at=now,
                opened_at=Either(was_open, default=Value(now)),
                state=Case.State.OPEN,
            )
            self.case.refresh_from_db()

    @classmethod
    def received(cls, receipt: str) -> Report | None:
        """The report of that receipt number, in any width or case, with or without its dash."""
        letters = re.sub(r"[^A-Z0-9]", "", identity(receipt).upper())
        return cls.objects.select_related("case").filter(receipt=f"{letters[:4]}-{letters[4:]}").first()
