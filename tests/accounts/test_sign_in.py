"""Signing in by name or address and out by a form: what a guesser learns, and how a session ends."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from unittest import mock
from urllib.parse import quote, urljoin, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from tests.accounts.letters import code_for
from tests.markup import Page, without_tokens

PASSWORD = "tsubaki-no-michi"
SignIn = Callable[[User], Client]

ELSEWHERE = [
    "//evil.example",
    "///evil.example/",
    "////evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\x01//evil.example",
    " //evil.example",
    "　//evil.example",
    "//evil.example%00.testserver",
    "http://testserver@evil.example",
    "http://testserver:80@evil.example",
    "http://testserver.evil.example",
    "http://evil.example#@testserver",
    "http://evil.example\\@testserver",
    "//[::ffff:1.2.3.4]/",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://testserver/",
    # Hosts that we answer to (ALLOWED_HOSTS, the request's own), which are not the site's.
    "http://localhost/x",
    "http://localhost:8000/x",
    "http://127.0.0.1/x",
    "http://127.0.0.1:9000/x",
    "//[::1]/x",
    "//localhost/x",
    "http://evil.example@127.0.0.1:8000/",
]


@pytest.fixture
def hana(hana: User) -> User:
    """With an address that counts as verified."""
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    return hana


def sign_in_as(client: Client, login: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/accounts/login/", {"login": login, "password": password} | more)


def who(client: Client) -> str:
    """The name in the top bar; empty for a stranger."""
    bar = Page(client.get("/")).one("header", **{"class": "topbar"})
    return "花" if "花" in "".join(bar.itertext()) else ""


@pytest.mark.parametrize("login", ["hana", "HANA", " hana ", "ｈａｎａ", "hana@example.jp", "Hana@Example.JP"])
def test_people_sign_in_by_name_or_address(client: Client, hana: User, login: str) -> None:
    answer = sign_in_as(client, login)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert who(client) == "花"


@pytest.mark.parametrize("login", ["花" * 300_000, "a" * 900_000, f"{'a' * 60_000}@example.jp"])
def test_an_endless_name_is_nobodys(client: Client, hana: User, login: str) -> None:
    answer = client.post("/accounts/login/", {"login": login, "password": "tsubaki-no-michi"})
    assert answer.status_code == 200
    assert "ユーザー名かパスワードが違います" in Page(answer).text


def test_the_session_cookie_is_out_of_reach_of_scripts_and_new_at_sign_in(client: Client, hana: User) -> None:
    client.cookies["sessionid"] = planted = "a" * 32
    sign_in_as(client, "hana")
    cookie = client.cookies["sessionid"]
    assert cookie.value != planted
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    first = cookie.value
    client.post("/accounts/logout/")
    sign_in_as(client, "hana")
    assert client.cookies["sessionid"].value != first


def test_a_guesser_cannot_tell_a_wrong_password_from_an_unknown_name(client: Client, hana: User, ren: User) -> None:
    User.objects.filter(pk=ren.pk).update(is_active=False)
    tries = ("hana", "ren", "no-such-one", "hana@example.jp", "no@example.jp")
    answers = [sign_in_as(Client(REMOTE_ADDR=f"10.0.0.{n}"), login, "wrong") for n, login in enumerate(tries)]
    told = {
        (
            answer.status_code,
            without_tokens(answer).replace(f'value="{login}"'.encode(), b""),
            tuple(sorted(name for name in answer.headers if name != "X-Request-ID")),
            tuple(sorted(answer.cookies)),
        )
        for login, answer in zip(tries, answers, strict=True)
    }
    assert len(told) == 1
    page = Page(answers[0])
    assert page.texts("div", role="alert") == ["ユーザー名かパスワードが違います。もう一度お確かめください。"]
    assert page.one("input", id="id_login").get("value") == "hana"
    assert page.one("input", id="id_password").get("value") is None


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_to_another_site(client: Client, hana: User, target: str) -> None:
    stays(sign_in_as(client, "hana", next=target))
    stays(client.get(f"/accounts/login/?next={quote(target)}"))
    stays(client.post("/accounts/logout/", {"next": target}))
    stays(client.post(f"/accounts/login/?next={quote(target)}", {"login": "hana", "password": PASSWORD}))
    stays(client.post(f"/accounts/logout/?next={quote(target)}"))


def stays(answer: Any) -> None:
    """A browser that follows stays on this host; it reads a backslash as a slash and drops control characters."""
    assert answer.status_code == 302
    location = "".join(c for c in answer["Location"] if c > " ").replace("\\", "/")
    assert urlsplit(urljoin("http://testserver/accounts/login/", location))[:2] == ("http", "testserver")


def test_people_come_back_to_where_they_were(client: Client, hana: User) -> None:
    page = Page(client.get("/accounts/login/?next=/spots/new/%3Fname%3Da"))
    assert page.one("input", name="next").get("value") == "/spots/new/?name=a"
    assert sign_in_as(client, "hana", next="/spots/new/?name=a")["Location"] == "/spots/new/?name=a"


def test_the_address_of_the_site_itself_is_followed_and_no_other_host_that_it_answers_to(
    client: Client, hana: User
) -> None:
    assert sign_in_as(client, "hana", next="http://127.0.0.1:8000/lists/")["Location"] == "http://127.0.0.1:8000/lists/"
    client.post("/accounts/logout/")
    assert sign_in_as(client, "hana", next="http://testserver/lists/")["Location"] == "/"


def test_a_site_with_tls_sends_nobody_to_itself_without(client: Client, hana: User, settings: Any) -> None:
    settings.SITE_URL, settings.HTTPS = "https://machi.example", True
    assert sign_in_as(client, "hana", next="http://machi.example/lists/")["Location"] == "/"
    client.post("/accounts/logout/")
    assert sign_in_as(client, "hana", next="https://machi.example/lists/")["Location"] == "https://machi.example/lists/"
    client.post("/accounts/logout/")
    assert sign_in_as(client, "hana", next="/lists/")["Location"] == "/lists/"


def test_only_the_form_signs_out(client: Client, hana: User) -> None:
    sign_in_as(client, "hana")
    asked = client.get("/accounts/logout/")
    assert (asked.status_code, who(client)) == (200, "花")
    key = client.cookies["sessionid"].value
    answer = client.post("/accounts/logout/")
    assert (answer.status_code, answer["Location"], who(client)) == (302, "/", "")
    client.cookies["sessionid"] = key
    assert who(client) == ""


@pytest.mark.parametrize("end", ["end_all_sessions", "password", "is_active"])
def test_a_session_ends_at_once_whatever_the_cache_remembers(client: Client, hana: User, end: str) -> None:
    other = Client()
    for browser in (client, other):
        sign_in_as(browser, "hana")
        assert who(browser) == "花"
    if end == "end_all_sessions":
        hana.end_all_sessions()
    elif end == "password":
        hana.set_password("atarashii-kotoba")
        hana.save()
    else:
        User.objects.filter(pk=hana.pk).update(is_active=False)
    assert [who(browser) for browser in (client, other)] == ["", ""]


def test_five_wrong_passwords_close_the_door_for_that_name_only(client: Client, hana: User, ren: User) -> None:
    EmailAddress.objects.create(user=ren, email=ren.email, verified=True, primary=True)
    for _ in range(5):
        assert sign_in_as(client, "hana", "wrong").status_code == 200
    refused = sign_in_as(client, "ＨＡＮＡ")
    assert (refused.status_code, who(client)) == (429, "")
    assert sign_in_as(Client(REMOTE_ADDR="10.9.9.9"), "ren", "kawara-no-kaze").status_code == 302


PAGES = {
    "/accounts/login/": "ログイン",
    "/accounts/password/reset/": "パスワード",
    "/accounts/password/reset/done/": "パスワード",
    "/accounts/signup/": "登録",
    "/accounts/inactive/": "使えないアカウント",
}


@pytest.mark.parametrize(("path", "words"), PAGES.items())
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_pages_around_signing_in_are_in_the_design(
    client: Client, db: None, prefix: str, path: str, words: str
) -> None:
    answer = client.get(prefix + path)
    page = Page(answer)
    assert (answer.status_code, page.faults, len(page.all("h1"))) == (200, [], 1)
    assert page.one("html").get("lang") == ("en" if prefix else "ja")
    assert page.one("main").get("id") == "main"
    assert page.one("meta", name="robots").get("content") == "noindex"
    [heading] = page.texts("h1")
    if prefix:
        assert heading.isascii()
    else:
        assert words in heading
        assert not heading.isascii()
    assert "no-store" in answer["Cache-Control"] or not page.all("form", method="post")


def test_who_comes_for_the_first_time_is_led_to_signing_up_and_back(client: Client, db: None) -> None:
    login = Page(client.get("/accounts/login/?next=/spots/new/"))
    assert "/accounts/signup/?next=%2Fspots%2Fnew%2F" in login.links()
    assert "/accounts/password/reset/?next=%2Fspots%2Fnew%2F" in login.links()
    assert "/accounts/login/?next=%2Fspots%2Fnew%2F" in Page(client.get("/accounts/signup/?next=/spots/new/")).links()


def test_an_account_made_by_the_command_needs_no_code(client: Client, db: None) -> None:
    with mock.patch("sys.stdin", io.StringIO(f"{PASSWORD}\n")):
        call_command("create_user", "kawa", "--email", "Kawa@Example.jp", stdout=io.StringIO())
    for login in ("kawa", "kawa@example.jp", "KAWA@EXAMPLE.JP"):
        assert sign_in_as(Client(), login)["Location"] == "/"
    assert not mail.outbox


def test_an_address_that_was_never_proven_is_proven_at_sign_in(client: Client, ren: User) -> None:
    answer = sign_in_as(client, "ren", "kawara-no-kaze", next="/lists/")
    assert answer["Location"] == "/accounts/confirm-email/"
    assert who(client) == ""
    page = Page(client.get("/accounts/confirm-email/"))
    assert (page.faults, "ren@example.jp" in page.text) == ([], True)
    answer = client.post("/accounts/confirm-email/", {"code": code_for("ren@example.jp")})
    assert (answer.status_code, answer["Location"]) == (302, "/lists/")
    assert EmailAddress.objects.get(user=ren).verified


def test_pages_for_people_lead_strangers_to_the_door(client: Client, db: None) -> None:
    for path in ("/accounts/email/", "/accounts/password/change/", "/accounts/reauthenticate/", "/accounts/profile/"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert urlsplit(answer["Location"]).path == "/accounts/login/"


def test_forms_in_english_stay_in_english(client: Client, hana: User) -> None:
    page = Page(client.get("/en/accounts/login/?next=/en/lists/"))
    [form] = [form for form in page.all("form") if form.get("method") == "post"]
    assert form.get("action") == "/en/accounts/login/"
    answer = client.post("/en/accounts/login/", {"login": "hana", "password": PASSWORD, "next": "/en/lists/"})
    assert answer["Location"] == "/en/lists/"
    assert client.post("/en/accounts/logout/")["Location"] == "/en/"
