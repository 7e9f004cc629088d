"""Who may fetch the bytes of a picture: whoever sees the row that holds it, and its sender while no row does."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q

from media_store.models import StoredObject, object_fields


def find_picture(key: str, viewer: Any) -> StoredObject | None:
    """The picture of that key, for `viewer`, or for everyone where that is None; in one query.

    One that is taken away is for whoever sees the deleted row that holds it, until its bytes go.
    """
    there = StoredObject.objects.ready() if viewer is None else StoredObject.objects.readable()
    return there.filter(_reached_by(viewer), bucket=StoredObject.Bucket.MEDIA, width__isnull=False, key=key).first()


def public_pictures() -> Any:
    """The pictures that everyone may fetch."""
    pictures = StoredObject.objects.ready().filter(bucket=StoredObject.Bucket.MEDIA, width__isnull=False)
    return pictures.filter(_reached_by(None))


def _reached_by(viewer: Any) -> Q:
    reached, unheld = Q(), Q()
    for field in object_fields():
        holds = {field.attname: OuterRef("pk")}
        holders: Any = field.model._default_manager
        reached |= Q(Exists(holders.visible_to(viewer).filter(**holds)))
        unheld &= ~Q(Exists(field.model._base_manager.filter(**holds)))
    if viewer is not None and viewer.pk:
        reached |= unheld & Q(state="ready", owner_id=viewer.pk)
    return reached
