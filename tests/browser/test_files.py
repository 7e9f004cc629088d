"""A walk and a picture of oneself in a real browser, with and without a script, on a phone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.attachment_files import gpx
from tests.browser.conftest import Town
from tests.pictures import make

WALK = [(36.0600 + step / 4000, 136.2150 + (step % 5) / 3000) for step in range(20)]


def test_a_walk_is_added_drawn_taken_away_and_brought_back(
    open_page: Callable[..., Page], sign_in: Callable[[Page, str], None], town: Town, with_js: bool
) -> None:
    page = open_page("/", width=390, java_script_enabled=with_js)
    sign_in(page, town.author)
    page.goto(f"/spots/{town.spot}/attachments/")
    title = "川ぞいの道" if with_js else "山の道"
    page.get_by_label("名前").fill(title)
    walk = gpx(WALK if with_js else WALK[1:])  # of the same places it would be the same file
    page.get_by_label("ファイル必須").set_input_files({"name": "walk.gpx", "mimeType": "text/xml", "buffer": walk})
    page.get_by_role("button", name="足す").click()
    expect(page.get_by_text(f"「{title}」を足しました。")).to_be_visible()
    page.goto(f"/spots/{town.spot}/")
    expect(page.get_by_role("link", name=title)).to_be_visible()
    shown = page.locator("[data-walk]")
    shown.scroll_into_view_if_needed()
    line = shown.locator(".leaflet path.way" if with_js else ".drawn polyline.way").first
    expect(line).to_be_visible()
    expect(shown.locator(".pin" if with_js else ".mark")).to_be_visible()
    if with_js:
        shown.get_by_role("button", name="拡大").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390 if with_js else True
    with page.expect_download() as download:
        page.get_by_role("link", name=title).click()
    assert download.value.suggested_filename == f"{title}.gpx"
    page.goto(f"/spots/{town.spot}/attachments/")
    page.get_by_role("listitem").filter(has_text=title).get_by_role("link", name="削除する").click()
    page.get_by_role("button", name="削除する").click()
    page.locator(".notice").get_by_role("button", name="元に戻す").click()
    expect(page.get_by_text(f"「{title}」を元に戻しました。")).to_be_visible()


def test_a_picture_of_oneself_is_chosen_seen_and_taken_away(
    open_page: Callable[..., Page], sign_in: Callable[[Page, str], None], town: Town
) -> None:
    page = open_page("/", width=390, java_script_enabled=False)
    sign_in(page, town.author)
    page.goto("/accounts/profile/")
    page.get_by_role("link", name="写真を選ぶ").click()
    page.get_by_label("写真必須").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": make((900, 600))}
    )
    page.get_by_role("button", name="この写真にする").click()
    image = page.locator("main img.avatar")
    expect(image).to_be_visible()
    page.goto(f"/users/{town.author}/")
    page.goto("/accounts/avatar/")
    page.get_by_role("button", name="写真を消す").click()
    expect(page.get_by_role("link", name="写真を選ぶ")).to_be_visible()
