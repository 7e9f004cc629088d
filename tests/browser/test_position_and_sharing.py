"""Where I am, and passing a page on: with leave, and without."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Town
from tests.browser.town import FUKUI


def test_a_known_position_leads_to_what_is_near(open_page: Callable[..., Page], width: int) -> None:
    here = {"latitude": FUKUI[0], "longitude": FUKUI[1]}
    page = open_page("/", width, geolocation=here, permissions=["geolocation"])
    page.get_by_role("button", name="いまいる場所の近く").click()
    page.wait_for_url(re.compile(r"/spots/\?near=36\.06210,136\.22350"))
    assert page.get_by_role("heading", level=1).inner_text() == "近くのスポット"
    distances = page.locator(".rows .num").all_inner_texts()
    metres = [float(text.split()[0]) * (1000 if "km" in text else 1) for text in distances]
    assert len(metres) == 24
    assert metres == sorted(metres)


def test_a_refused_position_says_what_to_do(open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    page.get_by_role("button", name="いまいる場所の近く").click()
    expect(page.get_by_role("status")).to_have_text("位置を使えませんでした。市町村からもさがせます。")


def test_sharing_copies_the_address(open_page: Callable[..., Page], town: Town) -> None:
    page = open_page(f"/spots/{town.spot}/", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="共有").click()
    expect(page.get_by_role("button", name="コピーしました")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{town.url.rstrip('/')}/spots/{town.spot}/"


def test_sharing_without_a_clipboard_says_so(new_context: Callable[..., BrowserContext], town: Town) -> None:
    context = new_context()
    context.add_init_script(
        "if (navigator.clipboard) navigator.clipboard.writeText = () => Promise.reject(new DOMException('no'))"
    )
    page = context.new_page()
    page.goto(f"/spots/{town.spot}/")
    page.get_by_role("button", name="共有").click()
    expect(page.get_by_role("button", name="アドレス欄の URL をお使いください")).to_be_visible()


def test_sharing_uses_the_systems_sheet_where_there_is_one(
    new_context: Callable[..., BrowserContext], town: Town
) -> None:
    context = new_context(390)
    context.add_init_script("navigator.share = async (page) => { window.shared = page; }")
    page = context.new_page()
    page.goto(f"/spots/{town.spot}/")
    page.get_by_role("button", name="共有").click()
    assert page.evaluate("window.shared.url").endswith(f"/spots/{town.spot}/")
