"""How long a session lives: idle and in all, by what the database says and not by the age of its cookie."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from machipoke.sessions import SessionStore

PASSWORD = "tsubaki-no-michi"
PAGE = "/accounts/profile/"
ROWS = SessionStore.get_model_class
MINUTE = timedelta(minutes=1)


@pytest.fixture
def hana(hana: User) -> User:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    return hana


def sign_in(remember: bool = False) -> Client:
    client = Client()
    answer = client.post(
        "/accounts/login/", {"login": "hana", "password": PASSWORD} | ({"remember": "on"} if remember else {})
    )
    assert answer.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return bool(client.get(PAGE).status_code == 200)


def times(client: Client) -> tuple[datetime, datetime]:
    """When its idle time ends, and when it was seen."""
    key = client.cookies["sessionid"].value
    return ROWS().objects.get(session_key=key).expire_date, UserSession.objects.get(session_key=key).last_seen_at


def pass_by(client: Client, elapsed: timedelta) -> None:
    """That much time, in which nobody asked for a page: everything stored of the session is that much older."""
    key = client.cookies["sessionid"].value
    row = ROWS().objects.get(session_key=key)
    ROWS().objects.filter(pk=row.pk).update(expire_date=row.expire_date - elapsed)
    seen = UserSession.objects.get(session_key=key)
    seen.created_at, seen.last_seen_at = seen.created_at - elapsed, seen.last_seen_at - elapsed
    seen.save()


@pytest.mark.parametrize(("remember", "idle"), [(False, timedelta(hours=24)), (True, timedelta(days=30))])
def test_an_idle_session_ends_and_a_used_one_is_pushed_on(hana: User, remember: bool, idle: timedelta) -> None:
    client = sign_in(remember)
    for _ in range(2):
        pass_by(client, idle - MINUTE)
        assert is_in(client)
    pass_by(client, idle + MINUTE)
    assert not is_in(client)
    assert client.get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize("remember", [False, True])
def test_no_session_is_older_than_ninety_days(hana: User, remember: bool) -> None:
    client = sign_in(remember)
    UserSession.objects.update(created_at=timezone.now() - timedelta(days=90) + MINUTE)
    assert is_in(client)
    UserSession.objects.update(created_at=timezone.now() - timedelta(days=90) - MINUTE)
    assert not is_in(client)


def test_a_session_of_staff_is_never_older_than_twelve_hours(hana: User) -> None:
    client = sign_in(remember=True)
    UserSession.objects.update(created_at=timezone.now() - timedelta(hours=12) - MINUTE)
    assert is_in(client)
    key = client.cookies["sessionid"].value
    User.objects.filter(pk=hana.pk).update(is_staff=True)
    assert not is_in(client)
    UserSession.objects.update(created_at=timezone.now() - timedelta(hours=12) + MINUTE)
    client.cookies["sessionid"] = key
    assert is_in(client)


def test_last_seen_is_written_every_five_minutes_at_most(hana: User) -> None:
    client = sign_in()
    client.get(PAGE)
    before = times(client)
    with CaptureQueriesContext(connection) as quiet:
        for _ in range(5):
            client.get(PAGE)
    assert times(client) == before
    assert [query["sql"] for query in quiet if query["sql"].startswith("UPDATE")] == []
    pass_by(client, timedelta(minutes=4))
    with CaptureQueriesContext(connection) as still_quiet:
        client.get(PAGE)
    assert [query["sql"] for query in still_quiet if query["sql"].startswith("UPDATE")] == []
    pass_by(client, MINUTE)
    with CaptureQueriesContext(connection) as written:
        client.get(PAGE)
    assert len([query for query in written if query["sql"].startswith("UPDATE")]) == 2
    expires, seen = times(client)
    assert timezone.now() - seen < MINUTE
    assert timedelta(hours=24) - MINUTE < expires - timezone.now() <= timedelta(hours=24)


def test_pushing_on_leaves_what_another_request_stores_meanwhile(hana: User) -> None:
    client = sign_in()
    pass_by(client, timedelta(minutes=6))
    store = client.session
    store["kept_form"] = {"path": "/x/", "fields": "", "at": 0}
    store.save()
    assert is_in(client)
    assert client.session["kept_form"]["path"] == "/x/"


def test_the_cookie_is_pushed_on_only_where_it_has_an_end(hana: User) -> None:
    for remember, age in ((False, ""), (True, 30 * 24 * 3600)):
        client = sign_in(remember)
        assert client.cookies["sessionid"]["max-age"] == age
        client.get("/")
        pass_by(client, timedelta(minutes=6))
        answer = client.get("/")
        if remember:
            cookie = answer.cookies["sessionid"]
            assert (cookie.value, cookie["max-age"]) == (client.cookies["sessionid"].value, age)
            assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        else:
            assert "sessionid" not in answer.cookies


def test_the_age_of_the_cookie_decides_nothing(hana: User) -> None:
    """A browser that keeps what it should have forgotten, or was told another age."""
    client = sign_in()
    key = client.cookies["sessionid"].value
    pass_by(client, timedelta(hours=25))
    other = Client()
    other.cookies["sessionid"] = key
    assert not is_in(other)


def test_a_signed_out_visitors_session_is_not_staffs_and_ends_idle(client: Client, db: None) -> None:
    client.post("/lists/new/", {"title": "x"})
    key = client.cookies["sessionid"].value
    assert client.session.get("kept_form")
    ROWS().objects.update(expire_date=timezone.now() - MINUTE)
    assert client.get("/accounts/login/").status_code == 200
    fresh = Client()
    fresh.cookies["sessionid"] = key
    assert "書いた内容は残っています" not in fresh.get("/accounts/login/").content.decode()


@pytest.mark.parametrize("planted", ["a" * 32, "anonymous", "someone's"])
def test_a_key_that_was_there_before_signing_in_is_never_adopted(hana: User, ren: User, planted: str) -> None:
    """Not an invented one, nor one whose session the planter holds, nor one in which they are signed in."""
    attacker = Client()
    if planted == "anonymous":
        attacker.post("/lists/new/", {"title": "x"})
    elif planted == "someone's":
        attacker.force_login(ren)
    key = attacker.cookies["sessionid"].value if attacker.cookies else planted
    client = Client()
    client.cookies["sessionid"] = key
    if planted != "someone's":
        client.post("/accounts/login/", {"login": "hana", "password": PASSWORD})
        assert is_in(client)
        assert client.cookies["sessionid"].value != key
        attacker.cookies["sessionid"] = key
        assert not is_in(attacker)
    else:
        client.post("/accounts/logout/")
        client.post("/accounts/login/", {"login": "hana", "password": PASSWORD})
        assert client.cookies["sessionid"].value != key
        assert not is_in(attacker)


@pytest.mark.parametrize("made_up", ['"\\000abcdefgh1234567"', "é" * 32, "a" * 7000, '"\\377\\376aaaaaaaaaaaa"'])
def test_a_key_that_nobody_made_is_nobodys(client: Client, db: None, made_up: str) -> None:
    cookie = f"sessionid={made_up}; csrftoken={made_up}"
    assert client.get("/accounts/profile/", HTTP_COOKIE=cookie).status_code == 302
    assert client.get("/api/v1/me/", HTTP_COOKIE=cookie).status_code == 401
    assert client.post("/accounts/login/", {"login": "nobody", "password": "x"}, HTTP_COOKIE=cookie).status_code == 200


def test_another_password_is_another_key(hana: User) -> None:
    client = sign_in()
    before = client.cookies["sessionid"].value
    new = "kaze-no-toori-michi"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert client.cookies["sessionid"].value != before
    assert is_in(client)
    old = Client()
    old.cookies["sessionid"] = before
    assert not is_in(old)


def test_a_secret_key_that_was_replaced_keeps_people_signed_in(hana: User, settings: Any) -> None:
    client = sign_in()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-secret-" * 5, [settings.SECRET_KEY]
    assert is_in(client)
    assert "この端末" in client.get("/accounts/sessions/").content.decode()
    settings.SECRET_KEY_FALLBACKS = []
    assert is_in(client)
