"""The admin in a real browser: under our content policy, on a phone, in both schemes, and without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Town

_OVERFLOWS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lists_and_forms_fit_and_break_no_policy(
    open_page: Callable[..., Page], sign_in: Callable[[Page, str], None], town: Town, width: int, scheme: str
) -> None:
    page = open_page("/", width, color_scheme=scheme)
    sign_in(page, town.moderator)
    for path in ("", "spots/spot/", f"spots/spot/{town.spot}/change/", "spots/comment/", "accounts/user/"):
        page.goto(f"/admin/{path}")
        expect(page.locator("#site-name")).to_have_text("マチポケ 管理")
        assert not page.evaluate(_OVERFLOWS), path


def test_tags_are_chosen_by_typing(
    open_page: Callable[..., Page], sign_in: Callable[[Page, str], None], town: Town
) -> None:
    page = open_page("/")
    sign_in(page, town.moderator)
    page.goto(f"/admin/spots/spot/{town.spot}/change/")
    page.locator(".select2-selection").click()
    expect(page.locator(".select2-results__option").first).to_be_visible()


def test_a_spot_is_hidden_and_restored_by_hand(
    open_page: Callable[..., Page], sign_in: Callable[[Page, str], None], town: Town, with_js: bool
) -> None:
    page = open_page("/", java_script_enabled=with_js)
    sign_in(page, town.moderator)
    for verb, reason, said in (
        ("非表示にする", "個人の家や個人情報が写っている", "1件を非表示にしました。"),
        ("元に戻す", "直された", "1件を元に戻しました。"),
    ):
        page.goto(f"/admin/spots/spot/{town.spot}/change/")
        page.get_by_role("button", name=verb).click()
        page.get_by_label(reason).check()
        page.get_by_role("button", name=verb).click()
        expect(page.locator(".messagelist")).to_contain_text(said)
