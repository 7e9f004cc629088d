"""The nearest spots, held against every distance computed; on whichever database the suite runs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spots.cells import distance_km
from spots.models import Category, Spot, SpotQuerySet, Tag
from tests.spots import geo

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
radii = st.one_of(st.floats(0, 60), st.floats(0, 25_000), st.just(0.0), st.just(30_000.0))
limits = st.sampled_from([1, 2, 20, 100, 1000])


@pytest.fixture
def scattered(db: None) -> list[Spot]:
    """Some hundred spots; read only."""
    return geo.scatter(geo.MANY)


def answer(spots: SpotQuerySet, lat: float, lng: float, radius_km: float, limit: int) -> list[tuple[float | None, Any]]:
    return [(spot.distance_km, spot.pk) for spot in spots.nearest(lat, lng, radius_km, limit)]


@quick
@given(geo.points, radii, limits)
@example((90.0, 0.0), 50.0, 20)
@example((0.0, 180.0), 50.0, 20)
@example(geo.FUKUI, 20_015.2, 1000)
def test_nearest_is_what_brute_force_says(
    scattered: list[Spot], at: tuple[float, float], radius_km: float, limit: int
) -> None:
    expected = geo.nearest_by_force(geo.places_of(scattered), *at, radius_km, limit)
    assert answer(Spot.objects.listed(), *at, radius_km, limit) == expected


@quick
@given(geo.points, radii, limits)
def test_a_category_filter_narrows_before_the_limit(
    scattered: list[Spot], at: tuple[float, float], radius_km: float, limit: int
) -> None:
    cafe = Category.objects.get(slug="cafe")
    wanted = geo.places_of(spot for spot in scattered if spot.category_id == cafe.pk)
    expected = geo.nearest_by_force(wanted, *at, radius_km, limit)
    assert answer(Spot.objects.listed().filter(category=cafe), *at, radius_km, limit) == expected


def test_a_tag_filter_narrows_before_the_limit_and_doubles_nothing(scattered: list[Spot]) -> None:
    tags = Tag.objects.for_names(["桜", "夜景"])
    tagged = scattered[::7]
    for spot in tagged:
        spot.tags.set(tags)
    expected = geo.nearest_by_force(geo.places_of(tagged), *geo.FUKUI, 30_000.0, 1000)
    assert answer(Spot.objects.listed().tagged("桜"), *geo.FUKUI, 30_000.0, 1000) == expected
    either = Spot.objects.listed().filter(tags__in=tags)
    assert answer(either, *geo.FUKUI, 30_000.0, 1000) == expected


@quick
@given(geo.points, st.integers(0, geo.MANY - 1))
def test_the_radius_is_inclusive(scattered: list[Spot], at: tuple[float, float], index: int) -> None:
    place = geo.places_of(scattered)[index]
    reach = distance_km(*at, place.latitude, place.longitude)
    assert place.id in {spot.pk for spot in Spot.objects.listed().nearest(*at, reach, 1000)}


@pytest.mark.django_db
def test_sixty_spots_at_one_distance_come_in_the_order_of_their_ids() -> None:
    spots = geo.store([geo.FUKUI] * 60)
    found = Spot.objects.listed().nearest(*geo.FUKUI, 1.0, 20)
    assert [spot.pk for spot in found] == sorted(spot.pk for spot in spots)[:20]
    assert {spot.distance_km for spot in found} == {0.0}


@pytest.mark.django_db
def test_a_radius_of_zero_finds_what_is_exactly_there() -> None:
    here, _beside = geo.store([geo.FUKUI, (geo.FUKUI[0] + 0.000001, geo.FUKUI[1])])
    assert [spot.pk for spot in Spot.objects.listed().nearest(*geo.FUKUI, 0.0, 20)] == [here.pk]


@pytest.mark.django_db
def test_both_names_of_the_antimeridian_are_one_place() -> None:
    geo.store([(10.0, 180.0), (10.0, -180.0)])
    for longitude in (180.0, -180.0):
        assert len(Spot.objects.listed().nearest(10.0, longitude, 0.001, 20)) == 2


@pytest.mark.django_db
def test_nothing_is_asked_where_nothing_can_be_found(django_assert_num_queries: Any) -> None:
    geo.store([geo.FUKUI])
    with django_assert_num_queries(0):
        assert Spot.objects.listed().nearest(*geo.FUKUI, 5.0, 0) == []
        assert Spot.objects.none().nearest(*geo.FUKUI, 5.0, 20) == []


@pytest.mark.django_db
def test_only_spots_of_the_queryset_are_found() -> None:
    shown, hidden = geo.store([geo.FUKUI, geo.FUKUI])
    Spot.objects.filter(pk=hidden.pk).update(state="hidden")
    assert [spot.pk for spot in Spot.objects.listed().nearest(*geo.FUKUI, 5.0, 20)] == [shown.pk]


def test_a_search_probes_and_grows_in_few_steps(scattered: list[Spot], django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(6) as queries:
        assert isinstance(queries, CaptureQueriesContext)
        Spot.objects.listed().nearest(-45.0, -120.0, 50.0, 20)


@pytest.mark.django_db
def test_a_condition_on_the_listed_spots_is_never_answered_from_all_of_them() -> None:
    listed = Spot.objects.listed()
    assert listed.is_all_listed
    for narrower in (
        listed.filter(status="open"),
        listed.all(),
        Spot.objects.filter(status="open").listed(),
        listed[:3],
    ):
        assert not narrower.is_all_listed
    assert not Spot.objects.visible_to(None).is_all_listed
