"""Cursors: every row once, whatever arrives meanwhile, forwards and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from spots.models import Category, Spot

MakeSpot = Callable[..., Spot]


def bulk(count: int, **fields: Any) -> list[Spot]:
    """That many published spots in one statement, all with the same times."""
    now = timezone.now()
    park = Category.objects.get(slug="park")
    values = {"latitude": 36.06, "longitude": 136.22, "published_at": now, "created_at": now, "updated_at": now}
    rows = [Spot(name=f"{number:04}", category=park, **(values | fields)) for number in range(count)]
    return Spot.objects.bulk_create(rows)


def walk(client: Client, url: str | None, direction: str = "next") -> list[str]:
    """The ids of all pages from `url` on, in the order of the list."""
    seen: list[str] = []
    while url:
        page = client.get(url).json()
        ids = [spot["id"] for spot in page["results"]]
        seen = seen + ids if direction == "next" else ids + seen
        url = page[direction]
    return seen


@pytest.mark.parametrize("sort", ["sort=new", "sort=gem", "sort=saved", "near=36.0,136.2"])
def test_equal_rows_appear_once_each_forwards_and_back(client: Client, db: None, sort: str) -> None:
    ids = {str(spot.pk) for spot in bulk(250, hidden_gem_score=50, save_count=3)}
    url = f"/api/v1/spots/?{sort}&page_size=40"
    forwards = walk(client, url)
    assert len(forwards) == 250
    assert set(forwards) == ids
    last = url
    while following := client.get(last).json()["next"]:
        last = following
    assert walk(client, last, "previous") == forwards


@pytest.mark.parametrize(("sort", "ahead", "behind"), [
    ("sort=new", {"published_at": timedelta(days=1)}, {"published_at": timedelta(days=-1)}),
    ("near=36.0,136.22", {"latitude": 36.01}, {"latitude": 36.2}),
])  # fmt: skip
def test_rows_that_arrive_meanwhile_neither_repeat_nor_hide_others(
    client: Client, make_spot: MakeSpot, sort: str, ahead: dict[str, Any], behind: dict[str, Any]
) -> None:
    def arrive(fields: dict[str, Any]) -> str:
        real = {k: timezone.now() + v if isinstance(v, timedelta) else v for k, v in fields.items()}
        return str(make_spot("新着", **real).pk)

    ids = {str(spot.pk) for spot in bulk(30)}
    url: str | None = f"/api/v1/spots/?{sort}&page_size=7"
    seen: list[str] = []
    late: set[str] = set()
    while url:
        page = client.get(url).json()
        seen += [spot["id"] for spot in page["results"]]
        url = page["next"]
        for _one in range(12):
            arrive(ahead)
        if len(seen) < 15:
            late.add(arrive(behind))
    assert len(seen) == len(set(seen))
    assert set(seen) == ids | late


def test_the_first_page_has_nothing_before_it_and_the_last_nothing_after(client: Client, db: None) -> None:
    bulk(3)
    first = client.get("/api/v1/spots/?page_size=2").json()
    assert first["previous"] is None
    second = client.get(first["next"]).json()
    assert second["next"] is None
    back = client.get(second["previous"]).json()
    assert back["results"] == first["results"]
    assert (back["previous"], back["next"] is None) == (None, False)


def test_a_near_list_ends_after_a_thousand(client: Client, db: None) -> None:
    bulk(1010)
    assert len(walk(client, "/api/v1/spots/?near=36.0,136.22&page_size=100")) == 1000


@pytest.mark.parametrize("cursor", ["x", "abc:def", "W10:x", "\ufffd", "%00", "あ"])
def test_a_made_up_cursor_is_refused(client: Client, db: None, cursor: str) -> None:
    answer = client.get("/api/v1/spots/", {"cursor": cursor})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "cursor"


def test_a_tampered_cursor_or_one_of_another_order_is_refused(client: Client, db: None) -> None:
    bulk(3, hidden_gem_score=1)
    link = client.get("/api/v1/spots/?page_size=2").json()["next"]
    tampered = link.replace("cursor=", "cursor=A")
    assert client.get(tampered).status_code == 400
    mixed = client.get(f"{link}&sort=gem")
    assert mixed.json()["errors"][0] | {"detail": ""} == {"field": "cursor", "code": "conflict", "detail": ""}
    assert client.get(f"{link}&near=36,136").status_code == 400


@pytest.mark.parametrize("sort", ["new", "gem", "saved"])
def test_the_comparison_is_answered_from_the_index_of_the_order(client: Client, db: None, sort: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("without statistics PostgreSQL scans a small table")
    bulk(5, hidden_gem_score=1)
    link = client.get(f"/api/v1/spots/?page_size=2&sort={sort}").json()["next"]
    with CaptureQueriesContext(connection) as queries:
        client.get(link)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
        plan = " ".join(row[3] for row in cursor.fetchall())
    assert "SEARCH spots_spot USING INDEX" in plan
    assert "<" in plan
    assert "TEMP B-TREE" not in plan
