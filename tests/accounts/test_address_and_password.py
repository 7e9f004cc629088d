"""Another address or password for an account: only by who knows the password, and the old ones are told."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.accounts.letters import code_for, letters_to, wrong
from tests.markup import Page

PASSWORD, NEW = "tsubaki-no-michi", "atarashii-kotoba"
CODE_PAGE = "/accounts/confirm-email/"


@pytest.fixture
def browser(client: Client, hana: User) -> Client:
    """hana's, signed in by her password."""
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    client.post("/accounts/login/", {"login": "hana", "password": PASSWORD})
    return client


def ask(client: Client, email: str) -> Any:
    return client.post("/accounts/email/", {"action_add": "", "email": email})


def change(client: Client, email: str) -> Any:
    """Asked for, and the password typed that this takes."""
    return client.post(ask(client, email)["Location"], {"password": PASSWORD})


def test_a_new_address_takes_the_old_ones_place_once_its_code_is_typed(browser: Client, hana: User) -> None:
    assert "hana@example.jp" in Page(browser.get("/accounts/email/")).text
    assert change(browser, " New@Example.jp")["Location"] == CODE_PAGE
    hana.refresh_from_db()
    assert hana.email == "hana@example.jp"
    answer = browser.post(CODE_PAGE, {"code": code_for("new@example.jp")})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/profile/")
    hana.refresh_from_db()
    assert (hana.email, hana.email_key) == ("new@example.jp", "new@example.jp")
    address = EmailAddress.objects.get()
    assert (address.email, address.verified, address.primary) == ("new@example.jp", True, True)
    assert "new@example.jp に変わりました" in letters_to("hana@example.jp")[-1].body


def test_a_wrong_code_changes_nothing(browser: Client, hana: User) -> None:
    change(browser, "new@example.jp")
    code = code_for("new@example.jp")
    for _ in range(3):
        browser.post(CODE_PAGE, {"code": wrong(code)})
    browser.post(CODE_PAGE, {"code": code})
    hana.refresh_from_db()
    assert hana.email == "hana@example.jp"


@pytest.mark.parametrize("email", ["", "nonsense", "k" * 250 + "@example.jp", "HANA@example.jp"])
def test_an_address_that_cannot_be_is_said_beside_its_field(browser: Client, email: str) -> None:
    page = Page(ask(browser, email))
    assert page.faults == []
    assert page.texts("p", **{"class": "error"})
    assert not mail.outbox


@pytest.mark.parametrize("email", ["ren@example.jp", "re\u017f@example.jp"])
def test_an_address_of_someone_else_is_told_to_its_owner_alone(browser: Client, hana: User, email: str) -> None:
    """As a look-alike that folds to the same address, too."""
    User.objects.create_user("ren", "ren@example.jp", NEW)
    User.objects.create_user("res", "res@example.jp", NEW)
    assert change(browser, email)["Location"] == CODE_PAGE
    folded = email.replace("\u017f", "s")
    page = Page(browser.post(CODE_PAGE, {"code": code_for(folded)}))
    assert page.texts("p", **{"class": "error"}) == ["このアドレスには、ほかのアカウントがあります。"]
    hana.refresh_from_db()
    assert hana.email == "hana@example.jp"


def test_a_borrowed_phone_changes_no_address(browser: Client, hana: User) -> None:
    answer = ask(browser, "new@example.jp")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    page = Page(browser.get(answer["Location"]))
    assert (page.faults, page.texts("h1")) == ([], ["パスワードの確認"])
    page = Page(browser.post(answer["Location"], {"password": "wrong"}))
    assert page.texts("p", **{"class": "error"}) == ["パスワードが違います。"]
    assert browser.get(CODE_PAGE)["Location"] == "/accounts/email/"
    assert not mail.outbox


def test_a_new_password_ends_the_other_sessions_and_is_told(browser: Client, hana: User) -> None:
    other = Client()
    other.force_login(hana)
    typed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert browser.post("/accounts/password/change/", typed)["Location"] == "/accounts/profile/"
    assert "パスワードを変えました。" in Page(browser.get("/accounts/profile/")).text
    assert other.get("/accounts/profile/").status_code == 302
    [letter] = letters_to("hana@example.jp")
    assert letter.subject == "[マチポケ] パスワードが変わりました"
    hana.refresh_from_db()
    assert hana.check_password(NEW)


@pytest.mark.parametrize(
    ("old", "first", "second", "field"),
    [
        ("wrong", NEW, NEW, "oldpassword"),
        ("", NEW, NEW, "oldpassword"),
        (PASSWORD, "password", "password", "password1"),
        (PASSWORD, NEW, "other", "password2"),
    ],
)
def test_a_password_that_cannot_be_is_said_beside_its_field(
    browser: Client, hana: User, old: str, first: str, second: str, field: str
) -> None:
    typed = {"oldpassword": old, "password1": first, "password2": second}
    page = Page(browser.post("/accounts/password/change/", typed))
    assert page.faults == []
    assert [error.get("id") for error in page.all("p", **{"class": "error"})] == [f"id_{field}-error"]
    hana.refresh_from_db()
    assert hana.check_password(PASSWORD)


@pytest.mark.parametrize("path", ["/accounts/email/", "/accounts/password/change/", "/accounts/reauthenticate/"])
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_pages_are_in_the_design(browser: Client, prefix: str, path: str) -> None:
    answer = browser.get(prefix + path)
    page = Page(answer)
    assert (answer.status_code, page.faults, len(page.all("h1"))) == (200, [], 1)
    assert "no-store" in answer["Cache-Control"]
    assert page.one("html").get("lang") == ("en" if prefix else "ja")
    ids = [element.get("id") for element in page.root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
