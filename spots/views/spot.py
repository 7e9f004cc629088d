"""The page of one spot."""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.safestring import SafeString

from machipoke.pages import page
from machipoke.text import hiragana
from media_store.addresses import absolute
from media_store.templatetags.pictures import shown_size
from spots.comment_forms import CommentForm
from spots.json_ld import place
from spots.models import SavedList, Spot, SpotPhoto
from spots.nearest import as_uuid, ranked
from spots.paging import shared_context
from spots.threads import Talk
from spots.walks import files_of

WALKING_KM = 2.0
"""「ここから歩ける」: half an hour on foot."""

AROUND = 6

SHARED_WIDTH = 1280
"""Of the picture in a link that is sent to somebody: the messengers ask for 1200."""


def show(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A spot the viewer may see; anything else does not exist."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    spots = Spot.objects.visible_to(viewer).select_related("category", "created_by__avatar")
    spot = get_object_or_404(spots, pk=pk)
    photos = gallery(spot, viewer)
    context = (
        shared_context()
        | comments(spot, viewer)
        | files_of(spot, viewer)
        | photos
        | {
            "spot": spot,
            "area": spot.area,
            "reading": hiragana(spot.reading),
            "summary": summary(spot),
            "tags": spot.tags.all(),
            "around": _around(spot),
            "lists": _lists_with(spot) if spot.save_count else [],
            "can_edit": spot.is_editable_by(viewer),
            "can_save": spot.is_public and (not viewer.pk or viewer.may_write),
            "lacks_town": bool(viewer.pk) and not spot.municipality_code and spot.created_by_id == viewer.pk,
            "is_saved": bool(viewer.pk) and SavedList.objects.editable_by(viewer).holding(spot).exists(),
            "phone_link": _dialled(spot.phone),
            "website_host": urlsplit(spot.website).hostname or spot.website,
            "json_ld": _script_safe(place(spot, settings.SITE_URL, [photo.image for photo in photos["photos"]])),
        }
    )
    response = page(request, "spots/spot.html", context)
    if not spot.is_public:
        response["Cache-Control"] = "private, no-store"
    return response


def summary(spot: Spot) -> str:
    """One line for search engines and shared links."""
    text = " ".join(spot.description.split())
    place_name = spot.area.full_name if spot.area else spot.address
    return f"{text[:110]}…" if len(text) > 111 else text or f"{spot.name}（{place_name or spot.category.name}）"


def gallery(spot: Spot, viewer: Any) -> dict[str, Any]:
    """The photos that are shown with the spot, the cover first; a hidden one is on its author's own page alone."""
    photos = list(SpotPhoto.objects.visible_to(viewer).published().filter(spot=spot).select_related("image"))
    for number, photo in enumerate(photos, 1):
        photo.spot = spot
        photo.shown_alt = photo.described(number)
    told: dict[str, Any] = {"photos": photos}
    if photos and spot.is_public:
        cover = photos[0]
        width, height = shown_size(cover.image, min(SHARED_WIDTH, cover.width))
        told["shared"] = {"url": absolute(cover.image, SHARED_WIDTH, is_public=True), "width": width, "height": height}
    return told


def comments(spot: Spot, viewer: Any) -> dict[str, Any]:
    """The newest comments, and the form for whoever may write one."""
    talk = Talk(spot, viewer)
    asks = spot.comment_count or viewer.pk or not spot.is_public
    threads, has_older = talk.newest() if asks else ([], False)
    form = CommentForm(spot, viewer) if talk.can_write else None
    return {"talk": talk, "threads": threads, "has_older": has_older, "comment_form": form}


def _around(spot: Spot) -> list[Spot]:
    near = ranked(Spot.objects.listed(), spot.latitude, spot.longitude, WALKING_KM, AROUND + 1)
    order = {as_uuid(id_): distance for distance, id_ in near}
    order.pop(spot.pk, None)
    return Spot.objects.listed().cards().placed(order)[:AROUND]


def _lists_with(spot: Spot) -> list[SavedList]:
    return list(SavedList.objects.public().filter(items__spot=spot).only("id", "title")[:5])


def _dialled(phone: str) -> str:
    """The number as a telephone dials it, or nothing where there are several."""
    digits = re.sub(r"[^0-9+]", "", phone)
    return digits if 9 <= len(digits) <= 15 else ""


def _script_safe(text: str) -> SafeString:
    """JSON inside a script element: no character that could end it."""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return SafeString(text)
