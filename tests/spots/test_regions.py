"""Boxes and regions of the map, held against every spot looked at."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spots.cells import BITS, Box, cell
from spots.models import Spot
from tests.spots import geo

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

wide = st.tuples(geo.longitudes, geo.latitudes, geo.longitudes, geo.latitudes).map(
    lambda ends: Box(ends[0], min(ends[1], ends[3]), ends[2], max(ends[1], ends[3]))
)
# Six decimals, as positions have: a field rounds what it is compared with.
narrow = st.tuples(geo.points, st.floats(0, 3), st.floats(0, 3)).map(
    lambda given: Box(
        _around(given[0][1] - given[1]),
        round(max(given[0][0] - given[2], -90.0), 6),
        _around(given[0][1] + given[1]),
        round(min(given[0][0] + given[2], 90.0), 6),
    )
)


def _around(longitude: float) -> float:
    return round((longitude + 180.0) % 360.0 - 180.0, 6)


@pytest.fixture
def scattered(db: None) -> list[Spot]:
    """Some hundred spots; read only."""
    return geo.scatter(geo.MANY)


@quick
@given(st.one_of(wide, narrow))
@example(Box(-180.0, -90.0, 180.0, 90.0))
@example(Box(179.0, -90.0, -179.0, 90.0))
@example(Box(179.0, -1.0, -179.0, 1.0))
@example(Box(180.0, 0.0, -180.0, 0.0))
@example(Box(-180.0, 89.0, 180.0, 90.0))
@example(Box(geo.FUKUI[1], geo.FUKUI[0], geo.FUKUI[1], geo.FUKUI[0]))
def test_a_box_holds_what_lies_in_it_borders_included(scattered: list[Spot], box: Box) -> None:
    expected = {place.id for place in geo.places_of(scattered) if geo.inside(box, place)}
    found = list(Spot.objects.in_box(box).values_list("id", flat=True))
    assert len(found) == len(set(found))
    assert set(found) == expected


@quick
@given(st.integers(0, geo.MANY - 1))
def test_a_box_drawn_through_a_spot_holds_it(scattered: list[Spot], index: int) -> None:
    place = geo.places_of(scattered)[index]
    corner = Box(place.longitude, place.latitude, _east_of(place.longitude), min(place.latitude + 1.0, 90.0))
    assert Spot.objects.in_box(corner).filter(pk=place.id).exists()


def _east_of(longitude: float) -> float:
    return longitude + 1.0 if longitude <= 179.0 else longitude - 359.0


@quick
@given(st.integers(0, geo.MANY - 1), st.integers(0, BITS))
def test_a_region_holds_the_spots_of_its_cells(scattered: list[Spot], index: int, level: int) -> None:
    shift = 2 * (BITS - level)
    places = geo.places_of(scattered)
    prefix = cell(places[index].latitude, places[index].longitude) >> shift
    expected = {place.id for place in places if cell(place.latitude, place.longitude) >> shift == prefix}
    assert set(Spot.objects.in_region(prefix, level).values_list("id", flat=True)) == expected


@pytest.mark.django_db
def test_an_area_is_a_municipality_a_city_with_its_wards_or_a_prefecture() -> None:
    spots = geo.store([geo.FUKUI] * 4)
    for spot, code in zip(spots, ["182010", "011002", "011011", ""], strict=True):
        Spot.objects.filter(pk=spot.pk).update(municipality_code=code)
    fukui_city, sapporo, sapporo_ward, _nowhere = (spot.pk for spot in spots)

    def within(code: str) -> set[object]:
        return set(Spot.objects.in_area(code).values_list("id", flat=True))

    assert within("182010") == within("180009") == {fukui_city}
    assert within("011002") == within("010006") == {sapporo, sapporo_ward}
    assert within("011011") == {sapporo_ward}
    assert within("999999") == set()


@pytest.mark.django_db
@pytest.mark.parametrize("crowd", [3, 2000])
def test_a_page_of_a_box_is_the_same_crowded_or_not(monkeypatch: pytest.MonkeyPatch, crowd: int) -> None:
    monkeypatch.setattr("spots.models.spot_query.CROWD", crowd)
    spots = geo.scatter(geo.MANY)
    lat, lng = geo.FUKUI
    box = Box(lng - 0.5, lat - 0.5, lng + 0.5, lat + 0.5)
    expected = {s.pk for s in spots if box.west <= s.longitude <= box.east and box.south <= s.latitude <= box.north}
    assert len(expected) > 3
    assert set(Spot.objects.in_box(box, for_a_page=True).values_list("pk", flat=True)) == expected
