"""A moderator's day in a real browser: from signing in with six digits to the line in the log, and what authors see."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import second_factor
from tests.browser.conftest import Town
from tests.browser.test_pages import SHOTS, settle, sideways, violations
from tests.browser.town import PASSWORD

LISTS = {
    "cases": "spots/case/",
    "spots": "spots/spot/",
    "people": "accounts/user/",
    "log": "spots/moderationaction/",
    "categories": "spots/category/",
    "comments": "spots/comment/",
    "photos": "spots/spotphoto/",
}
NewContext = Callable[..., BrowserContext]


def picture(page: Page, name: str) -> None:
    """At both widths: nothing to the side, nothing that axe minds, and a picture for a person to look at."""
    for width in (390, 1280):
        settle(page, width)
        assert sideways(page) <= 0, (name, width)
        assert violations(page) == [], (name, width)
        page.screenshot(path=Path(SHOTS) / f"admin-{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_fits_a_phone_and_axe_finds_nothing(
    open_page: Callable[..., Page], sign_in: Callable[[Page, str], None], town: Town, name: str
) -> None:
    page = open_page("/")
    sign_in(page, town.moderator)
    page.goto(f"/admin/{LISTS[name]}")
    picture(page, name)


def test_no_name_is_so_long_that_the_list_of_photos_scrolls(
    open_page: Callable[..., Page], sign_in: Callable[[Page, str], None], town: Town
) -> None:
    page = open_page("/")
    sign_in(page, town.moderator)
    page.goto("/admin/spots/spotphoto/")
    for column, text in (("words", "椿の道" * 20), ("spot", "Echizen-no-komichi " * 4), ("uploaded_by", "n" * 30)):
        page.locator(f"td.field-{column}").first.evaluate("(cell, text) => { cell.textContent = text }", text)
    for width in (390, 1280):
        settle(page, width)
        assert page.locator(".results").evaluate("list => list.scrollWidth - list.clientWidth") <= 0, width


def test_a_moderators_whole_day(
    new_context: NewContext, sign_in: Callable[[Page, str], None], town: Town, tmp_path: Path
) -> None:
    newcomer, moderator = new_context(390).new_page(), new_context().new_page()
    sign_in(newcomer, town.newcomer)
    _report(new_context(390).new_page(), town)
    _enter_with_digits(moderator, town)
    _settle_the_case(moderator)
    _read_the_notice(newcomer, town)
    _suspend_and_let_write_again(moderator, newcomer, town)
    _lock_comments(moderator, newcomer, town)
    _merge_category(moderator, newcomer)
    _read_the_log(moderator)
    _letters_lie_in_the_folder(newcomer, town)


def _report(page: Page, town: Town) -> None:
    """By somebody without an account."""
    page.goto(f"/reports/new/?target=spot:{town.reported}")
    page.get_by_label("個人の家や個人情報が写っている").check()
    page.get_by_role("button", name="送る").click()
    expect(page.get_by_role("main")).to_contain_text(re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}"))


def _enter_with_digits(page: Page, town: Town) -> None:
    page.goto("/admin/")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("管理")  # nothing is there yet
    page.goto("/accounts/login/")
    page.get_by_label("ユーザー名またはメール").fill(town.moderator)
    page.get_by_label("パスワード", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="ログイン").click()
    page.wait_for_url("**/2fa/authenticate/")
    picture(page, "digits")
    for steps in (0, 1, -1):  # a number is good once; another test may have used this half minute's
        page.locator("[name=code]").fill(second_factor.digits(steps))
        page.get_by_role("main").get_by_role("button", name="ログイン").click()
        page.wait_for_load_state("networkidle")
        if "/2fa/" not in page.url:
            break
    page.goto("/admin/")
    expect(page.locator("#site-name")).to_have_text("マチポケ 管理")
    picture(page, "index")


def _settle_the_case(page: Page) -> None:
    page.goto("/admin/spots/case/?state__exact=open")
    picture(page, "queue")
    page.get_by_role("link", name="港の空き地").click()
    expect(page.locator(".dossier").first).to_contain_text("だれでも入れます。")
    picture(page, "case")
    page.get_by_role("button", name="対象を非表示にして対応済みにする").click()
    page.get_by_label("個人の家や個人情報が写っている").check()
    page.get_by_label("くわしく").fill("表札が読めます")
    picture(page, "reason")
    page.get_by_role("button", name="対象を非表示にして対応済みにする").click()
    expect(page.locator(".messagelist")).to_contain_text("1件の対象を非表示にし、対応済みにしました。")


def _read_the_notice(page: Page, town: Town) -> None:
    page.goto(f"/users/{town.newcomer}/")
    expect(page.get_by_role("link", name="お知らせ 1")).to_be_visible()
    page.get_by_role("link", name="お知らせ 1").click()
    first = page.get_by_role("main").get_by_role("listitem").first
    expect(first).to_contain_text("非表示になりました")
    expect(first).to_contain_text("個人の家や個人情報が写っている: 表札が読めます")
    picture(page, "notices")
    page.set_viewport_size({"width": 390, "height": 844})
    first.get_by_role("button", name="開く").click()
    page.wait_for_url(f"**/spots/{town.reported}/")
    expect(page.get_by_role("main")).to_contain_text("表札が読めます")
    page.goto(f"/users/{town.newcomer}/")
    expect(page.get_by_role("link", name="お知らせ", exact=True)).to_be_visible()


def _suspend_and_let_write_again(moderator: Page, newcomer: Page, town: Town) -> None:
    moderator.goto(f"/admin/accounts/user/?q={town.newcomer}")
    moderator.get_by_role("link", name=town.newcomer).click()
    picture(moderator, "person")
    moderator.get_by_role("button", name="利用を停止する").click()
    moderator.get_by_label("いやがらせ・差別").check()
    moderator.get_by_label("30日").check()
    picture(moderator, "suspend")
    moderator.get_by_role("button", name="利用を停止する").click()
    expect(moderator.locator(".messagelist")).to_contain_text("1人の利用を停止しました。")
    assert newcomer.goto("/spots/new/").status in (200, 403)  # type: ignore[union-attr]
    newcomer.goto("/accounts/notices/")
    expect(newcomer.get_by_role("main")).to_contain_text("利用が停止されました")
    moderator.goto("/admin/accounts/user/?suspended=yes")
    moderator.get_by_role("link", name=town.newcomer).click()
    moderator.get_by_role("button", name="停止を終わらせる").click()
    moderator.get_by_label("申し立てを認めた").check()
    moderator.get_by_role("button", name="停止を終わらせる").click()
    expect(moderator.locator(".messagelist")).to_contain_text("1人の停止を終わらせました。")


def _lock_comments(moderator: Page, newcomer: Page, town: Town) -> None:
    address = f"/admin/spots/spot/{town.reported}/change/"
    for verb, reason in (("元に戻す", "直された"), ("コメントを締め切る", "いやがらせ・差別")):
        moderator.goto(address)
        moderator.get_by_role("button", name=verb, exact=True).click()
        moderator.get_by_label(reason).check()
        moderator.get_by_role("button", name=verb, exact=True).click()
        expect(moderator.locator(".messagelist")).to_contain_text("1件")
    newcomer.goto(f"/spots/{town.reported}/")
    expect(newcomer.get_by_role("main")).to_contain_text("締め切")
    moderator.goto(address)
    picture(moderator, "spot")


def _merge_category(moderator: Page, newcomer: Page) -> None:
    moderator.goto("/admin/spots/category/")
    moderator.get_by_role("link", name="まつり・催し").click()
    picture(moderator, "category")
    moderator.get_by_role("button", name="ほかのカテゴリにまとめる").click()
    moderator.get_by_label("まとめる先").select_option(label="その他")
    moderator.get_by_label("使われることが少ない").check()
    picture(moderator, "merge")
    moderator.get_by_role("button", name="ほかのカテゴリにまとめる").click()
    expect(moderator.locator(".messagelist")).to_contain_text(
        re.compile(r"1件のカテゴリ（\d+か所）を「その他」にまとめました。")
    )
    newcomer.goto("/categories/event/")
    newcomer.wait_for_url("**/categories/other/")
    expect(newcomer.get_by_role("main")).to_contain_text("港の空き地")


def _read_the_log(page: Page) -> None:
    page.goto("/admin/spots/moderationaction/")
    table = page.locator("#result_list")
    for verb in ("非表示にした", "利用を停止した", "停止を終わらせた", "コメントを締め切った", "まとめた"):
        expect(table).to_contain_text(verb)
    expect(table).to_contain_text("表札が読めます")
    picture(page, "log-full")
    reason = table.get_by_role("cell", name="使われることが少ない").bounding_box()
    pane = page.locator("#changelist-form .results").bounding_box()
    assert reason is not None
    assert pane is not None
    assert reason["x"] + reason["width"] <= pane["x"] + pane["width"]  # read without scrolling the table
    page.get_by_role("row", name="まつり・催し").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=2).first).to_have_text("カテゴリをまとめた：まつり・催し")
    picture(page, "line")


def _letters_lie_in_the_folder(page: Page, town: Town) -> None:
    """The job process has sent one for each notice; without EMAIL_URL they are files."""
    page.goto("/accounts/notices/")
    told = page.locator("li[id^=notice-]").count()
    letters: list[str] = []
    for _try in range(100):
        files = [path.read_text() for path in (town.data_dir / "mail").iterdir()]
        letters = [text for text in files if "お知らせの一覧" in text and f"To: {town.newcomer}@" in text]
        if len(letters) >= told:
            break
        page.wait_for_timeout(200)
    assert len(letters) == told
    assert f"{town.url}/accounts/notices/" in letters[0]
