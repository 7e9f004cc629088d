"""Every page, at both widths, light and dark: axe, headings, overflow, a picture for a person to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.conftest import Town

SHOTS = Path(__file__).parent / "shots"
PICTURED = {
    "home",
    "results",
    "spot",
    "area",
    "list",
    "profile",
    "missing",
    "login",
    "signup",
    "reset",
    "report",
    "comments",
}
PAGES = {
    "home": "/",
    "results": "/spots/?q=公園",
    "everything": "/spots/",
    "nothing": "/spots/?q=ない言葉",
    "refused": "/spots/?bbox=x",
    "spot": "/spots/{spot}/",
    "areas": "/areas/",
    "prefecture": "/areas/180009/",
    "area": "/areas/182010/",
    "category": "/categories/park/",
    "tag": "/tags/花の道/",
    "lists": "/lists/",
    "list": "/lists/{list}/",
    "profile": "/users/{author}/",
    "credits": "/credits/",
    "about": "/about/",
    "missing": "/nowhere/",
    "login": "/accounts/login/",
    "signup": "/accounts/signup/",
    "reset": "/accounts/password/reset/",
    "report": "/reports/new/?target=spot:{spot}",
    "report-ask": "/reports/new/",
    "comments": "/spots/{spot}/comments/all/",
    "profile-lists": "/users/{author}/?show=lists",
    "profile-comments": "/users/{author}/?show=comments",
    "english": "/en/",
    "english-results": "/en/spots/?q=公園",
}
# Without its preload, axe makes no style elements of its own, which our CSP refuses.
_AXE = "axe.run(document, {resultTypes: ['violations'], preload: false}).then(found => found.violations)"


def violations(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(_AXE)
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def settle(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844 if width < 700 else 860})
    page.wait_for_load_state("networkidle")


def sideways(page: Page) -> int:
    """How far the page scrolls to the side, in px; a document that has only begun to come has no width yet."""
    page.wait_for_load_state()
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound(open_page: Callable[..., Page], town: Town, name: str) -> None:
    page = open_page(PAGES[name].format(**town._asdict()), 390)
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1
    assert page.title()
    for width in (390, 1280):
        settle(page, width)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], f"{width} px, {scheme}"
            if name in PICTURED:
                page.screenshot(path=SHOTS / f"{name}-{width}-{scheme}.png", full_page="results" not in name)
        assert sideways(page) <= 0, width
    settle(page, 320)
    assert sideways(page) <= 0


_WITHOUT_SCRIPT = ["home", "results", "spot", "prefecture", "list", "profile", "missing", "login", "signup", "report"]


@pytest.mark.parametrize("name", _WITHOUT_SCRIPT)
def test_a_page_without_script_fits_and_says_what_it_is(open_page: Callable[..., Page], town: Town, name: str) -> None:
    page = open_page(PAGES[name].format(**town._asdict()), 320, java_script_enabled=False)
    assert page.locator("h1").count() == 1
    assert sideways(page) <= 0
    assert page.locator("[data-here], [data-share], [data-again]").locator("visible=true").count() == 0


@pytest.mark.parametrize("name", ["home", "results", "spot", "list", "signup", "report"])
def test_at_twice_the_size_everything_can_be_reached(open_page: Callable[..., Page], town: Town, name: str) -> None:
    page = open_page(PAGES[name].format(**town._asdict()), 640, viewport={"width": 640, "height": 430})
    assert sideways(page) <= 0
    for link in page.get_by_role("main").get_by_role("link").locator("visible=true").all()[:8]:
        link.click(trial=True)
    bars = page.locator(".topbar:visible, .tabbar:visible").evaluate_all("all => all.map(bar => bar.offsetHeight)")
    covered = sum(bars) / 430
    assert covered < 0.35


def test_forced_colours_keep_pins_and_chips_in_sight(open_page: Callable[..., Page]) -> None:
    page = open_page("/spots/?q=公園", forced_colors="active")
    page.locator(".map.live .pin").first.wait_for()
    page.screenshot(path=SHOTS / "results-forced.png")
    for part in (".map .pin", ".chip", ".search"):
        style = page.locator(part).first.evaluate(
            "e => [getComputedStyle(e).borderTopStyle, getComputedStyle(e).borderTopColor, "
            "getComputedStyle(e).backgroundColor]"
        )
        assert style[0] == "solid", part
        assert style[1] != style[2], part


def test_nothing_moves_for_those_who_asked_for_it(open_page: Callable[..., Page]) -> None:
    seconds = "getComputedStyle(document.querySelector('.button')).transitionDuration"
    page = open_page("/")
    assert float(page.evaluate(seconds).split(",")[0].removesuffix("s")) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert float(page.evaluate(seconds).split(",")[0].removesuffix("s")) > 0
