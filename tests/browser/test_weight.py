"""What a first visit costs on the wire."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.watch import bytes_of


@pytest.mark.parametrize(("path", "most_bytes", "most_requests"), [("/", 400_000, 28), ("/spots/?q=公園", 400_000, 35)])
def test_a_first_visit_is_light(
    new_context: Callable[..., BrowserContext],
    capsys: pytest.CaptureFixture[str],
    path: str,
    most_bytes: int,
    most_requests: int,
) -> None:
    page = new_context(390).new_page()
    with bytes_of(page) as loaded:
        page.goto(path)
    with capsys.disabled():
        print(
            f"\n{path}: {loaded['size'] / 1000:.0f} kB, {loaded['count']} requests, {loaded['photos']} of them photos"
        )
    assert loaded["size"] <= most_bytes
    # Photos are what people posted: how many stand in view depends on the town, and their bytes count above.
    assert loaded["count"] - loaded["photos"] <= most_requests
