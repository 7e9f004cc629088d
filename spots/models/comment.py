"""What people say under a spot: one level of replies, half an hour to correct oneself."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, moderates
from machipoke.fields import LineField, ProseField, refusal, refuse_blank
from machipoke.versions import Stale, version_of
from spots.models.moderation import ModerationAction
from spots.models.spot import Spot

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


EDIT_WINDOW = timedelta(minutes=30)


class CommentQuerySet(models.QuerySet["Comment"]):
    """Who sees which comments."""

    def visible_to(self, viewer: User | AnonymousUser | None) -> CommentQuerySet:
        """Comments under spots the viewer sees: published, deleted as a trace, hidden ones to their author."""
        # Correlated: as `spot_id IN (…)` SQLite first collects every visible spot, 100 ms at 100,000.
        return self._shown_to(viewer).filter(Exists(Spot.objects.visible_to(viewer).filter(pk=OuterRef("spot_id"))))

    def under(self, spot: Spot, viewer: User | AnonymousUser | None) -> CommentQuerySet:
        """The same under one spot that the viewer was just shown: its visibility need not be asked again."""
        return self._shown_to(viewer).filter(spot=spot)

    def _shown_to(self, viewer: User | AnonymousUser | None) -> CommentQuerySet:
        if moderates(viewer):
            return self.all()
        shown = ~Q(state=Comment.State.HIDDEN)
        return self.filter(shown | Q(author_id=viewer.pk) if viewer is not None and viewer.pk else shown)

    def held_back_of(self, author: User) -> CommentQuerySet:
        """What moderators took out of sight of `author`'s, under spots that `author` sees; each with its reason."""
        held = Q(state=Comment.State.HIDDEN) | (Q(state=Comment.State.DELETED) & ~Q(hidden_reason=""))
        return self.visible_to(author).filter(held, author=author)

    def published(self) -> CommentQuerySet:
        """Those that count."""
        return self.filter(state=Comment.State.PUBLISHED)

    def in_threads(self, viewer: User | AnonymousUser | None) -> CommentQuerySet:
        """As a page shows them: by the time of what they answer, the oldest first, replies behind their comment.

        A deleted comment stays where someone answered it, and for its author whom a moderator told why.
        """
        answers = Comment.objects.published().filter(parent=OuterRef("pk"))
        stays = ~Q(state=Comment.State.DELETED) | Q(Exists(answers))
        if viewer is not None and viewer.pk:
            stays |= Q(author_id=viewer.pk) & ~Q(hidden_reason="")
        begun = Coalesce("parent__created_at", "created_at")
        order = (begun, Coalesce("parent_id", "id"), F("parent_id").asc(nulls_first=True), "created_at", "id")
        return self.filter(stays).order_by(*order)


