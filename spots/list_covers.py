"""The picture that stands for a saved list: the cover of its first spot that has one and that everyone may see."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import OuterRef, Subquery

from spots.models import SavedItem, SavedList, Spot, SpotPhoto


def with_covers(lists: Iterable[SavedList]) -> list[SavedList]:
    """The same lists, each with its `cover_photo` or None: two queries for any number."""
    found = list(lists)
    pictured = SavedItem.objects.filter(
        saved_list=OuterRef("pk"), spot__in=Spot.objects.listed(), spot__photos__is_primary=True
    )
    first = Subquery(pictured.order_by("position", "pk").values("spot__photos")[:1])
    asked = SavedList.objects.filter(pk__in=[saved.pk for saved in found]).order_by()
    chosen = dict(asked.annotate(cover_id=first).exclude(cover_id=None).values_list("pk", "cover_id"))
    photos = SpotPhoto.objects.covers().in_bulk(list(chosen.values())) if chosen else {}
    for saved in found:
        saved.cover_photo = photos.get(chosen.get(saved.pk))
    return found
