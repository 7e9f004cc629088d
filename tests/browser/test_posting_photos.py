"""Ten photos from a phone: chosen, looked at, put in order, posted; with JavaScript and without."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import pictures
from tests.browser.conftest import Town
from tests.browser.test_pages import sideways, violations

LOADED = "all => Promise.all(all.map(image => image.decode()))"
"""Rejected for a picture that does not load."""

LONG = "橋の上から見ると、ならんだ桜がいちばん長く見えます。早い時間は人もすくなく、川の音がよく聞こえます。" * 3
PLACE = (36.0587, 136.2201)


@pytest.fixture(scope="module")
def roll(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Nine photos, two of them sideways and one that knows its place, and a web page that calls itself one."""
    folder = tmp_path_factory.mktemp("roll")
    traits: list[dict[str, Any]] = [{"seed": number} for number in range(9)]
    traits[0] |= {"gps": PLACE}
    traits[1] |= {"orientation": 6}
    traits[2] |= {"orientation": 8, "size": (3000, 2000)}
    files = []
    for number, of in enumerate(traits):
        path = folder / f"IMG_{number}.jpg"
        path.write_bytes(pictures.make(**({"size": (900 + 10 * number, 600)} | of)))
        files.append(path)
    hostile = folder / "夜景.jpg"
    hostile.write_bytes(b"<!doctype html><script>alert(1)</script>")
    return [*files[:5], hostile, *files[5:]]


def rows(page: Page) -> Any:
    return page.locator("#photos li[data-photo]")


def ids(page: Page) -> list[str]:
    return [str(value) for value in page.locator("#photos [name=photo]").evaluate_all("all => all.map(e => e.value)")]


def describe(page: Page, name: str) -> None:
    page.get_by_label(re.compile("^名前")).first.fill(name)
    page.get_by_text("自然・風景").click()
    page.get_by_label("住所").fill("福井県福井市つくも1丁目")


def test_ten_photos_are_posted_from_a_phone(
    new_context: Callable[..., BrowserContext], sign_in: Callable[[Page, str], None], town: Town, roll: list[Path]
) -> None:
    page = new_context(390, has_touch=True, is_mobile=True).new_page()
    sign_in(page, town.author)
    page.goto("/spots/new/")
    page.locator("#id_files").set_input_files(roll)
    expect(rows(page)).to_have_count(9)
    refused = page.locator("#photos li[data-failed]")
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text("夜景.jpg")
    expect(refused.locator("[data-error]")).not_to_be_empty()
    assert violations(page) == []
    refused.get_by_role("button", name="閉じる").click()

    expect(page.get_by_label(re.compile("^緯度"))).to_have_value("")
    page.get_by_role("button", name="写真の場所を使う").click()
    expect(page.locator("#id_latitude")).to_have_value(re.compile(r"^36\.058"))

    before = ids(page)
    rows(page).nth(0).get_by_role("button", name="下へ").click()
    assert ids(page)[:2] == [before[1], before[0]]
    drag(page, 0, 2)
    after = ids(page)
    assert after[:3] == [before[0], before[2], before[1]]
    rows(page).nth(1).get_by_label("表紙").check()
    rows(page).nth(0).get_by_label("ひとこと").fill(LONG)
    page.set_viewport_size({"width": 320, "height": 700})
    assert sideways(page) <= 0
    page.screenshot(path=str(Path(__file__).parent / "shots" / "posting-photos-320.png"), full_page=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=str(Path(__file__).parent / "shots" / "posting-photos-390.png"), full_page=True)

    describe(page, "足羽川の桜並木")
    page.get_by_role("button", name="公開する").click()
    page.wait_for_url(re.compile(r"/spots/[0-9a-f-]{36}/$"))
    read_by_touch(page, page.locator(".gallery figcaption"))
    page.goto(f"{page.url}photos/")
    assert ids(page) == after
    expect(rows(page).nth(1).get_by_label("表紙")).to_be_checked()
    expect(rows(page).nth(0).get_by_label("ひとこと")).to_have_value(LONG)
    page.locator("#photos li img").evaluate_all(LOADED)
    assert violations(page) == []
    page.screenshot(path=str(Path(__file__).parent / "shots" / "photos-page-390.png"), full_page=True)

    rows(page).nth(8).get_by_role("button", name="消す").click()
    expect(rows(page)).to_have_count(8)
    undo = page.locator(".notice").get_by_role("button", name="元に戻す")
    expect(undo).to_be_in_viewport()
    expect(page.get_by_role("region", name="削除した写真").get_by_role("button", name="元に戻す")).to_have_count(1)
    page.screenshot(path=str(Path(__file__).parent / "shots" / "photos-page-deleted-390.png"), full_page=True)
    undo.click()
    expect(rows(page)).to_have_count(9)


