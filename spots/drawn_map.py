"""The map that is drawn without tiles or without JavaScript: pins where the spots are, town names around.

A square of 1000 × 1000 in Web Mercator, so that directions and shapes are as on any other map.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from spots.areas import Area, areas
from spots.cells import Box
from spots.models import Spot

SIZE = 1000
MARGIN = 0.12
"""Share of the square left free at each edge, so that a pin's disc is whole."""

MIN_SPAN_DEGREES = 0.02
"""About 2 km: a single spot gets its surroundings, not a point of infinite zoom."""

MOST_LABELS = 24


class Pin(NamedTuple):
    """A spot's mark; `x` and `y` in the square, y downwards."""

    id: Any
    name: str
    category: str
    icon: str
    x: int
    y: int


class Label(NamedTuple):
    """A town's name."""

    name: str
    x: int
    y: int
    latitude: float
    longitude: float


class DrawnMap(NamedTuple):
    """`bounds` is `west,south,east,north` of the square; `land` the contour drawing behind it."""

    pins: list[Pin]
    labels: list[Label]
    bounds: str
    land: int

    @property
    def labels_json(self) -> list[dict[str, Any]]:
        """The towns for the script's map."""
        return [{"name": label.name, "lat": label.latitude, "lng": label.longitude} for label in self.labels]


class Square:
    """A part of the Mercator plane (0 … 1 both ways): its `side`, and the middle at `x` and `y`."""

    def __init__(self, x: float, y: float, side: float) -> None:
        self.side, self.left, self.top = side, x - side / 2, y - side / 2

    @classmethod
    def holding(cls, points: list[tuple[float, float]]) -> Square:
        """The smallest with all these points (lat, lng) and a margin around them."""
        xs = [_x(lng) for _lat, lng in points]
        ys = [_y(lat) for lat, _lng in points]
        inner = max(max(xs) - min(xs), max(ys) - min(ys), MIN_SPAN_DEGREES / 360)
        return cls((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2, inner / (1 - 2 * MARGIN))

    @classmethod
    def around(cls, lat: float, lng: float, side: float) -> Square:
        """The one with that point in the middle."""
        return cls(_x(lng), _y(lat), side)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Latitude and longitude of a place in the square, both 0 … 1, `y` downwards."""
        return _latitude(self.top + y * self.side), (self.left + x * self.side) * 360 - 180

    def place(self, lat: float, lng: float) -> tuple[int, int]:
        return round((_x(lng) - self.left) / self.side * SIZE), round((_y(lat) - self.top) / self.side * SIZE)

    @property
    def box(self) -> Box:
        """West, south, east, north, cut where the world ends."""
        south, west = self.point(0, 1)
        north, east = self.point(1, 0)
        return Box(max(-180.0, west), max(-90.0, south), min(180.0, east), min(90.0, north))

    @property
    def bounds(self) -> str:
        west, east = self.left * 360 - 180, (self.left + self.side) * 360 - 180
        return f"{west:.5f},{_latitude(self.top + self.side):.5f},{east:.5f},{_latitude(self.top):.5f}"


def _x(lng: float) -> float:
    return (lng + 180) / 360


def _y(lat: float) -> float:
    """Spherical Mercator (EPSG:3857), cut at its usual 85.05 degrees."""
    sine = math.sin(math.radians(max(-85.05, min(85.05, lat))))
    return 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y))))


def draw(spots: Iterable[Spot], extra: list[tuple[float, float]] | None = None) -> DrawnMap:
    """The drawing of these spots; `extra` points (lat, lng) are kept in view too. Japan where there is nothing."""
    shown = list(spots)
    points = [(spot.latitude, spot.longitude) for spot in shown] + (extra or [])
    return draw_square(Square.holding(points or [(45.5, 128.0), (26.0, 146.0)]), shown)


def draw_square(square: Square, shown: list[Spot]) -> DrawnMap:
    """The drawing of that square with these spots."""
    pins = [
        Pin(spot.pk, spot.name, spot.category.slug, spot.category.icon, *square.place(spot.latitude, spot.longitude))
        for spot in shown
    ]
    land = int(abs(square.left + square.top) * 1000) % 24
    return DrawnMap(pins, _labels(square), square.bounds, land)


@cache
def _towns(is_wide: bool) -> list[tuple[float, float, Area]]:
    """The places that a map of that width names, on the Mercator plane: worked out once, asked for on every page."""
    named = (area for area in areas().values() if area.is_prefecture == is_wide and " " not in area.name)
    return [(_x(area.longitude), _y(area.latitude), area) for area in named]


def _labels(square: Square) -> list[Label]:
    """Town names inside the square, prefectures when it is wide, none closer to another than would overlap."""
    side, left, top = square.side, square.left, square.top
    chosen: list[Label] = []
    for plane_x, plane_y, area in _towns(is_wide=side * 360 > 4):
        x, y = round((plane_x - left) / side * SIZE), round((plane_y - top) / side * SIZE)
        if not (40 < x < SIZE - 40 and 30 < y < SIZE - 20):
            continue
        if all(abs(x - other.x) > 130 or abs(y - other.y) > 45 for other in chosen):
            chosen.append(Label(area.name, x, y, area.latitude, area.longitude))
        if len(chosen) == MOST_LABELS:
            break
    return chosen
