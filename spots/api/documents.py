"""Rows as the API tells them: plain dictionaries, since a page of a ModelSerializer costs five times as much."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch
from django.urls import reverse

from accounts.api import instant, person_json
from accounts.models import User
from media_store import addresses
from media_store.models import StoredObject
from media_store.uploads import Taken
from media_store.variants import MASTER_EDGE
from spots.models import Case, Category, Comment, Report, SavedItem, SavedList, Spot, SpotPhoto, SpotQuerySet
from spots.models.report import Target

Json = dict[str, Any]


def with_parts(spots: SpotQuerySet, viewer: User | AnonymousUser) -> SpotQuerySet:
    """With everything `spot_json` reads, as `viewer` sees it: three queries for any number of spots."""
    photos = Prefetch("photos", _photos(viewer), to_attr="seen_photos")
    return spots.select_related("category", "created_by__avatar").prefetch_related("tags", photos)


def photos_of(viewer: User | AnonymousUser) -> Any:
    """The photos that `viewer` sees, with what `photo_json` reads; never those that are deleted."""
    return _photos(viewer).select_related("spot")


def _photos(viewer: User | AnonymousUser) -> Any:
    return SpotPhoto.objects.visible_to(viewer).exclude(state="deleted").select_related("image")


def spot_json(spot: Spot) -> Json:
    """CONTRACT's keys of a spot; `distance_km` where a point was asked for."""
    told: Json = {
        "id": str(spot.pk),
        "name": spot.name,
        "reading": spot.reading,
        "name_en": spot.name_en,
        "description": spot.description,
        "latitude": spot.latitude,
        "longitude": spot.longitude,
        "category": {"slug": spot.category.slug, "name": spot.category.name},
        "tags": [tag.name for tag in spot.tags.all()],
        "address": spot.address,
        "municipality_code": spot.municipality_code,
        "opening_hours": spot.opening_hours,
        "phone": spot.phone,
        "website": spot.website,
        "status": spot.status,
        "state": spot.state,
        "hidden_gem_score": spot.hidden_gem_score,
        "created_by": person_json(spot.created_by),
        "source": spot.source,
        "licence": spot.licence,
        "credit": spot.credit,
        "photos": [photo_json(photo) for photo in spot.seen_photos],  # type: ignore[attr-defined]
        "comment_count": spot.comment_count,
        "save_count": spot.save_count,
        "version": spot.version,
        "created_at": instant(spot.created_at),
        "updated_at": instant(spot.updated_at),
        "url": absolute(spot.get_absolute_url()),
    }
    if spot.distance_km is not None:
        told["distance_km"] = spot.distance_km
    return told


def photo_json(photo: SpotPhoto) -> Json:
    """CONTRACT's keys of a photo, and its state."""
    picture = _picture(photo.stored_object, photo.is_public)
    return {
        "id": str(photo.pk),
        "url": picture["url"],
        "width": picture["width"],
        "height": picture["height"],
        "placeholder": picture["placeholder"],
        "caption": photo.caption,
        "alt": photo.alt,
        "is_primary": photo.is_primary,
        "position": photo.position,
        "state": photo.state,
        "srcset": picture["srcset"],
    }


def sent_photo_json(taken: Taken) -> Json:
    """A photo that waits for its spot; for whoever sent it."""
    place, taken_at = taken.hints
    return {
        "id": str(taken.row.pk),
        "gallery": str(taken.row.gallery),
        **_picture(taken.row, is_public=False),
        "suggested_place": None if place is None else {"latitude": place[0], "longitude": place[1]},
        "taken_at": None if taken_at is None else instant(taken_at),
    }


def _picture(row: StoredObject, is_public: bool) -> Json:
    return {
        "url": addresses.absolute(row, MASTER_EDGE, is_public=is_public),
        "width": row.width,
        "height": row.height,
        "placeholder": row.placeholder,
        "srcset": addresses.srcsets(row, is_public=is_public),
    }


def comment_json(comment: Comment) -> Json:
    """A comment; of a deleted one only the trace."""
    deleted = comment.state == Comment.State.DELETED
    return {
        "id": str(comment.pk),
        "spot": str(comment.spot_id),
        "parent": str(comment.parent_id) if comment.parent_id else None,
        "author": None if deleted else person_json(comment.author),
        "body": None if deleted else comment.body,
        "state": comment.state,
        "created_at": instant(comment.created_at),
        "edited_at": None if deleted or comment.edited_at is None else instant(comment.edited_at),
        "url": absolute(comment.get_absolute_url()),
    }


def category_json(category: Category) -> Json:
    """A category with both its names, the kanji of its stamp and the hue of its colour."""
    return {
        "slug": category.slug,
        "name": category.name,
        "name_ja": category.name_ja,
        "name_en": category.name_en,
        "icon": category.icon,
        "colour": category.colour,
        "position": category.position,
        "url": absolute(category.get_absolute_url()),
    }


def list_json(saved: SavedList) -> Json:
    """A saved list without its items."""
    return {
        "id": str(saved.pk),
        "title": saved.title,
        "description": saved.description,
        "visibility": saved.visibility,
        "owner": person_json(saved.owner),
        "item_count": saved.item_count,
        "created_at": instant(saved.created_at),
        "updated_at": instant(saved.updated_at),
        "url": absolute(saved.get_absolute_url()),
    }


def item_json(item: SavedItem, spot: Spot | None, is_own: bool) -> Json:
    """A spot in a list; where the viewer may not see it a placeholder, with its name where the viewer knows that.

    Whose list it is knows the id too: what was put in can be taken out.
    """
    name = spot.name if spot else item.shown_name or None  # type: ignore[attr-defined]
    known = item.spot_id is not None and (is_own or spot is not None)
    return {
        "spot": spot_json(spot) if spot else None,
        "spot_id": str(item.spot_id) if known else None,
        "name": name,
        "note": item.note,
        "position": item.position,
        "created_at": instant(item.created_at),
    }


def report_json(report: Report) -> Json:
    """What came of a report; nothing of who wrote it, or of what they wrote."""
    return {
        "receipt": report.receipt,
        "reason": report.reason,
        "target": _target(report.case),
        "state": report.case.state,
        "created_at": instant(report.created_at),
    }


def _target(case: Case) -> str | None:
    """As clients name it: people by their user name, while they have one."""
    if case.target_kind != Target.USER:
        return f"{case.target_kind}:{case.target_id}"
    person = User.objects.visible_to(None).filter(pk=case.target_id).first()
    return f"{case.target_kind}:{person.username}" if person else None


def absolute(path: str) -> str:
    """The path at this site's own address, whatever Host the request named."""
    return f"{settings.SITE_URL}{path}"


def api_url(name: str, *parts: object) -> str:
    """Where the API has a row: what `Location` says."""
    return absolute(reverse(name, args=parts))
