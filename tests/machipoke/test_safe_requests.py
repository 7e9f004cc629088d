"""Reading changes nothing, and nothing changes without the token of our own form: every route of the URLconf."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import URLResolver, get_resolver

from accounts.models import User
from spots.models import Comment, SavedList, Spot
from tests.crawl import crawl
from tests.rows import every_row

REFUSALS = {"api": {401, 403, 404, 405}, "admin": {302, 403, 404}, "images": {405}}
"""The panel sends those who are in to its front door, and does not exist for the rest; pictures are only fetched."""

SignIn = Callable[[User], Client]


def routes(patterns: Any = None, before: str = "/") -> Iterator[str]:
    """Every pattern as it is written, from the root."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        written = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, written)
        else:
            yield written


def opened(spot: Spot, saved_list: SavedList) -> list[str]:
    """An address of each route, with something in it where there can be."""
    values = {
        "slug": "park",
        "name": "桜",
        "code": "182010",
        "username": "hana",
        "section": "spots",
        "key": "a:b",
        "item_id": "1",
    }
    found = []
    for route in routes():
        url = re.sub(r"\(\?P(<\w+>)[^)]*\)|[\^$]", r"\1", route)
        for name in re.findall(r"<(?:\w+:)?(\w+)>", url):
            value = values.get(name, str(saved_list.pk if "lists/" in route else spot.pk))
            url = re.sub(rf"<(?:\w+:)?{name}>", quote(value), url)
        found.append(url)
    return found


@pytest.fixture
def urls(make_spot: Callable[..., Spot], hana: User, mori: User) -> list[str]:
    spot = make_spot(created_by=hana, tags=["桜"])
    saved_list = SavedList.objects.create(owner=hana, title="旅", visibility="public")
    saved_list.add(spot)
    Comment(spot=spot, author=hana, body="いい所です").post()
    for person in (hana, mori):
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return opened(spot, saved_list)


def test_the_walk_finds_the_routes_of_every_app(urls: list[str]) -> None:
    assert len(urls) > 50
    begun = {url.split("/")[1] for url in urls}
    assert {"", "accounts", "admin", "api", "feeds", "healthz", "lists", "spots", "tags", "users"} <= begun
    assert not [url for url in urls if set(url) & set("<>()^$")]


@pytest.mark.parametrize("who", ["nobody", "hana", "mori"])
def test_reading_every_page_changes_no_row(sign_in: SignIn, urls: list[str], who: str) -> None:
    visitor = Client() if who == "nobody" else sign_in(User.objects.get(username=who))
    before = every_row()
    for url in {**dict.fromkeys(urls), **crawl(visitor)}:
        assert visitor.get(url).status_code < 500, url
        assert visitor.head(url).status_code < 500, url
    assert every_row() == before


@pytest.mark.parametrize("who", ["nobody", "hana", "mori"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_without_our_token_nothing_is_done(sign_in: SignIn, urls: list[str], method: str, who: str) -> None:
    visitor = Client() if who == "nobody" else sign_in(User.objects.get(username=who))
    visitor.handler.enforce_csrf_checks = True
    before = every_row()
    for url in urls:
        answer = visitor.generic(method, url, "name=x&_method=DELETE", content_type="application/x-www-form-urlencoded")
        refusals = REFUSALS.get(url.split("/")[1], {403})
        # A report needs no sign-in, a token its own password: no CSRF token guards them, but no form can send JSON.
        unguarded = url == "/api/v1/tokens/" or (url == "/api/v1/reports/" and who == "nobody")
        refusals = refusals | {415} if unguarded else refusals
        assert answer.status_code in refusals, (url, answer.status_code)
    assert every_row() == before


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://testserver.evil.example", "http://testserver:81"]
)
def test_a_form_of_another_site_is_refused_even_with_a_token(
    sign_in: SignIn, make_spot: Callable[..., Spot], hana: User, origin: str
) -> None:
    spot, visitor = make_spot(created_by=hana), sign_in(hana)
    visitor.handler.enforce_csrf_checks = True
    url = f"{spot.get_absolute_url()}edit/"
    visitor.get(url)
    sent = {"csrfmiddlewaretoken": visitor.cookies["csrftoken"].value, "name": "x", "version": "1"}
    assert visitor.post(url, sent, headers={"origin": origin}).status_code == 403
    assert visitor.post(url, sent, headers={"origin": "http://testserver"}).status_code == 400


def test_a_method_in_a_header_or_field_is_not_obeyed(
    sign_in: SignIn, make_spot: Callable[..., Spot], hana: User
) -> None:
    spot, visitor = make_spot(created_by=hana), sign_in(hana)
    lies = {"x-http-method-override": "DELETE", "x-method-override": "PATCH", "x-http-method": "DELETE"}
    for url in (f"/api/v1/spots/{spot.pk}/", spot.get_absolute_url()):
        assert visitor.get(f"{url}?_method=DELETE", headers=lies).status_code in (200, 400)
        assert visitor.post(url, {"_method": "DELETE"}, headers=lies).status_code in (403, 405)
    assert Spot.objects.get().state == "published"


def test_asking_for_a_session_by_cookie_does_not_make_one(client: Client, make_spot: Callable[..., Spot]) -> None:
    client.cookies["sessionid"] = "a" * 32
    before = every_row()
    for url in ("/", "/accounts/login/", make_spot().get_absolute_url(), "/lists/"):
        answer = client.get(url)
        assert answer.status_code == 200
        assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    before["spots_spot"] = every_row()["spots_spot"]
    assert every_row() == before
