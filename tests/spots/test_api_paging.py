"""Cursors: every row once, whatever arrives meanwhile, forwards and back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from spots.models import Category, Comment, SavedList, Spot

MakeSpot = Callable[..., Spot]


def bulk(count: int, **fields: Any) -> list[Spot]:
    """That many published spots in one statement, all with the same times."""
    now = timezone.now()
    park = Category.objects.get(slug="park")
    values = {"latitude": 36.06, "longitude": 136.22, "published_at": now, "created_at": now, "updated_at": now}
    rows = [Spot(name=f"{number:04}", category=park, **(values | fields)) for number in range(count)]
    return Spot.objects.bulk_create(rows)


@pytest.fixture
def make_thread(hana: User) -> Callable[[Spot], None]:
    """Says two things of a spot."""

    def make(spot: Spot) -> None:
        for body in ("いい所", "とても"):
            Comment(spot=spot, author=hana, body=body).post()

    return make


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


def test_a_cursor_belongs_to_one_list_with_one_set_of_filters(
    client: Client, make_spot: MakeSpot, hana: User, make_thread: Callable[[Spot], None]
) -> None:
    one, other = make_spot("一", tags=["桜", "梅", "松"]), make_spot("二")
    for spot in (one, other):
        make_thread(spot)
    lists = [SavedList.objects.create(owner=hana, title=str(number), visibility="public") for number in range(2)]
    for saved in lists:
        saved.add(one)
        saved.add(other)
    paths = [
        *("spots/?", "spots/?category=park", "spots/?q=一&category=park", "spots/?near=36,136", "spots/?near=36,136.1"),
        *(f"spots/{spot.pk}/comments/?" for spot in (one, other)),
        *(f"lists/{saved.pk}/items/?" for saved in lists),
        *("lists/?", "lists/?owner=hana", "tags/?"),
    ]
    firsts = {path: client.get(f"/api/v1/{path}&page_size=1").json()["next"] for path in paths}
    cursors = {path: parse_qs(urlsplit(link).query)["cursor"][0] for path, link in firsts.items() if link}
    assert len(cursors) >= 10
    for path in paths:
        for origin, cursor in cursors.items():
            answer = client.get(f"/api/v1/{path}&cursor={cursor}")
            assert answer.status_code == (200 if path == origin else 400), (path, origin)
    for change in ("page_size=2", "page_size=2&format=geojson"):
        assert client.get(firsts["spots/?"].replace("page_size=1", change)).status_code == 200


@pytest.mark.parametrize("direction", ["next", "previous"])
def test_items_that_close_up_meanwhile_neither_repeat_nor_hide_others(
    client: Client, make_spot: MakeSpot, hana: User, direction: str
) -> None:
    saved = SavedList.objects.create(owner=hana, title="旅", visibility="public")
    for number in range(40):
        saved.add(make_spot(str(number)))
    saved.reorder([*saved.items.order_by("-position").values_list("pk", flat=True)])  # places and ids go opposite ways
    order = [str(id_) for id_ in saved.items.order_by("position").values_list("spot_id", flat=True)]
    url: str | None = f"/api/v1/lists/{saved.pk}/items/?page_size=4"
    if direction == "previous":
        while following := client.get(url or "").json()["next"]:
            url = following
        order.reverse()
    seen: list[str] = []
    taken: list[str] = []
    while url:
        page = client.get(url).json()
        ids = [item["spot_id"] for item in page["results"]]
        seen += ids if direction == "next" else ids[::-1]
        url = page[direction]
        # One that was read first, the last that was read, and one that is still to come.
        ahead = [id_ for id_ in order if id_ not in seen and id_ not in taken]
        for id_ in (next(id_ for id_ in seen if id_ not in taken), seen[-1], *ahead[2:3]):
            if saved.remove(uuid.UUID(id_)):
                taken.append(id_)
    stayed = [id_ for id_ in order if id_ not in taken]
    assert len(stayed) > 10
    assert [id_ for id_ in seen if id_ in stayed] == stayed
    assert len(seen) == len(set(seen))


def test_rows_that_go_or_change_meanwhile_hide_no_others(client: Client, make_spot: MakeSpot, hana: User) -> None:
    spots = {str(spot.pk): spot for spot in bulk(40)}
    url: str | None = "/api/v1/spots/?page_size=6"
    seen: list[str] = []
    gone: set[str] = set()
    while url:
        page = client.get(url).json()
        seen += [spot["id"] for spot in page["results"]]
        url = page["next"]
        edge, ahead = seen[-1], next((id_ for id_ in spots if id_ not in seen and id_ not in gone), None)
        for id_ in filter(None, (edge, ahead)):
            Spot.objects.get(pk=id_).delete_softly()
            gone.add(id_)
        for spot in Spot.objects.listed()[:10]:
            spot.edit({"name": f"{spot.name}あ"}, by=hana)
        make_spot("新着")
    assert len(seen) == len(set(seen))
    assert set(spots) - gone <= set(seen) <= set(spots)


@pytest.mark.parametrize(
    "size", ["0", "-1", "101", "", " ", "+5", "5.0", "1_0", "５", "1e1", "9" * 5_000, "nan", "true"]
)
@pytest.mark.parametrize("path", ["spots/?page_size=", "lists/?page_size=", "spots/nearby/?lat=36&lng=136&limit="])
def test_a_size_is_a_plain_number_in_its_range(client: Client, db: None, path: str, size: str) -> None:
    answer = client.get(f"/api/v1/{path}{quote(size)}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == path.rpartition("?")[2].rstrip("=").rpartition("&")[2]


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
