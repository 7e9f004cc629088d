"""Points of docs/security.md about what is asked and answered, at every route: S8, S22, S25, S31-S33, S35, S74."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.test import Client

from accounts.models import User
from media_store import withdrawn
from spots.models import Spot
from tests.crawl import crawl
from tests.doors.matrix import Door, Trial
from tests.doors.routes import filled, routes, subject_of
from tests.doors.town import SEEN
from tests.key_value import Store
from tests.markup import without_tokens
from tests.spots.asking import PLACE, ask

SignIn = Callable[[User], Client]

ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "https:evil.example",
    "\t//evil.example",
    "/%09/evil.example",
    "//127.0.0.1:8000@evil.example/",
    "javascript:alert(1)",
)
SPLIT = "x\r\nSet-Cookie: evil=1\r\n\r\n"


@pytest.fixture(autouse=True)
def in_no_hurry(settings: Any) -> None:
    settings.RATELIMIT_ENABLE = False


def addresses(trial: Trial) -> list[str]:
    """Every route about something that everyone or its owner sees."""
    found = []
    for route in routes():
        found.append(filled(route, trial.values(Door(route, _seen_by_its_owner(route), "GET"))))
    return found


@pytest.mark.parametrize("who", ["a", "o", "m"])
def test_no_route_leads_to_another_site(trial: Trial, who: str) -> None:
    for url in addresses(trial):
        for target in ELSEWHERE:
            asked = f"{url}?next={quote(target)}"
            answer: Any = trial.town.browser(who).get(asked)
            location = "".join(c for c in answer.headers.get("Location", "") if c > " ").replace("\\", "/")
            host = urlsplit(urljoin("http://testserver/", location)).netloc
            assert host in ("testserver", "127.0.0.1:8000"), asked
            if answer.streaming:
                list(answer.streaming_content)


def test_no_form_leads_to_another_site(trial: Trial) -> None:
    """What each form is meant to be sent, and where to go next."""
    moved = 0
    for route in routes():
        state = _seen_by_its_owner(route)
        for target in ("//evil.example/", "/\\evil.example/", "https:evil.example"):
            one = trial.tried(Door(route, state, "POST"), "o", more={"next": target, "back": target})
            location = "".join(c for c in one.response.headers.get("Location", "") if c > " ").replace("\\", "/")
            moved += bool(location)
            host = urlsplit(urljoin("http://testserver/", location)).netloc
            assert host in ("testserver", "127.0.0.1:8000"), (route, target)
    assert moved > 60


def _seen_by_its_owner(route: str) -> str:
    seen = SEEN[subject_of(route)]
    return next((state for state in ("published", "public", "open", "own") if state in seen), next(iter(seen)))


@pytest.mark.parametrize("who", ["o", "m"])
def test_a_page_of_another_site_does_nothing_even_with_our_token(trial: Trial, who: str) -> None:
    """Every route, with a body that is meant."""
    elsewhere = {"origin": "https://evil.example"}
    refused = 0
    for route in routes():
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            door = Door(route, _seen_by_its_owner(route), method)
            one = trial.tried(door, who, headers=elsewhere)
            if route in NEEDS_NO_SESSION and method == "POST":
                continue
            # The panel sends those who are in to its front door before it looks at a form.
            allowed = (403, 404, 405, 302) if who == "m" and route.startswith("/admin") else (403, 404, 405)
            assert one.response.status_code in allowed, door
            assert not one.has_written, door
            refused += one.response.status_code == 403
    assert refused > 100


NEEDS_NO_SESSION = {"/api/v1/tokens/"}
"""It asks for the password itself, and the session does not matter there."""


@pytest.mark.parametrize("who", ["a", "n"])
def test_what_is_not_seen_takes_as_many_questions_as_what_is_not_there(
    trial: Trial, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So its time tells no more than its words: an answer's time is that of what the database is asked."""
    withdrawn.listener.has_heard()
    # A process asks now and then what was withdrawn, whatever picture is fetched: not while questions are counted.
    monkeypatch.setattr(withdrawn.listener, "_due", time.monotonic() + 600)
    tried, wrong = 0, []
    for route in routes():
        if route.startswith("/admin"):
            continue
        for state, seen in SEEN[subject_of(route)].items():
            if who in seen:
                continue
            door = Door(route, state, "GET")
            there, nowhere = (trial.tried(door, who, is_there=is_there).queries for is_there in (True, False))
            more = (route, state) in ONE_QUESTION_MORE
            wrong += [f"{route} {state}: {there}, not {nowhere}"] if there - nowhere != more else []
            tried += 1
    assert wrong == []
    assert tried > 60


ONE_QUESTION_MORE = {("/tags/<name>/", "secret"), ("/api/v1/lists/<id>/items/<spot_id>/", "held")}
"""A tag that no listed spot has, and a spot held back of which one knows the id, in a public list: an index look-up."""


