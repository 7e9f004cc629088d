"""The page of one spot: its facts, its people, its thread, and what machines read of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Comment, SavedList, Spot
from tests.markup import Page, text_of

MakeSpot = Callable[..., Spot]

FULL = {
    "reading": "シバタジンジャ",
    "name_en": "Shibata Shrine",
    "description": "柴田勝家をまつる神社です。\nhttps://example.jp/ に写真があります。",
    "opening_hours": "9:00-17:00\n水曜休み",
    "phone": "0776-23-0849",
    "website": "https://www.example.jp/shrine",
    "status": "paused",
    "hidden_gem_score": 0,
}


def facts(page: Page) -> dict[str, str]:
    return dict(zip(page.texts("dt"), page.texts("dd"), strict=True))


def test_a_spot_shows_what_is_known_of_it(client: Client, make_spot: MakeSpot, hana: User) -> None:
    spot = make_spot("柴田神社", category="shrine-temple", created_by=hana, tags=["城"], **FULL)
    page = Page(client.get(spot.get_absolute_url()))
    assert page.texts("p", **{"class": "reading"}) == ["しばたじんじゃ"]
    told = facts(page)
    assert (told["電話"], told["サイト"], told["時間"]) == ("0776-23-0849", "www.example.jp", "9:00-17:00 水曜休み")
    assert (told["位置"], told["隠れ度"]) == ("36.062100, 136.219600", "00")
    assert page.texts("span", **{"class": "badge paused"}) == ["休止中"]
    assert "tel:0776230849" in list(page.addresses())
    assert {"/categories/shrine-temple/", "/areas/182010/", "/users/hana/"} <= set(page.links())


def test_what_is_not_known_leaves_no_empty_fact(client: Client, make_spot: MakeSpot) -> None:
    spot = make_spot("広場", municipality_code="", address="")
    page = Page(client.get(spot.get_absolute_url()))
    assert list(facts(page)) == ["位置", "更新"]
    assert "説明はまだありません。知っていることを書いてみませんか。" in page.text
    assert "退会した人" in page.text


@pytest.mark.parametrize("phone", ["0776-1・0776-2345-6789-1234", "内線 12", "110"])
def test_what_cannot_be_dialled_is_no_link(client: Client, make_spot: MakeSpot, phone: str) -> None:
    spot = make_spot()
    Spot.objects.update(phone=phone)
    page = Page(client.get(spot.get_absolute_url()))
    assert phone in page.text
    assert not [address for address in page.addresses() if address.startswith("tel:")]


def test_imported_spots_name_their_source(client: Client, make_spot: MakeSpot) -> None:
    spot = make_spot(source="福井市", external_id="1", credit="福井市オープンデータ", licence="CC BY 4.0")
    assert "福井市オープンデータ（CC BY 4.0）" in Page(client.get(spot.get_absolute_url())).text
    assert "福井市オープンデータ CC BY 4.0 1" in " ".join(Page(client.get("/credits/")).texts("td"))


def test_machines_read_the_same_facts(client: Client, make_spot: MakeSpot) -> None:
    spot = make_spot("柴田神社", **FULL)
    page = Page(client.get(spot.get_absolute_url()))
    url = f"http://127.0.0.1:8000{spot.get_absolute_url()}"
    told = json.loads(page.one("script", type="application/ld+json").text or "")
    assert (told["@id"], told["name"], told["telephone"]) == (url, "柴田神社", "0776-23-0849")
    assert told["geo"] == {"@type": "GeoCoordinates", "latitude": 36.0621, "longitude": 136.2196}
    assert told["address"]["addressLocality"] == "福井市"
    graph = {meta.get("property"): meta.get("content") for meta in page.all("meta") if meta.get("property")}
    assert (graph["og:url"], graph["og:title"]) == (url, "柴田神社")
    assert graph["og:description"] == page.one("meta", name="description").get("content")


def test_comments_stand_in_order_with_their_answers(client: Client, make_spot: MakeSpot, hana: User, ren: User) -> None:
    spot, now = make_spot(), timezone.now()
    first = Comment(spot=spot, author=hana, body="一番", created_at=now - timedelta(hours=3))
    second = Comment(spot=spot, author=ren, body="二番", created_at=now - timedelta(hours=1))
    answer = Comment(spot=spot, author=hana, body="答え", parent=first, created_at=now)
    for comment in (first, second, answer):
        comment.post()
    ren.delete()
    page = Page(client.get(spot.get_absolute_url()))
    tops = [text_of(item) for item in page.one("ul", **{"class": "thread"}) if item.tag == "li"]
    assert [("一番" in text, "答え" in text, "二番" in text) for text in tops] == [
        (True, True, False),
        (False, False, True),
    ]
    assert "退会した人" in tops[1]
    assert page.texts("h2", id="comments") == ["コメント 3"]


def test_places_within_a_walk_and_lists_that_hold_it_are_offered(
    client: Client, make_spot: MakeSpot, ren: User
) -> None:
    spot = make_spot("公園")
    make_spot("となり", latitude=36.0631)
    make_spot("遠く", latitude=36.09)
    for visibility in ("public", "link", "private"):
        SavedList.objects.create(owner=ren, title=f"{visibility}の旅", visibility=visibility).add(spot)
    page = Page(client.get(spot.get_absolute_url()))
    assert page.texts("h3") == ["となり"]
    assert "publicの旅" in page.text
    assert "linkの旅" not in page.text
    assert "privateの旅" not in page.text
