"""Everything by keyboard: the skip link, the ring around what has the focus, the way from the list to the pins."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import Town

_STOP = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getClientRects()[0] ?? new DOMRect();
  // Chromium scrolls no further when a part is in sight: look at the middle of that part.
  const middle = (from, to, end) => (Math.max(0, from) + Math.min(end, to)) / 2;
  const x = middle(box.left, box.right, innerWidth), y = middle(box.top, box.bottom, innerHeight);
  return {
    name: one.outerHTML.slice(0, 90),
    ring: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    isOnTop: one.contains(document.elementFromPoint(x, y)),
    isPin: !!one.closest(".map [data-spot]"),
  };
}"""


@pytest.mark.parametrize("path", ["/", "/spots/?q=公園", "/accounts/login/"])
def test_the_skip_link_comes_first_and_leads_to_the_content(
    open_page: Callable[..., Page], path: str, with_js: bool
) -> None:
    page = open_page(path, java_script_enabled=with_js)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="本文へ")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")


def every_stop_shows(page: Page, most: int) -> None:
    """A ring of 2 px or more, and no bar over what has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOP)
        if stop["name"].startswith("<body"):
            break
        assert stop["ring"] >= 2, stop
        assert stop["isOnTop"], stop


@pytest.mark.parametrize("path", ["/", "/spots/{spot}/", "/accounts/login/"])
def test_whatever_has_the_focus_shows_it(open_page: Callable[..., Page], town: Town, width: int, path: str) -> None:
    every_stop_shows(open_page(path.format(spot=town.spot), width), 30)


def test_the_foot_of_a_form_covers_no_field_in_focus(
    open_page: Callable[..., Page], sign_in: Callable[[Page, str], None], town: Town, width: int
) -> None:
    page = open_page("/", width)
    sign_in(page, town.author)
    page.goto(f"/spots/{town.edited}/edit/")
    every_stop_shows(page, 24)


def test_after_the_list_come_the_pins(open_page: Callable[..., Page], width: int, with_js: bool) -> None:
    page = open_page("/spots/?q=椿", width, java_script_enabled=with_js)
    expect(page.locator(".map [data-spot]:visible")).to_have_count(1)
    page.locator(".rows a").last.focus()
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate(_STOP)["isPin"]:
            break
    stop = page.evaluate(_STOP)
    assert stop["isPin"], stop
    assert stop["ring"] >= 2
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("椿の小道")


def test_a_cluster_opened_by_key_leaves_the_focus_on_the_map(open_page: Callable[..., Page]) -> None:
    page = open_page("/spots/")
    cluster = page.locator(".map.live .cluster").first
    cluster.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="この範囲で検索")).to_have_attribute("href", re.compile("bbox"))
    page.wait_for_load_state("networkidle")
    expect(page.locator(".map :focus")).to_have_count(1)


def test_a_drawn_pin_hands_its_focus_to_the_live_one(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context().new_page()
    held: list[Route] = []
    page.route("**/clusters/**", lambda route: held.append(route))
    with page.expect_request("**/clusters/**"):
        page.goto("/spots/?q=椿")
    page.locator(".map .drawn a").focus()
    held[0].continue_()
    expect(page.locator(".map.live .pin[data-spot]")).to_be_focused()
