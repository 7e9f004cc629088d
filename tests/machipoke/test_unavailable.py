"""A database that is locked, full or away: 503 with Retry-After, what was typed is on the page, nothing half stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import DatabaseError, IntegrityError, OperationalError, connection
from django.test import Client

from accounts.models import User
from machipoke.availability import is_unavailable
from machipoke.pages import page
from spots.models import Spot
from tests.markup import Page

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
SignIn = Callable[[User], Client]
PASSWORD = "tsubaki-no-michi"
EDIT = {
    "name": "新しい名前",
    "description": "長い文 <b>&\"'\n二行目",
    "latitude": "36.1",
    "longitude": "136.2",
    "category": "park",
}
EDIT |= {"status": "open", "version": "1", "csrfmiddlewaretoken": "t" * 64}


@contextmanager
def locked() -> Iterator[None]:
    """Someone else writes and does not end; we wait a fifth of a second, not twenty."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as writer:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA busy_timeout = 200")
            writer.execute("BEGIN IMMEDIATE")
            yield
            writer.execute("ROLLBACK")
    else:
        with connection.copy().cursor() as writer:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
            writer.execute("BEGIN")
            writer.execute("LOCK TABLE spots_spot, django_session, accounts_user IN EXCLUSIVE MODE")
            yield
            writer.execute("ROLLBACK")
            writer.connection.close()


@contextmanager
def full() -> Iterator[None]:
    """The file may not grow by one page."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        yield
        cursor.execute("PRAGMA max_page_count = 1073741823")


@pytest.fixture
def hana(hana: User) -> User:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    return hana


def assert_kept(answer: Any, typed: dict[str, str]) -> None:
    """503 in the design with a form that sends the same again."""
    page = Page(answer)
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "30", "private, no-store")
    assert (page.faults, page.texts("h1")) == ([], ["ただいま混み合っています"])
    [form] = [form for form in page.all("form") if form.get("method") == "post"]
    assert form.get("action") == answer.wsgi_request.get_full_path()
    kept = {box.get("name", ""): box.text or "" for box in form.iter("textarea")}
    assert kept == {name: value for name, value in typed.items() if name != "csrfmiddlewaretoken"}
    assert page.one("input", name="csrfmiddlewaretoken").get("value") == typed.get("csrfmiddlewaretoken", "")


def test_a_change_that_meets_a_lock_is_kept_on_the_page(
    make_spot: Callable[..., Spot], sign_in: SignIn, hana: User
) -> None:
    spot, visitor = make_spot("公園", created_by=hana), sign_in(hana)
    url = f"{spot.get_absolute_url()}edit/?x=1"
    with locked():
        assert_kept(visitor.post(url, EDIT), EDIT)
        assert visitor.get("/").status_code == 200
    spot.refresh_from_db()
    assert (spot.name, spot.version) == ("公園", 1)
    assert visitor.post(url, EDIT).status_code == 302


def test_a_new_spot_that_meets_a_lock_is_kept_on_the_page(
    make_spot: Callable[..., Spot], sign_in: SignIn, hana: User
) -> None:
    visitor = sign_in(hana)
    with locked():
        assert_kept(visitor.post("/spots/new/", EDIT | {"tags": "新しい"}), EDIT | {"tags": "新しい"})
    assert Spot.objects.count() == 0
    assert visitor.post("/spots/new/", EDIT | {"tags": "新しい"}).status_code == 302


def test_signing_in_that_meets_a_lock_keeps_the_name_and_never_the_password(client: Client, hana: User) -> None:
    typed = {"login": "hana", "next": "/lists/"}
    with locked():
        answer = client.post("/accounts/login/", typed | {"password": PASSWORD})
    assert_kept(answer, typed)
    assert PASSWORD.encode() not in answer.content
    assert "sessionid" not in answer.cookies
    assert client.post("/accounts/login/", typed | {"password": PASSWORD})["Location"] == "/lists/"


def test_signing_out_that_meets_a_lock_is_told_and_works_afterwards(sign_in: SignIn, hana: User) -> None:
    visitor = sign_in(hana)
    with locked():
        assert visitor.post("/accounts/logout/").status_code == 503
    assert visitor.post("/accounts/logout/").status_code == 302
    assert "花" not in Page(visitor.get("/")).text


def test_a_session_that_cannot_be_stored_after_the_view_is_told_too(
    sign_in: SignIn, hana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remember(request: Any, template: str) -> Any:
        request.session["seen"] = True
        return page(request, template)

    visitor = sign_in(hana)
    visitor.raise_request_exception = False
    monkeypatch.setattr("spots.views.home.page", remember)
    with locked():
        answer = visitor.get("/about/")
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "30", "private, no-store")
    assert visitor.get("/about/").status_code == 200


def test_the_api_tells_a_lock_as_a_problem(make_spot: Callable[..., Spot], sign_in: SignIn, hana: User) -> None:
    spot, visitor = make_spot("公園", created_by=hana), sign_in(hana)
    url = f"/api/v1/spots/{spot.pk}/"
    with locked():
        answer = visitor.patch(url, {"name": "名前"}, content_type="application/json")
        assert visitor.get(url).status_code == 200
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer["Retry-After"] == "30"
    assert visitor.patch(url, {"name": "名前"}, content_type="application/json").status_code == 200


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's disk cannot be filled here")
def test_a_full_disk_stops_writing_alone_and_ends_with_the_space(
    make_spot: Callable[..., Spot], sign_in: SignIn, client: Client, hana: User
) -> None:
    spot, visitor = make_spot("公園", created_by=hana), sign_in(hana)
    long = EDIT | {"description": "長" * 4000, "tags": " ".join(f"札{n}" for n in range(10))}
    with full():
        apart = [long | {"latitude": f"{36 + n / 100}"} for n in range(12)]
        answers = [visitor.post("/spots/new/", typed) for typed in apart]
        assert 503 in {answer.status_code for answer in answers} <= {302, 503}
        assert_kept(answers[-1], apart[-1])
        assert client.get(spot.get_absolute_url()).status_code == 200
        assert client.get("/spots/").status_code == 200
        assert visitor.get("/users/hana/").status_code == 200
        assert client.post("/accounts/login/", {"login": "hana", "password": PASSWORD}).status_code in (302, 503)
    assert visitor.post("/spots/new/", long | {"latitude": "37"}).status_code == 302
    stored = Spot.objects.exclude(pk=spot.pk)
    assert {(found.description, found.tags.count()) for found in stored} == {("長" * 4000, 10)}


@contextmanager
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody answers where the database was."""
    name = "/nonexistent/db.sqlite3" if connection.vendor == "sqlite" else connection.settings_dict["NAME"]
    with monkeypatch.context() as changed:
        connection.close()
        changed.setitem(connection.settings_dict, "NAME", name)
        changed.setitem(connection.settings_dict, "PORT", "1")
        changed.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        yield
        connection.close()


