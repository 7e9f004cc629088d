"""`spots/nearby/`: exact distances, ties by id, and questions that make no sense."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from spots.cells import distance_km
from spots.models import Spot

MakeSpot = Callable[..., Spot]


def test_ascending_by_exact_distance_with_ties_by_id(client: Client, make_spot: MakeSpot) -> None:
    for number in range(30):
        make_spot(f"{number}", latitude=36.06 + number // 2 * 0.001)
    told = client.get("/api/v1/spots/nearby/?lat=36.06&lng=136.22&limit=25").json()
    assert (told["next"], told["previous"], len(told["results"])) == (None, None, 25)
    keys = [(spot["distance_km"], spot["id"]) for spot in told["results"]]
    assert keys == sorted(keys)
    for spot in told["results"]:
        exact = distance_km(36.06, 136.22, spot["latitude"], spot["longitude"])
        assert spot["distance_km"] == pytest.approx(exact, abs=1e-9)


def test_radius_limit_and_category_narrow(client: Client, make_spot: MakeSpot) -> None:
    make_spot("すぐ", latitude=36.061)
    make_spot("喫茶", latitude=36.07, category="cafe")
    make_spot("遠い", latitude=36.2)

    def found(query: str) -> list[str]:
        answer = client.get(f"/api/v1/spots/nearby/?lat=36.06&lng=136.2196&{query}").json()
        return [spot["name"] for spot in answer["results"]]

    assert found("") == ["すぐ", "喫茶"]
    assert found("radius_km=50") == ["すぐ", "喫茶", "遠い"]
    assert found("radius_km=0.5") == ["すぐ"]
    assert found("radius_km=0") == []
    assert found("limit=1") == ["すぐ"]
    assert found("category=cafe") == ["喫茶"]


def test_only_public_spots_are_near(client: Client, make_spot: MakeSpot, hana: User) -> None:
    client.force_login(hana)
    make_spot("下書き", created_by=hana, state="draft")
    assert client.get("/api/v1/spots/nearby/?lat=36.06&lng=136.22").json()["results"] == []


def test_geojson_carries_the_distance(client: Client, make_spot: MakeSpot) -> None:
    make_spot()
    told = client.get("/api/v1/spots/nearby/?lat=36.06&lng=136.22&format=geojson").json()
    assert told["features"][0]["properties"]["distance_km"] > 0


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("", "lat", "required"),
        ("lat=36", "lng", "required"),
        ("lat=nan&lng=136", "lat", "range"),
        ("lat=36&lng=inf", "lng", "range"),
        ("lat=90.1&lng=0", "lat", "range"),
        ("lat=0&lng=-180.1", "lng", "range"),
        ("lat=36&lng=136&radius_km=50.01", "radius_km", "range"),
        ("lat=36&lng=136&radius_km=-1", "radius_km", "range"),
        ("lat=36&lng=136&radius_km=1e999", "radius_km", "range"),
        ("lat=36&lng=136&limit=0", "limit", "min_value"),
        ("lat=36&lng=136&limit=101", "limit", "max_value"),
        ("lat=36&lng=136&limit=2.5", "limit", "invalid"),
        (f"lat=36&lng=136&limit={'9' * 5000}", "limit", "invalid"),
        ("lat=36&lng=136&category=moon", "category", "unknown"),
        ("lat=36&lng=136&radius=5", "radius", "unknown"),
        ("lat=36&lat=37&lng=136", "lat", "repeated"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(client: Client, db: None, query: str, field: str, code: str) -> None:
    answer = client.get(f"/api/v1/spots/nearby/?{query}")
    assert answer.status_code == 400
    assert (field, code) in [(fault["field"], fault["code"]) for fault in answer.json()["errors"]]
