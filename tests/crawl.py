"""Following every link of the site from its front doors, as a search engine or a curious person would."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from tests.markup import Page

DOORS = (
    "/",
    "/en/",
    "/sitemap.xml",
    "/robots.txt",
    "/manifest.webmanifest",
    "/.well-known/security.txt",
    "/healthz",
    "/feeds/spots/",
    "/accounts/login/",
    "/accounts/password/reset/",
    "/api/docs/",
    "/api/v1/spots/",
    "/api/v1/lists/",
    "/api/v1/tags/",
    "/api/v1/categories/",
    "/api/v1/spots/clusters/?bbox=-180,-90,180,90&zoom=3",
)
"""What no page needs to link to, and where one begins."""

_OURS = re.compile(r"http://127\.0\.0\.1:8000(/[^\s<>\"\\]*)")
MOST = 1500


def crawl(client: Client, doors: Iterable[str] = DOORS) -> dict[str, Any]:
    """The answers by URL. Of the endless combinations of filters only those with one parameter are opened."""
    waiting, answers = deque(doors), {}
    while waiting:
        url = waiting.popleft()
        if url in answers or url.startswith("/static/"):
            continue
        answers[url] = answer = client.get(url)
        assert len(answers) < MOST, "the crawl does not end"
        assert answer.status_code < 500, url
        waiting.extend(link for link in _links(answer) if _ends(link))
    return answers


def _ends(url: str) -> bool:
    """Whether it is not one of endless combinations: of two filters, or of the orders and filters of the panel."""
    return urlsplit(url).query.count("=") < (1 if url.startswith("/admin/") else 2)


def _links(answer: Any) -> list[str]:
    if answer.status_code in (301, 302):
        return [answer["Location"]]
    if answer["Content-Type"].startswith("text/html"):
        return Page(answer).links()
    return [found.replace("&amp;", "&") for found in _OURS.findall(answer.content.decode())]
