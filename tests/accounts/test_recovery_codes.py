"""Codes on paper for who has lost the phone: seen again only after a code, each good once, replaced all together."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from tests.accounts.letters import letters_to
from tests.accounts.test_second_factor import BEGIN, again, begun, error_of, is_in, shown, sign_in, type_code
from tests.markup import Page
from tests.second_factor import give

LIST = "/accounts/2fa/recovery-codes/"
FRESH, FILE = f"{LIST}generate/", f"{LIST}download/"


@pytest.fixture
def browser(client: Client, hana: User) -> Client:
    """hana's, who has just begun with a second factor."""
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    sign_in(client)
    _page, secret = begun(client)
    client.post(BEGIN, {"code": shown(secret)})
    return client


def codes_of(client: Client) -> list[str]:
    return Page(client.get(LIST)).texts("code")


def enter(code: str) -> Client:
    """Another browser that has the password, with that code."""
    client = Client()
    sign_in(client)
    type_code(client, code)
    return client


def test_there_are_ten_different_ones_on_the_page_and_in_the_file(browser: Client) -> None:
    codes = codes_of(browser)
    assert len(set(codes)) == 10
    assert all(code.isdigit() and len(code) == 8 for code in codes)
    answer = browser.get(FILE)
    assert answer.content.decode().split() == codes
    assert answer["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_each_opens_once(browser: Client) -> None:
    code, other = codes_of(browser)[:2]
    assert is_in(enter(code))
    assert not is_in(enter(code))
    assert is_in(enter(f" {other[:4]} {other[4:]} "))
    page = Page(browser.get(LIST))
    assert page.texts("h2") == ["8個が使えます"]
    assert {code, other}.isdisjoint(codes_of(browser))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_new_ones_end_the_old_ones_and_are_told(browser: Client) -> None:
    old = codes_of(browser)
    assert Page(browser.get(FRESH)).faults == []
    assert browser.post(FRESH)["Location"] == LIST
    new = codes_of(browser)
    assert len({*old, *new}) == 20
    assert not is_in(enter(old[0]))
    assert is_in(enter(new[0]))
    assert letters_to("hana@example.jp")[-1].subject == "[マチポケ] リカバリーコードが新しくなりました"


def test_when_all_are_used_the_page_says_so(browser: Client) -> None:
    for code in codes_of(browser):
        assert is_in(enter(code))
    page = Page(browser.get(LIST))
    assert "すべて使いました。" in page.text
    assert browser.get(FILE).status_code == 404


def test_a_borrowed_phone_sees_and_replaces_none(browser: Client, hana: User) -> None:
    known = codes_of(browser)
    other = Client()
    other.force_login(hana)
    for answer in (other.get(LIST), other.get(FILE), other.get(FRESH), other.post(FRESH)):
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/2fa/reauthenticate/")
        assert not any(code in answer.content.decode() for code in known)
    assert error_of(again(other, other.get(LIST), code="00000000"))
    assert codes_of(browser) == known
    assert again(other, other.get(LIST), code=known[0])["Location"] == LIST
    assert codes_of(other) == known[1:]


def test_without_a_second_factor_there_are_none(client: Client, hana: User, ren: User) -> None:
    EmailAddress.objects.create(user=ren, email=ren.email, verified=True, primary=True)
    sign_in(client, "ren", "kawara-no-kaze")
    assert client.get(LIST).status_code == 404
    assert client.get(FILE).status_code == 404
    again(client, client.get(FRESH), password="kawara-no-kaze")
    answer: Any = client.post(FRESH)
    assert answer.status_code == 200
    assert "2段階認証を始めてから" in Page(answer).text


def test_anothers_codes_open_nothing(browser: Client, ren: User) -> None:
    EmailAddress.objects.create(user=ren, email=ren.email, verified=True, primary=True)
    give(ren)
    other = Client()
    sign_in(other, "ren", "kawara-no-kaze")
    assert error_of(type_code(other, codes_of(browser)[0]))
    assert not is_in(other)


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("path", [LIST, FRESH])
def test_the_pages_are_in_the_design(browser: Client, prefix: str, path: str) -> None:
    answer = browser.get(prefix + path)
    page = Page(answer)
    assert (answer.status_code, page.faults, len(page.all("h1"))) == (200, [], 1)
    assert page.one("html").get("lang") == ("en" if prefix else "ja")
    assert "no-store" in answer["Cache-Control"]
