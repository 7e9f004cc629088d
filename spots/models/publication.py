"""The life of a spot: its state, who moved it there, and the version that every stored change counts up."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from machipoke.fields import LineField, refusal, refuse_blank
from media_store.models import RefusedPicture, StoredObject, Withdrawal
from spots.models.moderation import ModerationAction
from spots.models.spot_query import UNDO_PERIOD, StaleVersion
from spots.models.takedown import TakedownEvidence

_NOT_DELETED: dict[str, Any] = {"deleted_at": None, "deletion_reason": ""}


class Publication(models.Model):
    """State and version of a row, and the verbs that move it. Every move is a compare-and-set on what was read."""

    class State(models.TextChoices):
        DRAFT = "draft", _("下書き")
        PUBLISHED = "published", _("公開")
        PENDING = "pending", _("確認待ち")
        HIDDEN = "hidden", _("非表示")
        DELETED = "deleted", _("削除")

    state = models.CharField(_("公開の状態"), max_length=9, choices=State, default=State.PUBLISHED)
    state_before = models.CharField(max_length=9, choices=State, blank=True, editable=False)
    hidden_reason = LineField(_("非表示の理由"), limit=200, blank=True, editable=False)
    deletion_reason = LineField(_("削除の理由"), limit=200, blank=True, editable=False)
    version = models.PositiveIntegerField(_("版"), default=1, editable=False)
    updated_at = models.DateTimeField(_("直した日時"), default=timezone.now, editable=False)
    published_at = models.DateTimeField(_("公開した日時"), null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(_("消した日時"), null=True, blank=True, editable=False)

    if TYPE_CHECKING:
        objects: Any
        created_by_id: int | None

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row; an existing one counts a version up, also where a script saves it directly."""
        self._stamp_publication()
        if not self._state.adding:
            self.version, self.updated_at = self.version + 1, timezone.now()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "version", "updated_at", "published_at"}
        with transaction.atomic():
            if not self._state.adding:
                self._withdraw_files()
            super().save(*args, **kwargs)

    def _stamp_publication(self) -> None:
        if self.state == self.State.PUBLISHED and self.published_at is None:
            self.published_at = timezone.now()

    @property
    def is_public(self) -> bool:
        """Whether everyone may see the spot."""
        return self.state == self.State.PUBLISHED

    @property
    def is_deleted_by_author(self) -> bool:
        """Whether its author can still bring it back."""
        return self.state == self.State.DELETED and not self.deletion_reason

    # --- moves ---

    def require_movable_to(self, state: str, by: User | None) -> None:
        """Between draft and published the author decides; what a moderator holds back, a moderator releases.

        Raises ValidationError for any other move.
        """
        own = by is not None and by.pk == self.created_by_id
        movable = {self.State.DRAFT, self.State.PUBLISHED}
        if state != self.state and not (own and self.state in movable and state in movable):
            raise refusal("state", _("いまの状態からは変えられません。"), "state")

    def publish(self) -> None:
        """Make a draft, or a spot held for review, public."""
        self._move({self.State.DRAFT, self.State.PENDING}, self.State.PUBLISHED, published_at=self._first_published())

    def hide(self, by: User, reason: str, refuse_files: bool = False) -> bool:
        """Take the spot out of sight; its author sees it with the reason, which the log keeps too.

        With `refuse_files` its photos and files are not taken again, from anyone, until it is restored.
        One that its author deleted stays so, and comes back hidden: or what was reported would return once the case is
        settled. Whether this call did it. Raises ValidationError without a reason.
        """
        refuse_blank(reason)
        if self.is_deleted_by_author and not self.hidden_reason:
            with transaction.atomic():
                self._store({"hidden_reason": reason}, state=self.state)
                ModerationAction.record(by, "hide", self, self.state, self.state, reason)
                self._refuse_files(reason, refuse_files)
            return True
        movable = {self.State.PUBLISHED, self.State.PENDING, self.State.DRAFT}
        changes = {"state_before": self.state, "hidden_reason": reason}
        with transaction.atomic():
            moved = self._moderate("hide", by, reason, movable, self.State.HIDDEN, **changes)
            self._refuse_files(reason, moved and refuse_files)
        return moved

    def restore(self, by: User, reason: str = "") -> None:
        """Undo what was done last: show a hidden spot as it was before, bring a deleted one back."""
        if self._is_hidden_and_deleted:
            self._moderate("restore", by, reason, {self.State.DELETED}, self.State.HIDDEN, **_NOT_DELETED)
            return
        before = self._state_before
        published_at = self._first_published() if before == self.State.PUBLISHED else self.published_at
        changes = {"state_before": "", "hidden_reason": "", "published_at": published_at, **_NOT_DELETED}
        self._moderate("restore", by, reason, {self.State.HIDDEN, self.State.DELETED}, before, **changes)

    def delete_softly(self, by: User | None = None, reason: str = "", refuse_files: bool = False) -> None:
        """Take the spot away for everyone; for `UNDO_PERIOD` it can come back.

        `by` someone else than the author it needs a reason, which the author reads and the log keeps; the author then
        cannot undo it. With `refuse_files` its photos and files are then not taken again, from anyone, until it is
        restored. Raises ValidationError without a reason.
        """
        moderated = by is not None and by.pk != self.created_by_id
        if moderated:
            refuse_blank(reason)
        movable = set(self.State) - {self.State.DELETED}
        with transaction.atomic():
            # Whatever moved it meanwhile, or the same button pressed twice: it goes, once.
            self.refresh_from_db(fields=["state", "state_before"], from_queryset=self._locked())
            # A hidden spot keeps its reason and the state from before it was hidden: coming back it is hidden again.
            before, was = self.state_before if self.state == self.State.HIDDEN else self.state, self.state
            told = reason if moderated else ""
            changes = {"state_before": before, "deleted_at": timezone.now(), "deletion_reason": told}
            if self._move(movable, self.State.DELETED, **changes) and by is not None and reason:
                self._take_down(ModerationAction.record(by, "delete", self, was, self.State.DELETED.value, reason))
                self._refuse_files(reason, refuse_files and moderated, self._deletion)

    def undelete(self) -> None:
        """Undo one's own deletion within `UNDO_PERIOD`; raises ValidationError afterwards, or for a moderator's."""
        if self.deletion_reason:
            raise ValidationError(_("モデレーターが削除したため、元に戻せません。"), code="moderated")
        if self.deleted_at is None or self.deleted_at < timezone.now() - UNDO_PERIOD:
            raise ValidationError(_("元に戻せるのは削除から30日までです。"), code="too_late")
        state, changes = self._state_before, {"state_before": ""}
        if self._is_hidden_and_deleted:
            state, changes = self.State.HIDDEN, {}
        # On this very deletion, as it was read: a moderator may have hidden the spot, or restored and deleted it.
        read = {"deleted_at": self.deleted_at, "hidden_reason": self.hidden_reason}
        self._move({self.State.DELETED}, state, deleted_at=None, **changes, _only=read)

    def _locked(self) -> Any:
        return type(self).objects.select_for_update()

    @property
    def _state_before(self) -> Publication.State:
        return self.State(self.state_before or self.State.DRAFT)

    @property
    def _is_hidden_and_deleted(self) -> bool:
        return self.state == self.State.DELETED and bool(self.hidden_reason)

    def _first_published(self) -> datetime:
        return self.published_at or timezone.now()

    def _moderate(self, verb: str, by: User, reason: str, movable: set[Any], state: Any, **changes: Any) -> bool:
        """Whether this call moved it."""
        with transaction.atomic():
            before = self.state
            moved = self._move(movable, state, **changes)
            if moved:
                action = ModerationAction.record(by, verb, self, before, str(state.value), reason)
                if self.is_public:
                    TakedownEvidence.objects.call_off(self)
                else:
                    self._take_down(action)
                RefusedPicture.objects.allow(self._deletion)
                if state != self.State.HIDDEN:
                    RefusedPicture.objects.allow(self.pk)
        return moved

    def _move(self, movable: set[Any], state: Any, _only: Any = None, **changes: Any) -> bool:
        """Compare-and-set on the state that was read, and on `_only`; False where the spot is already in that state.

        Raises ValidationError where the state does not allow the move, StaleVersion where another moved it first.
        """
        if self.state == state:
            return False
        if self.state not in movable:
            raise ValidationError(_("いまの状態ではできません。"), code="state")
        self._store({"state": state.value, **changes}, state=self.state, **(_only or {}))
        return True

    def _store(self, values: dict[str, Any], **condition: Any) -> None:
        now = timezone.now()
        rows = type(self).objects.filter(pk=self.pk, **condition)
        with transaction.atomic():
            if not rows.update(**values, version=F("version") + 1, updated_at=now):
                raise StaleVersion(type(self).objects.filter(pk=self.pk).first())
            for name, value in values.items():
                setattr(self, name, value)
            if "state" in values:
                self._withdraw_files()
        self.refresh_from_db(fields=["version", "updated_at", "cell"])

    def _withdraw_files(self) -> None:
        """Where the row is not public now: nobody serves from memory what was."""
        if not self.is_public:
            Withdrawal.objects.withdraw(f"{kind}/{self.pk}/" for kind in ("spots", "attachments"))

    def public_addresses(self) -> list[str]:
        """Every address of its files while everyone may see them."""
        raise NotImplementedError

    def stored_objects(self) -> list[StoredObject]:
        """The objects of its files, but of those that were deleted before."""
        raise NotImplementedError

    @property
    def _deletion(self) -> uuid.UUID:
        """By what name a deletion refuses files; hiding does so by the spot's own, and holds when a deletion ends."""
        return uuid.uuid5(self.pk, "deletion")

    def _refuse_files(self, reason: str, refuse: bool, decision: uuid.UUID | None = None) -> None:
        if refuse:
            RefusedPicture.objects.refuse(self.stored_objects(), reason, decision or self.pk)

    def _take_down(self, action: ModerationAction) -> None:
        """See that the files of a spot that was public are gone."""
        if action.before == self.State.PUBLISHED:
            TakedownEvidence.objects.expect(action, self.public_addresses())
