"""The whole way of a newcomer: joins, posts, comments, saves, shares; is reported, hidden, and reads why."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Town
from tests.browser.test_pages import SHOTS, sideways, violations

PASSWORD = "mizu-no-oto-2026"
NEAR_THE_WATER_WHEEL = ("35.997700", "136.293200")
"""14 m from a spot of the town, 一乗谷の水車."""


class Walk:
    """One person's browser; every page it stops at is looked at by axe and for overflow."""

    def __init__(self, context: BrowserContext, name: str, with_js: bool) -> None:
        self.page, self.name, self.with_js = context.new_page(), name, with_js
        self._stops = 0

    def stop(self, picture: str = "") -> Page:
        assert sideways(self.page) <= 0, self.page.url
        if self.with_js:
            assert violations(self.page) == [], self.page.url
        if picture:
            SHOTS.mkdir(exist_ok=True)
            self.page.screenshot(path=SHOTS / f"{self.name}-{picture}.png", full_page=True)
        return self.page


def code_from(folder: Path, address: str) -> str:
    """The code in the newest letter to that address, as its reader finds it: alone on its line."""
    letters = [path for path in folder.iterdir() if f"To: {address}" in path.read_text(encoding="utf-8")]
    text = max(letters, key=lambda path: path.stat().st_mtime_ns).read_text(encoding="utf-8")
    [code] = re.findall(r"^([A-Z0-9]{3,}(?:-[A-Z0-9]+)?)$", text, re.M)
    return str(code)


def join(walk: Walk, town: Town, username: str) -> None:
    """From the first page, by way of the button that needs an account, to the form it opens."""
    page, address = walk.page, f"{username}@example.jp"
    page.goto("/")
    page.get_by_role("link", name=re.compile("^投稿")).locator("visible=true").first.click()
    expect(page.get_by_role("main").get_by_role("link", name="登録")).to_be_visible()
    walk.stop()
    page.get_by_role("main").get_by_role("link", name="登録").click()
    expect(page.get_by_label("ユーザー名")).to_be_visible()
    walk.stop("1-join")
    page.get_by_label("ユーザー名").fill(username)
    page.get_by_label("メールアドレス").fill(address)
    page.get_by_label("パスワード", exact=False).nth(0).fill(PASSWORD)
    page.get_by_label("パスワード", exact=False).nth(1).fill(PASSWORD)
    page.get_by_role("button", name="コードをメールで受け取る").click()
    expect(page.get_by_role("main")).to_contain_text(str(town.data_dir / "mail"))
    walk.stop("2-code")
    page.get_by_label("確認のコード").fill(code_from(town.data_dir / "mail", address))
    page.get_by_role("button", name="登録を終える").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("スポットを投稿")


def post(walk: Walk) -> str:
    """A spot beside one with a like name; its path."""
    page = walk.stop("3-form")
    page.get_by_label("名前", exact=False).first.fill("一乗谷の水車小屋")
    page.locator("label.chip", has_text="歴史・文化財").click()
    if walk.with_js:
        page.locator(".picker .canvas").click(position={"x": 100, "y": 100})
        expect(page.locator("[data-picker-status]")).to_contain_text("ピンを置きました")
    else:
        page.locator("input[name=map]").click(position={"x": 100, "y": 100})
        expect(page.locator("[data-picker-status]")).to_contain_text("ピン：")
    page.get_by_text("緯度・経度を数字で入れる").click()
    for name, degrees in zip(("latitude", "longitude"), NEAR_THE_WATER_WHEEL, strict=True):
        page.locator(f"#id_{name}").fill(degrees)
    page.get_by_label("説明").fill("朝の光がきれいです。")
    page.get_by_role("button", name="公開する", exact=True).click()
    warning = page.get_by_role("alert")
    expect(warning).to_contain_text("一乗谷の水車")
    expect(warning).to_contain_text("10 m")
    walk.stop("4-look-alike")
    page.get_by_role("button", name=re.compile("^別の場所です")).click()
    expect(page.get_by_role("status").first).to_contain_text("公開しました")
    expect(page.get_by_role("heading", level=1)).to_have_text("一乗谷の水車小屋")
    walk.stop("5-spot")
    return page.url.split("?")[0].split("#")[0]


