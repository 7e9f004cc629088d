"""A real site with a small town, and a real Chromium before it.

Everything lives as long as this package's tests: Playwright's loop must not be there when other tests use the database.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser import chromium
from tests.browser.town import PASSWORD
from tests.browser.watch import Watch
from tests.machipoke.running_site import BASE_DIR, running_site

PATIENCE_MS = 15_000
"""A page takes a fifth of a second; the rest is for a machine that does other things too."""


class Town(NamedTuple):
    """The site's address, and what its pages are about."""

    url: str
    spot: str
    edited: str
    list: str
    hidden: str
    gone: str
    reported: str
    author: str
    newcomer: str
    moderator: str
    keeper: str
    leaver: str
    stopped: str
    unguarded: str
    sessions: dict[str, str]
    data_dir: Path


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One site and one browser for all: one worker runs them all. First, since xdist reads the groups in this hook."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium.require()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        expect.set_options(timeout=PATIENCE_MS)
        yield running
        running.close()


@pytest.fixture(scope="package")
def town(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_site(tmp_path_factory.mktemp("town") / "data", "--workers", "1") as site:
        url = site.wait_until_open()
        command = [sys.executable, "-m", "tests.browser.town"]
        surroundings = site.environment | {"DATA_DIR": str(site.data_dir)}
        filled = subprocess.run(command, cwd=BASE_DIR, env=surroundings, capture_output=True, text=True, check=False)
        assert filled.returncode == 0, filled.stderr
        yield Town(url, data_dir=site.data_dir, **json.loads(filled.stdout))


@pytest.fixture
def new_context(browser: Browser, town: Town) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts; what their pages said and should not, but for `remarks_allowed`, ends the test."""
    made: list[tuple[BrowserContext, Watch]] = []

    def make(width: int = 1280, height: int = 0, remarks_allowed: str = "", **options: Any) -> BrowserContext:
        viewport = {"width": width, "height": height or (860 if width > 700 else 844)}
        defaults = {"viewport": viewport, "locale": "ja-JP", "base_url": town.url, "reduced_motion": "reduce"}
        context = browser.new_context(**(defaults | options))
        context.set_default_timeout(PATIENCE_MS)
        made.append((context, Watch(context, town.url, remarks_allowed)))
        return context

    yield make
    for context, _watch in made:
        context.close()
    assert [remark for _context, watch in made for remark in watch.remarks] == []


@pytest.fixture
def open_page(new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """`open_page(path, width=…, **context options)`: a page in a context of its own."""

    def open_(path: str, width: int = 1280, **options: Any) -> Page:
        page = new_context(width, **options).new_page()
        page.goto(path)
        return page

    return open_


@pytest.fixture
def sign_in(town: Town) -> Callable[[Page, str], None]:
    """Types name and password as a person does; some have signed in before."""

    def signed_in(page: Page, username: str) -> None:
        if username in town.sessions:
            page.context.add_cookies([{"name": "sessionid", "value": town.sessions[username], "url": town.url}])
            return
        page.goto("/accounts/login/")
        page.get_by_label("ユーザー名またはメール").fill(username)
        page.get_by_label("パスワード", exact=True).fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="ログイン").click()
        page.wait_for_url(lambda url: "/accounts/login/" not in url)

    return signed_in


@pytest.fixture(params=[390, 1280])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(params=[True, False], ids=["js", "no-js"])
def with_js(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)
