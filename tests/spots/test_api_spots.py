"""Reading spots: the list and its filters, one spot, its versions, GeoJSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Spot

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]

KEYS = [
    *("id", "name", "reading", "name_en", "description", "latitude", "longitude", "category", "tags", "address"),
    *("municipality_code", "opening_hours", "phone", "website", "status", "state", "hidden_gem_score", "created_by"),
    *("source", "licence", "credit", "photos", "comment_count", "save_count", "version"),
    *("created_at", "updated_at", "url"),
]


def names(client: Client, **query: Any) -> list[str]:
    """The names of one page of the list, in order."""
    answer = client.get(f"/api/v1/spots/?{urlencode(query)}")
    assert answer.status_code == 200, answer.content
    return [spot["name"] for spot in answer.json()["results"]]


def test_a_spot_has_the_promised_members_and_no_others(client: Client, make_spot: MakeSpot, hana: User) -> None:
    spot = make_spot(
        name="柴田神社",
        created_by=hana,
        tags=["桜", "城"],
        category="shrine-temple",
        credit="福井市",
        licence="CC BY 4.0",
    )
    answer = client.get(f"/api/v1/spots/{spot.pk}/")
    told = answer.json()
    assert list(told) == KEYS
    assert told["id"] == str(spot.pk)
    assert told["category"] == {"slug": "shrine-temple", "name": "神社・お寺"}
    assert sorted(told["tags"]) == ["城", "桜"]
    assert told["created_by"] == {"username": "hana", "display_name": "花", "avatar_url": None}
    assert (told["photos"], told["version"], told["credit"]) == ([], 1, "福井市")
    assert told["url"] == f"http://127.0.0.1:8000/spots/{spot.pk}/"
    assert told["created_at"].endswith("Z")
    assert datetime.fromisoformat(told["created_at"]) == spot.created_at


def test_who_left_or_was_closed_is_not_named(client: Client, make_spot: MakeSpot, hana: User) -> None:
    spot = make_spot(created_by=hana)
    User.objects.filter(pk=hana.pk).update(is_active=False)
    assert client.get(f"/api/v1/spots/{spot.pk}/").json()["created_by"] is None
    hana.delete()
    assert client.get(f"/api/v1/spots/{spot.pk}/").json()["created_by"] is None


def test_the_list_is_newest_first_and_filters(client: Client, make_spot: MakeSpot, hana: User) -> None:
    now = timezone.now()
    make_spot("古い公園", published_at=now - timedelta(days=2), tags=["水辺"])
    make_spot("寺", published_at=now - timedelta(days=1), category="shrine-temple", created_by=hana, status="paused")
    make_spot(
        "那覇の店", published_at=now, category="shop", latitude=26.21, longitude=127.68, municipality_code="472018"
    )
    assert names(client) == ["那覇の店", "寺", "古い公園"]
    assert names(client, category="shrine-temple") == ["寺"]
    assert names(client, tag="水辺") == ["古い公園"]
    assert names(client, bbox="136,36,137,37") == ["寺", "古い公園"]
    assert names(client, municipality="470007") == ["那覇の店"]
    assert names(client, created_by="ＨＡＮＡ") == ["寺"]
    assert names(client, status="paused") == ["寺"]
    assert names(client, q="那覇") == ["那覇の店"]
    assert names(client, page_size=1) == ["那覇の店"]


def test_updated_since_takes_the_times_we_tell(client: Client, make_spot: MakeSpot) -> None:
    old, new = make_spot("前"), make_spot("後")
    Spot.objects.filter(pk=old.pk).update(updated_at=timezone.now() - timedelta(hours=1))
    told = client.get(f"/api/v1/spots/{new.pk}/").json()["updated_at"]
    assert names(client, updated_since=told) == ["後"]
    assert len(names(client, updated_since="2020-01-01")) == 2
    assert names(client, updated_since="2999-01-01T00:00:00+09:00") == []


def test_orders_by_saves_and_hidden_gems(client: Client, make_spot: MakeSpot) -> None:
    make_spot("零", hidden_gem_score=0, save_count=5)
    make_spot("九十", hidden_gem_score=90, save_count=1)
    make_spot("なし", save_count=3)
    assert names(client, sort="gem") == ["九十", "零"]
    assert names(client, sort="saved") == ["零", "なし", "九十"]


def test_near_orders_by_distance_and_tells_it(client: Client, make_spot: MakeSpot) -> None:
    make_spot("遠い", latitude=36.30)
    make_spot("近い", latitude=36.07)
    make_spot("外", latitude=37.5)
    answer = client.get("/api/v1/spots/?near=36.06,136.22&radius_km=40").json()
    assert [spot["name"] for spot in answer["results"]] == ["近い", "遠い"]
    assert 1.0 < answer["results"][0]["distance_km"] < 1.3


@pytest.mark.parametrize("state", ["draft", "pending", "hidden", "deleted"])
def test_what_is_not_public_is_not_there(
    client: Client, make_spot: MakeSpot, sign_in: SignIn, hana: User, ren: User, state: str
) -> None:
    spot = make_spot(created_by=hana, state=state, deleted_at=timezone.now() if state == "deleted" else None)
    missing = client.get("/api/v1/spots/00000000-0000-4000-8000-000000000000/")
    for visitor in (client, sign_in(ren)):
        answer = visitor.get(f"/api/v1/spots/{spot.pk}/")
        assert answer.status_code == 404
        assert answer.json() | {"request_id": ""} == missing.json() | {"request_id": ""}
        assert names(visitor) == names(visitor, created_by="hana") == []


def test_an_author_lists_their_own_and_nobody_may_keep_it(
    make_spot: MakeSpot, sign_in: SignIn, hana: User, mori: User
) -> None:
    make_spot("公開", created_by=hana)
    for state in ("draft", "pending", "hidden"):
        spot = make_spot(state, created_by=hana, state=state)
    make_spot("消した", created_by=hana, state="deleted", deleted_at=timezone.now())
    author = sign_in(hana)
    assert names(author, created_by="hana") == ["hidden", "pending", "draft", "公開"]
    assert names(author, created_by="hana", q="pend") == ["pending"]
    assert names(author) == names(sign_in(mori), created_by="hana") == ["公開"]
    answer = author.get(f"/api/v1/spots/{spot.pk}/")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")


def test_pages_of_ones_own_go_on_past_drafts(make_spot: MakeSpot, sign_in: SignIn, hana: User) -> None:
    for number in range(5):
        make_spot(f"{number}", created_by=hana, state="draft" if number % 2 else "published")
    client, url, seen = sign_in(hana), "/api/v1/spots/?created_by=hana&page_size=2", []
    while url:
        page = client.get(url).json()
        seen += [spot["name"] for spot in page["results"]]
        url = page["next"]
    assert seen == ["4", "3", "2", "1", "0"]


def test_a_public_answer_reads_no_session(client: Client, make_spot: MakeSpot) -> None:
    spot = make_spot()
    answer = client.get(f"/api/v1/spots/{spot.pk}/")
    assert answer["Cache-Control"] == "public, no-cache"
    assert not answer.cookies


def test_the_version_begins_the_etag_and_saves_the_body(client: Client, make_spot: MakeSpot) -> None:
    spot = make_spot()
    tag = client.get(f"/api/v1/spots/{spot.pk}/")["ETag"]
    assert tag.startswith('"1-')
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(f"/api/v1/spots/{spot.pk}/", headers={"if-none-match": known})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    spot.edit({"name": "新しい名前"})
    changed = client.get(f"/api/v1/spots/{spot.pk}/", headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert changed["ETag"].startswith('"2-')


def test_a_hidden_spot_answers_404_not_304(client: Client, make_spot: MakeSpot, mori: User) -> None:
    spot = make_spot()
    tag = client.get(f"/api/v1/spots/{spot.pk}/")["ETag"]
    spot.hide(mori, "確認中")
    assert client.get(f"/api/v1/spots/{spot.pk}/", headers={"if-none-match": tag}).status_code == 404


@pytest.mark.parametrize(
    "ask", [{"headers": {"accept": "application/geo+json"}}, {"query_params": {"format": "geojson"}}]
)
def test_geojson_by_header_or_parameter(client: Client, make_spot: MakeSpot, ask: dict[str, Any]) -> None:
    spot = make_spot(credit="福井市", licence="CC BY 4.0")
    page = client.get("/api/v1/spots/", **ask)
    assert page["Content-Type"] == "application/geo+json"
    assert (page.json()["type"], page.json()["next"]) == ("FeatureCollection", None)
    one = client.get(f"/api/v1/spots/{spot.pk}/", **ask).json()
    assert page.json()["features"] == [one]
    assert one["geometry"] == {"type": "Point", "coordinates": [136.2196, 36.0621]}
    assert one["id"] == one["properties"]["id"] == str(spot.pk)
    assert (one["properties"]["credit"], one["properties"]["licence"]) == ("福井市", "CC BY 4.0")


def test_head_and_options_are_plain(client: Client, make_spot: MakeSpot) -> None:
    spot = make_spot()
    head = client.head(f"/api/v1/spots/{spot.pk}/")
    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == client.get(f"/api/v1/spots/{spot.pk}/")["ETag"]
    options = client.options("/api/v1/spots/")
    assert (options.status_code, options.content, options["Allow"]) == (204, b"", "GET, POST, HEAD, OPTIONS")
    assert "Access-Control-Allow-Origin" not in client.get("/api/v1/spots/", headers={"origin": "https://x.example"})


def test_a_page_costs_three_queries_whatever_its_size(
    client: Client, make_spot: MakeSpot, hana: User, django_assert_num_queries: Any
) -> None:
    for number in range(12):
        spot = make_spot(f"{number}", created_by=hana, tags=["桜", f"t{number}"])
    with django_assert_num_queries(3):
        client.get("/api/v1/spots/")
    with django_assert_num_queries(3):
        client.get(f"/api/v1/spots/{spot.pk}/")
    with django_assert_num_queries(4):
        client.get("/api/v1/spots/nearby/?lat=36.062&lng=136.22&limit=5")
