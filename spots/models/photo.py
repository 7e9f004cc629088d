"""The photos of a spot: at most ten, one of them the cover."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from machipoke.fields import LineField, refusal
from machipoke.locks import hold
from media_store.models import ObjectField, StoredObject
from spots.models.spot import Spot
from spots.models.spot_file import SpotFile, SpotFileQuerySet, file_constraints

MOST_PHOTOS = 10


class NewPhoto(NamedTuple):
    """A photo that was sent before, to be attached; `id` is that of its object."""

    id: uuid.UUID
    caption: str = ""
    alt: str = ""
    is_primary: bool = False


class SpotPhotoQuerySet(SpotFileQuerySet):
    """The photos of spots, and how they come to them."""

    def attach(self, spot: Spot, photos: Sequence[NewPhoto], by_id: int) -> list[SpotPhoto]:
        """Attach what `by_id` sent for `spot`, behind the photos it has; the first of all is the cover unless one is.

        Part of the transaction that stores the spot, or of its own. One that is attached already stays as it is.
        Raises ValidationError for a photo that is not there any more, or past `MOST_PHOTOS`.
        """
        with transaction.atomic():
            hold(f"photos {spot.pk}")
            shown = {photo.pk: photo for photo in self.filter(spot=spot).exclude(state="deleted")}
            new = [photo for photo in dict.fromkeys(photos) if photo.id not in shown]
            if len(shown) + len(new) > MOST_PHOTOS:
                raise refusal("photos", _("写真は1つのスポットに10枚までです。"), "max_length")
            images = (
                StoredObject.objects.ready()
                .unattached()
                .filter(kind=StoredObject.Kind.PHOTO, owner_id=by_id, gallery=spot.pk)
            )
            by_pk = images.in_bulk([photo.id for photo in new])
            if any(photo.id not in by_pk for photo in new):
                raise refusal("photos", _("写真の一部が、もうありません。もう一度選んでください。"), "gone")
            last = max((photo.position for photo in shown.values()), default=-1)
            made = []
            for position, photo in enumerate(new, last + 1):
                row = SpotPhoto(pk=photo.id, spot=spot, image=by_pk[photo.id], position=position)
                row.caption, row.alt, row.uploaded_by_id = photo.caption, photo.alt, by_id
                row.full_clean()
                made.append(row)
            self.bulk_create(made)
            self._choose_cover(spot, next((photo.id for photo in new if photo.is_primary), None))
        return made

    def arrange(self, spot: Spot, photos: Sequence[NewPhoto]) -> None:
        """Store the words, the order and the cover of the photos of `spot` as they stand here.

        One that is not named keeps its words and follows behind; one that is gone is passed over. Raises
        ValidationError for words that are too long.
        """
        with transaction.atomic():
            hold(f"photos {spot.pk}")
            rows = {row.pk: row for row in self.filter(spot=spot).exclude(state="deleted").order_by("position")}
            known = [photo for photo in photos if photo.id in rows]
            for photo in known:
                rows[photo.id].caption, rows[photo.id].alt = photo.caption, photo.alt
                rows[photo.id].clean_fields(exclude={"spot", "image", "uploaded_by"})
            order = dict.fromkeys([photo.id for photo in known] + list(rows))
            for position, pk in enumerate(order):
                rows[pk].position = position
            self.bulk_update(rows.values(), ["caption", "alt", "position"])
            shown = [photo.id for photo in known if photo.is_primary and rows[photo.id].state == "published"]
            self._choose_cover(spot, next(iter(shown), None))

    def _choose_cover(self, spot: Spot, wanted: uuid.UUID | None = None) -> None:
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

    @property
    def stored_object(self) -> StoredObject:
        row: StoredObject = self.image
        return row

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
