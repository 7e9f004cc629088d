"""Every page of the site, found by walking the URLconf: its frame, its cost, and who may keep it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from tests.markup import Page, text_of
from tests.spots.town import Town, build

QUERIES = {
    "home": 10,
    **dict.fromkeys(("about", "guidelines", "terms", "privacy"), 0),
    "credits": 1,
    "spots": 4,
    "spot": 9,
    "comments_all": 2,
    "report": 1,
    "report_look_up": 0,
    "category": 4,
    "tag": 5,
    "areas": 1,
    "area": 3,
    "lists": 2,
    "list": 4,
    "profile": 4,
}
"""What each page asks the database when nobody is signed in, whatever it shows."""

ANSWERS_OTHERWISE = {"comment", "report_new"}
"""A way to another page, and a form for everyone, whose CSRF token needs a cookie."""

NEEDS_SIGN_IN = {
    "comments",
    "comment_edit",
    "comment_delete",
    "spot_new",
    "spot_edit",
    "spot_delete",
    "spot_restoration",
    "draft_delete",
    "saves",
    "list_new",
    "list_edit",
    "list_delete",
    "list_items",
    "list_item",
    "spot_photos",
    "photo_delete",
    "photo_restoration",
    "attachments",
    "attachment_delete",
    "attachment_restoration",
}
NOT_PAGES = {"healthz", "readyz", "metrics", "admin_bare", "image", "attachment"}
PEOPLE_PAGES = ("account_", "mfa_")
"""allauth's routes; tests/accounts holds them."""


def pages(patterns: Any = None) -> Iterator[str]:
    """The names of all routes but those of machines, the API and the admin panel."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            if not str(entry.pattern).startswith(("admin/", "api/")) and entry.urlconf_name is not MACHINES:
                yield from pages(entry.url_patterns)
        elif isinstance(entry, URLPattern):
            yield str(entry.name)


def _machines() -> Any:
    from spots import machine_urls

    return machine_urls


MACHINES = _machines()


@pytest.fixture
def town(hana: User, ren: User) -> Town:
    return build(hana, ren)


def test_every_route_has_a_row_here(town: Town) -> None:
    found = {name for name in pages() if not name.startswith(PEOPLE_PAGES)}
    assert found == set(QUERIES) | ANSWERS_OTHERWISE | NEEDS_SIGN_IN | NOT_PAGES
    assert set(town.urls()) == set(QUERIES)


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("name", QUERIES)
def test_a_page_is_whole_for_everyone(client: Client, town: Town, name: str, prefix: str) -> None:
    url = prefix + town.urls()[name]
    answer = client.get(url)
    page = Page(answer)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page.faults == []
    assert page.one("html").get("lang") == ("en" if prefix else "ja")
    assert text_of(page.one("h1"))
    assert page.one("title").text
    assert page.one("meta", name="description").get("content")
    assert page.one("link", rel="canonical").get("href") == f"http://127.0.0.1:8000{url}"


@pytest.mark.parametrize("name", QUERIES)
def test_a_page_has_landmarks_and_no_id_twice(client: Client, town: Town, name: str) -> None:
    page = Page(client.get(town.urls()[name]))
    assert page.one("main").get("id") == "main"
    labels = [nav.get("aria-label") for nav in page.all("nav")]
    assert labels
    assert all(labels)
    assert len(set(labels)) == len(labels)
    ids = Counter(element.get("id") for element in page.root.iter() if element.get("id"))
    assert [id_ for id_, count in ids.items() if count > 1] == []
    assert all(label.get("for") in ids for label in page.all("label") if label.get("for"))


@pytest.mark.parametrize("name", QUERIES)
def test_headings_skip_no_level(client: Client, town: Town, name: str) -> None:
    page = Page(client.get(town.urls()[name]))
    levels = [int(element.tag[1]) for element in page.root.iter() if element.tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize(("name", "queries"), QUERIES.items())
def test_a_page_costs_the_same_however_much_it_shows(
    client: Client, hana: User, ren: User, name: str, queries: int
) -> None:
    for rows in (32, 64):
        url = build(hana, ren, rows).urls()[name]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(url)
        assert len(asked) == queries, [query["sql"][:200] for query in asked]


@pytest.mark.parametrize("name", QUERIES)
def test_nobody_signed_in_means_no_cookie_and_no_session(client: Client, town: Town, name: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(town.urls()[name])
    assert not answer.cookies
    assert [query for query in asked if "django_session" in query["sql"]] == []
    assert answer["Cache-Control"] == "public, no-cache"
    assert "Cookie" in answer["Vary"]


@pytest.mark.parametrize("name", QUERIES)
def test_what_was_made_for_a_person_is_kept_by_nobody(
    sign_in: Callable[[User], Client], town: Town, ren: User, name: str
) -> None:
    answer = sign_in(ren).get(town.urls()[name])
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    assert "蓮" in Page(answer).one("header", **{"class": "topbar"}).itertext()


@pytest.mark.parametrize("name", QUERIES)
def test_head_is_get_without_a_body_and_other_methods_are_refused(client: Client, town: Town, name: str) -> None:
    url = town.urls()[name]
    head = client.head(url)
    assert (head.status_code, head.content) == (200, b"")
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"):
        answer = client.generic(method, url)
        assert (method, answer.status_code, answer.get("Allow")) == (method, 405, "GET, HEAD")
