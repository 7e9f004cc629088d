"""`spots/clusters/`: every spot of the list is in exactly one mark."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from spots.models import Category, Spot

MakeSpot = Callable[..., Spot]
JAPAN = "122,20,154,46"


def scatter(count: int) -> None:
    """That many spots all over Japan."""
    random, park, now = Random(7), Category.objects.get(slug="park"), timezone.now()
    Spot.objects.bulk_create(
        Spot(
            name=f"{number}",
            category=park,
            latitude=random.uniform(30, 44),
            longitude=random.uniform(129, 145),
            published_at=now,
        )
        for number in range(count)
    )


def marks(client: Client, **query: Any) -> list[dict[str, Any]]:
    """The features of an answer."""
    answer = client.get("/api/v1/spots/clusters/", query)
    assert answer.status_code == 200, answer.content
    assert answer.json()["type"] == "FeatureCollection"
    features: list[dict[str, Any]] = answer.json()["features"]
    return features


def total(features: list[dict[str, Any]]) -> int:
    """The spots in all marks."""
    return sum(feature["properties"].get("count", 1) for feature in features)


@pytest.mark.parametrize("zoom", [0, 5, 9, 22])
def test_every_spot_is_in_one_mark_and_marks_are_few(client: Client, db: None, zoom: int) -> None:
    scatter(1500)
    features = marks(client, bbox=JAPAN, zoom=zoom)
    assert total(features) == 1500
    assert len(features) <= 400


def test_close_ones_are_counted_with_a_box_and_lone_ones_named(client: Client, make_spot: MakeSpot) -> None:
    make_spot(latitude=36.0600)
    make_spot(latitude=36.0602)
    lone = make_spot("離れた宿", category="stay", latitude=36.3, longitude=136.4)
    cluster, single = sorted(marks(client, bbox=JAPAN, zoom=12), key=lambda one: one["properties"].get("count", 1))[
        ::-1
    ]
    assert cluster["properties"] == {"count": 2}
    assert cluster["geometry"]["coordinates"] == pytest.approx([136.2196, 36.0601])
    assert cluster["bbox"] == [136.2196, 36.06, 136.2196, 36.0602]
    assert single["id"] == str(lone.pk)
    assert single["geometry"]["coordinates"] == [136.4, 36.3]
    facts = {"id": str(lone.pk), "name": "離れた宿", "category": "stay", "icon": lone.category.icon}
    assert single["properties"] == facts | {"url": f"http://127.0.0.1:8000/spots/{lone.pk}/"}


@pytest.mark.parametrize(
    "query",
    [{"category": "cafe"}, {"tag": "桜"}, {"q": "喫茶"}, {"near": "36.3,136.4", "radius_km": 5}, {"status": "paused"}],
)
def test_the_map_shows_the_set_of_the_list(client: Client, make_spot: MakeSpot, query: dict[str, Any]) -> None:
    make_spot("公園")
    wanted = make_spot("喫茶", category="cafe", tags=["桜"], latitude=36.3, longitude=136.4, status="paused")
    listed = client.get("/api/v1/spots/", query).json()["results"]
    assert [spot["id"] for spot in listed] == [str(wanted.pk)]
    assert [one.get("id") for one in marks(client, bbox=JAPAN, zoom=9, **query)] == [str(wanted.pk)]


def test_a_box_across_the_antimeridian_holds_both_sides(client: Client, make_spot: MakeSpot) -> None:
    make_spot("西", latitude=-17.0, longitude=179.5, municipality_code="")
    make_spot("東", latitude=-17.0, longitude=-179.5, municipality_code="")
    make_spot("遠い")
    assert len(marks(client, bbox="179,-20,-179,-10", zoom=10)) == 2


def test_only_public_spots_are_counted(client: Client, make_spot: MakeSpot) -> None:
    make_spot(state="hidden")
    make_spot(state="draft")
    assert marks(client, bbox=JAPAN, zoom=5) == []


def test_as_json_for_those_who_ask(client: Client, db: None) -> None:
    url = f"/api/v1/spots/clusters/?bbox={JAPAN}&zoom=5"
    assert client.get(url)["Content-Type"] == "application/geo+json"
    assert client.get(url, headers={"accept": "application/json"})["Content-Type"] == "application/json"


def test_three_queries_at_most(client: Client, make_spot: MakeSpot, django_assert_num_queries: Any) -> None:
    for number in range(6):
        make_spot(latitude=36.0 + number)
    with django_assert_num_queries(3):
        marks(client, bbox=JAPAN, zoom=9)


@pytest.mark.parametrize(
    "query",
    [
        "zoom=5",
        f"bbox={JAPAN}",
        f"bbox={JAPAN}&zoom=23",
        f"bbox={JAPAN}&zoom=-1",
        f"bbox={JAPAN}&zoom=x",
        "bbox=1,2,3&zoom=5",
        "bbox=0,10,1,5&zoom=5",
        "bbox=nan,10,1,15&zoom=5",
        f"bbox={JAPAN}&zoom=5&page=2",
    ],
)
def test_a_question_that_makes_no_sense_is_refused(client: Client, db: None, query: str) -> None:
    assert client.get(f"/api/v1/spots/clusters/?{query}").status_code == 400
