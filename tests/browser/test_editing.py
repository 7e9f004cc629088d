"""Two people edit one spot: the second is shown both texts, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Town
from tests.browser.test_pages import sideways, violations


def test_the_second_to_save_sees_both_texts(
    new_context: Callable[..., BrowserContext], sign_in: Callable[[Page, str], None], town: Town
) -> None:
    author = new_context(390).new_page()
    moderator = new_context(1280, java_script_enabled=False).new_page()
    for page, name in ((author, town.author), (moderator, town.moderator)):
        sign_in(page, name)
        page.goto(f"/spots/{town.edited}/edit/")
    assert violations(author) == []

    moderator.get_by_label("説明").fill("七間通りの朝市です。")
    moderator.get_by_role("button", name="保存する").click()
    expect(moderator.get_by_role("status")).to_contain_text("直しました")

    author.get_by_label("説明").fill("おばあさんたちの朝市です。")
    author.get_by_role("button", name="保存する").click()
    expect(author.get_by_role("alert")).to_contain_text("ほかの人が先に編集しました")
    both = author.get_by_role("region", name="ちがうところ")
    expect(both).to_contain_text("七間通りの朝市です。")
    expect(both).to_contain_text("おばあさんたちの朝市です。")
    expect(author.get_by_label("説明")).to_have_value("おばあさんたちの朝市です。")
    assert violations(author) == []
    assert sideways(author) <= 0

    author.get_by_role("button", name="保存する").click()
    expect(author.get_by_role("main")).to_contain_text("おばあさんたちの朝市です。")


def test_a_form_with_a_mistake_leads_to_it(
    new_context: Callable[..., BrowserContext], sign_in: Callable[[Page, str], None], town: Town, with_js: bool
) -> None:
    page = new_context(390, java_script_enabled=with_js).new_page()
    sign_in(page, town.author)
    page.goto("/spots/new/")
    page.get_by_label("名前").first.fill("新しい場所")
    page.get_by_text("緯度・経度を数字で入れる").click()
    page.locator("#id_latitude").fill("200")
    page.get_by_role("button", name="公開する").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("緯度")
    summary.get_by_role("link", name="緯度").click()
    expect(page.locator("#id_latitude")).to_be_focused()
    expect(page.locator("#id_latitude")).to_have_attribute("aria-invalid", "true")
    if with_js:
        assert violations(page) == []
    assert sideways(page) <= 0
