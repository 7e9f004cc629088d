"""Pictures in a browser: nothing moves when they come, placeholders stay when they do not, a pin shows its spot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import Town
from tests.browser.test_pages import SHOTS, settle, sideways, violations

_MOVED = """() => new Promise(done => new PerformanceObserver(list => done(
  list.getEntries().reduce((sum, one) => sum + one.value, 0))).observe({type: "layout-shift", buffered: true})
  || setTimeout(() => done(0), 500))"""
_BROKEN = "all => all.filter(one => one.complete && !one.naturalWidth).length"


@pytest.fixture
def path(open_page: Callable[..., Page]) -> str:
    """Of the spot with five photos."""
    return str(open_page("/spots/?q=気比").locator(".rows a").first.get_attribute("href"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_gallery_is_sound_and_nothing_moves(
    open_page: Callable[..., Page], path: str, width: int, scheme: str
) -> None:
    page = open_page(path, width, color_scheme=scheme)
    settle(page, width)
    assert page.evaluate(_MOVED) < 0.02
    assert page.locator(".gallery img").evaluate_all(_BROKEN) == 0
    assert sideways(page) <= 0
    assert violations(page) == []
    page.screenshot(path=str(SHOTS / f"gallery-{width}-{scheme}.png"))


def test_a_photo_opens_large_without_javascript(browser: Browser, town: Town, path: str) -> None:
    # A context of its own: Chromium says on the console that our policy keeps its own styles off a bare picture.
    context = browser.new_context(base_url=town.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(path)
    page.get_by_role("link", name="夕方の松原", exact=True).click()
    page.wait_for_url("**/images/**w=2048**")
    context.close()


@pytest.mark.parametrize("status", [404, 503])
def test_where_the_store_is_broken_the_placeholders_stay_with_the_words(
    browser: Browser, town: Town, path: str, with_js: bool, status: int
) -> None:
    # A context of its own: that the pictures do not come is said on its console.
    context = browser.new_context(
        base_url=town.url, java_script_enabled=with_js, viewport={"width": 1280, "height": 860}
    )
    page = context.new_page()
    page.goto(path)
    sound: Any = page.locator(".gallery").bounding_box()
    page.route("**/images/**", lambda route: route.fulfill(status=status))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert page.locator(".gallery").bounding_box() == sound
    blurred = page.locator(".gallery .blur")
    expect(blurred).to_have_count(3)
    assert blurred.evaluate_all(_BROKEN) == 0
    expect(page.get_by_role("img", name="夕方の松原")).to_be_attached()
    page.locator(".gallery").screenshot(path=str(SHOTS / f"gallery-broken-{status}-{with_js}.png"))
    context.close()


def test_a_pin_shows_its_picture_under_the_pointer_and_with_the_focus(open_page: Callable[..., Page]) -> None:
    page = open_page("/spots/?q=気比")
    pin, preview = page.locator(".map.live .pin[data-spot]"), page.locator(".preview")
    expect(preview).to_be_hidden()
    pin.hover()
    expect(preview).to_be_visible()
    image = preview.locator("img")
    expect(image).to_have_attribute("alt", "夕方の松原")
    assert (image.get_attribute("width"), image.get_attribute("height")) == ("320", "240")
    image.evaluate("one => one.decode()")
    pin.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("気比の松原")


def test_a_finger_sees_the_picture_first_and_then_goes_there(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(390, has_touch=True, is_mobile=True).new_page()
    page.goto("/spots/?q=気比")
    page.locator(".map.live .pin[data-spot]").tap()
    preview = page.locator(".preview")
    expect(preview).to_contain_text("気比の松原")
    page.screenshot(path=str(SHOTS / "preview-390.png"))
    preview.tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("気比の松原")


def test_a_spot_without_photos_shows_its_stamp(open_page: Callable[..., Page], town: Town) -> None:
    page = open_page("/spots/?q=椿")
    page.locator(".map.live .pin[data-spot]").hover()
    expect(page.locator(".preview")).to_contain_text("椿の小道")
    expect(page.locator(".preview img")).to_have_count(0)


def test_a_held_picture_is_behind_its_placeholder_meanwhile(
    new_context: Callable[..., BrowserContext], path: str
) -> None:
    page = new_context().new_page()
    held: list[Route] = []
    page.route("**/images/**", lambda route: held.append(route))
    page.goto(path, wait_until="domcontentloaded")
    expect(page.locator(".gallery .blur").first).to_be_visible()
    for route in held:
        route.continue_()
