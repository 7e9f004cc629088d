"""The page of one's tokens: made after the password was typed again, shown once, revoked with one button."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiToken, User
from accounts.models.token import MOST_TOKENS
from tests.accounts.token_asking import PASSWORDS, by_token, token_of
from tests.markup import Page, without_tokens

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
LIST, NEW = "/accounts/tokens/", "/accounts/tokens/new/"
ASKED = {"name": "台所の電話", "scope": "read", "days": "90"}


@pytest.fixture
def browser(hana: User, sign_in: SignIn) -> Client:
    """Hana's, where she typed her password a moment ago."""
    client = sign_in(hana)
    client.get(NEW)
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORDS["hana"], "next": NEW})
    assert answer["Location"] == NEW
    return client


def text_on(answer: Any) -> str:
    return Page(answer).texts("code", id="token-text")[0]


def test_a_token_is_made_and_shown_on_this_answer_alone(browser: Client, hana: User) -> None:
    answer = browser.post(NEW, ASKED)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    text = text_on(answer)
    assert by_token(text, "GET", "me/").json()["username"] == "hana"
    row = ApiToken.objects.get()
    assert (row.user, row.name, row.scope) == (hana, "台所の電話", "read")
    assert abs(row.expiry - timezone.now() - timedelta(days=90)) < timedelta(minutes=1)
    assert text not in browser.get(LIST).content.decode()
    assert not any(text in str(session.get_decoded()) for session in Session.objects.all())


def test_the_profile_leads_there(browser: Client) -> None:
    assert LIST in Page(browser.get("/accounts/profile/")).links()


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_password_is_asked_for_first(hana: User, sign_in: SignIn, method: str) -> None:
    answer = getattr(sign_in(hana), method)(NEW, ASKED if method == "post" else None)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/reauthenticate/")
    assert not ApiToken.objects.exists()


def test_what_was_asked_for_is_made_once_the_password_is_typed(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    client.post(NEW, ASKED)
    wrong = client.post("/accounts/reauthenticate/", {"password": "chigau", "next": NEW})
    assert (wrong.status_code, ApiToken.objects.count()) == (200, 0)
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORDS["hana"], "next": NEW})
    assert answer["Cache-Control"] == "private, no-store"
    assert by_token(text_on(answer), "GET", "me/").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": "長" * 51}, "name"),
        ({"scope": "admin"}, "scope"),
        ({"scope": ""}, "scope"),
        ({"days": "31"}, "days"),
        ({"days": "x"}, "days"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(browser: Client, wrong: dict[str, str], field: str) -> None:
    answer = browser.post(NEW, ASKED | wrong)
    page = Page(answer)
    assert answer.status_code == 400
    assert [error.get("id") for error in page.all("p", **{"class": "error"})] == [f"id_{field}-error"]
    assert not ApiToken.objects.exists()


def test_one_too_many_is_said(browser: Client, hana: User) -> None:
    for number in range(MOST_TOKENS):
        token_of(hana, name=f"{number}")
    answer = browser.post(NEW, ASKED)
    assert (answer.status_code, "トークンは50個までです" in Page(answer).text) == (400, True)


def test_the_list_shows_ones_own_and_what_became_of_them(browser: Client, hana: User, ren: User) -> None:
    token_of(ren, name="蓮の")
    text = token_of(hana, name="<b>使った</b>")
    token_of(hana, "read", "古い")
    ApiToken.objects.filter(name="古い").update(expiry=timezone.now() - timedelta(days=1))
    by_token(text, "GET", "me/")
    page = Page(browser.get(LIST))
    assert "蓮の" not in page.text
    old, used = (" ".join("".join(row.itertext()).split()) for row in page.one("ul", **{"class": "said acts"}))
    assert ("期限切れ" in old, "まだ使われていません" in old, "読むだけ" in old) == (True, True, True)
    assert ("<b>使った</b>" in used, "最後に使った日" in used, "読み書き" in used) == (True, True, True)


def test_revoking_ends_it_at_once(browser: Client, hana: User) -> None:
    text = token_of(hana)
    [form] = [form for form in Page(browser.get(LIST)).all("form") if "/delete/" in form.get("action", "")]
    answer = browser.post(form.get("action", ""), follow=True)
    assert "「台所の電話」を取り消しました" in Page(answer).text
    assert by_token(text, "GET", "me/").status_code == 401


def test_revoking_asks_for_no_password_and_is_a_post_with_the_csrf_token(hana: User, sign_in: SignIn) -> None:
    token_of(hana)
    url = f"{LIST}{ApiToken.objects.get().id}/delete/"
    assert sign_in(hana).get(url).status_code == 405
    careless = Client(enforce_csrf_checks=True)
    careless.force_login(hana)
    assert careless.post(url).status_code == 403
    assert ApiToken.objects.exists()
    assert sign_in(hana).post(url).status_code == 302
    assert not ApiToken.objects.exists()


def test_others_tokens_are_not_there(hana: User, ren: User, mori: User, sign_in: SignIn) -> None:
    token_of(hana)
    url = f"{LIST}{ApiToken.objects.get().id}/delete/"
    missing = f"{LIST}00000000-0000-4000-8000-000000000000/delete/"
    for person in (ren, mori):
        client = sign_in(person)
        one, other = client.post(url), client.post(missing)
        assert (one.status_code, other.status_code) == (404, 404)
        assert without_tokens(one).replace(url.encode(), b"") == without_tokens(other).replace(missing.encode(), b"")
        assert "台所の電話" not in client.get(LIST).content.decode()
    assert ApiToken.objects.exists()


@pytest.mark.parametrize("url", [LIST, NEW, f"{LIST}00000000-0000-4000-8000-000000000000/delete/"])
def test_a_signed_out_visitor_signs_in_first(client: Client, url: str) -> None:
    answer = client.post(url) if "delete" in url else client.get(url)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login/")


def test_whoever_is_suspended_revokes_and_makes_only_what_reads(browser: Client, hana: User) -> None:
    token_of(hana, name="前の")
    hana.suspend(timezone.now() + timedelta(days=1), "宣伝")
    assert [one.get("value") for one in Page(browser.get(NEW)).all("input", name="scope")] == ["read"]
    assert browser.post(NEW, ASKED | {"scope": "write"}).status_code == 400
    assert browser.post(f"{LIST}{ApiToken.objects.get().id}/delete/").status_code == 302
    assert not ApiToken.objects.exists()
    assert browser.post(NEW, ASKED).status_code == 200


def test_the_pages_are_html_and_in_english_too(browser: Client, hana: User) -> None:
    token_of(hana)
    for prefix in ("", "/en"):
        answers = [browser.get(prefix + LIST), browser.get(prefix + NEW), browser.post(prefix + NEW, ASKED)]
        for answer in answers:
            page = Page(answer)
            assert page.faults == []
            assert len(page.all("h1")) == 1
            assert page.one("html").get("lang") == ("en" if prefix else "ja")
            ids = [element.get("id") for element in page.root.iter() if element.get("id")]
            assert len(ids) == len(set(ids))
            assert "トークン" in page.text or prefix
            for form in page.one("main").iter("form"):
                assert form.get("action", "").startswith(f"{prefix}/accounts/tokens/")


def test_a_list_costs_as_much_for_one_as_for_fifty(
    browser: Client, hana: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    token_of(hana)
    browser.get(LIST)
    with CaptureQueriesContext(connection) as few:
        browser.get(LIST)
    for number in range(MOST_TOKENS - 1):
        token_of(hana, name=f"{number}")
    with django_assert_num_queries(len(few)):
        browser.get(LIST)