def test_a_link_is_five_hundred_characters_at_most(sign_in: SignIn, hana: User) -> None:
    for length, status in ((500, 201), (501, 400)):
        url = "https://example.jp/".ljust(length, "a")
        assert ask(sign_in(hana), "POST", "spots/", PLACE | {"website": url}).status_code == status


def test_unknown_methods_do_nothing_at_any_route(trial: Trial) -> None:
    for route in routes():
        for method in ("OPTIONS", "TRACE", "CONNECT", "PROPFIND", "QUERY", "X"):
            one = trial.tried(Door(route, _seen_by_its_owner(route), method), "o")
            assert one.response.status_code in (200, 204, 302, 403, 404, 405), (method, route)
            assert not one.has_written, (method, route)


@pytest.mark.parametrize("who", ["o", "m"])
def test_no_answer_holds_what_opens_the_session(trial: Trial, who: str) -> None:
    """Neither in its text nor in where it leads; but for the cookie itself."""
    key = trial.town.sessions[who]
    for url in addresses(trial):
        answer: Any = trial.town.browser(who).get(url)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert key.encode() not in body, url
        assert key not in answer.headers.get("Location", ""), url


def test_no_line_break_gets_into_a_header(trial: Trial) -> None:
    for route in routes():
        url = addresses_with(route, SPLIT)
        for asked in (url, f"{url}?next={quote(SPLIT)}&q={quote(SPLIT)}&receipt={quote(SPLIT)}"):
            answer = trial.town.browser("o").get(asked)
            assert answer.status_code < 500
            assert "evil" not in answer.cookies
            assert not any("\n" in value or "\r" in value for value in answer.headers.values()), asked


def addresses_with(route: str, text: str) -> str:
    """The route with `text` in each pair of brackets; where a converter refuses it the address does not exist."""
    names = (
        "pk",
        "id",
        "slug",
        "name",
        "code",
        "username",
        "section",
        "receipt",
        "item_id",
        "spot_id",
        "object_id",
        "key",
    )
    return filled(route, dict.fromkeys((*names, "app_label", "url"), text))


def told(answer: Any) -> tuple[Any, ...]:
    cookies = sorted(name for name in answer.cookies if name != "csrftoken")
    body = b"" if answer.streaming else without_tokens(answer)
    return answer.status_code, body, answer.headers.get("Cache-Control"), cookies


@pytest.mark.parametrize("is_away", [False, True], ids=["with the store", "without"])
def test_what_one_person_was_shown_is_in_nobody_elses_answer(trial: Trial, store: Store, is_away: bool) -> None:
    """A signed in, then nobody, then B, at every address: nobody's answer is as it was before A came."""
    if is_away:
        store.kill()
    elsewhere = ("/api/", "/accounts/", "/readyz", "/metrics", "/images/")  # a public picture looks at no cookie
    urls = [url for url in addresses(trial) if not url.startswith(elsewhere)]
    for url in [*urls, "/api/v1/spots/", "/api/v1/lists/", "/api/v1/tags/"]:
        before = told(Client().get(url))
        for who in "om":
            answer = trial.town.browser(who).get(url)
            control = answer["Cache-Control"]
            assert "public" not in control or "Cookie" in answer["Vary"], url
            assert "private" in control or answer.status_code != 200 or not _is_a_persons_page(answer), url
        after = Client().get(url)
        assert told(after) == before, url
        assert "public" not in after["Cache-Control"] or not after.cookies, url
        assert b"hana@example.jp" not in trial.town.browser("n").get(url).content


def _is_a_persons_page(answer: Any) -> bool:
    return str(answer["Content-Type"]).startswith("text/html")


@pytest.fixture
def ear() -> Iterator[tuple[str, list[Any]]]:
    """A server that writes down who calls; its address."""
    server = socket.create_server(("127.0.0.1", 0))
    calls: list[Any] = []

    def listen() -> None:
        while True:
            try:
                calls.append(server.accept())
            except OSError:
                return

    threading.Thread(target=listen, daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/", calls
    server.close()
    for connection, _address in calls:
        connection.close()


def test_no_address_that_people_type_is_asked_for(
    sign_in: SignIn, hana: User, ear: tuple[str, list[Any]], make_spot: Callable[..., Spot]
) -> None:
    url, calls = ear
    visitor = sign_in(hana)
    answer = ask(visitor, "POST", "spots/", PLACE | {"website": url, "description": f"見て {url}"})
    assert (answer.status_code, answer.json()["website"]) == (201, url)
    ask(visitor, "POST", f"spots/{answer.json()['id']}/comments/", {"body": url})
    ask(visitor, "PATCH", "me/", {"bio": url})
    visitor.post("/reports/new/", {"target": url, "reason": "spam"})
    crawl(Client())
    assert calls == []
    socket.create_connection(("127.0.0.1", urlsplit(url).port or 0)).close()
    for _ in range(100):
        if calls:
            break
        threading.Event().wait(0.02)
    assert len(calls) == 1, "the ear is deaf"
