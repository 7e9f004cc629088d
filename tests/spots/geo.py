"""Points where arithmetic goes wrong, and the slow truth to hold the fast searches against."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable
from typing import NamedTuple

from hypothesis import strategies as st

from spots.cells import Box, distance_km
from spots.models import Category, Spot

EDGES = [
    (90.0, 0.0),
    (90.0, 120.0),
    (-90.0, 45.0),
    (89.999999, -180.0),
    (0.0, 180.0),
    (0.0, -180.0),
    (36.0, 179.9999),
    (36.0, -179.9999),
    (0.0, 90.0),
    (0.000001, 0.0),
    (-36.0621, -43.7804),  # the other end of the earth from Fukui
]
FUKUI = (36.0621, 136.2196)
MANY = len(EDGES) + 3 * 130
"""Enough for several steps of every search, few enough to count by force."""

latitudes = st.floats(-90, 90).map(lambda degrees: round(degrees, 6) + 0.0)
longitudes = st.floats(-180, 180).map(lambda degrees: round(degrees, 6) + 0.0)
points = st.one_of(
    st.tuples(latitudes, longitudes),
    st.sampled_from([*EDGES, FUKUI]),
    st.tuples(st.floats(36.0, 36.1), st.floats(136.1, 136.3)).map(lambda at: (round(at[0], 6), round(at[1], 6))),
)


class Place(NamedTuple):
    """What of a stored spot decides whether it is found."""

    id: uuid.UUID
    latitude: float
    longitude: float


def scatter(count: int, seed: int = 7) -> list[Spot]:
    """Stores `count` spots: a third in one town, a third along the antimeridian and at the poles, a third anywhere."""
    dice = random.Random(seed)
    places = list(EDGES)
    for _ in range((count - len(places)) // 3):
        places.append((dice.gauss(FUKUI[0], 0.02), dice.gauss(FUKUI[1], 0.03)))
        places.append((dice.choice([-89.99, 0.0, 60.0, 89.99]), (dice.gauss(180.0, 0.05) + 180.0) % 360.0 - 180.0))
        places.append((dice.uniform(-90.0, 90.0), dice.uniform(-180.0, 180.0)))
    return store(places, seed)


def store(places: Iterable[tuple[float, float]], seed: int = 7) -> list[Spot]:
    """Stores a published spot at each place, in two categories by turns, with ids that do not follow the order."""
    dice = random.Random(seed)
    categories = list(Category.objects.filter(slug__in=["park", "cafe"]).order_by("slug"))
    return Spot.objects.bulk_create(
        Spot(
            id=uuid.UUID(int=dice.getrandbits(128), version=4),
            name=f"地点{number}",
            latitude=latitude,
            longitude=longitude,
            category=categories[number % 2],
            state="published",
            published_at="2026-01-01T00:00:00Z",
        )
        for number, (latitude, longitude) in enumerate(places)
    )


def places_of(spots: Iterable[Spot]) -> list[Place]:
    """As they are stored: rounded to six decimals."""
    return [Place(spot.pk, round(spot.latitude, 6) + 0.0, round(spot.longitude, 6) + 0.0) for spot in spots]


def nearest_by_force(
    places: Iterable[Place], lat: float, lng: float, radius_km: float, limit: int
) -> list[tuple[float, uuid.UUID]]:
    """Every distance computed, sorted, cut."""
    ranked = sorted((distance_km(lat, lng, place.latitude, place.longitude), place.id) for place in places)
    return [(distance, id_) for distance, id_ in ranked if distance <= radius_km][:limit]


def inside(box: Box, place: Place) -> bool:
    """Whether the place lies in the box, borders included."""
    if not box.south <= place.latitude <= box.north:
        return False
    if box.west <= box.east:
        return box.west <= place.longitude <= box.east
    return place.longitude >= box.west or place.longitude <= box.east
