"""The walk through the site: a word, its results, a pin, a spot, its area, and back; with JavaScript and without."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Town


def spots_of(elements: Locator) -> list[str]:
    found: list[str] = elements.evaluate_all("all => all.map(one => one.dataset.spot)")
    return found


def rows(page: Page) -> list[str]:
    return spots_of(page.locator(".rows [data-spot]"))


def pins(page: Page) -> list[str]:
    """The spots of the map's pins, be it drawn or live."""
    shown = page.locator(".map [data-spot]:visible")
    expect(shown.first).to_be_visible()
    return spots_of(shown)


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def search(page: Page, words: str) -> None:
    page.get_by_role("searchbox").locator("visible=true").first.fill(words)
    page.keyboard.press("Enter")
    page.wait_for_url("**/spots/?q=*")


def test_a_word_leads_to_results_a_spot_its_area_and_back(
    open_page: Callable[..., Page], width: int, with_js: bool
) -> None:
    page = open_page("/", width, java_script_enabled=with_js)
    search(page, "椿")
    assert heading(page) == "「椿」の検索結果"
    assert pins(page) == rows(page)
    page.locator(".map [data-spot]:visible").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("椿の小道")
    page.get_by_role("main").get_by_role("link", name="福井県福井市").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("福井県福井市")
    page.go_back()
    page.go_back()
    assert heading(page) == "「椿」の検索結果"
    page.go_back()
    assert urlsplit(page.url).path == "/"


def test_without_script_every_row_has_a_pin_that_is_a_link(open_page: Callable[..., Page], width: int) -> None:
    page = open_page("/spots/?q=公園", width, java_script_enabled=False)
    links = page.locator(".map svg a[href]")
    hrefs = links.evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert hrefs == [f"/spots/{id_}/" for id_ in rows(page)]
    assert len(hrefs) == 24


def test_a_cluster_opens_into_its_spots(open_page: Callable[..., Page], width: int) -> None:
    page = open_page("/spots/", width)
    cluster = page.locator(".map .cluster").first
    before = page.evaluate("document.querySelector('.leaflet-map-pane') !== null") and int(cluster.inner_text())
    cluster.click()
    expect(page.get_by_role("link", name="この範囲で検索")).to_be_visible()
    expect(page.locator(".map .cluster").filter(has_text=re.compile(f"^{before}$"))).to_have_count(0)


def test_search_here_asks_for_the_box_that_the_map_shows(open_page: Callable[..., Page], width: int) -> None:
    page = open_page("/spots/?q=公園", width)
    again = page.get_by_role("link", name="この範囲で検索")
    expect(page.locator(".map.live")).to_have_count(1)
    expect(again).to_be_hidden()
    for _ in range(2):
        page.get_by_role("button", name="拡大").click()
        page.wait_for_timeout(100)
    expect(again).to_have_attribute("href", re.compile("bbox="))
    page.wait_for_load_state("networkidle")
    again.click()
    page.wait_for_url(re.compile("bbox="))
    question = parse_qs(urlsplit(page.url).query)
    assert question["q"] == ["公園"]
    west, south, east, north = map(float, question["bbox"][0].split(","))
    assert west < 136.2235 < east
    assert south < 36.0621 < north
    shown = rows(page)
    assert 0 < len(shown) < 24
    expect(page.locator(".map.live")).to_have_count(1)
    counts = page.locator(".map .pin").evaluate_all("all => all.map(pin => pin.dataset.spot ? 1 : +pin.innerText)")
    assert sum(counts) == len(shown)
    assert set(spots_of(page.locator(".map .pin[data-spot]"))) <= set(shown)


def test_a_row_under_the_pointer_marks_its_pin(open_page: Callable[..., Page]) -> None:
    page = open_page("/spots/?q=椿")
    pin = page.locator(".map.live .pin[data-spot]")
    expect(pin).to_have_count(1)
    page.locator(".rows [data-spot]").hover()
    expect(pin).to_have_attribute("aria-current", "true")


def test_filters_pages_and_the_way_back_live_in_the_url(
    open_page: Callable[..., Page], width: int, with_js: bool
) -> None:
    page = open_page("/spots/", width, java_script_enabled=with_js)
    page.get_by_role("link", name="公園・遊ぶ").click()
    page.wait_for_url("**category=park*")
    page.get_by_role("link", name="次へ").click()
    page.wait_for_url("**page=2*")
    assert "category=park" in page.url
    second = rows(page)
    page.go_back()
    assert set(rows(page)).isdisjoint(second)
    page.get_by_role("link", name="公園・遊ぶ を外す").click()
    assert urlsplit(page.url).query == ""


def test_areas_go_from_prefecture_to_municipality(open_page: Callable[..., Page], width: int, with_js: bool) -> None:
    page = open_page("/", width, java_script_enabled=with_js)
    page.get_by_role("link", name="市町村からさがす").click()
    page.get_by_role("main").get_by_role("link", name=re.compile("^福井県")).click()
    page.get_by_role("main").get_by_role("link", name=re.compile("^坂井市")).click()
    assert heading(page) == "福井県坂井市"
    page.get_by_role("link", name="地図で見る").click()
    assert heading(page) == "福井県坂井市のスポット"
    assert len(rows(page)) == 1


def test_categories_and_tags_lead_to_their_spots(open_page: Callable[..., Page], town: Town, with_js: bool) -> None:
    page = open_page("/", java_script_enabled=with_js)
    page.get_by_role("main").get_by_role("link", name="自然・風景").first.click()
    assert heading(page) == "自然・風景"
    page.get_by_role("link", name="椿の小道").click()
    page.get_by_role("link", name="花の道").click()
    assert heading(page) == "#花の道"
    expect(page.get_by_role("link", name="椿の小道")).to_be_visible()


def test_a_list_keeps_the_place_of_a_spot_that_is_gone(
    open_page: Callable[..., Page], sign_in: Callable[[Page, str], None], town: Town, with_js: bool
) -> None:
    page = open_page("/lists/", java_script_enabled=with_js)
    page.get_by_role("link", name="雨の日の福井").click()
    items = page.locator(".rows > li")
    expect(items).to_have_count(5)
    for place in (3, 4):
        expect(items.nth(place)).to_contain_text("いま公開されていません")
        expect(items.nth(place).get_by_role("link")).to_have_count(0)
    expect(items.nth(3)).not_to_contain_text(town.hidden)
    sign_in(page, town.author)
    page.goto(f"/lists/{town.list}/")
    expect(items.nth(3)).to_contain_text(town.hidden)
    expect(items.nth(4)).to_contain_text(town.gone)


def test_english_and_back_without_a_cookie(open_page: Callable[..., Page], town: Town, with_js: bool) -> None:
    page = open_page(f"/spots/{town.spot}/", java_script_enabled=with_js)
    page.get_by_role("link", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert urlsplit(page.url).path == f"/en/spots/{town.spot}/"
    page.get_by_role("link", name="日本語").click()
    assert urlsplit(page.url).path == f"/spots/{town.spot}/"
    assert page.context.cookies() == []
