"""The cell of a point, in Python and in the database: one number, whatever wrote the position."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable
from itertools import pairwise

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spots.cells import BITS, Box, axis, cell, circle_boxes, distance_km, prefix_range, ranges, split_box, spread
from spots.models import Spot
from tests.spots import geo

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.django_db
def test_the_database_computes_the_same_cell_as_python() -> None:
    corners = [(-0.0, -180.0), (45.0, -0.0), (-90.0, -180.0), (90.0, 180.0), (-90.0, 180.0)]
    spots = geo.scatter(600) + geo.store(corners, seed=8)
    stored = dict(Spot.objects.values_list("id", "cell"))
    assert {place.id: cell(place.latitude, place.longitude) for place in geo.places_of(spots)} == stored


@pytest.mark.django_db
@pytest.mark.parametrize("write", ["update", "bulk_update", "raw SQL", "save"])
def test_no_way_of_writing_the_position_leaves_a_stale_cell(make_spot: Callable[..., Spot], write: str) -> None:
    spot = make_spot()
    spot.latitude, spot.longitude = 35.0, 135.0
    if write == "update":
        Spot.objects.filter(pk=spot.pk).update(latitude=35.0, longitude=135.0)
    elif write == "bulk_update":
        Spot.objects.bulk_update([spot], ["latitude", "longitude"])
    elif write == "save":
        spot.save(update_fields=["latitude", "longitude"])
    else:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE spots_spot SET latitude = 35.0, longitude = 135.0")
    assert Spot.objects.get().cell == cell(35.0, 135.0)
    assert [found.pk for found in Spot.objects.all().nearest(35.0, 135.0, 0.0, 5)] == [spot.pk]


def test_cells_fit_a_signed_64_bit_column_and_begin_at_zero() -> None:
    assert cell(-90.0, -180.0) == 0
    assert cell(90.0, 180.0) == (1 << 2 * BITS) - 1
    assert cell(-0.0, -0.0) == cell(0.0, 0.0)


@given(st.integers(0, (1 << BITS) - 1))
def test_spreading_puts_a_zero_between_the_bits(number: int) -> None:
    assert spread(number) == int(format(number, "b"), 4)


@given(geo.longitudes, geo.longitudes)
def test_an_axis_never_turns_round(one: float, other: float) -> None:
    assert (axis(min(one, other), 180.0)) <= axis(max(one, other), 180.0)


boxes = st.tuples(geo.longitudes, geo.latitudes, geo.longitudes, geo.latitudes).map(
    lambda ends: Box(ends[0], min(ends[1], ends[3]), ends[2], max(ends[1], ends[3]))
)


@quick
@given(boxes, geo.points)
@example(Box(180.0, -1.0, -180.0, 1.0), (0.0, 180.0))
def test_the_ranges_of_a_box_hold_the_cell_of_every_point_in_it(box: Box, point: tuple[float, float]) -> None:
    spans = ranges(split_box(box))
    assert len(spans) <= 4
    assert all(one.last + 1 < next_.first for one, next_ in pairwise(spans))
    if geo.inside(box, geo.Place(uuid.UUID(int=0), *point)):
        assert any(span.first <= cell(*point) <= span.last for span in spans)


@quick
@given(geo.points, st.floats(0, 25_000), geo.points)
@example((90.0, 0.0), 0.0, (90.0, 120.0))
@example((0.0, 180.0), 0.0, (0.0, -180.0))
@example(geo.FUKUI, math.pi * 6371.0088, (-36.0621, -43.7804))
def test_the_boxes_of_a_circle_hold_every_point_within_it(
    centre: tuple[float, float], radius_km: float, point: tuple[float, float]
) -> None:
    reach = max(radius_km, 0.0)
    place = geo.Place(uuid.UUID(int=0), *point)
    if distance_km(*centre, *point) <= reach:
        assert any(geo.inside(box, place) for box in circle_boxes(*centre, reach))


@quick
@given(geo.points, geo.points)
def test_a_circle_that_just_reaches_a_point_holds_it(centre: tuple[float, float], point: tuple[float, float]) -> None:
    place = geo.Place(uuid.UUID(int=0), *point)
    assert any(geo.inside(box, place) for box in circle_boxes(*centre, distance_km(*centre, *point)))


@given(geo.points, st.integers(0, BITS))
def test_a_region_holds_its_cells_and_no_others(point: tuple[float, float], level: int) -> None:
    prefix = cell(*point) >> 2 * (BITS - level)
    region = prefix_range(prefix, level)
    assert region.first <= cell(*point) <= region.last
    assert (region.first - 1) >> 2 * (BITS - level) != prefix
    assert (region.last + 1) >> 2 * (BITS - level) != prefix
