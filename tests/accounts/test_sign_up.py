"""Signing up: a form, a mailed code, an account; and nothing of it before the code is typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.adapter import AccountAdapter
from accounts.models import User
from machipoke.ratelimits import LIMITS
from tests.accounts.letters import code_for, letters_to, wrong
from tests.markup import Page, text_of
from tests.spots.threads import all_at_once

pytestmark = pytest.mark.django_db

PASSWORD = "yama-no-koe-42"
TYPED = {"username": "kawa", "email": "kawa@example.jp", "password1": PASSWORD, "password2": PASSWORD}
CODE_PAGE = "/accounts/confirm-email/"


@pytest.fixture
def many_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the wait between two letters to one address."""
    monkeypatch.setitem(LIMITS, "letter_pause", LIMITS["letter"])


def sign_up(client: Client, **fields: str) -> Any:
    return client.post("/accounts/signup/", TYPED | fields)


def type_code(client: Client, code: str, **more: str) -> Any:
    return client.post(CODE_PAGE, {"code": code} | more)


def error_beside(answer: Any, field: str) -> str:
    page = Page(answer)
    described = page.one("input", name=field).get("aria-describedby", "").split()
    assert page.one("input", name=field).get("aria-invalid") == "true"
    return " ".join(text_of(p) for p in page.all("p") if p.get("id") in described and p.get("class") == "error")


def test_a_newcomer_comes_from_posting_through_login_and_code_back_to_posting(client: Client) -> None:
    login = Page(client.get(client.get("/spots/new/")["Location"]))
    [link] = [link for link in login.links() if link.startswith("/accounts/signup/")]
    form = Page(client.get(link))
    hidden = {"next": form.one("input", name="next").get("value", "")}
    answer = sign_up(client, display_name="川の人", **hidden)
    assert (answer.status_code, answer["Location"]) == (302, CODE_PAGE)
    assert "kawa@example.jp" in Page(client.get(CODE_PAGE)).text
    answer = type_code(client, code_for("kawa@example.jp"))
    assert (answer.status_code, answer["Location"]) == (302, "/spots/new/")
    welcome = Page(client.get("/"))
    assert "ようこそ、川の人さん。" in welcome.text
    person = User.objects.get()
    assert (person.username, person.display_name, person.email) == ("kawa", "川の人", "kawa@example.jp")
    assert (person.language, person.is_staff, person.check_password(PASSWORD)) == ("ja", False, True)
    address = EmailAddress.objects.get()
    assert (address.user, address.email, address.verified, address.primary) == (person, person.email, True, True)


def test_nothing_is_stored_and_no_name_is_taken_before_the_code(client: Client) -> None:
    sign_up(client)
    assert not User.objects.exists()
    assert client.get("/users/kawa/").status_code == 404
    assert sign_up(Client(), email="other@example.jp")["Location"] == CODE_PAGE


