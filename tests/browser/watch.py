"""What a browser tells about the pages it shows: foreign requests, remarks on the console, violations, bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page

_TELL = """
addEventListener("securitypolicyviolation", (e) => console.error(`CSP ${e.violatedDirective} ${e.blockedURI}`));
addEventListener("unhandledrejection", (e) => console.error(`unhandled ${e.reason}`));
"""


class Watch:
    """Everything in a context that must not happen, as lines; empty when all is well."""

    def __init__(self, context: BrowserContext, base_url: str, allowed: str = "") -> None:
        self.remarks: list[str] = []
        self._allowed = re.compile(allowed or r"(?!)")
        self._host = urlsplit(base_url).netloc
        context.add_init_script(_TELL)
        context.on("console", self._hear)
        context.on("request", self._see)
        context.on("weberror", lambda error: self.remarks.append(f"error: {error.error}"))

    def _hear(self, message: Any) -> None:
        # Chromium's own word for an answer that refuses what the test asked for: a page, or a file that is no picture.
        if message.type in ("error", "warning") and not re.search(r"status of (40\d|415)", message.text):
            if self._allowed.search(message.text):
                return
            self.remarks.append(f"{message.type}: {message.text[:200]}")

    def _see(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and parts.netloc != self._host:
            self.remarks.append(f"foreign request: {request.url[:200]}")


@contextmanager
def bytes_of(page: Page) -> Iterator[dict[str, int]]:
    """What the block loads: `count` of requests, `photos` of them, and `size` in bytes on the wire, headers and all."""
    loaded = {"count": 0, "photos": 0, "size": 0}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.on("Network.requestWillBeSent", lambda event: _count(loaded, event["request"]["url"]))
    session.on("Network.loadingFinished", lambda event: _add(loaded, "size", int(event["encodedDataLength"])))
    yield loaded
    page.wait_for_load_state("networkidle")
    session.detach()


def _count(loaded: dict[str, int], url: str) -> None:
    if not url.startswith("data:"):  # told by the browser as a request, but never on the wire
        _add(loaded, "count", 1)
        _add(loaded, "photos", "/images/" in url)


def _add(loaded: dict[str, int], name: str, amount: int) -> None:
    loaded[name] += amount
