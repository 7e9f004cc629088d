"""A forgotten password: a code by mail, a new password, and everybody else is out."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client

from accounts.models import User
from tests import second_factor
from tests.accounts.letters import code_for, letters_to, wrong
from tests.markup import Page

NEW = "atarashii-kotoba"
ASK, CODE, COMPLETE = (f"/accounts/password/reset/{step}" for step in ("", "confirm/", "complete/"))


@pytest.fixture
def hana(hana: User) -> User:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    return hana


def ask(client: Client, email: str = "hana@example.jp", **more: str) -> Any:
    return client.post(ASK, {"email": email} | more)


def who(client: Client) -> bool:
    return "花" in Page(client.get("/")).text


def test_a_code_a_new_password_and_signed_in_where_one_wanted_to_be(client: Client, hana: User) -> None:
    other = Client()
    other.force_login(hana)
    link = "/accounts/password/reset/?next=%2Fspots%2Fnew%2F"
    hidden = {"next": Page(client.get(link)).one("input", name="next").get("value", "")}
    assert ask(client, " Hana@Example.JP ", **hidden)["Location"] == f"{CODE}?next=%2Fspots%2Fnew%2F"
    page = Page(client.get(f"{CODE}?next=%2Fspots%2Fnew%2F"))
    assert "hana@example.jp" in page.text
    code = code_for("hana@example.jp")
    assert (len(code.replace("-", "")), letters_to("hana@example.jp")[0].subject) == (
        8,
        "[マチポケ] パスワードの再設定のコード",
    )
    answer = client.post(CODE, {"code": code.replace("-", "　").translate(WIDE), **hidden})
    assert answer["Location"] == f"{COMPLETE}?next=%2Fspots%2Fnew%2F"
    assert Page(client.get(answer["Location"])).one("input", name="next").get("value") == "/spots/new/"
    answer = client.post(COMPLETE, {"password1": NEW, "password2": NEW, **hidden})
    assert (answer.status_code, answer["Location"]) == (302, "/spots/new/")
    hana.refresh_from_db()
    assert (hana.check_password(NEW), who(client), who(other)) == (True, True, False)
    assert "パスワードが変わりました" in mail.outbox[-1].subject


def test_in_a_browser_of_somebody_else_their_session_stays_theirs(client: Client, hana: User, ren: User) -> None:
    """Else a stolen session of ren's could be hidden from ren behind any account that has a second factor."""
    second_factor.give(hana)
    client.force_login(ren)
    ask(client)
    client.post(CODE, {"code": code_for("hana@example.jp")})
    assert client.post(COMPLETE, {"password1": NEW, "password2": NEW})["Location"] == "/accounts/2fa/authenticate/"
    at_home = Client()
    at_home.force_login(ren)
    at_home.post("/accounts/sessions/end-others/")
    assert [browser.get("/accounts/profile/").status_code for browser in (at_home, client)] == [200, 302]


WIDE = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}


def test_three_wrong_codes_end_it(client: Client, hana: User) -> None:
    ask(client)
    code = code_for(hana.email)
    for _ in range(2):
        page = Page(client.post(CODE, {"code": wrong(code)}))
        assert page.texts("p", **{"class": "error"}) == ["コードが違います。メールをもう一度お確かめください。"]
    assert client.post(CODE, {"code": wrong(code)})["Location"] == "/accounts/login/"
    assert "何度も違ったため" in Page(client.get("/accounts/login/")).text
    assert client.post(CODE, {"code": code})["Location"] == "/accounts/login/"


def test_many_tries_at_once_are_three(client: Client, hana: User) -> None:
    ask(client)
    code, key = code_for(hana.email), "account_password_reset_verification"
    state, answers = dict(client.session)[key], []
    for _ in range(5):
        answers.append(client.post(CODE, {"code": wrong(code)}).status_code)
        store = client.session
        store[key] = state
        store.save()
    assert answers == [200, 200, 200, 429, 429]


def test_an_old_code_is_refused(client: Client, hana: User, settings: Any) -> None:
    ask(client)
    settings.ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = -1
    assert client.post(CODE, {"code": code_for(hana.email)})["Location"] == "/accounts/login/"
    assert client.get(COMPLETE)["Location"] == ASK


def test_no_code_no_new_password(client: Client, hana: User) -> None:
    ask(client)
    assert client.post(COMPLETE, {"password1": NEW, "password2": NEW})["Location"] == CODE
    assert not User.objects.get().check_password(NEW)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("", "", "必須"),
        ("password", "password", "一般的"),
        ("hana@example.jp", "hana@example.jp", "似"),
        (NEW, "x", ""),
    ],
)
def test_a_bad_new_password_is_said_beside_its_field(
    client: Client, hana: User, first: str, second: str, words: str
) -> None:
    ask(client)
    client.post(CODE, {"code": code_for(hana.email)})
    page = Page(client.post(COMPLETE, {"password1": first, "password2": second}))
    assert page.faults == []
    assert words in " ".join(page.texts("p", **{"class": "error"}))
    assert page.texts("p", **{"class": "error"})
    assert not User.objects.get().check_password(first or "x")


def test_the_sixth_letter_in_an_hour_is_429_in_the_design(client: Client, hana: User) -> None:
    answers = [ask(Client(REMOTE_ADDR=f"10.0.0.{n}")) for n in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert Page(answers[5]).texts("h1") == ["短い時間に何度も送られました"]
    assert len(mail.outbox) == 5


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_pages_are_in_the_design(client: Client, hana: User, prefix: str) -> None:
    pages = [client.get(prefix + ASK)]
    client.post(prefix + ASK, {"email": hana.email})
    pages.append(client.get(prefix + CODE))
    client.post(prefix + CODE, {"code": code_for(hana.email)})
    pages += [client.get(prefix + COMPLETE), client.get(f"{prefix}/accounts/password/reset/done/")]
    for answer in pages:
        page = Page(answer)
        assert (answer.status_code, page.faults, len(page.all("h1"))) == (200, [], 1)
        assert page.one("meta", name="robots").get("content") == "noindex"
        assert "no-store" in answer["Cache-Control"] or not page.all("form", method="post")


class Refusing(BaseEmailBackend):
    """A mail server that takes no letter, and repeats to whom it was."""

    def send_messages(self, email_messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({one: (550, one.encode()) for one in email_messages[0].to})


def test_an_address_that_the_mail_server_refuses_is_in_no_log(
    client: Client, hana: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    assert ask(client).status_code == 503
    assert "could not be sent: SMTPRecipientsRefused" in caplog.text
    assert "hana@" not in caplog.text
