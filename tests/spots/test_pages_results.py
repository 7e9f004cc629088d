"""`/spots/`: what is found, in which order, on list and map alike, and what a wrong question is told."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import SavedList, Spot
from tests.markup import Page

MakeSpot = Callable[..., Spot]

WRONG = [
    *({"near": value} for value in ("nan,136", "36", "91,136", "36,181", "36,136,1", "1e999,0", "東,西")),
    *({"bbox": value} for value in ("1,2,3", "136,37,137,36", "nan,35,137,36", "-181,0,1,1", "a,b,c,d")),
    *({"near": "36,136", "radius_km": value} for value in ("51", "-1", "1e999", "nan", "x")),
    *({"sort": value} for value in ("near", "name", "-id")),
    {"near": "36,136", "sort": "gem"},
    {"status": "gone"},
    {"category": "no-such"},
    {"municipality": "999999"},
    {"q": "あ" * 101},
    {"q": "a\0b"},
    {"tag": "\0"},
    {"tag": "あ" * 121},
]


def found(client: Client, **query: str) -> list[str]:
    """The names in the list, which the map must show too."""
    answer = client.get(f"/spots/?{urlencode(query)}")
    assert answer.status_code == 200, Page(answer).texts("div", role="alert")
    page = Page(answer)
    rows = [row.get("data-spot") for row in page.all("li", **{"class": "row"})]
    pins = [pin.get("data-spot") for pin in page.all("a") if pin.get("data-spot")]
    assert rows == pins
    return [row.find(".//h2/a").text or "" for row in page.all("li", **{"class": "row"})]  # type: ignore[union-attr]


def link_of(page: Page, label: str) -> dict[str, list[str]]:
    """The query of the chip with these words."""
    [href] = [a.get("href", "") for a in page.all("a", **{"class": "chip"}) if label in "".join(a.itertext())]
    return parse_qs(urlsplit(href).query)


def test_each_question_finds_its_spots_on_list_and_map(client: Client, make_spot: MakeSpot) -> None:
    make_spot("城址公園", tags=["桜"], hidden_gem_score=0)
    make_spot("喫茶みなと", category="cafe", status="paused", save_count=9)
    make_spot("那覇の市場", category="shop", latitude=26.2, longitude=127.7, municipality_code="472018")
    assert found(client) == ["那覇の市場", "喫茶みなと", "城址公園"]
    assert found(client, q="市場") == found(client, municipality="470007") == ["那覇の市場"]
    assert found(client, category="cafe") == found(client, status="paused") == ["喫茶みなと"]
    assert found(client, tag="桜") == found(client, sort="gem") == ["城址公園"]
    assert found(client, bbox="136,36,137,37") == ["喫茶みなと", "城址公園"]
    assert found(client, bbox="170,-10,-170,10") == []
    assert found(client, sort="saved")[0] == "喫茶みなと"
    assert found(client, category="park", q="城址", tag="桜", bbox="136,36,137,37") == ["城址公園"]


def test_near_is_ascending_and_says_how_far(client: Client, make_spot: MakeSpot) -> None:
    for name, latitude in (("遠い", 36.30), ("近い", 36.0623), ("中ほど", 36.10), ("外", 37.5)):
        make_spot(name, latitude=latitude)
    assert found(client, near="36.0621,136.2196") == ["近い", "中ほど", "遠い"]
    assert found(client, near="36.0621,136.2196", radius_km="5", sort="near") == ["近い", "中ほど"]
    assert found(client, near="36.0621,136.2196", radius_km="0") == []
    page = Page(client.get("/spots/?near=36.0621,136.2196"))
    assert page.texts("span", **{"class": "num"})[:3] == ["20 m", "4.2 km", "26 km"]


@pytest.mark.parametrize("words", ["みずうみ", "ミズウミ", "ﾐｽﾞｳﾐ", "湖", "みずうみ てんぼう", "ＶＩＥＷ", "view"])
def test_words_are_found_in_either_kana_and_width(client: Client, make_spot: MakeSpot, words: str) -> None:
    make_spot("湖の展望台", reading="みずうみのテンボウダイ", name_en="Lake View")
    make_spot("ほかの場所")
    assert found(client, q=words) == ["湖の展望台"]


@pytest.mark.parametrize("words", ["100%", "a_b", "it's", 'say "x"', "back\\slash", "桜 川"])
def test_signs_in_words_stand_for_themselves(client: Client, make_spot: MakeSpot, words: str) -> None:
    make_spot(f"名前は{words}です", tags=["川"])
    make_spot("桜100、aXb、its")
    assert found(client, q=words) == [f"名前は{words}です"]


@pytest.mark.parametrize("query", WRONG, ids=str)
def test_a_wrong_value_is_named_on_the_page(client: Client, make_spot: MakeSpot, query: dict[str, str]) -> None:
    make_spot("見えない")
    answer = client.get(f"/spots/?{urlencode(query)}")
    page = Page(answer)
    [alert] = page.texts("div", role="alert")
    assert (answer.status_code, page.faults) == (400, [])
    assert any(f"（{name}）" in alert for name in (*query, "near"))
    assert len(page.all("h1")) == 1
    assert "見えない" not in page.text


@pytest.mark.parametrize("number", ["0", "-1", "2", "42", "99999999999", "x", "", "１", "1.0", "%00"])
@pytest.mark.parametrize("path", ["/spots/?", "/spots/?near=36.06,136.22&", "/lists/?", "/categories/park/?"])
def test_a_page_that_is_not_there_is_404(client: Client, make_spot: MakeSpot, path: str, number: str) -> None:
    make_spot()
    assert client.get(f"{path}page={quote(number, safe='%')}").status_code == 404


def test_parameters_of_other_sites_are_ignored(client: Client, make_spot: MakeSpot) -> None:
    make_spot("公園")
    assert found(client, utm_source="mail", fbclid="x", cursor="1", format="json") == ["公園"]


def test_pages_go_on_and_keep_the_question(client: Client, make_spot: MakeSpot) -> None:
    now = timezone.now()
    Spot.objects.bulk_create(
        Spot(
            name=f"川{n}", latitude=36 + n / 1000, longitude=136, category_id=make_spot().category_id, published_at=now
        )
        for n in range(50)
    )
    query, seen = {"q": "川", "category": "park"}, []
    for number in ("1", "2", "3"):
        seen += found(client, **query, page=number)
        following = Page(client.get(f"/spots/?{urlencode(query | {'page': number})}")).all("a", rel="next")
        queries = [parse_qs(urlsplit(link.get("href", "")).query) for link in following]
        assert queries == (
            [] if number == "3" else [{"q": ["川"], "category": ["park"], "page": [str(int(number) + 1)]}]
        )
    assert len(seen) == len(set(seen)) == 50


@pytest.mark.parametrize("path", ["/categories/park/", "/tags/%E6%A1%9C/", "/areas/182010/", "/users/hana/", "/lists/"])
def test_a_later_page_is_its_own_canonical(
    client: Client, make_spot: MakeSpot, hana: User, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("spots.paging.PAGE_SIZE", 1)
    for number in range(3):
        spot = make_spot(str(number), created_by=hana, tags=["桜"])
        SavedList.objects.create(owner=hana, title=str(number), visibility="public").add(spot)
    for asked, own in (("", ""), ("?page=1", ""), ("?page=2&utm_source=x", "?page=2"), ("?page=3", "?page=3")):
        for prefix in ("", "/en"):
            page = Page(client.get(f"{prefix}{path}{asked}"))
            told = {link.get("hreflang"): link.get("href") for link in page.all("link") if "type" not in link.attrib}
            site = settings.SITE_URL
            assert page.one("link", rel="canonical").get("href") == f"{site}{prefix}{path}{own}"
            assert (told["ja"], told["en"]) == (f"{site}{path}{own}", f"{site}/en{path}{own}")


def test_chips_put_on_and_take_off_one_filter_and_keep_the_rest(client: Client, make_spot: MakeSpot) -> None:
    make_spot("川の公園", tags=["桜"])
    page = Page(client.get("/spots/?q=%E5%B7%9D&tag=%E6%A1%9C&category=park&municipality=182010&page=1"))
    rest = {"q": ["川"], "municipality": ["182010"]}
    assert link_of(page, "#桜") == rest | {"category": ["park"]}
    assert link_of(page, "公園・遊ぶ") == rest | {"tag": ["桜"]}
    assert link_of(page, "福井市") == {"q": ["川"], "tag": ["桜"], "category": ["park"]}
    assert link_of(page, "隠れ度の高い順") == rest | {"tag": ["桜"], "category": ["park"], "sort": ["gem"]}
    near = Page(client.get("/spots/?near=36,136&radius_km=3&sort=near&q=%E5%B7%9D"))
    assert link_of(near, "近い順") == {"q": ["川"]}


def test_nothing_found_says_so_and_offers_to_post_it(client: Client, make_spot: MakeSpot) -> None:
    make_spot()
    page = Page(client.get("/spots/?q=%E3%81%AA%E3%81%84%26%E6%A9%8B"))
    assert "見つかりませんでした" in page.text
    assert "0 件" in page.texts("p", role="status")
    assert "/spots/new/?name=%E3%81%AA%E3%81%84%26%E6%A9%8B" in page.links()
    assert page.one("input", id="q0").get("value") == "ない&橋"


@pytest.mark.parametrize("name", ["山/川", "#1", "50%", "🌸", "春 夏", "C&C?", "a+b", "%2F", "<b>", "'\"", "é"])
def test_a_tag_leads_to_its_page_whatever_signs_it_has(client: Client, make_spot: MakeSpot, name: str) -> None:
    spot = make_spot("桜の山", tags=[name])
    [link] = Page(client.get(f"/spots/{spot.pk}/")).all("a", **{"class": "tag"})
    page = Page(client.get(link.get("href", "")))
    assert page.texts("h1") == [f"#{name}"]
    assert page.texts("h3") == ["桜の山"]
    [on_the_map] = [href for href in page.links() if href.startswith("/spots/?tag=")]
    assert Page(client.get(on_the_map)).texts("h2") == ["桜の山"]


def test_addresses_of_a_tags_page_lead_back_to_it(client: Client, make_spot: MakeSpot) -> None:
    make_spot(tags=["50%#1"])
    page = Page(client.get("/tags/50%25%231/"))
    told = [page.one("link", rel="canonical"), *page.all("link", rel="alternate"), page.one("a", hreflang="en")]
    paths = [urlsplit(element.get("href", "")).path for element in told if "type" not in element.attrib]
    assert set(paths) == {"/tags/50%25%231/", "/en/tags/50%25%231/"}
    assert all(client.get(path).status_code == 200 for path in paths)


@pytest.mark.parametrize(
    "path", ["/tags/ない/", "/areas/999999/", "/areas/18/", "/categories/no-such/", "/users/nobody/"]
)
def test_what_does_not_exist_is_404(client: Client, db: None, path: str) -> None:
    assert client.get(quote(path)).status_code == 404
