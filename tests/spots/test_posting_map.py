"""The place of a spot: a click on the map that needs no script, an address, a pasted pair; and the map's picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from spots.models import Spot
from tests.markup import Page, text_of
from tests.spots.test_pages_editing import typed_again
from tests.spots.typed import form

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]
NOWHERE = {"latitude": "", "longitude": ""}
VIEW = "36.062100,136.219600,15"


def sent(page: Page) -> dict[str, str]:
    return typed_again(page)


def test_a_click_sets_the_pin_and_keeps_what_was_typed(sign_in: SignIn, hana: User) -> None:
    typed = form(address="", description="朝が静か", **NOWHERE) | {"map_view": VIEW, "map.x": "144", "map.y": "144"}
    del typed["state"]
    page = Page(sign_in(hana).post("/spots/new/", typed))
    again = sent(page)
    assert (again["latitude"], again["longitude"]) == ("36.062100", "136.219600")
    kept = ("name", "category", "description", "form_token")
    assert [again[name] for name in kept] == [typed[name] for name in kept]
    assert page.all("div", role="alert") == []
    assert Spot.objects.count() == 0
    sign_in(hana).post("/spots/new/", again)
    assert (Spot.objects.get().latitude, Spot.objects.get().longitude) == (36.0621, 136.2196)


@pytest.mark.parametrize(
    ("x", "y", "north", "east"), [("0", "144", 0, -1), ("288", "144", 0, 1), ("144", "0", 1, 0), ("144", "288", -1, 0)]
)
def test_the_map_is_the_right_way_round(sign_in: SignIn, hana: User, x: str, y: str, north: int, east: int) -> None:
    typed = form(**NOWHERE) | {"map_view": VIEW, "map.x": x, "map.y": y}
    again = sent(Page(sign_in(hana).post("/spots/new/", typed)))
    latitude, longitude = float(again["latitude"]) - 36.0621, float(again["longitude"]) - 136.2196
    # 144 of 256 · 2^15 pixels are 0.00618 degrees of longitude, and as far in metres to the north.
    assert longitude == pytest.approx(east * 0.00618, abs=1e-5)
    assert latitude == pytest.approx(north * 0.00618 * 0.8084, abs=1e-5)


@pytest.mark.parametrize(
    "odd",
    [
        {"map.x": "x"},
        {"map.x": "99999999"},
        {"map.x": "-5"},
        {"map.y": ""},
        {"map_view": "1,2"},
        {"map_view": "nan,0,9"},
    ],
)
def test_an_odd_click_is_still_a_place(sign_in: SignIn, hana: User, odd: dict[str, str]) -> None:
    typed = form(**NOWHERE) | {"map_view": VIEW, "map.x": "1", "map.y": "1"} | odd
    answer = sign_in(hana).post("/spots/new/", typed)
    assert answer.status_code == 200
    assert abs(float(sent(Page(answer))["latitude"])) <= 85


def test_buttons_go_closer_farther_and_to_the_town_of_the_address(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)

    def view(button: str, **fields: str) -> list[float]:
        page = Page(author.post("/spots/new/", form(**NOWHERE | fields) | {"map_view": VIEW, "map_do": button}))
        assert page.all("div", role="alert") == []
        return [float(part) for part in sent(page)["map_view"].split(",")]

    assert view("closer")[2] == 16
    assert view("farther")[2] == 14
    assert view("address", address="鯖江市西山町13-1")[:2] == pytest.approx([35.956, 136.184], abs=0.01)
    assert view("address", address="ないまち") == [36.0621, 136.2196, 15]
    assert Spot.objects.count() == 0


def test_the_button_of_the_address_says_what_it_found(sign_in: SignIn, hana: User) -> None:
    for address, words in (("鯖江市西山町", "町を地図に出しました。"), ("中央1丁目", "町が見つかりませんでした。")):
        asked = form(address=address, **NOWHERE) | {"map_view": VIEW, "map_do": "address"}
        page = Page(sign_in(hana).post("/spots/new/", asked))
        assert words in page.text
        assert page.one("form", id="post").get("action") == "/spots/new/"


def test_editing_can_move_the_pin_too(sign_in: SignIn, hana: User, make_spot: MakeSpot) -> None:
    spot = make_spot(created_by=hana)
    typed = form(version="1", name="新しい名前") | {"map_view": VIEW, "map.x": "144", "map.y": "144"}
    again = sent(Page(sign_in(hana).post(f"{spot.get_absolute_url()}edit/", typed)))
    assert (again["name"], again["version"], again["latitude"]) == ("新しい名前", "1", "36.062100")
    assert Spot.objects.get().name == "中央公園"


def test_an_address_alone_puts_the_pin_at_its_town_hall_and_asks(sign_in: SignIn, hana: User) -> None:
    author = sign_in(hana)
    answer = author.post("/spots/new/", form(address="福井県鯖江市西山町13-1", **NOWHERE))
    page = Page(answer)
    assert (answer.status_code, Spot.objects.count()) == (400, 0)
    assert "福井県鯖江市の役所のあたりにピンを置きました" in text_of(page.one("div", role="alert"))
    author.post("/spots/new/", sent(page))
    assert Spot.objects.get().municipality_code == "182079"


def test_no_place_at_all_is_told_once(sign_in: SignIn, hana: User) -> None:
    page = Page(sign_in(hana).post("/spots/new/", form(address="どこか", **NOWHERE)))
    rows = [text_of(row) for row in page.one("div", role="alert").iter("li")]
    assert rows == ["場所：地図で場所を選ぶか、住所を市町村から入れてください。"]


@pytest.mark.parametrize("pair", ["36.0587, 136.2201", "３６．０５８７、１３６．２２０１", " 36.0587 136.2201 "])
def test_a_pasted_pair_fills_both_fields(sign_in: SignIn, hana: User, pair: str) -> None:
    sign_in(hana).post("/spots/new/", form(latitude=pair, longitude=""))
    assert (Spot.objects.get().latitude, Spot.objects.get().longitude) == (36.0587, 136.2201)


def test_the_form_opens_where_its_author_posted_last(
    sign_in: SignIn, hana: User, ren: User, make_spot: MakeSpot
) -> None:
    make_spot(created_by=hana)
    make_spot(created_by=ren, latitude=35.0, longitude=135.0)
    for person, expected in ((hana, "36.062100,136.219600,11"), (ren, "35.000000,135.000000,11")):
        assert sent(Page(sign_in(person).get("/spots/new/")))["map_view"] == expected


def test_for_who_posted_nothing_it_opens_at_the_town_of_most_new_spots(
    sign_in: SignIn, hana: User, make_spot: MakeSpot
) -> None:
    for number in range(3):
        make_spot(f"福井{number}")
    make_spot("首里城", latitude=26.217, longitude=127.719, municipality_code="472018", address="那覇市")
    assert sent(Page(sign_in(hana).get("/spots/new/")))["map_view"].startswith("36.0")


def test_the_first_spot_of_all_begins_with_japan(sign_in: SignIn, hana: User) -> None:
    page = Page(sign_in(hana).get("/spots/new/"))
    image = page.one("input", name="map")
    assert parse_qs(urlsplit(image.get("src", "")).query)["view"] == ["36.500000,137.500000,4"]
    assert image.get("alt")


# --- the picture ---


def picture(client: Client, **query: Any) -> Any:
    return client.get("/spots/map.svg", {"view": VIEW} | query)


def test_the_picture_shows_what_is_public_by_name(client: Client, make_spot: MakeSpot, hana: User) -> None:
    make_spot("見える<b>公園&")
    for state in ("draft", "pending", "hidden"):
        make_spot(f"秘密{state}", state=state, created_by=hana)
    answer = picture(client, pin="36.0621,136.2196")
    root = ET.fromstring(answer.content)
    words = "".join(root.itertext())
    assert "見える<b>公園&" in words
    assert "秘密" not in words
    assert len([e for e in root.iter() if e.tag.endswith("}path")]) == 1
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/svg+xml", "public, no-cache")
    assert not answer.cookies


@pytest.mark.parametrize(
    "query",
    [
        {"view": ""},
        {"view": "1,2"},
        {"view": "nan,2,3"},
        {"view": "91,0,9"},
        {"view": "36,136,99"},
        {"pixels": "63"},
        {"pixels": "2049"},
        {"pixels": "９９"},
        {"pixels": "1e3"},
        {"pixels": "1" * 5000},
        {"pixels": "000100" + "0" * 400},
    ],
)
def test_an_odd_picture_is_refused(client: Client, query: dict[str, str]) -> None:
    assert picture(client, **query).status_code == 400


@pytest.mark.parametrize("pin", ["x", "nan,1", "1", "<script>"])
def test_an_odd_pin_is_left_out(client: Client, db: None, pin: str) -> None:
    assert b"<path" not in picture(client, pin=pin).content


def test_the_picture_costs_the_same_however_much_there_is(
    client: Client, make_spot: MakeSpot, django_assert_num_queries: Any
) -> None:
    for number in range(70):
        make_spot(f"公園{number}", latitude=36.0621 + number / 100_000)
    with django_assert_num_queries(2):
        answer = picture(client)
    assert answer.content.count(b"<circle") == 60


def test_a_pin_that_was_typed_is_on_the_map_that_is_shown_again(sign_in: SignIn, hana: User) -> None:
    for latitude, view in (("36.0587", VIEW), ("36.1587", "36.158700,136.220100,15")):
        page = Page(sign_in(hana).post("/spots/new/", form(name="", latitude=latitude) | {"map_view": VIEW}))
        assert sent(page)["map_view"] == view


# --- the municipality of a pin ---


def test_a_pin_among_spots_of_a_town_is_of_that_town(sign_in: SignIn, hana: User, make_spot: MakeSpot) -> None:
    make_spot("足羽山", latitude=36.0560, longitude=136.2100)
    sign_in(hana).post("/spots/new/", form(address=""))
    assert Spot.objects.get(created_by=hana).municipality_code == "182010"


@pytest.mark.parametrize(
    "neighbour",
    [
        {"latitude": 36.09},  # farther than two kilometres
        {"municipality_code": "182079"},  # of another town than the nearest hall
        {"municipality_code": ""},
        {"state": "hidden"},
    ],
)
def test_without_two_that_agree_it_is_of_no_town_and_its_author_reads_so(
    sign_in: SignIn, hana: User, make_spot: MakeSpot, neighbour: dict[str, Any]
) -> None:
    make_spot("足羽山", **({"latitude": 36.0560, "longitude": 136.2100, "address": ""} | neighbour))
    author = sign_in(hana)
    page = Page(author.post("/spots/new/", form(address=""), follow=True))
    spot = Spot.objects.get(created_by=hana)
    assert spot.municipality_code == ""
    assert "市町村のページには出ていません" in page.text
    assert "市町村のページには出ていません" not in Page(Client().get(spot.get_absolute_url())).text
    author.post(f"{spot.get_absolute_url()}edit/", form(version="1", address="福井市つくも1丁目"))
    assert Spot.objects.get(pk=spot.pk).municipality_code == "182010"
