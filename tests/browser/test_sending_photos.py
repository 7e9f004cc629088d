"""How a photo gets from a hand to the site: pasted, dropped, taken; made smaller, sent three at a time, and again."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests import pictures
from tests.browser.conftest import Town
from tests.browser.test_posting_photos import describe, ids, rows

UPLOAD = "**/api/v1/photos/"
LOST = r"net::ERR_(FAILED|CONNECTION_\w+)|status of (429|503)"
"""What Chromium says of the answers that these tests take away."""

DROPPED = """bytes => {
    const data = new DataTransfer();
    for (const one of bytes) data.items.add(new File([new Uint8Array(one)], "置いた.jpg", { type: "image/jpeg" }));
    return data;
}"""

COPIED = """() => new Promise((resolve) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 400, height: 300 });
    canvas.getContext("2d").fillRect(40, 40, 200, 100);
    canvas.toBlob((blob) => resolve(navigator.clipboard.write([new ClipboardItem({ "image/png": blob })])));
})"""


TOLD = """
window.sentAt = [];
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (...all) { sentAt.push(Date.now()); return send.apply(this, all); };
"""


@pytest.fixture
def form(new_context: Callable[..., BrowserContext], sign_in: Callable[[Page, str], None], town: Town) -> Page:
    """A form on a phone, of somebody who is signed in already."""
    context = new_context(390, has_touch=True, is_mobile=True, remarks_allowed=LOST)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    sign_in(page, town.keeper)
    page.goto("/spots/new/")
    return page


def photo(name: str, seed: int, size: tuple[int, int] = (800, 600)) -> Any:
    return {"name": name, "mimeType": "image/jpeg", "buffer": pictures.make(size, seed=seed)}


def choose(page: Page, *files: Any) -> None:
    page.locator("#id_files").set_input_files(list(files))


def sending(page: Page) -> Any:
    return page.locator("#photos li.sending")


def stored(page: Page, town: Town) -> list[Path]:
    """The photos that the site has for this form."""
    gallery = page.locator("#photos").get_attribute("data-gallery")
    return sorted((town.data_dir / "media" / "spots" / str(gallery)).glob("*"))


def test_pasted_dropped_and_taken(form: Page, town: Town) -> None:
    form.evaluate(COPIED)
    form.keyboard.press("Control+V")
    expect(rows(form)).to_have_count(1)

    bytes_ = [list(pictures.make(seed=number)) for number in (71, 72)]
    form.dispatch_event("#photos [data-photo-drop]", "drop", {"dataTransfer": form.evaluate_handle(DROPPED, bytes_)})
    expect(rows(form)).to_have_count(3)

    with form.expect_file_chooser() as asked:
        form.get_by_role("button", name="撮る").tap()
    assert asked.value.element.get_attribute("capture") == "environment"
    asked.value.set_files(photo("いま.jpg", 73))
    expect(rows(form)).to_have_count(4)
    assert len(stored(form, town)) == 4


def test_a_mouse_has_no_camera(
    new_context: Callable[..., BrowserContext], sign_in: Callable[[Page, str], None], town: Town
) -> None:
    page = new_context(1280).new_page()
    sign_in(page, town.keeper)
    page.goto("/spots/new/")
    expect(page.locator("[data-photo-drop] label")).to_contain_text("またはここに置く")
    expect(page.get_by_role("button", name="撮る")).to_be_hidden()


def test_a_large_one_is_made_smaller_and_a_small_one_left(form: Page, town: Town) -> None:
    small = photo("小.jpg", 81)
    choose(form, photo("大.jpg", 82, (4032, 3024)), small)
    expect(rows(form)).to_have_count(2)
    large, as_chosen = ((town.data_dir / "private" / "originals" / one) for one in ids(form))
    with Image.open(large) as sent:
        assert max(sent.size) <= 2560
        assert min(sent.size) >= 1536
    assert large.stat().st_size <= 700_000
    assert as_chosen.read_bytes() == small["buffer"]


def test_what_shows_through_still_does(form: Page, town: Town) -> None:
    clear = pictures.make((3000, 600), "WEBP", mode="RGBA", lossless=True, method=0)
    choose(form, {"name": "透.webp", "mimeType": "image/webp", "buffer": clear})
    expect(rows(form)).to_have_count(1)
    with Image.open(town.data_dir / "private" / "originals" / ids(form)[0]) as sent:
        assert sent.size == (2560, 512)
        assert sent.convert("RGBA").getpixel((2550, 256))[3] < 40  # type: ignore[index]


def test_three_at_a_time(form: Page) -> None:
    held: list[Route] = []
    form.route(UPLOAD, lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    choose(form, *(photo(f"{number}.jpg", 90 + number, (320, 240)) for number in range(5)))
    expect(sending(form).locator("canvas")).to_have_count(5)
    for answered, under_way in ((0, 3), (1, 3), (2, 3), (3, 2), (4, 1)):
        arrive(form, held, answered + under_way)
        form.wait_for_timeout(60)
        assert len(held) == answered + under_way
        held[answered].continue_()
        expect(rows(form)).to_have_count(answered + 1)


def test_what_was_lost_is_sent_again_and_never_twice(form: Page, town: Town) -> None:
    form.clock.install()
    form.add_init_script(TOLD)
    form.goto("/spots/new/")
    form.clock.pause_at(form.evaluate("Date.now() / 1000 + 1"))
    tries: list[str] = []

    def lose(route: Route) -> None:
        tries.append(route.request.url)
        if len(tries) == 1:
            route.abort("connectionfailed")
        elif len(tries) == 2:
            route.fulfill(status=503, headers={"Retry-After": "3"}, json={"detail": "いま混んでいます。"})
        elif len(tries) == 3:
            assert route.fetch().status == 201  # it arrived, and its answer did not
            route.abort("connectionreset")
        else:
            route.continue_()

    form.route(UPLOAD, lose)
    choose(form, photo("橋.jpg", 101))
    pass_time_until(form, lambda: rows(form).count() == 1)
    assert len(tries) == 4
    first, second, third, fourth = form.evaluate("sentAt")
    assert second - first >= 1000
    assert third - second >= 3000, "the site asked for 3 s"
    assert fourth - third >= 4000
    assert [path.stem for path in stored(form, town)] == ids(form)


def test_what_does_not_arrive_waits_for_a_hand(form: Page, town: Town) -> None:
    form.clock.install()
    form.add_init_script(TOLD)
    form.goto("/spots/new/")
    form.route(UPLOAD, lambda route: route.abort("connectionfailed"))
    choose(form, photo("川.jpg", 111))
    with_why = form.locator("#photos li[data-failed]")
    pass_time_until(form, lambda: with_why.count() == 1)
    assert len(form.evaluate("sentAt")) == 5
    expect(with_why).to_contain_text("電波を確かめて")
    form.unroute(UPLOAD)
    with_why.get_by_role("button", name="もう一度").tap()
    expect(rows(form)).to_have_count(1)
    assert len(stored(form, town)) == 1


def test_progress_is_shown_and_one_under_way_can_be_stopped(form: Page, town: Town) -> None:
    session = form.context.new_cdp_session(form)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", slow)
    choose(form, photo("遅い.jpg", 121, (1600, 1200)))
    form.wait_for_function(
        "() => { const v = document.querySelector('#photos progress')?.value; return v > 0 && v < 100; }"
    )
    expect(form.locator("[data-photo-status]")).to_contain_text("あと1枚")
    sending(form).get_by_role("button", name="やめる").tap()
    expect(sending(form)).to_have_count(0)
    session.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    choose(form, photo("速い.jpg", 122))
    expect(rows(form)).to_have_count(1)
    assert [path.stem for path in stored(form, town)] == ids(form)


def test_one_that_is_stopped_after_it_arrived_is_taken_back(form: Page) -> None:
    held: list[Route] = []
    form.route(UPLOAD, lambda route: held.append(route))
    choose(form, photo("要らない.jpg", 131))
    arrive(form, held, 1)
    answer = held[0].fetch()
    assert answer.status == 201
    sending(form).get_by_role("button", name="やめる").tap()
    held[0].fulfill(response=answer)
    itself = f"/api/v1/photos/{answer.json()['id']}/"
    eventually(form, lambda: form.request.get(itself).status == 404)
    expect(rows(form)).to_have_count(0)


def test_an_eleventh_is_told_and_not_sent(form: Page, town: Town) -> None:
    choose(form, *(photo(f"{number}.jpg", 140 + number, (96, 64)) for number in range(11)))
    expect(rows(form)).to_have_count(10)
    expect(form.locator("[data-photo-status]")).to_have_text("写真は10枚までです。「10.jpg」は足していません。")
    assert len(stored(form, town)) == 10


def test_a_form_is_not_sent_without_a_photo_that_was_refused(form: Page) -> None:
    choose(form, photo("朝.jpg", 151), {"name": "夜景.jpg", "mimeType": "image/jpeg", "buffer": b"<html>"})
    refused = form.locator("#photos li[data-failed]")
    expect(refused).to_contain_text("夜景.jpg")
    expect(rows(form)).to_have_count(1)
    describe(form, "九十九橋の朝")
    form.get_by_text("緯度・経度を数字で入れる").click()
    form.get_by_label(re.compile("^緯度")).fill("36.0611")
    form.get_by_label(re.compile("^経度")).fill("136.2161")
    for button in ("公開する", "下書きに保存"):
        form.get_by_role("button", name=button).last.tap()
        expect(refused).to_be_focused()
        expect(form.locator("[data-photo-status]")).to_contain_text("閉じてから続けてください")
        assert form.url.endswith("/spots/new/")
    refused.get_by_role("button", name="閉じる").tap()
    form.get_by_role("button", name="公開する").last.tap()
    form.wait_for_url(re.compile(r"/spots/[0-9a-f-]{36}/$"))


def test_what_can_be_pressed_in_a_row_stands_apart_and_below_its_words(form: Page) -> None:
    choose(form, photo("朝.jpg", 153), {"name": "夜景.jpg", "mimeType": "image/jpeg", "buffer": b"<html>"})
    refused = form.locator("#photos li[data-failed]")
    expect(refused).to_have_count(1)
    expect(rows(form)).to_have_count(1)
    close = refused.get_by_role("button", name="閉じる")
    assert left(close) == left(refused.locator("[data-error]"))
    assert close.evaluate("button => getComputedStyle(button).borderTopColor") != "rgba(0, 0, 0, 0)"
    handle = rows(form).locator(".handle").bounding_box()
    assert left(rows(form).locator(".chip")) - handle["x"] - handle["width"] >= 4


def left(part: Any) -> float:
    return float(part.bounding_box()["x"])


def test_the_limit_says_how_long_it_lasts_and_lets_send_again(form: Page) -> None:
    words = "あと25分ほど待って、もう一度お試しください。"
    form.route(UPLOAD, lambda route: route.fulfill(status=429, headers={"Retry-After": "1500"}, json={"detail": words}))
    choose(form, photo("六十一.jpg", 152))
    waiting = form.locator("#photos li[data-failed]")
    expect(waiting.locator("[data-error]")).to_have_text(words)
    form.unroute(UPLOAD)
    waiting.get_by_role("button", name="もう一度").tap()
    expect(rows(form)).to_have_count(1)


def test_a_busy_site_can_be_asked_again_while_there_is_room(form: Page) -> None:
    form.route(UPLOAD, lambda route: route.fulfill(status=503, headers={"Retry-After": "90"}, body="<html>"))
    choose(form, photo("待つ.jpg", 180, (96, 64)))
    waiting = form.locator("#photos li[data-failed]")
    expect(waiting).to_contain_text("もう一度送ってください")
    form.unroute(UPLOAD)
    choose(form, *(photo(f"{number}.jpg", 181 + number, (96, 64)) for number in range(10)))
    expect(rows(form)).to_have_count(10)
    waiting.get_by_role("button", name="もう一度").tap()
    expect(form.locator("[data-photo-status]")).to_have_text("写真は10枚までです。「待つ.jpg」は足していません。")
    rows(form).nth(4).get_by_role("button", name="外す").tap()
    waiting.get_by_role("button", name="もう一度").tap()
    expect(waiting).to_have_count(0)
    expect(rows(form)).to_have_count(10)


def test_a_finger_puts_them_in_order_past_one_that_was_refused(form: Page) -> None:
    form.set_viewport_size({"width": 390, "height": 1400})  # nothing scrolls under the finger
    good = [photo(f"{number}.jpg", 160 + number, (96, 64)) for number in range(3)]
    choose(form, good[0], {"name": "夜景.jpg", "mimeType": "image/jpeg", "buffer": b"<html>"}, *good[1:])
    expect(rows(form)).to_have_count(3)
    expect(form.locator("#photos li[data-failed]")).to_have_count(1)
    before = ids(form)
    handles = form.locator("#photos [data-handle]:visible")
    rows(form).nth(0).evaluate("row => row.scrollIntoView()")
    boxes = [handles.nth(at).bounding_box() for at in (0, 2)]
    (x, start), (_x, end) = ((box["x"] + 15, box["y"] + 15) for box in boxes if box)
    session = form.context.new_cdp_session(form)
    for kind, at in [("touchStart", start), *(("touchMove", start + (end - start) * k / 20) for k in range(1, 21))]:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": at}]})
    form.wait_for_timeout(60)  # moves come with the next frame
    held = form.locator("#photos [data-dragged] [data-handle]").bounding_box()
    assert held is not None
    assert abs(held["y"] + 15 - end) < 2, "it is not below the finger"
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert ids(form) == [before[1], before[2], before[0]]
    expect(form.locator("[data-photo-status]")).to_have_text("3番目に動かしました。")


def test_a_session_that_ends_elsewhere_costs_nothing(
    new_context: Callable[..., BrowserContext], sign_in: Callable[[Page, str], None], town: Town
) -> None:
    context = new_context(390, remarks_allowed=LOST)
    page = context.new_page()
    sign_in(page, town.newcomer)
    page.goto("/spots/new/")
    describe(page, "木橋のたもと")
    page.get_by_text("緯度・経度を数字で入れる").click()
    page.get_by_label(re.compile("^緯度")).fill("36.0601")
    page.get_by_label(re.compile("^経度")).fill("136.2202")
    choose(page, photo("前.jpg", 171))
    expect(rows(page)).to_have_count(1)

    other = context.new_page()
    other.goto("/accounts/logout/")
    other.get_by_role("main").get_by_role("button", name="ログアウト").click()
    choose(page, photo("後.jpg", 172), photo("その後.jpg", 173))
    waiting = page.locator("#photos li[data-failed]")
    expect(waiting).to_have_count(2)
    expect(waiting.first).to_contain_text("ログインが切れました")
    sign_in(other, town.newcomer)
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(rows(page)).to_have_count(3)
    page.get_by_role("button", name="公開する").click()
    page.wait_for_url(re.compile(r"/spots/[0-9a-f-]{36}/$"))
    page.goto(f"{page.url}photos/")
    expect(rows(page)).to_have_count(3)


def arrive(page: Page, requests: Sequence[object], count: int) -> None:
    """Wait until the page has sent so many."""
    eventually(page, lambda: len(requests) == count)


def pass_time_until(page: Page, holds: Callable[[], bool]) -> None:
    """The page's clock goes on by steps: its timers wait for answers, which take the time they take."""

    def a_step_later() -> bool:
        page.clock.run_for(200)
        return holds()

    eventually(page, a_step_later)


def eventually(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for what the site or a handler of the test does; the page goes on meanwhile."""
    for _turn in range(200):
        if holds():
            return
        page.wait_for_timeout(25)
    raise AssertionError("it did not come")
