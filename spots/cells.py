"""Cells of the globe: a Morton code of 26 + 26 bits, by which a plain B-tree finds what is near.

Latitude and longitude are quantised linearly, which is enough because a cell only preselects: what is near is decided
by the exact great circle. The database computes the column itself (a stored generated column), so `update()`,
`bulk_update()` and raw SQL cannot make it stale; the same arithmetic stands here in Python for the ranges to look in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Expression, F, Func, Value
from django.db.models.expressions import Combinable, CombinedExpression

BITS = 26
"""Bits per axis: 2^-26 of half a turn is 0.3 m of latitude, about the 6 decimals that are stored (0.11 m)."""

EARTH_RADIUS_KM = 6371.0088
"""Mean radius R1 of the IUGG (Moritz 2000)."""

_SIZE = 1 << BITS
_SPREAD = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)
"""Shift-and-mask steps that put a zero between the bits of a 32-bit number (Anderson, Bit Twiddling Hacks)."""


class Box(NamedTuple):
    """Degrees; `west` > `east` crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float


class Range(NamedTuple):
    """Cell numbers from `first` to `last`, both included."""

    first: int
    last: int


def distance_km(lat1: float, lng1: float, lat2: float, lng2: float) -> float:
    """Great-circle distance by the haversine formula (Sinnott 1984), stable at any distance on the sphere."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((phi2 - phi1) / 2) ** 2
    half += math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lng2 - lng1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


def axis(degrees: float, half_turn: float) -> int:
    """The row or column (0 … 2^26 - 1) of a latitude (`half_turn` 90) or a longitude (180)."""
    return min(_SIZE - 1, max(0, int((degrees + half_turn) / (2 * half_turn) * _SIZE)))


def spread(number: int) -> int:
    """`number` with a zero bit between its bits."""
    for shift, mask in _SPREAD:
        number = (number | number << shift) & mask
    return number


def cell(lat: float, lng: float) -> int:
    """The cell of a point: longitude in the even bits, latitude in the odd ones."""
    return spread(axis(lng, 180.0)) | spread(axis(lat, 90.0)) << 1


def circle_boxes(lat: float, lng: float, radius_km: float) -> list[Box]:
    """Boxes that hold every point within `radius_km`: one, two at the antimeridian, a whole cap at a pole."""
    angle = radius_km / EARTH_RADIUS_KM * (1 + 1e-9) + 1e-9
    reach = math.degrees(angle)
    south, north = lat - reach, lat + reach
    if south <= -90 or north >= 90:
        return [Box(-180.0, max(south, -90.0), 180.0, min(north, 90.0))]
    # A circle on a sphere is widest in longitude beside its centre, not at it (Bronstein, tangent meridian).
    width = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(lat))))) + 1e-9
    return (
        split_box(Box(_wrap(lng - width), south, _wrap(lng + width), north))
        if width < 180
        else [Box(-180.0, south, 180.0, north)]
    )


def _wrap(lng: float) -> float:
    return (lng + 180.0) % 360.0 - 180.0 if not -180.0 <= lng <= 180.0 else lng


def split_box(box: Box) -> list[Box]:
    """The box as one or two that do not cross the antimeridian."""
    if box.west <= box.east:
        return [box]
    return [Box(box.west, box.south, 180.0, box.north), Box(-180.0, box.south, box.east, box.north)]


def ranges(boxes: list[Box], most: int = 4) -> list[Range]:
    """At most `most` ranges of cell numbers that cover the boxes, sorted and not touching.

    A box is covered by the cells of the finest level at which it meets at most `most` / 2 columns and as many rows.
    """
    found = sorted(span for box in boxes for span in _cover(box, max(2, most // 2)))
    merged: list[Range] = []
    for span in found:
        if merged and span.first <= merged[-1].last + 1:
            merged[-1] = Range(merged[-1].first, max(merged[-1].last, span.last))
        else:
            merged.append(span)
    while len(merged) > most:
        gaps = [merged[i + 1].first - merged[i].last for i in range(len(merged) - 1)]
        at = gaps.index(min(gaps))
        merged[at : at + 2] = [Range(merged[at].first, merged[at + 1].last)]
    return merged


def _cover(box: Box, across: int) -> Iterator[Range]:
    west, east = axis(box.west, 180.0), axis(box.east, 180.0)
    south, north = axis(box.south, 90.0), axis(box.north, 90.0)
    shift = 0
    while max((east >> shift) - (west >> shift), (north >> shift) - (south >> shift)) >= across:
        shift += 1
    for column in range(west >> shift, (east >> shift) + 1):
        for row in range(south >> shift, (north >> shift) + 1):
            first = (spread(column) | spread(row) << 1) << 2 * shift
            yield Range(first, first + (1 << 2 * shift) - 1)


def prefix_range(prefix: int, level: int) -> Range:
    """The cells of a region: those whose number begins with `prefix` of `level` bits per axis (0 … 26)."""
    shift = 2 * (BITS - level)
    return Range(prefix << shift, (prefix + 1 << shift) - 1)


class Truncated(Func):
    """The whole part of a non-negative number. SQLite's cast truncates; PostgreSQL's rounds, so it floors first."""

    function = "CAST"
    template = "CAST(%(expressions)s AS bigint)"
    output_field = BigIntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return super().as_sql(compiler, connection, template="CAST(FLOOR(%(expressions)s) AS bigint)", **extra)


class Least(Func):
    """The smaller of two numbers: MIN in SQLite, LEAST in PostgreSQL (Django's own also guards against nulls)."""

    function = "LEAST"
    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return super().as_sql(compiler, connection, function="MIN", **extra)


def cell_expression() -> Expression:
    """`cell` in the database's own arithmetic, for a GeneratedField; about 1 kB of SQL per axis."""
    columns = _spread_expression(_axis_expression("longitude", 180.0))
    rows = _spread_expression(_axis_expression("latitude", 90.0))
    return _or(columns, rows.bitleftshift(1))


def _axis_expression(column: str, half_turn: float) -> Expression:
    scaled = (F(column) + Value(half_turn)) / Value(2 * half_turn) * Value(float(_SIZE))
    return Least(Truncated(scaled), Value(_SIZE - 1))


def _spread_expression(number: Combinable) -> Combinable:
    for shift, mask in _SPREAD:
        number = _or(number, number.bitleftshift(shift)).bitand(mask)
    return number


def _or(one: Combinable, other: Combinable) -> Expression:
    return CombinedExpression(one, Combinable.BITOR, other)