def comment(walk: Walk) -> None:
    page = walk.page
    page.get_by_role("textbox", name="コメント").fill("水の音がします。")
    page.get_by_role("button", name="送る", exact=True).click()
    expect(page.locator(".thread")).to_contain_text("水の音がします。")


def save(walk: Walk, title: str) -> str:
    """Into 行きたい with one press, then into a new list that is shared by its link; the list's address."""
    page = walk.page
    page.get_by_role("button", name="ポケットに入れる", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("行きたい")
    page.get_by_role("link", name="入れました").click()
    expect(page.get_by_role("checkbox", name=re.compile("^行きたい"))).to_be_checked()
    page.get_by_text("新しいリストを作って入れる").click()
    page.get_by_label("題名").fill(title)
    page.get_by_role("radio", name=re.compile("^リンクを知っている人")).check()
    walk.stop("6-save")
    page.get_by_role("button", name="決める").click()
    page.goto("/lists/")
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    walk.stop("7-list")
    return page.url


def report(walk: Walk, url: str) -> str:
    """By somebody without an account; the receipt."""
    page = walk.page
    page.goto(url)
    page.get_by_role("main").get_by_role("link", name="通報する").first.click()
    page.get_by_label("個人の家や個人情報が写っている").check()
    page.get_by_label("くわしく").fill("うちの庭です。")
    walk.stop("8-report")
    page.get_by_role("button", name="送る", exact=True).click()
    receipt = page.locator(".receipt strong").inner_text()
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", receipt)
    walk.stop("9-receipt")
    return receipt


def hide(walk: Walk, receipt: str) -> None:
    """A moderator finds the case by its receipt, and hides what it is about."""
    page = walk.page
    page.goto(f"/admin/spots/case/?q={receipt}")
    page.locator("#result_list tbody th a").click()
    expect(page.get_by_role("button", name="対象を非表示にして対応済みにする")).to_be_visible()
    walk.stop("11-case")
    page.get_by_role("button", name="対象を非表示にして対応済みにする").click()
    expect(page.get_by_label("個人の家や個人情報が写っている")).to_be_visible()
    walk.stop("12-reason")
    page.get_by_label("個人の家や個人情報が写っている").check()
    page.get_by_role("button", name="対象を非表示にして対応済みにする").click()
    expect(page.locator(".messagelist")).to_contain_text("対象を非表示にし、対応済みにしました")


@pytest.fixture
def start(new_context: Callable[..., BrowserContext], width: int, with_js: bool) -> Callable[[str], Walk]:
    """A browser of that person's own."""

    def started(name: str) -> Walk:
        return Walk(new_context(width, java_script_enabled=with_js), f"walk-{name}-{width}-{int(with_js)}", with_js)

    return started


def test_from_joining_to_reading_why(
    start: Callable[[str], Walk], sign_in: Callable[[Page, str], None], town: Town, width: int, with_js: bool
) -> None:
    author, visitor, moderator = start("author"), start("visitor"), start("moderator")
    username = f"kaze{width}{'js' if with_js else ''}"
    join(author, town, username)
    spot = post(author)
    comment(author)
    shared = save(author, f"水のある所{width}{with_js}")

    visitor.page.goto(shared)
    expect(visitor.page.get_by_role("link", name="一乗谷の水車小屋")).to_be_visible()
    receipt = report(visitor, spot)

    sign_in(moderator.page, town.moderator)
    hide(moderator, receipt)

    answer = visitor.page.goto(spot)
    assert answer is not None
    assert answer.status == 404
    visitor.page.goto(f"/reports/{receipt}/")
    expect(visitor.page.get_by_role("main")).to_contain_text("対応しました")
    author.page.goto(f"/users/{username}/")
    mine = author.page.get_by_role("region", name="公開されていない投稿")
    expect(mine).to_contain_text("個人の家や個人情報が写っている")
    author.stop("10-why")
    mine.get_by_role("link", name="一乗谷の水車小屋").click()
    expect(author.page.get_by_role("main")).to_contain_text("理由：個人の家や個人情報が写っている")
