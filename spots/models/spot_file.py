"""What photos and attachments of a spot share: whose they are, whether they are shown, how they go and come back."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, moderates
from machipoke.fields import LineField, refuse_blank
from media_store.models import RefusedPicture, StoredObject, Withdrawal
from spots.models.moderation import ModerationAction
from spots.models.spot import Spot
from spots.models.spot_query import UNDO_PERIOD
from spots.models.takedown import TakedownEvidence

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def undo_period() -> timedelta:
    """How long whoever deleted a file can bring it back: never longer than its bytes are there."""
    return min(timedelta(days=settings.DELETION_GRACE_DAYS), UNDO_PERIOD)


class SpotFileQuerySet(models.QuerySet[Any]):
    """Who sees which files."""

    def visible_to(self, viewer: User | AnonymousUser | None) -> Self:
        """Files of spots the viewer sees: published; hidden ones also to whoever owns the spot, and to moderators.

        Moderators see what is deleted, too, for as long as a deleted spot.
        """
        seen = Spot.objects.visible_to(viewer)
        shown = Q(state="published")
        if moderates(viewer):
            shown = ~Q(state="deleted") | Q(deleted_at__gt=timezone.now() - UNDO_PERIOD)
        elif viewer is not None and viewer.pk:
            shown |= Q(state="hidden", spot__created_by_id=viewer.pk)
        return self.filter(shown, Exists(seen.filter(pk=OuterRef("spot_id"))))

    def published(self) -> Self:
        """Those that are shown with their spot."""
        return self.filter(state="published")

    def outlived(self) -> Self:
        """Those of a spot that is deleted and can come back no more: their bytes go, though nobody deleted them."""
        return self.filter(spot__state="deleted", spot__deleted_at__lt=timezone.now() - UNDO_PERIOD)

    def recently_deleted_of(self, owner: User) -> Self:
        """What the owner of a spot deleted of it, for as long as that can be undone."""
        since = timezone.now() - undo_period()
        gone = self.filter(state="deleted", hidden_reason="", deleted_at__gt=since)
        return gone.filter(Exists(Spot.objects.visible_to(owner).filter(pk=OuterRef("spot_id"), created_by=owner)))


class SpotFile(models.Model):
    """A file of a spot. `id` is that of its object; the spot's state governs it too."""

    class State(models.TextChoices):
        PUBLISHED = "published", _("公開")
        HIDDEN = "hidden", _("非表示")
        DELETED = "deleted", _("削除")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    position = models.PositiveSmallIntegerField(_("順番"), default=0)
    state = models.CharField(_("状態"), max_length=9, choices=State, default=State.PUBLISHED)
    hidden_reason = LineField(_("理由"), limit=200, blank=True, editable=False)
    created_at = models.DateTimeField(_("足した日時"), default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(_("消した日時"), null=True, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="%(class)ss",
        verbose_name=_("足した人"),
    )

    if TYPE_CHECKING:
        spot: models.ForeignKey[Spot, Spot]
        spot_id: uuid.UUID
        uploaded_by_id: int | None
        objects: Any

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        """The page that shows it."""
        return self.spot.get_absolute_url()

    @property
    def stored_object(self) -> StoredObject:
        """The row of its bytes."""
        raise NotImplementedError

    @property
    def is_public(self) -> bool:
        """Whether everyone may fetch it."""
        return self.state == self.State.PUBLISHED and self.spot.is_public

    @property
    def may_come_back(self) -> bool:
        """Whether its deletion can still be undone by whoever deleted it."""
        own = self.is_deleted_by_author and self.deleted_at is not None
        return own and self.deleted_at is not None and timezone.now() - self.deleted_at < undo_period()

    @property
    def days_left(self) -> int:
        """For how many days whoever deleted it can still bring it back, counting today."""
        return (self.deleted_at + undo_period() - timezone.now()).days + 1 if self.deleted_at else 0

    @property
    def is_deleted_by_author(self) -> bool:
        """Whether nobody else took it away."""
        return self.state == self.State.DELETED and not self.hidden_reason

    def is_editable_by(self, user: Any) -> bool:
        """Whether `user` may change it: whoever may change its spot, while it is not deleted."""
        return self.state != self.State.DELETED and self.spot.is_editable_by(user)

    @property
    def may_be_hidden(self) -> bool:
        """Whether a moderator can hide it: what is shown, and what its author deleted and could bring back shown."""
        return self.state == self.State.PUBLISHED or (self.is_deleted_by_author and self._held_back_for is None)

    @property
    def _held_back_for(self) -> str | None:
        """Why a moderator hid it, also while its author has it deleted; None of what was not hidden."""
        return RefusedPicture.objects.filter(picture=self.pk).values_list("reason", flat=True).first()

    @property
    def may_be_restored(self) -> bool:
        """Whether a moderator can show it again: what moderators took away, while its bytes are there."""
        if self.state == self.State.HIDDEN:
            return True
        gone = self.state == self.State.DELETED and bool(self.hidden_reason)
        return gone and self.stored_object.is_revivable

    def public_addresses(self) -> list[str]:
        """Every address below which its bytes were for everyone while it was shown."""
        raise NotImplementedError

    def delete_softly(self, by: User, reason: str = "") -> bool:
        """Take it away for everyone but moderators; its bytes go after `UNDO_PERIOD`. Whether this call did it.

        `by` someone else than the spot's author it needs a reason, which the author reads and the log keeps, and the
        same file is not taken again.
        """
        moderated = by.pk != self.spot.created_by_id
        if moderated:
            refuse_blank(reason)
        with transaction.atomic():
            before = self._read_again()
            told = reason if moderated else ""
            if not self._move(self.State.DELETED, deleted_at=timezone.now(), hidden_reason=told):
                return False
            StoredObject.objects.filter(pk=self.pk).condemn(kept=UNDO_PERIOD)
            if moderated:
                self._take_down("delete", by, before, reason)
        return True

    def undelete(self) -> None:
        """Undo one's own deletion; what a moderator had hidden before comes back hidden.

        Raises ValidationError for a moderator's, where a moderator took away the same file that was sent again since,
        or after `undo_period`.
        """
        with transaction.atomic():
            self._read_again()
            if self.hidden_reason:
                raise ValidationError(_("モデレーターが削除したため、元に戻せません。"), code="moderated")
            if not self.may_come_back or not self.stored_object.revive():
                raise ValidationError(_("もう元に戻せません。"), code="too_late")
            reason = self._held_back_for
            if reason is None and self._is_refused_beside_it():
                words = _("同じファイルをモデレーターが取り下げたため、元に戻せません。")
                raise ValidationError(words, code="moderated")
            self._come_back(self.State.PUBLISHED if reason is None else self.State.HIDDEN, reason or "")

    def remove(self) -> None:
        """Row and bytes, for good: nobody brings them back."""
        with transaction.atomic():
            self._read_again()
            self._move(self.State.DELETED, deleted_at=timezone.now())
            StoredObject.objects.filter(pk=self.pk).condemn(at_once=True)
            self.delete()

    def hide(self, by: User, reason: str) -> bool:
        """Take it out of sight; the spot's author sees it with the reason. Whether this call did it.

        The same file is not taken again. One that its author deleted stays so, and comes back hidden: or what was
        reported would return once the case is settled. Raises ValidationError without a reason, and for one that a
        moderator deleted.
        """
        refuse_blank(reason)
        with transaction.atomic():
            before = self._read_again()
            if before == self.State.DELETED and not self.is_deleted_by_author:
                raise ValidationError(_("いまの状態ではできません。"), code="state")
            if not self.may_be_hidden:
                return False
            if before != self.State.DELETED:
                self._move(self.State.HIDDEN, hidden_reason=reason)
                Withdrawal.objects.withdraw([self.stored_object.key])
            self._take_down("hide", by, before, reason)
        return True

    def restore(self, by: User, reason: str = "") -> bool:
        """Show again what a moderator hid or deleted, and take the same file again; whether this call did it.

        Raises ValidationError for what its author deleted, and once the bytes are gone.
        """
        with transaction.atomic():
            before = self._read_again()
            if before == self.State.PUBLISHED:
                return False
            if not self.hidden_reason:
                raise ValidationError(_("投稿した人が削除したため、元に戻せるのは本人だけです。"), code="by_author")
            if before == self.State.DELETED and not self.stored_object.revive():
                raise ValidationError(_("もう元に戻せません。"), code="too_late")
            self._come_back(self.State.PUBLISHED)
            RefusedPicture.objects.allow(self.pk)
            TakedownEvidence.objects.call_off(self)
            ModerationAction.record(by, "restore", self, before, self.State.PUBLISHED, reason)
        return True

    def _is_refused_beside_it(self) -> bool:
        hashes = {self.stored_object.sha256, self.stored_object.original_sha256} - {""}
        beside = type(self).objects.filter(spot=self.spot_id).exclude(pk=self.pk).values("pk")
        return RefusedPicture.objects.filter(sha256__in=hashes, picture__in=beside).exists()

    def _take_down(self, verb: str, by: User, before: str, reason: str) -> None:
        RefusedPicture.objects.refuse([self.stored_object], reason)
        action = ModerationAction.record(by, verb, self, before, self.state, reason)
        if before == self.State.PUBLISHED and self.spot.is_public:
            TakedownEvidence.objects.expect(action, self.public_addresses())

    def _read_again(self) -> str:
        """Whatever moved it meanwhile: the state it is in now, which nobody else changes until this is over."""
        locked = type(self).objects.select_for_update()
        self.refresh_from_db(fields=["state", "hidden_reason", "deleted_at"], from_queryset=locked)
        return self.state

    def _come_back(self, state: str, hidden_reason: str = "") -> None:
        """Out of what took it away; a kind with a limit of its own refuses here."""
        self._move(state, deleted_at=None, hidden_reason=hidden_reason)

    def _move(self, state: str, **changes: Any) -> bool:
        """Compare-and-set on the state that was read; whether this call moved it."""
        if self.state == state:
            return False
        if not type(self).objects.filter(pk=self.pk, state=self.state).update(state=state, **changes):
            return False
        for name, value in {"state": state, **changes}.items():
            setattr(self, name, value)
        return True


def file_constraints(kind: str) -> list[models.CheckConstraint]:
    """What the database holds of every kind of file."""
    return [
        models.CheckConstraint(condition=Q(state__in=["published", "hidden", "deleted"]), name=f"{kind}_state_known"),
        models.CheckConstraint(
            condition=Q(state="deleted", deleted_at__isnull=False) | (~Q(state="deleted") & Q(deleted_at__isnull=True)),
            name=f"{kind}_deleted_has_time",
        ),
    ]
