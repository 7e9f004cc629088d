"""Choosing a place on the drawn map: what it shows, and where in it somebody clicked.

An `<input type="image">` sends the place of the click with the form, so that a pin can be set without JavaScript.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from django.core.exceptions import ValidationError

from accounts.models import User
from spots.areas import Area, area_of
from spots.drawn_map import SIZE, Square
from spots.filters import finite
from spots.models import Spot

PIXELS = 288
"""The side of the map in the form: it fits a screen 320 px wide, and a click arrives in these pixels."""

MOST_PIXELS = 2048
TILE = 256
"""Pixels of the whole world at zoom 0, as everywhere in Web Mercator."""

LEAST_ZOOM, MOST_ZOOM = 4, 19
TOWN_ZOOM, STREET_ZOOM = 11, 15
"""A municipality fills the map; a block does."""


class View(NamedTuple):
    """What the map shows: its middle in degrees, and the zoom."""

    latitude: float
    longitude: float
    zoom: int

    def __str__(self) -> str:
        return f"{self.latitude:.6f},{self.longitude:.6f},{self.zoom}"

    @classmethod
    def read(cls, text: str) -> View | None:
        """The view written as `lat,lng,zoom`, or None for anything else."""
        parts = text.split(",")
        if len(parts) != 3:
            return None
        try:
            zoom = finite(parts[2], LEAST_ZOOM, MOST_ZOOM)
            return cls(finite(parts[0], -85, 85), finite(parts[1], -180, 180), int(zoom))
        except ValidationError:
            return None

    def square(self, pixels: int = PIXELS) -> Square:
        """The part of the world that a map of that many pixels shows."""
        return Square.around(self.latitude, self.longitude, pixels / (TILE * 2**self.zoom))

    def shows(self, lat: float, lng: float) -> bool:
        """Whether that point is on the map of the form."""
        return all(0 <= place <= SIZE for place in self.square().place(lat, lng))

    def clicked(self, x: int, y: int) -> tuple[float, float]:
        """Latitude and longitude of the pixel, counted from the top left."""
        lat, lng = self.square().point(_share(x), _share(y))
        return round(lat, 6), round((lng + 180) % 360 - 180, 6)

    def around(self, lat: float, lng: float, closer: int = 0) -> View:
        """The view with that point in the middle, `closer` steps nearer, as far as the map goes."""
        zoom = max(LEAST_ZOOM, min(MOST_ZOOM, self.zoom + closer))
        return View(max(-85.0, min(85.0, lat)), lng, zoom)


def _share(pixel: int) -> float:
    return max(0, min(PIXELS, pixel)) / PIXELS


NEW_SPOTS = 200
"""Enough to tell which town a site is about; an import elsewhere does not outweigh it."""

JAPAN = View(36.5, 137.5, LEAST_ZOOM)


def first_view(point: tuple[float, float] | None, area: Area | None, author: User | None = None) -> View:
    """What a form opens with: the pin, the municipality, `author`'s last spot, the town of most new ones, Japan."""
    if point:
        return View(*point, STREET_ZOOM)
    if area:
        return View(area.latitude, area.longitude, TOWN_ZOOM)
    listed = Spot.objects.listed().order_by("-published_at", "-id")
    newest = listed.filter(created_by=author).only("latitude", "longitude").first() if author else None
    if newest is None:
        codes = Counter(listed.values_list("municipality_code", flat=True)[:NEW_SPOTS])
        area = area_of(codes.most_common(1)[0][0]) if codes else None
        if area:
            return View(area.latitude, area.longitude, TOWN_ZOOM)
        newest = listed.only("latitude", "longitude").first()
    return View(newest.latitude, newest.longitude, TOWN_ZOOM) if newest else JAPAN