def test_without_a_database_pages_and_api_say_so_and_the_process_lives(
    client: Client, sign_in: SignIn, hana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = sign_in(hana)
    with away(monkeypatch):
        for url in ("/", "/spots/", "/en/lists/", "/users/hana/", "/feeds/spots/", "/sitemap.xml"):
            for asks in (client, visitor):
                answer = asks.get(url)
                assert (url, answer.status_code, answer["Retry-After"]) == (url, 503, "30")
        assert client.get("/api/v1/spots/")["Content-Type"] == "application/problem+json"
        assert client.get("/about/").status_code == 200
        assert client.get("/healthz").content == b"ok"
        states = client.get("/readyz")
        assert (states.status_code, states.json()["status"], states.json()["database"]) == (503, "down", "down")
    assert client.get("/").status_code == 200
    assert client.get("/readyz").json()["database"] == "ok"


def sqlite_error(code: int) -> DatabaseError:
    cause = sqlite3.OperationalError("secret words")
    cause.sqlite_errorcode = code
    error = OperationalError("secret words")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("code", "is_busy"),
    [
        (sqlite3.SQLITE_BUSY, True),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True),
        (sqlite3.SQLITE_LOCKED_SHAREDCACHE, True),
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_IOERR_WRITE, True),
        (sqlite3.SQLITE_READONLY_DBMOVED, True),
        (sqlite3.SQLITE_CANTOPEN, True),
        (sqlite3.SQLITE_ERROR, False),
        (sqlite3.SQLITE_CORRUPT, False),
    ],
)
def test_only_what_passes_by_itself_is_called_busy(code: int, is_busy: bool) -> None:
    assert is_unavailable(sqlite_error(code)) is is_busy


@pytest.mark.parametrize("error", [IntegrityError("x"), DatabaseError("x"), ValueError("x")])
def test_our_own_mistakes_stay_mistakes(error: Exception) -> None:
    assert not is_unavailable(error)
