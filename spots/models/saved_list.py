"""Where people keep spots: lists for oneself, for those who know the link, or for everyone."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, Value, When
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, moderates
from machipoke.fields import LineField, ProseField, refusal, refuse_blank
from machipoke.versions import Stale, version_of
from spots.covers import cover_of
from spots.models.spot import Spot

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from spots.models.photo import SpotPhoto

DEFAULT_TITLE = "行きたい"

MOST_ITEMS = 1000
"""Spots in a list: each move looks at the whole order, and nobody visits more."""

MOST_LISTS = 200
"""Lists of one person: all of them stand on one page of one's own and in the picker."""


class SavedListQuerySet(models.QuerySet["SavedList"]):
    """Who sees which lists."""

    def visible_to(self, viewer: User | AnonymousUser | None) -> SavedListQuerySet:
        """Lists that may be shown in a listing: public ones and one's own; to moderators all but private ones."""
        return self._open_to(viewer, [SavedList.Visibility.PUBLIC])

    def reachable_by(self, viewer: User | AnonymousUser | None) -> SavedListQuerySet:
        """Lists that answer at their own URL: also those shared by link."""
        return self._open_to(viewer, [SavedList.Visibility.PUBLIC, SavedList.Visibility.LINK])

    def _open_to(self, viewer: User | AnonymousUser | None, shared: list[str]) -> SavedListQuerySet:
        if moderates(viewer):
            open_ = ~Q(visibility=SavedList.Visibility.PRIVATE)
        else:
            open_ = Q(visibility__in=shared, owner__is_active=True)
        return self.filter(open_ | Q(owner_id=viewer.pk) if viewer is not None and viewer.pk else open_)

    def editable_by(self, user: User | AnonymousUser | None) -> SavedListQuerySet:
        """What `user` may change: one's own, while one may write at all."""
        return self.filter(owner_id=user.pk) if isinstance(user, User) and user.may_write else self.none()

    def public(self) -> SavedListQuerySet:
        """Everyone's lists with something in them, the newest first."""
        return self.visible_to(None).filter(item_count__gt=0).order_by("-updated_at", "-id")

    def own_order(self) -> SavedListQuerySet:
        """行きたい first, then the last changed: how people find their own."""
        return self.order_by("-is_default", "-updated_at", "-id")

    def holding(self, spot: Spot) -> SavedListQuerySet:
        """Those that `spot` is in."""
        return self.filter(Exists(SavedItem.objects.filter(saved_list=OuterRef("pk"), spot=spot)))

    def put(self, spot: Spot, chosen: set[uuid.UUID], note: str = "") -> None:
        """Have `spot` in exactly the `chosen` of these lists, in one transaction; `note` goes where it is new."""
        with transaction.atomic():
            # Locked in one order, or two windows of one person would wait for each other.
            lists = list(self.select_for_update(of=("self",)).order_by("pk"))
            held = set(self.holding(spot).values_list("pk", flat=True))
            for saved in lists:
                if saved.pk in chosen - held:
                    saved.add(spot, note)
                elif saved.pk in held - chosen:
                    saved.remove(spot.pk)

    def default_of(self, owner: User) -> SavedList:
        """The owner's list 行きたい, made on first use."""
        made, _created = self.get_or_create(owner=owner, is_default=True, defaults={"title": DEFAULT_TITLE})
        return made