def read_by_touch(page: Page, caption: Any) -> None:
    """What two lines do not hold is there at a touch, above the picture, and no longer at the next one elsewhere."""
    left_out = "words => getComputedStyle(words).webkitLineClamp"
    assert caption.evaluate(left_out) == "2"
    caption.tap()
    assert caption.evaluate(left_out) == "none"
    page.screenshot(path=str(Path(__file__).parent / "shots" / "caption-touched-390.png"))
    figure, words = caption.locator("..").bounding_box(), caption.bounding_box()
    assert figure["y"] <= words["y"]
    caption.evaluate("words => words.scrollTo(0, 9999)")
    assert caption.evaluate("words => words.scrollTop + words.clientHeight >= words.scrollHeight - 1")
    page.get_by_role("heading", level=1).tap()
    assert caption.evaluate(left_out) == "2"


def drag(page: Page, start: int, end: int) -> None:
    """By the handle, in small steps as a hand moves."""
    rows(page).nth(start).scroll_into_view_if_needed()
    handles = page.locator("#photos [data-handle]:visible")
    one, other = handles.nth(start).bounding_box(), handles.nth(end).bounding_box()
    assert one is not None
    assert other is not None
    page.mouse.move(one["x"] + 10, one["y"] + 10)
    page.mouse.down()
    page.mouse.move(one["x"] + 10, other["y"] + 10, steps=12)
    page.mouse.up()


def test_a_reload_and_an_ended_session_keep_them(
    new_context: Callable[..., BrowserContext], sign_in: Callable[[Page, str], None], town: Town, roll: list[Path]
) -> None:
    page = new_context(390).new_page()
    sign_in(page, town.author)
    page.goto("/spots/new/")
    page.locator("#id_files").set_input_files(roll[:2])
    expect(rows(page)).to_have_count(2)
    rows(page).nth(1).get_by_label("ひとこと").fill("橋の上")
    expect(page.locator("[data-draft-state]")).not_to_be_empty()
    page.wait_for_timeout(800)
    kept = ids(page)
    page.reload()
    page.get_by_role("button", name="続きを書く").click()
    assert ids(page) == kept
    expect(rows(page).nth(1).get_by_label("ひとこと")).to_have_value("橋の上")
    page.locator("#photos li img").evaluate_all(LOADED)

    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.locator("#id_files").set_input_files(roll[2])
    waiting = page.locator("#photos li[data-failed]")
    expect(waiting).to_contain_text("ログインが切れました")
    page.context.add_cookies([dict(cookie) for cookie in cookies])  # type: ignore[misc]
    waiting.get_by_role("button", name="もう一度").click()
    expect(rows(page)).to_have_count(3)


def test_a_plain_form_does_the_same(
    new_context: Callable[..., BrowserContext], sign_in: Callable[[Page, str], None], town: Town, roll: list[Path]
) -> None:
    page = new_context(390, java_script_enabled=False).new_page()
    sign_in(page, town.author)
    page.goto("/spots/new/")
    describe(page, "つくもの橋")
    page.locator("#id_files").set_input_files(roll)
    page.get_by_role("button", name="選んだ写真を足す").click()
    expect(rows(page)).to_have_count(9)
    expect(page.get_by_role("alert")).to_contain_text("夜景.jpg")
    page.get_by_role("button", name="写真の場所を使う").click()
    first = ids(page)[0]
    rows(page).nth(0).get_by_role("button", name="下へ").click()
    assert ids(page)[1] == first
    expect(page.get_by_role("alert")).to_contain_text("夜景.jpg")
    page.get_by_role("button", name="確かめました").click()
    page.get_by_role("button", name="公開する").last.click()
    page.wait_for_url(re.compile(r"/spots/[0-9a-f-]{36}/$"))
    page.goto(f"{page.url}photos/")
    assert ids(page)[1] == first
    expect(rows(page)).to_have_count(9)