class Comment(models.Model):
    """One comment. Making, deleting, hiding and restoring keep `Spot.comment_count` equal to the published rows."""

    class State(models.TextChoices):
        PUBLISHED = "published", _("公開")
        HIDDEN = "hidden", _("非表示")
        DELETED = "deleted", _("削除")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    spot = models.ForeignKey(Spot, models.CASCADE, related_name="comments", verbose_name=_("スポット"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="comments", verbose_name=_("書いた人")
    )
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="replies", verbose_name=_("返信先")
    )
    body = ProseField(_("本文"), limit=2000, validators=[refuse_blank])
    state = models.CharField(_("公開の状態"), max_length=10, choices=State, default=State.PUBLISHED)
    hidden_reason = LineField(_("非表示の理由"), limit=200, blank=True, default="")
    created_at = models.DateTimeField(_("書いた日時"), default=timezone.now, editable=False)
    edited_at = models.DateTimeField(_("直した日時"), null=True, editable=False)
    deleted_at = models.DateTimeField(_("消した日時"), null=True, editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("コメント")
        verbose_name_plural = _("コメント")
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["spot", "created_at", "id"], name="comment_thread"),
            models.Index(fields=["author", "-created_at"], name="comment_by_author"),
            models.Index(fields=["-created_at", "-id"], name="comment_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["published", "hidden", "deleted"]), name="comment_state_known"
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="comment_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.body[:40]

    def clean(self) -> None:
        if self.parent is not None and (self.parent.spot_id != self.spot_id or self.parent.parent_id is not None):
            raise refusal("parent", _("返信はコメントに直接だけ付けられます。"), "depth")
        if not self._state.adding:
            return
        if self.parent is not None and self.parent.state != self.State.PUBLISHED:
            raise refusal("parent", _("このコメントには、もう返信できません。"), "gone")
        if self.spot.comments_locked:
            raise ValidationError(_("このスポットのコメントは締め切られています。"), code="locked")
        if not self.spot.is_public:
            raise ValidationError(_("公開されていないスポットにはコメントできません。"), code="state")

    @property
    def writer(self) -> User | None:
        """The author to name; None for someone whose account is gone or closed."""
        return self.author if self.author is not None and self.author.is_active else None

    def post(self) -> None:
        """Validate, store and count a new comment in one transaction."""
        self.full_clean()
        with transaction.atomic():
            self.save(force_insert=True)
            self._count(+1)

    @property
    def version(self) -> str:
        """What an edit carries back to say on which text it was written; of a deleted text it tells nothing."""
        return version_of("" if self.state == self.State.DELETED else self.body)

    @property
    def is_open_to_edits(self) -> bool:
        """Whether its author may still correct it."""
        return self.state == self.State.PUBLISHED and timezone.now() - self.created_at <= EDIT_WINDOW

    def is_written_by(self, user: Any) -> bool:
        """Whether `user` wrote it and may write now."""
        return isinstance(user, User) and user.may_write and self.author_id == user.pk

    def is_deletable_by(self, user: Any) -> bool:
        """Whether `user` may take it away: its author at any time, or a moderator."""
        return self.state != self.State.DELETED and (self.is_written_by(user) or moderates(user))

    def edit(self, body: str, expected_version: str | None = None) -> None:
        """Replace the body within half an hour of writing, on top of `expected_version` (default: what was read).

        Raises ValidationError afterwards, and Stale when another window of the author stored something first.
        """
        if self.state != self.State.PUBLISHED:
            raise ValidationError(_("このコメントは、いまの状態では直せません。"), code="state")
        if not self.is_open_to_edits:
            raise ValidationError(_("コメントを直せるのは書いてから30分までです。"), code="too_late")
        expected = self.version if expected_version is None else expected_version
        self.body, self.edited_at = body, timezone.now()
        self.full_clean()
        with transaction.atomic():
            current = Comment.objects.select_for_update().get(pk=self.pk)
            if current.version != expected or current.state != self.state:
                raise Stale(current)
            self.save(update_fields=["body", "edited_at"])

    def delete_softly(self, by: User | None = None, reason: str = "") -> None:
        """Leave a trace in the thread; the words are gone for everyone but moderators.

        `by` someone else than the author it needs a reason, which the author reads and the log keeps.
        """
        moderated = by is not None and by.pk != self.author_id
        if moderated:
            refuse_blank(reason)
        # A reason on a deleted comment is always the one of its deletion.
        changes = {"deleted_at": timezone.now(), "hidden_reason": reason if moderated else ""}
        with transaction.atomic():
            # Whatever moved it meanwhile: who asks for it to go must not read that it went while it stays.
            self.refresh_from_db(fields=["state"], from_queryset=Comment.objects.select_for_update())
            before = self.state
            if self._move(self.State.DELETED, **changes) and by is not None and reason:
                ModerationAction.record(by, "delete", self, before, self.State.DELETED, reason)

    def hide(self, by: User, reason: str) -> bool:
        """Take the comment out of sight; its author sees it with the reason. Whether this call did it.

        Raises ValidationError without one, and for a deleted comment: its author would meet the words again.
        """
        refuse_blank(reason)
        if self.state == self.State.DELETED:
            raise ValidationError(_("いまの状態ではできません。"), code="state")
        return self._moderate(self.State.HIDDEN, by, reason, hidden_reason=reason)

    def restore(self, by: User, reason: str = "") -> None:
        """Show a comment again that a moderator hid or deleted.

        Raises ValidationError for one that its author deleted: the words are the author's to take away.
        """
        if self.state == self.State.DELETED and not self.hidden_reason:
            raise ValidationError(_("書いた人が削除したコメントは、元に戻せません。"), code="by_author")
        self._moderate(self.State.PUBLISHED, by, reason, hidden_reason="", deleted_at=None)

    def _moderate(self, state: str, by: User, reason: str, **changes: Any) -> bool:
        """Whether this call moved it."""
        with transaction.atomic():
            before = self.state
            moved = self._move(state, **changes)
            if moved:
                verb = "hide" if state == self.State.HIDDEN else "restore"
                ModerationAction.record(by, verb, self, before, state, reason)
        return moved

    def _move(self, state: str, **changes: Any) -> bool:
        """Compare-and-set on the state read, so that two moderators at once count once. Whether this call moved it."""
        with transaction.atomic():
            if state == self.state:
                return False
            rows = Comment.objects.filter(pk=self.pk, state=self.state)
            if not rows.update(state=state, **changes):
                return False
            self._count((state == self.State.PUBLISHED) - (self.state == self.State.PUBLISHED))
        for name, value in {"state": state, **changes}.items():
            setattr(self, name, value)
        return True

    def _count(self, step: int) -> None:
        if step:
            Spot.objects.filter(pk=self.spot_id).update(comment_count=F("comment_count") + step)

    def get_absolute_url(self) -> str:
        return f"/spots/{self.spot_id}/#comment-{self.pk}"
