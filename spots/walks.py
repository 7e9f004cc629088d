"""The walks of a spot as the page draws them: lines on the drawn map, and the same for the script's map."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from spots.drawn_map import DrawnMap, Square, draw_square
from spots.models import Attachment, Spot


class Stop(NamedTuple):
    """A place of a walk in the square of the drawing."""

    name: str
    x: int
    y: int


class Walks(NamedTuple):
    """`ways` are `points` of polylines, `told` the drawing in words, `data` what the script draws."""

    drawn: DrawnMap
    ways: list[str]
    stops: list[Stop]
    told: str
    data: dict[str, Any]


def files_of(spot: Spot, viewer: Any) -> dict[str, Any]:
    """What the page of a spot shows of its files to this viewer."""
    shown = Attachment.objects.visible_to(viewer).filter(spot=spot).exclude(state="deleted").select_related("file")
    files = list(shown)
    if not files:
        return {"attachments": files}
    map_tiles = {"tile_url": settings.MAP_TILE_URL, "tile_attribution": settings.MAP_ATTRIBUTION}
    return {"attachments": files, "walks": walks_of(spot, files)} | map_tiles


def walks_of(spot: Spot, attachments: Iterable[Attachment]) -> Walks | None:
    """The walks among the attachments of `spot`; None where there is none."""
    shown = [attachment for attachment in attachments if attachment.track]
    if not shown:
        return None
    tracks = [json.loads(attachment.track) for attachment in shown]
    lines = [line for track in tracks for line in track["lines"]]
    places = [place for track in tracks for place in track["places"]]
    points = [tuple(point) for line in lines for point in line] + [(place["lat"], place["lng"]) for place in places]
    here = (spot.latitude, spot.longitude)
    square = Square.holding([here, *points])
    ways = [" ".join("{},{}".format(*square.place(lat, lng)) for lat, lng in line) for line in lines]
    stops = [Stop(place["name"], *square.place(place["lat"], place["lng"])) for place in places]
    told = _("%(spot)sのまわりの道：%(names)s") % {"spot": spot.name, "names": "、".join(map(str, shown))}
    return Walks(draw_square(square, [spot]), ways, stops, told, {"lines": lines, "places": places, "spot": here})
