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
from media_store.models import StoredObject
from spots.models.moderation import ModerationAction
from spots.models.spot import Spot

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class SpotFileQuerySet(models.QuerySet[Any]):
    """Who sees which files."""

    def visible_to(self, viewer: User | AnonymousUser | None) -> Self:
        """Files of spots the viewer sees: published; hidden ones also to whoever owns the spot, and to moderators."""
        seen = Spot.objects.visible_to(viewer)
        shown = Q(state="published")
        if moderates(viewer):
            shown = Q(state__in=["published", "hidden", "deleted"])
        elif viewer is not None and viewer.pk:
            shown |= Q(state="hidden", spot__created_by_id=viewer.pk)
        return self.filter(shown, Exists(seen.filter(pk=OuterRef("spot_id"))))

    def published(self) -> Self:
        """Those that are shown with their spot."""
        return self.filter(state="published")

    def recently_deleted_of(self, owner: User) -> Self:
        """What the owner of a spot deleted of it, for as long as that can be undone."""
        since = timezone.now() - timedelta(days=settings.DELETION_GRACE_DAYS)
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

    @property
    def stored_object(self) -> StoredObject:
        """The row of its bytes."""
        raise NotImplementedError

    @property
    def may_come_back(self) -> bool:
        """Whether its deletion can still be undone by whoever deleted it: for as long as its bytes are there."""
        grace = timedelta(days=settings.DELETION_GRACE_DAYS)
        own = self.state == self.State.DELETED and not self.hidden_reason and self.deleted_at is not None
        return own and self.deleted_at is not None and timezone.now() - self.deleted_at < grace

    def is_editable_by(self, user: Any) -> bool:
        """Whether `user` may change it: whoever may change its spot, while it is not deleted."""
        return self.state != self.State.DELETED and self.spot.is_editable_by(user)

    def delete_softly(self, by: User, reason: str = "") -> bool:
        """Take it away for everyone; its bytes go after the grace. Whether this call did it.

        `by` someone else than the spot's author it needs a reason, which the author reads and the log keeps.
        """
        moderated = by.pk != self.spot.created_by_id
        if moderated:
            refuse_blank(reason)
        with transaction.atomic():
            self.refresh_from_db(fields=["state"], from_queryset=type(self).objects.select_for_update())
            before = self.state
            told = reason if moderated else ""
            if not self._move(self.State.DELETED, deleted_at=timezone.now(), hidden_reason=told):
                return False
            StoredObject.objects.filter(pk=self.pk).condemn()
            if moderated:
                ModerationAction.record(by, "delete", self, before, self.State.DELETED, reason)
        return True

    def undelete(self) -> None:
        """Undo one's own deletion. Raises ValidationError for a moderator's, or once the bytes are gone."""
        if self.hidden_reason:
            raise ValidationError(_("モデレーターが削除したため、元に戻せません。"), code="moderated")
        with transaction.atomic():
            if not self.may_come_back or not self.stored_object.revive():
                raise ValidationError(_("もう元に戻せません。"), code="too_late")
            self._come_back()

    def _come_back(self) -> None:
        """Published again; a kind with a limit of its own refuses here."""
        self._move(self.State.PUBLISHED, deleted_at=None)

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
