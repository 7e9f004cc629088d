"""One's pocket on a phone: save, choose, order by buttons and by finger, share; without script too."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Town
from tests.browser.test_pages import SHOTS, settle, sideways, violations

SignIn = Callable[[Page, str], None]
Contexts = Callable[..., BrowserContext]


def sound(page: Page, name: str) -> None:
    """No violation and no overflow at both widths and in both schemes; a picture of each for a person to look at."""
    for width in (390, 1280):
        settle(page, width)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], f"{name}, {width} px, {scheme}"
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{scheme}.png", full_page=True)
        assert sideways(page) <= 0, (name, width)
    page.emulate_media(color_scheme="light")
    settle(page, 320)
    assert sideways(page) <= 0, name
    settle(page, 390)


def new_list(page: Page, title: str, spots: int) -> str:
    """The address of a new list with the first spots of the town in it."""
    page.goto("/lists/new/")
    page.get_by_label("題名").fill(title)
    page.get_by_role("button", name="作る").click()
    page.wait_for_url(re.compile(r"/lists/[0-9a-f-]{36}/$"))
    url = page.url
    page.goto("/spots/?q=公園")
    ids = page.locator(".rows [data-spot]").evaluate_all("all => all.map(one => one.dataset.spot)")
    for id_ in ids[:spots]:
        page.goto(f"/spots/{id_}/saves/")
        page.get_by_role("checkbox", name=title).check()
        page.get_by_role("button", name="決める").click()
        expect(page.get_by_role("status").first).to_contain_text("ポケットに入れました")
    page.goto(url)
    return url


def names(page: Page) -> list[str]:
    return page.locator(".rows h2").all_inner_texts()


def standing(page: Page, expected: list[str]) -> None:
    expect(page.locator(".rows h2")).to_have_text(expected)


def row(page: Page, name: str) -> Locator:
    return page.locator(".rows > li").filter(has=page.get_by_role("heading", name=name, exact=True))


def test_a_spot_goes_into_the_pocket_and_into_a_new_list(
    new_context: Contexts, sign_in: SignIn, town: Town, with_js: bool
) -> None:
    page = new_context(390, java_script_enabled=with_js).new_page()
    page.goto(f"/spots/{town.spot}/")
    page.get_by_role("link", name="ポケットに入れる", exact=True).click()
    page.wait_for_url(re.compile(r"/accounts/login/\?next="))
    sign_in(page, town.moderator)
    page.goto(f"/spots/{town.spot}/")
    save = page.get_by_role("main").get_by_role("button", name="ポケットに入れる", exact=True)
    if save.count():
        save.click()
        expect(page.get_by_role("status").first).to_contain_text("行きたい")
        page.get_by_role("link", name="リストを選ぶ").click()
    else:
        page.get_by_role("link", name="入れました").click()
    if with_js:
        sound(page, "picker")
    if not page.get_by_label("新しいリストの題名").is_visible():
        page.get_by_text("新しいリストを作って入れる").click()
    page.get_by_label("新しいリストの題名").fill(f"冬の朝 {with_js}")
    page.get_by_role("button", name="決める").click()
    expect(page.get_by_role("status").first).to_have_text(re.compile(f"行きたい.*冬の朝 {with_js}"))
    expect(page.get_by_role("link", name="入れました")).to_be_visible()
    if with_js:
        sound(page, "saved-spot")
    page.goto("/lists/")
    expect(page.get_by_role("heading", level=3).first).to_have_text("行きたい")
    if with_js:
        sound(page, "pocket")


def test_buttons_move_a_row_keep_focus_and_say_where_it_is(new_context: Contexts, sign_in: SignIn, town: Town) -> None:
    page = new_context(390).new_page()
    sign_in(page, town.moderator)
    url = new_list(page, "ボタンで並べる", 3)
    first, second, third = names(page)
    summary = row(page, third).locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    up = page.get_by_role("button", name=f"「{third}」を上へ")
    up.focus()
    for place, order in ((2, [first, third, second]), (1, [third, first, second])):
        with page.expect_response("**/items/") as stored:
            page.keyboard.press("Enter")
        assert stored.value.status == 204
        standing(page, order)
        expect(up).to_be_focused()
        expect(page.get_by_role("status").filter(has_text="番目")).to_have_text(f"「{third}」は {place} 番目です。")
    assert page.locator(".rows .place").all_inner_texts() == ["1", "2", "3"]
    sound(page, "own-list")
    page.goto(url)
    standing(page, [third, first, second])


def test_a_row_is_dragged_by_its_handle(new_context: Contexts, sign_in: SignIn, town: Town) -> None:
    page = new_context(390, has_touch=True).new_page()
    sign_in(page, town.moderator)
    url = new_list(page, "指で並べる", 4)
    first, second, third, fourth = names(page)
    handle = row(page, first).locator("[data-handle]")
    handle.scroll_into_view_if_needed()
    start, height = handle.bounding_box(), row(page, second).bounding_box()
    assert start
    assert height
    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: float) -> None:
        shown = [{"x": x, "y": point} for point in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": shown})

    touch("touchStart", y)
    for step in range(1, 9):
        touch("touchMove", y + step * height["height"] * 1.7 / 8)
    page.screenshot(path=SHOTS / "own-list-dragged.png")
    with page.expect_response("**/items/") as stored:
        touch("touchEnd")
    assert stored.value.status == 204
    standing(page, [second, third, first, fourth])
    expect(page.get_by_role("status").filter(has_text="番目")).to_have_text(f"「{first}」は 3 番目です。")
    page.goto(url)
    standing(page, [second, third, first, fourth])

    box = row(page, third).locator("[data-handle]").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + 20 - height["height"], steps=6)
    page.keyboard.press("Escape")
    page.mouse.up()
    standing(page, [second, third, first, fourth])


def test_without_script_everything_about_a_list_works(new_context: Contexts, sign_in: SignIn, town: Town) -> None:
    page = new_context(390, java_script_enabled=False).new_page()
    sign_in(page, town.moderator)
    new_list(page, "紙の地図", 3)
    first, second, third = names(page)
    assert page.locator("[data-handle]:visible").count() == 0
    row(page, third).locator("summary").click()
    page.get_by_role("button", name=f"「{third}」を上へ").click()
    standing(page, [first, third, second])
    page.get_by_role("button", name=f"「{third}」を上へ").click()
    standing(page, [third, first, second])
    row(page, third).get_by_label("メモ（200文字まで）").fill("朝のうちに")
    page.get_by_role("button", name=f"「{third}」のメモを保存").click()
    expect(row(page, third)).to_contain_text("朝のうちに")
    row(page, first).locator("summary").click()
    page.get_by_role("button", name=f"「{first}」をリストから出す").click()
    standing(page, [third, second])
    page.get_by_role("button", name="元に戻す").click()
    standing(page, [third, first, second])
    page.get_by_role("link", name="編集する").click()
    page.get_by_role("radio", name=re.compile("^リンクを知っている人")).check()
    page.get_by_role("button", name="保存する").click()
    shared = page.get_by_role("link", name=f"{town.url}/lists/").get_attribute("href")
    visitor = new_context(390).new_page()
    visitor.goto(str(shared))
    standing(visitor, [third, first, second])
    assert visitor.get_by_role("main").locator("form, details").count() == 0
    page.get_by_role("link", name="編集する").click()
    page.get_by_role("link", name="このリストを消す").click()
    page.get_by_role("button", name="消す").click()
    expect(page.get_by_role("status").first).to_contain_text("「紙の地図」を消しました")


def test_forms_and_profiles_are_sound(new_context: Contexts, sign_in: SignIn, town: Town) -> None:
    page = new_context(390).new_page()
    sign_in(page, town.author)
    for name, path in {
        "list-new": "/lists/new/",
        "list-edit": f"/lists/{town.list}/edit/",
        "list-delete": f"/lists/{town.list}/delete/",
        "list-own": f"/lists/{town.list}/",
        "me": f"/users/{town.author}/",
        "me-lists": f"/users/{town.author}/?show=lists",
        "me-comments": f"/users/{town.author}/?show=comments",
    }.items():
        page.goto(path)
        sound(page, name)
    expect(page.locator(".tabbar [aria-current]")).to_have_text("わたし")
    page.goto("/lists/new/")
    page.get_by_role("button", name="作る").click()
    expect(page.get_by_role("alert")).to_be_focused()
    sound(page, "list-refused")
