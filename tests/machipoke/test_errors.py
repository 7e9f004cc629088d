"""Error pages in the design, in both languages, that ask neither the database nor the session."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connection
from django.http import Http404
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from accounts.models import User
from machipoke import pages
from machipoke.logs import Calm
from machipoke.ratelimits import consume
from tests.markup import Page, text_of

ERRORS: dict[str, tuple[int, Callable[[Any], Any], str]] = {
    "bad request": (400, pages.bad_request, "送られた内容を読み取れませんでした"),
    "forbidden": (403, pages.forbidden, "この操作はできません"),
    "no token": (403, pages.csrf_failure, "この操作はできません"),
    "not found": (404, pages.not_found, "このページは見つかりません"),
    "too many": (429, pages.too_many, "短い時間に何度も送られました"),
    "server error": (500, pages.server_error, "こちらで問題が起きました"),
    "unavailable": (503, pages.unavailable, "ただいま混み合っています"),
}
each = pytest.mark.parametrize(("status", "show", "heading"), ERRORS.values(), ids=ERRORS)


class Untouchable:
    """A session or person that says when it is asked."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"asked for {name}")

    def __bool__(self) -> bool:
        raise AssertionError("asked whether somebody is there")


def shown(show: Callable[[Any], Any], language: str = "ja", data: dict[str, str] | None = None) -> Any:
    """The error page of a request whose session and person must stay unread; without a database."""
    path = "/en/spots/" if language == "en" else "/spots/"
    request: Any = RequestFactory().post(path, data) if data else RequestFactory().get(path)
    request.session = request.user = request.viewer = Untouchable()
    request.id = "abc123abc123"
    with translation.override(language):
        return show(request)


@each
@pytest.mark.parametrize("language", ["ja", "en"])
def test_an_error_page_is_whole_and_asks_no_store(
    status: int, show: Callable[[Any], Any], heading: str, language: str
) -> None:
    answer = shown(show, language)
    page = Page(answer)
    assert (answer.status_code, page.faults) == (status, [])
    assert page.one("html").get("lang") == language
    assert page.one("main").get("id") == "main"
    assert page.one("meta", name="robots").get("content") == "noindex"
    assert page.one("title").text
    assert page.all("link", rel="canonical") == []
    [told] = page.texts("h1")
    assert told == heading if language == "ja" else told.isascii()
    assert ("/en/" if language == "en" else "/") in page.links()


def test_a_server_error_has_a_number_to_quote() -> None:
    assert "abc123abc123" in Page(shown(pages.server_error)).text


def test_what_was_typed_is_kept_but_no_secret() -> None:
    secrets = dict.fromkeys(
        ("password", "password1", "password2", "oldpassword", "code", "csrfmiddlewaretoken"), "s3cret"
    )
    attack = "</textarea><script>alert(1)</script>\n\"'"
    page = Page(shown(pages.unavailable, data=secrets | {"name": "橋", attack: attack}))
    boxes = page.all("textarea")
    assert {box.get("name"): box.text for box in boxes} == {"name": "橋", attack: attack}
    assert page.all("script", type="module") == page.all("script")
    assert "s3cret" not in page.text
    [token] = page.all("input", name="csrfmiddlewaretoken")
    assert token.get("value") == "s3cret"
    labels = {label.get("for"): text_of(label) for label in page.all("label")}
    assert {box.get("id") for box in boxes} <= set(labels)


def test_retry_after_is_said_in_seconds() -> None:
    assert shown(pages.unavailable)["Retry-After"] == "30"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404("geheim"), 404),
        (PermissionDenied("geheim"), 403),
        (SuspiciousOperation("geheim"), 400),
        (OSError("geheim"), 500),
    ],
)
def test_what_a_view_raises_becomes_its_page_and_stays_private(
    monkeypatch: pytest.MonkeyPatch, db: None, error: Exception, status: int
) -> None:
    def fail(*_args: Any, **_more: Any) -> None:
        raise error

    monkeypatch.setattr("spots.views.home.credited_sources", fail)
    answer = Client(raise_request_exception=False).get("/credits/")
    assert answer.status_code == status
    assert b"geheim" not in answer.content
    assert answer["X-Request-ID"].encode() in answer.content or status != 500


def test_the_page_that_is_missing_offers_a_search(client: Client, db: None) -> None:
    page = Page(client.get("/nothing/here"))
    assert page.texts("h1") == ["このページは見つかりません"]
    assert any(form.get("action") == "/spots/" for form in page.all("form"))


def test_those_signed_in_meet_the_same_missing_page(sign_in: Callable[[User], Client], hana: User) -> None:
    visitor = sign_in(hana)
    answer = visitor.get("/nothing/")
    assert answer.status_code == 404
    assert "花" not in Page(answer).text
    assert isinstance(pages.site(RequestFactory().get("/"))["viewer"], AnonymousUser)


def test_even_the_first_query_may_fail(client: Client, db: None) -> None:
    with connection.execute_wrapper(refuse):
        assert client.get("/nothing/").status_code == 404
        assert client.get("/about/").status_code == 200


def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    raise AssertionError(sql)


def test_who_is_suspended_reads_why_and_until_when_and_keeps_what_was_typed(hana: Any) -> None:
    until = timezone.now() + timedelta(days=7)
    hana.suspend(until, "いやがらせ・差別")
    client = Client()
    client.force_login(hana)
    assert "いやがらせ・差別" in Page(client.get("/users/hana/")).text
    assert "いやがらせ・差別" not in Page(Client().get("/users/hana/")).text
    told = client.post("/api/v1/spots/", {}, "application/json").json()["detail"]
    assert told == f"{timezone.localtime(until):%Y-%m-%d %H:%M} まで、投稿や変更はできません。いやがらせ・差別"
    assert hana.notices.get().subject == f"〜{timezone.localtime(until):%Y-%m-%d %H:%M}"
    for answer in (client.get("/spots/new/"), client.post("/spots/new/", {"name": "朝の橋"})):
        said = Page(answer).text
        assert answer.status_code == 403
        assert f"{timezone.localtime(until):%Y年%-m月%-d日}" in said
        assert "いやがらせ・差別" in said
    assert "朝の橋" in answer.content.decode()


@pytest.fixture
def operators_log() -> Iterator[io.StringIO]:
    """What the operator's log gets of answers."""
    handler = logging.StreamHandler(stream := io.StringIO())
    handler.addFilter(Calm())
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


def test_a_refusal_is_one_line_of_the_operators_log(hana: User, operators_log: io.StringIO) -> None:
    hana.suspend(timezone.now() + timedelta(days=7), "いやがらせ・差別")
    client = Client()
    client.force_login(hana)
    assert client.get("/spots/new/").status_code == 403
    for _ in range(300):
        consume("read", "127.0.0.1")
    assert client.get("/about/").status_code == 429
    assert operators_log.getvalue() == "Forbidden (Permission denied): /spots/new/\n"


@pytest.mark.django_db
def test_pictures_and_files_that_are_gone_are_no_line_of_it(client: Client, operators_log: io.StringIO) -> None:
    gone = "01234567-89ab-7def-8123-456789abcdef"
    paths = (f"/images/spots/{gone}/{gone}.jpg?w=320", "/images/nothing", f"/attachments/{gone}/map.pdf", "/nothing/")
    assert [client.get(path).status_code for path in paths] == [404] * 4
    assert client.get(f"/images/spots/{gone}/{gone}.jpg?w=320&w=640").status_code == 400
    assert operators_log.getvalue().splitlines() == [
        "Not Found: /nothing/",
        f"Bad Request: /images/spots/{gone}/{gone}.jpg",
    ]