def test_the_new_account_can_sign_in_again(client: Client) -> None:
    sign_up(client)
    type_code(client, code_for("kawa@example.jp"))
    for login in ("kawa", "KAWA@example.jp"):
        answer = Client().post("/accounts/login/", {"login": login, "password": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize(
    "form", ["{0}", " {0} ", "{1} {2}", "{1}-{2}", "{1}ー{2}", "{1}　{2}", "{wide}", "　{wide}　", "{1}‐{2}"]
)
def test_a_code_may_be_typed_as_phones_type(client: Client, form: str) -> None:
    sign_up(client)
    code = code_for("kawa@example.jp")
    wide = code.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    answer = type_code(client, form.format(code, code[:3], code[3:], wide=wide))
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_phones_are_told_what_a_code_is(client: Client) -> None:
    sign_up(client)
    field = Page(client.get(CODE_PAGE)).one("input", name="code")
    assert (field.get("inputmode"), field.get("autocomplete"), field.get("type")) == (
        "numeric",
        "one-time-code",
        "text",
    )


@pytest.mark.parametrize("typed", ["wrong", "", "   ", "abcdef", "１２", "0" * 101, "\x00", "ſ" * 6])
def test_a_wrong_code_is_said_beside_its_field_and_can_be_mended(client: Client, typed: str) -> None:
    sign_up(client)
    code = code_for("kawa@example.jp")
    answer = type_code(client, wrong(code) if typed == "wrong" else typed)
    assert answer.status_code == 200
    assert error_beside(answer, "code")
    assert not User.objects.exists()
    assert type_code(client, code)["Location"] == "/"


def test_three_wrong_codes_end_that_code_and_a_new_one_helps(client: Client, many_letters: None) -> None:
    sign_up(client, next="/lists/")
    code = code_for("kawa@example.jp")
    for _ in range(2):
        assert error_beside(type_code(client, wrong(code)), "code").startswith("コードが違います。")
    assert "新しいコードを送ってください" in text_of(Page(type_code(client, wrong(code))).one("main"))
    assert "もう使えません" in error_beside(type_code(client, code), "code")
    assert not User.objects.exists()
    assert client.post(CODE_PAGE, {"action": "resend"})["Location"] == CODE_PAGE
    assert type_code(client, code_for("kawa@example.jp"))["Location"] == "/lists/"


def test_an_old_code_is_refused(client: Client, settings: Any) -> None:
    sign_up(client)
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = -1
    assert "もう使えません" in error_beside(type_code(client, code_for("kawa@example.jp")), "code")
    assert not User.objects.exists()


def test_many_tries_at_once_are_three(client: Client, settings: Any) -> None:
    """A browser that sends many requests before one of them has counted; each shows the session as it was."""
    sign_up(client)
    code, session = code_for("kawa@example.jp"), dict(client.session)
    answers = []
    for _ in range(5):
        answers.append(type_code(client, wrong(code)).status_code)
        store = client.session
        store["signup"] = session["signup"]
        store.save()
    assert answers == [200, 200, 200, 429, 429]


def test_a_new_code_replaces_the_old(client: Client, many_letters: None) -> None:
    sign_up(client)
    first = code_for("kawa@example.jp")
    client.post(CODE_PAGE, {"action": "resend"})
    assert "新しいコードを送りました。" in Page(client.get(CODE_PAGE)).text
    second = code_for("kawa@example.jp")
    if first != second:
        assert error_beside(type_code(client, first), "code")
    assert type_code(client, second)["Location"] == "/"


def test_four_letters_are_enough(client: Client, many_letters: None) -> None:
    sign_up(client)
    for _ in range(5):
        client.post(CODE_PAGE, {"action": "resend"})
    assert len(letters_to("kawa@example.jp")) == 4
    page = Page(client.get(CODE_PAGE))
    assert "これ以上は送れません" in page.text
    assert not page.all("button", value="resend")


def test_a_second_code_right_after_the_first_is_put_off_kindly(client: Client) -> None:
    sign_up(client)
    client.post(CODE_PAGE, {"action": "resend"})
    assert len(mail.outbox) == 1
    assert "少し待ってから" in Page(client.get(CODE_PAGE)).text
    assert type_code(client, code_for("kawa@example.jp"))["Location"] == "/"


def test_a_second_form_right_after_the_first_is_429_in_the_design(client: Client) -> None:
    sign_up(client)
    answer = sign_up(Client())
    page = Page(answer)
    assert (answer.status_code, page.faults, page.texts("h1")) == (429, [], ["短い時間に何度も送られました"])
    assert len(mail.outbox) == 1


def test_a_mistyped_address_is_mended_without_a_new_form(client: Client) -> None:
    sign_up(client, email="kawa@exmaple.jp")
    answer = client.post(CODE_PAGE, {"action": "change", "email": " Kawa@Example.JP "})
    assert (answer.status_code, answer["Location"]) == (302, CODE_PAGE)
    assert "kawa@example.jp" in Page(client.get(CODE_PAGE)).text
    if code_for("kawa@exmaple.jp") != code_for("kawa@example.jp"):
        assert error_beside(type_code(client, code_for("kawa@exmaple.jp")), "code")
    assert type_code(client, code_for("kawa@example.jp"))["Location"] == "/"
    assert User.objects.get().email == "kawa@example.jp"


@pytest.mark.parametrize("email", ["", "nonsense", "a@b", "k" * 250 + "@example.jp"])
def test_an_address_that_is_none_is_said_beside_its_field(client: Client, email: str) -> None:
    sign_up(client)
    answer = client.post(CODE_PAGE, {"action": "change", "email": email})
    assert answer.status_code == 200
    assert error_beside(answer, "email")
    assert len(mail.outbox) == 1


def test_starting_again_keeps_what_was_typed_but_no_password(client: Client) -> None:
    sign_up(client, display_name="川の人")
    page = Page(client.get("/accounts/signup/"))
    kept = {name: page.one("input", name=name).get("value") for name in (*TYPED, "display_name")}
    assert kept == {
        "username": "kawa",
        "email": "kawa@example.jp",
        "password1": None,
        "password2": None,
        "display_name": "川の人",
    }


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("username", "", "必須"),
        ("username", "ab", "3〜30 文字"),
        ("username", "a" * 31, "30 文字"),
        ("username", "かわ", "英数字"),
        ("username", "ka wa", "英数字"),
        ("username", "kaw\u0430", "英数字"),  # Cyrillic
        ("username", "admin", "使えません"),
        ("username", "ＡＤＭＩＮ", "使えません"),
        ("username", "運営", "使えません"),
        ("username", "hana", "もう使われています"),
        ("username", "HANA", "もう使われています"),
        ("username", "ｈａｎａ", "もう使われています"),
        ("username", " Hana\u200b ", "もう使われています"),
        ("email", "", "必須"),
        ("email", "nonsense", "メールアドレス"),
        ("email", "k" * 250 + "@example.jp", ""),
        ("password1", "", "必須"),
        ("password1", "短い", "短"),
        ("password1", "password", "一般的"),
        ("password1", "kawa-kawa", "ユーザー名"),
        ("password2", "", "必須"),
        ("password2", PASSWORD + "x", "2つのパスワードが違います。"),
        ("display_name", "長" * 31, "30文字以内"),
        ("display_name", "\u202e", ""),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    client: Client, hana: User, field: str, typed: str, words: str
) -> None:
    more = {"username": "kawa-kawa"} if typed == "kawa-kawa" else {}
    answer = sign_up(client, **({"password2": typed} if field == "password1" else {}) | more | {field: typed})
    page = Page(answer)
    assert (answer.status_code, page.faults) == (200, [])
    assert words in error_beside(answer, field)
    assert not mail.outbox
    assert "signup" not in client.session


def test_a_name_without_anything_to_see_is_not_stored(client: Client) -> None:
    answer = sign_up(client, display_name="\u202e\u200b")
    assert answer.status_code == 200
    assert error_beside(answer, "display_name")


def test_directions_are_taken_out_of_a_name(client: Client) -> None:
    sign_up(client, display_name="\u202e川\u200bの人")
    type_code(client, code_for("kawa@example.jp"))
    assert User.objects.get().display_name == "川の人"


def test_a_name_in_full_width_is_meant_in_half_width(client: Client) -> None:
    sign_up(client, username="Ｋａｗａ＿１")
    type_code(client, code_for("kawa@example.jp"))
    assert (User.objects.get().username, User.objects.get().display_name) == ("Kawa_1", "Kawa_1")


def test_what_was_typed_stays_in_the_form_after_an_error_but_no_password(client: Client) -> None:
    page = Page(sign_up(client, password2="other", display_name="<川>", next="/lists/"))
    names = ("username", "email", "display_name", "next", "password1", "password2")
    shown = [page.one("input", name=name).get("value") for name in names]
    assert shown == ["kawa", "kawa@example.jp", "<川>", "/lists/", None, None]


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/signup/?next=/lists/"])
def test_who_is_signed_in_needs_no_second_account(hana: User, sign_in: Callable[[User], Client], path: str) -> None:
    client = sign_in(hana)
    answers = [client.get(path), client.post(path, TYPED)]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {
        (302, "/lists/" if "next" in path else "/")
    }
    assert not mail.outbox


def test_without_a_sign_up_the_code_page_leads_to_the_door(client: Client) -> None:
    for answer in (client.get(CODE_PAGE), type_code(client, "123456")):
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")


def test_a_code_is_good_in_its_own_browser_only(client: Client) -> None:
    sign_up(client)
    assert type_code(Client(), code_for("kawa@example.jp"))["Location"] == "/accounts/login/"
    assert not User.objects.exists()


def test_a_name_that_somebody_took_meanwhile_is_asked_for_again(client: Client, many_letters: None) -> None:
    sign_up(client, next="/lists/")
    User.objects.create_user("KAWA", "first@example.jp", PASSWORD)
    answer = type_code(client, code_for("kawa@example.jp"))
    assert answer["Location"] == "/accounts/signup/?next=%2Flists%2F"
    page = Page(client.get(answer["Location"]))
    assert "別の名前にしてください" in page.text
    assert page.one("input", name="email").get("value") == "kawa@example.jp"
    sign_up(client, username="kawa2", next="/lists/")
    assert type_code(client, code_for("kawa@example.jp"))["Location"] == "/lists/"


def test_an_address_that_got_an_account_meanwhile_leads_to_the_door(client: Client) -> None:
    sign_up(client)
    User.objects.create_user("numa", "KAWA@example.jp", PASSWORD)
    answer = type_code(client, code_for("kawa@example.jp"))
    assert answer["Location"] == "/accounts/login/"
    assert "もう登録されています" in Page(client.get(answer["Location"])).text
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_code_that_is_sent_many_times_at_once_makes_one_person(
    many_letters: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "code", LIMITS["comment"])
    client = Client()
    sign_up(client)
    code, cookies = code_for("kawa@example.jp"), client.cookies.output(header="", sep=";")

    def send() -> tuple[int, str]:
        other = Client()
        other.cookies.load(cookies)
        answer = type_code(other, code)
        return answer.status_code, answer.get("Location", "")

    answers: Any = all_at_once([send] * 6)
    assert User.objects.count() == EmailAddress.objects.count() == 1
    assert (302, "/") in answers
    assert {status for status, _location in answers} == {302}


class ClosedAdapter(AccountAdapter):
    """A site that takes nobody new."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False


def test_a_closed_site_says_so_and_takes_nobody(client: Client, settings: Any) -> None:
    settings.ACCOUNT_ADAPTER = "tests.accounts.test_sign_up.ClosedAdapter"
    for answer in (client.get("/accounts/signup/"), sign_up(client)):
        page = Page(answer)
        assert (answer.status_code, page.faults) == (200, [])
        assert page.texts("h1") == ["いまは新しい登録を受け付けていません"]
    assert not mail.outbox


@pytest.mark.parametrize("path", ["/accounts/signup/", CODE_PAGE])
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_pages_are_in_the_design_and_nobody_keeps_them(client: Client, prefix: str, path: str) -> None:
    client.post(f"{prefix}/accounts/signup/", TYPED)
    answer = client.get(prefix + path)
    page = Page(answer)
    assert (answer.status_code, page.faults, len(page.all("h1"))) == (200, [], 1)
    assert page.one("html").get("lang") == ("en" if prefix else "ja")
    assert page.one("meta", name="robots").get("content") == "noindex"
    assert "no-store" in answer["Cache-Control"]
    forms = [form.get("action", "") for form in page.all("form", method="post")]
    assert forms
    assert all(re.match(rf"{prefix}/accounts/", action) for action in forms)
    ids = [element.get("id") for element in page.root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_signing_up_in_english_stays_there(client: Client) -> None:
    assert client.post("/en/accounts/signup/", TYPED)["Location"] == "/en/accounts/confirm-email/"
    code = code_for("kawa@example.jp")
    answer = client.post("/en/accounts/confirm-email/", {"code": code})
    assert (answer["Location"], User.objects.get().language) == ("/en/", "en")


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_letter_speaks_the_language_of_the_page(client: Client, prefix: str) -> None:
    client.post(f"{prefix}/accounts/signup/", TYPED)
    [letter] = letters_to("kawa@example.jp")
    words = (letter.subject + letter.body).replace("マチポケ", "")
    assert words.isascii() == bool(prefix)
    assert f"http://127.0.0.1:8000{prefix}/" in letter.body
