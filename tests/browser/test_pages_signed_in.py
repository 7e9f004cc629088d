"""The pages of those who take part, at both widths, light and dark: what test_pages asks of the public ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Town
from tests.browser.test_lists import sound
from tests.browser.test_pages import sideways

PAGES = {
    "profile-edit": ("author", "/accounts/profile/"),
    "password-change": ("author", "/accounts/password/change/"),
    "email-change": ("author", "/accounts/email/"),
    "logout": ("author", "/accounts/logout/"),
    "post": ("author", "/spots/new/"),
    "edit": ("author", "/spots/{spot}/edit/"),
    "spot-own": ("author", "/spots/{spot}/"),
    "spot-delete": ("author", "/spots/{spot}/delete/"),
    "comment-write": ("author", "/spots/{spot}/comments/"),
    "save": ("author", "/spots/{spot}/saves/"),
    "pocket": ("author", "/lists/"),
    "spot-moderated": ("moderator", "/spots/{spot}/"),
    "spot-take-away": ("moderator", "/spots/{spot}/delete/"),
    "me-moderator": ("moderator", "/users/{moderator}/"),
    "doors": ("keeper", "/accounts/profile/"),
    "doors-stopped": ("stopped", "/accounts/profile/"),
    "doors-unguarded": ("unguarded", "/accounts/profile/"),
    "home-leaving": ("leaver", "/"),
    "factors": ("keeper", "/accounts/2fa/"),
    "factors-none": ("unguarded", "/accounts/2fa/"),
    "factor-begin": ("unguarded", "/accounts/2fa/totp/activate/"),
    "factor-end": ("keeper", "/accounts/2fa/totp/deactivate/"),
    "codes": ("keeper", "/accounts/2fa/recovery-codes/"),
    "codes-renew": ("keeper", "/accounts/2fa/recovery-codes/generate/"),
    "ask-password": ("stopped", "/accounts/reauthenticate/"),
    "ask-digits": ("keeper", "/accounts/2fa/reauthenticate/"),
    "devices": ("keeper", "/accounts/sessions/"),
    "device": ("stopped", "/accounts/sessions/"),
    "tokens": ("keeper", "/accounts/tokens/"),
    "tokens-none": ("stopped", "/accounts/tokens/"),
    "token-new": ("keeper", "/accounts/tokens/new/"),
    "notices": ("keeper", "/accounts/notices/"),
    "notices-none": ("stopped", "/accounts/notices/"),
    "export": ("unguarded", "/accounts/export/"),
    "export-ready": ("keeper", "/accounts/export/"),
    "export-failed": ("stopped", "/accounts/export/"),
    "leave": ("keeper", "/accounts/delete/"),
    "leaving": ("leaver", "/accounts/delete/"),
}
_LOW = """all => all.map(one => [one.closest('label') ?? one, one.outerHTML])
  .filter(([box]) => box.checkVisibility() && !box.closest('.hidden-visually'))
  .filter(([box]) => box.getBoundingClientRect().height < 43.5).map(([, html]) => html.slice(0, 90))"""
OpenAs = Callable[..., Page]


@pytest.fixture(scope="module")
def cookies() -> dict[str, Any]:
    """Of everybody who has signed in once: each page is opened without doing so again."""
    return {}


@pytest.fixture
def open_as(
    new_context: Callable[..., BrowserContext],
    sign_in: Callable[[Page, str], None],
    town: Town,
    cookies: dict[str, Any],
) -> OpenAs:
    """`open_as("author", path, width=…, **context options)`."""

    def opened(who: str, path: str, width: int = 390, **options: Any) -> Page:
        if who not in cookies:
            page = new_context().new_page()
            sign_in(page, getattr(town, who))
            cookies[who] = page.context.storage_state()
        page = new_context(width, storage_state=cookies[who], **options).new_page()
        page.goto(path.format(**town._asdict()))
        assert page.url.endswith(path.format(**town._asdict())), "sent elsewhere"
        return page

    return opened


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound(open_as: OpenAs, name: str) -> None:
    page = open_as(*PAGES[name])
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1
    assert (
        page.locator("main").locator("button, input:not([type=hidden]), select, textarea, summary").evaluate_all(_LOW)
        == []
    ), "lower than a finger"
    sound(page, name)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_script_fits_on_a_small_phone(open_as: OpenAs, name: str) -> None:
    page = open_as(*PAGES[name], width=320, java_script_enabled=False)
    assert page.locator("h1").count() == 1
    assert sideways(page) <= 0


def test_mistakes_fit_on_a_small_phone(open_as: OpenAs, with_js: bool) -> None:
    page = open_as("author", "/spots/new/", width=320, java_script_enabled=with_js)
    page.get_by_role("button", name="公開する", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("直してほしいところがあります。")
    assert sideways(page) <= 0


def test_the_map_stays_below_the_foot_of_its_form(open_as: OpenAs, width: int) -> None:
    page = open_as("author", "/spots/new/", width)
    canvas = page.locator(".picker .canvas")
    canvas.evaluate("map => scrollBy(0, map.getBoundingClientRect().top + map.offsetHeight / 2 - innerHeight + 80)")
    page.wait_for_load_state("networkidle")
    foot, over = page.locator(".formfoot").bounding_box(), canvas.bounding_box()
    assert foot
    assert over
    assert over["y"] < foot["y"] < foot["y"] + foot["height"] < over["y"] + over["height"]
    # Leaflet's layers let the pointer through: only a picture tells what lies on top.
    with_map = page.screenshot(clip=foot)
    canvas.evaluate("map => (map.style.visibility = 'hidden')")
    assert page.screenshot(clip=foot) == with_map


def test_a_field_for_prose_opens_with_room_for_it(open_as: OpenAs) -> None:
    for path, field in (("/spots/new/", "説明"), ("/accounts/profile/", "自己紹介"), ("/lists/new/", "説明")):
        box = open_as("author", path).get_by_label(field, exact=True).bounding_box()
        assert box
        assert box["height"] >= 120, path
