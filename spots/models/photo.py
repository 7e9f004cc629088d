"""The photos of a spot: at most ten, one of them the cover."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from machipoke.fields import LineField, refusal
from machipoke.locks import hold
from media_store import galleries
from media_store.addresses import address, every_address
from media_store.models import ObjectField, StoredObject
from media_store.uploads import waiting
from spots.models.correction import record_added, record_photo
from spots.models.spot import Spot
from spots.models.spot_file import SpotFile, SpotFileQuerySet, file_constraints

MOST_PHOTOS = 10
_CORRECTED = ("caption", "alt", "is_primary")
"""Fields of which the author hears when a moderator changes them."""

THUMBNAIL = 160


class NewPhoto(NamedTuple):
    """A photo that was sent before, to be attached; `id` is that of its object."""

    id: uuid.UUID
    caption: str = ""
    alt: str = ""
    is_primary: bool = False


def gallery_of(owner_id: int, ids: Sequence[uuid.UUID]) -> uuid.UUID:
    """The one spot that these photos were sent for, which has to have that id.

    Raises ValidationError where they are not all there, or were sent for several, for one that is posted already, or
    for one that was and is gone.
    """
    sent_for = list(waiting(owner_id).filter(pk__in=ids).values_list("gallery", flat=True))
    found = {gallery for gallery in sent_for if gallery is not None}
    is_new = all(galleries.is_own(gallery, owner_id) for gallery in found) and not Spot.objects.filter(pk__in=found)
    if len(sent_for) < len({*ids}) or len(found) != 1 or not is_new:
        raise refusal("photo_ids", _("写真の一部が、もうありません。もう一度送ってください。"), "gone")
    return found.pop()


class SpotPhotoQuerySet(SpotFileQuerySet):
    """The photos of spots, and how they come to them."""

    def covers(self) -> SpotPhotoQuerySet:
        """The photo that stands for each spot, with no more of it and its object than a picture on a page says."""
        own = ("spot_id", "caption", "alt")
        image = tuple(f"image__{name}" for name in ("key", "width", "height", "placeholder"))
        return self.filter(is_primary=True).select_related("image").only(*own, *image)

    def attach(self, spot: Spot, photos: Sequence[NewPhoto], by: User) -> list[SpotPhoto]:
        """Attach what `by` sent for `spot`, behind the photos it has; the first of all is the cover unless one is.

        Part of the transaction that stores the spot, or of its own. One that is attached already stays as it is. What a
        moderator adds to somebody else's is logged, and told to them. Raises ValidationError for a photo that is not
        there any more, or past `MOST_PHOTOS`.
        """
        with transaction.atomic():
            hold(f"photos {spot.pk}")
            shown = {photo.pk: photo for photo in self.filter(spot=spot).exclude(state="deleted")}
            new = [photo for photo in dict.fromkeys(photos) if photo.id not in shown]
            if len(shown) + len(new) > MOST_PHOTOS:
                raise refusal("photos", _("写真は1つのスポットに10枚までです。"), "max_length")
            images = (
                waiting(by.pk)
                .filter(gallery=spot.pk)
                .select_for_update(of=("self",))  # the sweep takes those that nobody attached
            )
            by_pk = images.in_bulk([photo.id for photo in new])
            if any(photo.id not in by_pk for photo in new):
                raise refusal("photos", _("写真の一部が、もうありません。もう一度選んでください。"), "gone")
            last = max((photo.position for photo in shown.values()), default=-1)
            made = []
            for position, photo in enumerate(new, last + 1):
                row = SpotPhoto(pk=photo.id, spot=spot, image=by_pk[photo.id], position=position)
                row.caption, row.alt, row.uploaded_by_id = photo.caption, photo.alt, by.pk
                row.full_clean()
                made.append(row)
            self.bulk_create(made)
            chosen = next((photo.id for photo in new if photo.is_primary), None)
            self.choose_cover(spot, chosen)
            had_cover = any(photo.is_primary for photo in shown.values())
            record_added(spot, made, [row for row in made if had_cover and row.pk == chosen], by)
        return made

    def arrange(self, spot: Spot, photos: Sequence[NewPhoto], by: User | None = None) -> None:
        """Store the words, the order and the cover of the photos of `spot` as they stand here.

        One that is not named keeps its words and follows behind; one that is gone is passed over. What `by` somebody
        else than the author changed of words and cover is logged, and told to them. Raises ValidationError for words
        that are too long.
        """
        with transaction.atomic():
            hold(f"photos {spot.pk}")
            rows = {row.pk: row for row in self.filter(spot=spot).exclude(state="deleted").order_by("position")}
            known = [photo for photo in photos if photo.id in rows]
            before = {pk: {"caption": row.caption, "alt": row.alt} for pk, row in rows.items()}
            for photo in known:
                rows[photo.id].caption, rows[photo.id].alt = photo.caption, photo.alt
                rows[photo.id].clean_fields(exclude={"spot", "image", "uploaded_by"})
            order = dict.fromkeys([photo.id for photo in known] + list(rows))
            for position, pk in enumerate(order):
                rows[pk].position = position
            self.bulk_update(rows.values(), ["caption", "alt", "position"])
            shown = [photo.id for photo in known if photo.is_primary and rows[photo.id].state == "published"]
            cover = next(iter(shown), None)
            self.choose_cover(spot, cover)
            for row in (rows[photo.id] for photo in known):
                row.spot = spot
                changed = [name for name, words in before[row.pk].items() if getattr(row, name) != words]
                is_new_cover = row.pk == cover and not row.is_primary
                record_photo(row, [*changed, *(["is_primary"] if is_new_cover else [])], by)

    def place(self, photo: SpotPhoto, position: int) -> None:
        """Move the photo to that place, counted from 0; past the end is the end. Called with the spot held."""
        rows = self.filter(spot=photo.spot_id).exclude(state="deleted").order_by("position", "created_at", "id")
        others = [row for row in rows if row.pk != photo.pk]
        order = [*others[:position], photo, *others[position:]]
        for number, row in enumerate(order):
            row.position = number
        self.bulk_update(order, ["position"])

    def choose_cover(self, spot: Spot, wanted: uuid.UUID | None = None) -> None:
        """Make `wanted` the cover, else see that there is one while there are photos. Called with the spot held."""
        shown = self.filter(spot=spot, state="published")
        current = shown.filter(is_primary=True)
        if wanted is None and current.exists():
            return
        if wanted is None:
            wanted = shown.order_by("position", "created_at", "id").values_list("pk", flat=True).first()
        current.exclude(pk=wanted).update(is_primary=False)
        shown.filter(pk=wanted).update(is_primary=True)


class SpotPhoto(SpotFile):
    """A photo. Its bytes are a sanitised master, of which every size is made."""

    spot = models.ForeignKey(Spot, models.CASCADE, related_name="photos", verbose_name=_("スポット"))
    image = ObjectField(on_delete=models.CASCADE, verbose_name=_("ファイル"))
    caption = LineField(_("説明"), limit=300, blank=True)
    alt = LineField(_("写真を見られない人への説明"), limit=300, blank=True)
    is_primary = models.BooleanField(_("表紙"), default=False)

    objects: Any = SpotPhotoQuerySet.as_manager()

    class Meta:
        verbose_name = _("写真")
        verbose_name_plural = _("写真")
        ordering = ["-is_primary", "position", "created_at", "id"]
        indexes = [
            models.Index(fields=["spot", "position"], name="photo_of_spot"),
            models.Index(fields=["-created_at", "-id"], name="photo_newest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["spot"], condition=Q(is_primary=True), name="photo_one_cover_per_spot"),
            models.CheckConstraint(condition=Q(is_primary=False) | Q(state="published"), name="photo_cover_is_shown"),
            *file_constraints("photo"),
        ]

    def __str__(self) -> str:
        return self.caption or self.alt or str(_("写真"))

    def edit(self, changes: dict[str, Any], by: User) -> None:
        """Validate and store `changes` of caption, alt, is_primary and position.

        A cover stops being one by making another photo the cover. What `by` somebody else than the spot's author
        changed of words and cover is logged, and told to them. Raises ValidationError.
        """
        words = {name: changes[name] for name in ("caption", "alt") if name in changes}
        for name, value in words.items():
            setattr(self, name, value)
        self.full_clean(validate_constraints=False)
        with transaction.atomic():
            hold(f"photos {self.spot_id}")
            before = SpotPhoto.objects.values(*_CORRECTED).get(pk=self.pk)
            self.refresh_from_db(fields=["state", "is_primary", "position"])
            if words:
                SpotPhoto.objects.filter(pk=self.pk).update(**{name: getattr(self, name) for name in words})
            if "is_primary" in changes:
                self._set_cover(changes["is_primary"])
            if "position" in changes:
                SpotPhoto.objects.place(self, changes["position"])
            named = [name for name in _CORRECTED if name in changes]
            record_photo(self, [name for name in named if getattr(self, name) != before[name]], by)

    def _set_cover(self, wanted: bool) -> None:
        if wanted == self.is_primary:
            return
        if not wanted:
            raise refusal("is_primary", _("表紙を変えるときは、ほかの写真を表紙にしてください。"), "cover")
        if self.state != self.State.PUBLISHED:
            raise refusal("is_primary", _("公開されていない写真は、表紙にできません。"), "cover")
        SpotPhoto.objects.choose_cover(self.spot, self.pk)
        self.is_primary = True

    def undelete(self) -> None:
        """Undo one's own deletion, where there is room for it.

        Raises ValidationError for a moderator's, once the bytes are gone, past `MOST_PHOTOS`, or where the same photo
        was added again since.
        """
        try:
            super().undelete()
        except IntegrityError as error:  # of the rule that a file is a photo of a spot once
            raise ValidationError(_("同じ写真が、もう一度追加されています。"), code="sent_again") from error

    def described(self, number: int = 1) -> str:
        """What it shows, for those who do not see it: in its own words, else as the spot's `number`-th photo."""
        unnamed = _("%(name)sの写真 %(number)d") if number > 1 else _("%(name)sの写真")
        return self.alt or self.caption or str(unnamed % {"name": self.spot.name, "number": number})

    @property
    def stored_object(self) -> StoredObject:
        row: StoredObject = self.image
        return row

    @property
    def thumbnail(self) -> str:
        """The address of its smallest size, `THUMBNAIL` wide at most."""
        return address(self.stored_object, THUMBNAIL, is_public=self.is_public)

    @property
    def thumbnail_height(self) -> int:
        """In pixels, at that width."""
        return max(1, round(THUMBNAIL * self.height / self.width)) if self.width else THUMBNAIL

    def public_addresses(self) -> list[str]:
        return every_address(self.stored_object)

    def _read_again(self) -> str:
        hold(f"photos {self.spot_id}")  # before the row, as whoever attaches or arranges does
        return super()._read_again()

    def _come_back(self, state: str, hidden_reason: str = "") -> None:
        shown = SpotPhoto.objects.filter(spot_id=self.spot_id).exclude(state="deleted").exclude(pk=self.pk)
        if self.state == self.State.DELETED and shown.count() >= MOST_PHOTOS:
            raise refusal("photos", _("写真は1つのスポットに10枚までです。"), "max_length")
        super()._come_back(state, hidden_reason)

    def _move(self, state: str, **changes: Any) -> bool:
        """With the cover: one that goes gives it to the next, and the first to come has it."""
        moved = super()._move(state, is_primary=False, **changes)
        if moved:
            SpotPhoto.objects.choose_cover(self.spot)
        return moved

    @property
    def width(self) -> int:
        """Of the master, in pixels."""
        return self.stored_object.width or 0

    @property
    def height(self) -> int:
        """Of the master, in pixels."""
        return self.stored_object.height or 0

    @property
    def placeholder(self) -> str:
        """A `data:` address of the picture in 16 by 12 pixels."""
        return self.stored_object.placeholder
