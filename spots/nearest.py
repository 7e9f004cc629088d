"""The nearest spots of any QuerySet: probe a small circle of cells, grow it, then rank by the exact great circle.

The QuerySet's SQL is compiled once; each step repeats it for the few cell ranges of its circle, joined by UNION ALL, so
that every branch is one range scan of a covering index (an OR of ranges would make SQLite fetch the rows). The circle's
box cuts what the cells hold too much while it is still in the database: a row less to Python is a microsecond.
"""

from __future__ import annotations

import heapq
import math
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections

from spots.cells import EARTH_RADIUS_KM, circle_boxes, ranges

if TYPE_CHECKING:
    from spots.models.spot import SpotQuerySet

PROBE_KM = 0.125
"""First radius: in the densest town centre of 1 M spots it holds some forty, so little is read in vain."""

GROWTH = 4.5
"""Factor of the radius where a circle holds nothing: 0.125 km to 50 km in four steps of empty range scans."""

RANGES = 6
"""Of cells a box: fewer make the database read many times the box, more cost more scans than they save rows."""

_FIRST, _LAST = -(1 << 61), -(1 << 61) + 1
"""Stand-ins for a range's ends in the compiled parameters; no cell is negative."""


class Ranked(NamedTuple):
    """A spot's id at its distance; sorts by distance, ties by id."""

    distance_km: float
    id: Any


def ranked(spots: SpotQuerySet, lat: float, lng: float, radius_km: float, limit: int) -> list[Ranked]:
    """At most `limit` ids within `radius_km` (inclusive), ascending by exact distance, ties by id.

    `lat` -90 … 90, `lng` -180 … 180 in degrees, `radius_km` ≥ 0.
    """
    try:
        return _pool_of(spots).ranked(lat, lng, radius_km, limit)
    except EmptyResultSet:
        return []


_all_listed: dict[str, Pool] = {}
"""The commonest question by database, compiled once a process: a quarter of the cost of such a search."""


def _pool_of(spots: SpotQuerySet) -> Pool:
    if not spots.is_all_listed:
        return Pool(spots)
    if spots.db not in _all_listed:
        _all_listed[spots.db] = Pool(spots)
    return _all_listed[spots.db]


def _growth(found: int, limit: int) -> float:
    """Aim for one and a half times the wanted number, if spots lay evenly; never less than double."""
    return GROWTH if not found else min(GROWTH, max(2.0, math.sqrt(1.5 * limit / found)))


class Pool:
    """A compiled QuerySet, asked for the ids and positions in some ranges of cells; may be kept and asked again.

    Raises EmptyResultSet where the QuerySet is known to hold nothing.
    """

    def __init__(self, spots: SpotQuerySet) -> None:
        rows = spots.order_by().filter(cell__gte=_FIRST, cell__lte=_LAST).values_list("id", "latitude", "longitude")
        sql, parameters = rows.query.sql_with_params()
        within = "latitude BETWEEN %s AND %s AND longitude BETWEEN %s AND %s"
        self._branch = f"SELECT * FROM ({sql}) AS candidate WHERE {within}"  # noqa: S608 - its values are parameters
        self._parameters = list(parameters)
        self._first, self._last = self._parameters.index(_FIRST), self._parameters.index(_LAST)
        self._alias = spots.db

    def ranked(self, lat: float, lng: float, radius_km: float, limit: int) -> list[Ranked]:
        """As the function of that name."""
        if limit < 1:
            return []
        radius = min(PROBE_KM, radius_km)
        while True:
            found = self._within(lat, lng, radius)
            if len(found) >= limit or radius >= radius_km:
                return heapq.nsmallest(limit, found)
            radius = min(radius_km, radius * _growth(len(found), limit))

    def _within(self, lat: float, lng: float, radius_km: float) -> set[Ranked]:
        """Every spot of the QuerySet within the circle."""
        sin, cos, asin, sqrt, radians = math.sin, math.cos, math.asin, math.sqrt, math.radians
        phi, cos_phi, diameter = radians(lat), cos(radians(lat)), 2 * EARTH_RADIUS_KM
        found = set()
        for id_, latitude, longitude in self._rows(lat, lng, radius_km):
            # spots.cells.distance_km, written out: a call a candidate would double the cost of the search.
            phi2 = radians(latitude)
            half = sin((phi2 - phi) / 2) ** 2 + cos_phi * cos(phi2) * sin(radians(longitude - lng) / 2) ** 2
            distance = diameter * asin(min(1.0, sqrt(half)))
            if distance <= radius_km:
                found.add(Ranked(distance, id_))
        return found

    def _rows(self, lat: float, lng: float, radius_km: float) -> Iterable[tuple[Any, float, float]]:
        parameters: list[Any] = []
        branches = 0
        for box in circle_boxes(lat, lng, radius_km):
            for span in ranges([box], RANGES):
                branch = self._parameters.copy()
                branch[self._first], branch[self._last] = span
                parameters += [*branch, box.south, box.north, box.west, box.east]
                branches += 1
        with connections[self._alias].cursor() as cursor:
            cursor.execute(" UNION ALL ".join([self._branch] * branches), parameters)
            rows: list[tuple[Any, float, float]] = cursor.fetchall()
        return rows


def as_uuid(value: Any) -> uuid.UUID:
    """The id as Django has it: SQLite gives 32 hexadecimal digits, PostgreSQL a UUID."""
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