class SavedList(models.Model):
    """A list of spots. `item_count` and each spot's `save_count` always equal the rows."""

    class Visibility(models.TextChoices):
        PRIVATE = "private", _("自分だけ")
        LINK = "link", _("リンクを知っている人")
        PUBLIC = "public", _("公開")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_lists", verbose_name=_("持ち主")
    )
    title = LineField(_("題名"), limit=60, validators=[refuse_blank])
    description = ProseField(_("説明"), limit=500, blank=True)
    visibility = models.CharField(_("公開範囲"), max_length=7, choices=Visibility, default=Visibility.PRIVATE)
    is_default = models.BooleanField(default=False, editable=False)
    item_count = models.PositiveIntegerField(_("件数"), default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SavedListQuerySet.as_manager()
    cover_photo: SpotPhoto | None = None
    """Set by `spots.list_covers` only."""

    class Meta:
        verbose_name = _("保存リスト")
        verbose_name_plural = _("保存リスト")
        ordering = ["-updated_at", "-id"]
        indexes = [
            models.Index(fields=["visibility", "-updated_at", "-id"], name="list_newest"),
            models.Index(fields=["owner", "-updated_at"], name="list_by_owner"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(visibility__in=["private", "link", "public"]), name="list_visibility_known"
            ),
            models.UniqueConstraint(fields=["owner"], condition=Q(is_default=True), name="list_one_default_each"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def cover(self) -> int:
        """The number of its contour drawing, for when no spot in it has a photo."""
        return cover_of(self.pk)

    @property
    def version(self) -> str:
        """What an edit carries back to say on which texts it was written."""
        return version_of(self.title, self.description, self.visibility)

    def is_editable_by(self, user: Any) -> bool:
        """What `editable_by` asks, of one list."""
        return isinstance(user, User) and user.may_write and self.owner_id == user.pk

    def post(self) -> None:
        """Validate and store a new list; raises ValidationError, also for one more than `MOST_LISTS`."""
        self.full_clean()
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).only("pk").get(pk=self.owner_id)
            if SavedList.objects.filter(owner=self.owner_id).count() >= MOST_LISTS:
                raise ValidationError(_("リストは200個までです。使わないものを消してください。"), code="max_lists")
            self.save(force_insert=True)

    def edit(self, changes: dict[str, Any], expected_version: str | None = None) -> None:
        """Validate and store title, description or visibility on top of `expected_version` (default: what was read).

        Raises ValidationError, or Stale with the list as it is now.
        """
        with transaction.atomic():
            current = SavedList.objects.select_for_update().get(pk=self.pk)
            if expected_version is not None and current.version != expected_version:
                raise Stale(current)
            for name, value in changes.items():
                setattr(self, name, value)
            self.full_clean()
            self.updated_at = timezone.now()
            self.save(update_fields=[*changes, "updated_at"])

    def move(self, item: SavedItem, step: int) -> bool:
        """Exchange `item` with its neighbour, -1 towards the start or +1 towards the end; whether there was one."""
        with transaction.atomic():
            order = self._locked_order()
            at = order.index(item.pk) if item.pk in order else -1
            if at < 0 or not 0 <= at + step < len(order):
                return False
            order[at], order[at + step] = order[at + step], order[at]
            self._store_order(order)
        return True

    def place(self, item: SavedItem, position: int) -> None:
        """Put `item` at that place, counted from 0; beyond the end is the end."""
        with transaction.atomic():
            order = self._locked_order()
            if item.pk in order:
                order.remove(item.pk)
                order.insert(max(position, 0), item.pk)
                self._store_order(order)

    def reorder(self, item_ids: list[int]) -> None:
        """Let these items stand in this order, on the places that they hold among themselves.

        All others keep theirs: those of another page, those that came meanwhile. Strange ids are passed by.
        """
        with transaction.atomic():
            order = self._locked_order()
            there = set(order)
            wanted = [pk for pk in dict.fromkeys(item_ids) if pk in there]
            named, following = set(wanted), iter(wanted)
            self._store_order([next(following) if pk in named else pk for pk in order])

    def _locked_order(self) -> list[int]:
        self._lock()
        return list(self.items.values_list("pk", flat=True))

    def _store_order(self, order: list[int]) -> None:
        before = dict(self.items.values_list("pk", "position"))
        items = [SavedItem(pk=pk, position=at) for at, pk in enumerate(order) if before[pk] != at]
        if items:
            SavedItem.objects.bulk_update(items, ["position"], batch_size=200)
            self._touch()

    def _touch(self) -> None:
        SavedList.objects.filter(pk=self.pk).update(updated_at=timezone.now())

    def add(self, spot: Spot, note: str = "") -> tuple[SavedItem, bool]:
        """Put `spot` at the end, once; saving again keeps the place. The item, and whether it is new."""
        item = SavedItem(saved_list=self, spot=spot, spot_name=spot.name, note=note)
        item.full_clean(exclude=["saved_list", "spot", "spot_name"], validate_unique=False, validate_constraints=False)
        with transaction.atomic():
            self._lock()
            known = self.items.aggregate(last=Max("position"), count=Count("pk"))
            if known["count"] >= MOST_ITEMS and not self.items.filter(spot=spot).exists():
                raise ValidationError(_("1つのリストに入れられるのは1,000か所までです。"), code="full")
            last = known["last"]
            kept, created = SavedItem.objects.get_or_create(
                saved_list=self,
                spot=spot,
                defaults={"spot_name": spot.name, "note": item.note, "position": 0 if last is None else last + 1},
            )
            if created:
                self._count(spot.pk, +1)
        return kept, created

    def remove(self, spot_id: uuid.UUID) -> bool:
        """Take a spot out; whether it was in."""
        return self._take_out(self.items.filter(spot_id=spot_id))

    def remove_item(self, item: SavedItem) -> bool:
        """Take an item out, the placeholder of a spot that is gone too; whether it was in."""
        return self._take_out(self.items.filter(pk=item.pk))

    def _take_out(self, rows: models.QuerySet[SavedItem]) -> bool:
        with transaction.atomic():
            self._lock()
            found = rows.select_for_update(of=("self",)).first()
            if found is None:
                return False
            found.delete()
            self.items.filter(position__gt=found.position).update(position=F("position") - 1)
            self._count(found.spot_id, -1)
        return True

    def _lock(self) -> None:
        """One writer per list at a time, so that positions and counts are read and written as one.

        SQLite's BEGIN IMMEDIATE does the same for the whole file. Raises DoesNotExist for a list deleted meanwhile.
        """
        SavedList.objects.select_for_update().only("pk").get(pk=self.pk)

    def _count(self, spot_id: uuid.UUID | None, step: int) -> None:
        SavedList.objects.filter(pk=self.pk).update(item_count=F("item_count") + step, updated_at=timezone.now())
        if spot_id is not None:
            Spot.objects.filter(pk=spot_id).update(save_count=F("save_count") + step)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the list, and with it what it counts for, before anyone can add to it."""
        with transaction.atomic():
            self._lock()
            return super().delete(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return f"/lists/{self.pk}/"


@receiver(pre_delete, sender=SavedList)
def _take_items_off_the_counts(instance: SavedList, **_kwargs: Any) -> None:
    """Inside the transaction of any deletion: of a list, of a QuerySet, of its owner's account."""
    # Against an `add()` between here and the deletion, which PostgreSQL would let in.
    list(SavedList.objects.select_for_update().filter(pk=instance.pk).values_list("pk"))
    spot_ids = list(instance.items.filter(spot__isnull=False).values_list("spot_id", flat=True))
    spots = Spot.objects.filter(pk__in=spot_ids)
    # Rows are locked in one order, or two lists with the same spots deleted at once would wait for each other.
    list(spots.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    spots.update(save_count=F("save_count") - 1)


class SavedItemQuerySet(models.QuerySet["SavedItem"]):
    """What of an item the viewer may know."""

    def named_for(self, viewer: User | AnonymousUser | None) -> SavedItemQuerySet:
        """With `shown_name`: the name as it was saved, which the list's owner keeps whatever becomes of the spot.

        For others it is empty while the spot is there and not public: its name may be why.
        """
        known = Q(spot__isnull=True) | Q(spot__state=Spot.State.PUBLISHED)
        if viewer is not None and viewer.pk:
            known |= Q(saved_list__owner_id=viewer.pk)
        return self.annotate(shown_name=Case(When(known, then=F("spot_name")), default=Value("")))


class SavedItem(models.Model):
    """A spot in a list. It survives its spot as a placeholder with the name."""

    saved_list = models.ForeignKey(SavedList, models.CASCADE, related_name="items", verbose_name=_("保存リスト"))
    spot = models.ForeignKey(Spot, models.SET_NULL, null=True, related_name="saved_items", verbose_name=_("スポット"))
    spot_name = LineField(_("スポットの名前"), limit=80)
    note = LineField(_("メモ"), limit=200, blank=True)
    position = models.PositiveIntegerField(_("順番"), default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SavedItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("リストの中のスポット")
        verbose_name_plural = _("リストの中のスポット")
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["saved_list", "position", "id"], name="item_order")]
        constraints = [
            models.UniqueConstraint(fields=["saved_list", "spot"], name="item_once_per_list"),
        ]

    def __str__(self) -> str:
        return self.spot_name

    def edit_note(self, note: str) -> None:
        """Validate and store the note; raises DoesNotExist for an item that was taken out meanwhile."""
        self.note = note
        self.full_clean(exclude=["saved_list", "spot", "spot_name"], validate_unique=False, validate_constraints=False)
        if not SavedItem.objects.filter(pk=self.pk).update(note=self.note):
            raise SavedItem.DoesNotExist

    def clean(self) -> None:
        if self._state.adding and self.spot is None:
            raise refusal("spot", _("スポットを選んでください。"), "required")
