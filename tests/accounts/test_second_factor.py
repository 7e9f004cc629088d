"""Signing in with the digits of an app: beginning, using and ending it, and what staff are told."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.cache import caches
from django.test import Client

from accounts.models import User
from machipoke.caching import BreakerCache
from tests import second_factor
from tests.accounts.letters import letters_to
from tests.key_value import Store
from tests.markup import Page, text_of
from tests.second_factor import digits
from tests.spots.threads import all_at_once

PASSWORD = "tsubaki-no-michi"
INDEX, BEGIN, END = "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/totp/deactivate/"
CODE = "/accounts/2fa/authenticate/"
NEEDED = "管理画面を使うには、2段階認証が必要です。"


@pytest.fixture
def hana(hana: User) -> User:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    return hana


@pytest.fixture
def guarded(hana: User) -> User:
    """hana, with a second factor."""
    second_factor.give(hana)
    return hana


def sign_in(client: Client, login: str = "hana", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/accounts/login/", {"login": login, "password": password} | more)


def type_code(client: Client, code: str) -> Any:
    return client.post(CODE, {"code": code})


def is_in(client: Client) -> bool:
    return bool(client.get("/accounts/profile/").status_code == 200)


def error_of(answer: Any) -> str:
    """The words beside the field of the code."""
    page = Page(answer)
    assert page.faults == []
    return text_of(page.one("p", id="id_code-error"))


def again(client: Client, answer: Any, **typed: str) -> Any:
    """What is asked before something that a borrowed phone must not do."""
    return client.post(answer["Location"], typed)


def begun(client: Client) -> tuple[Page, str]:
    """The page with the QR code, after the password once more, and the secret in it."""
    answer = again(client, client.get(BEGIN), password=PASSWORD)
    assert answer["Location"] == BEGIN
    page = Page(client.get(BEGIN))
    return page, text_of(page.one("code", **{"class": "secret"}))


def shown(secret: str, steps: int = 0) -> str:
    """What an app with that secret shows."""
    import time

    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_it_begins_with_the_password_a_qr_code_and_the_first_digits(client: Client, hana: User) -> None:
    sign_in(client)
    assert "使っていません" in Page(client.get(INDEX)).text
    page, secret = begun(client)
    assert page.faults == []
    image = page.one("img", **{"class": "qr"})
    kind, _, data = str(image.get("src")).partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert ET.fromstring(base64.b64decode(data)).tag.endswith("svg")
    assert image.get("alt")
    before = client.cookies["sessionid"].value
    answer = client.post(BEGIN, {"code": shown(secret)})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    assert client.cookies["sessionid"].value != before
    codes = Page(client.get(answer["Location"]))
    assert "2段階認証を始めました。" in codes.text
    assert len(codes.one("ul", **{"class": "codes"}).findall("li")) == 10
    assert "使っています" in Page(client.get(INDEX)).text
    [letter] = letters_to("hana@example.jp")
    assert letter.subject == "[マチポケ] 2段階認証が始まりました"
    assert "パスワードを新しく" in letter.body


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_signed_in_with_the_password_alone_is_out_once_it_begins(client: Client, mori: User) -> None:
    EmailAddress.objects.create(user=mori, email=mori.email, verified=True, primary=True)
    mori.authenticator_set.all().delete()  # type: ignore[attr-defined]
    thief = Client(REMOTE_ADDR="198.51.100.7")
    for browser in (thief, client):
        sign_in(browser, "mori", "yama-no-koe-99")
    assert is_in(thief)
    again(client, client.get(BEGIN), password="yama-no-koe-99")
    secret = text_of(Page(client.get(BEGIN)).one("code", **{"class": "secret"}))
    client.post(BEGIN, {"code": shown(secret)})
    assert [browser.get("/admin/").status_code for browser in (client, thief)] == [200, 404]
    assert (is_in(client), is_in(thief)) == (True, False)


def test_another_password_ends_a_sign_in_that_waits_for_its_digits(client: Client, guarded: User) -> None:
    assert sign_in(client)["Location"] == CODE
    guarded.set_password("kuroi-neko-88x")
    guarded.save()
    assert type_code(client, digits())["Location"] == "/accounts/login/"
    assert not is_in(client)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_first_digits_are_good_once_too(client: Client, hana: User) -> None:
    sign_in(client)
    _page, secret = begun(client)
    first = shown(secret)
    client.post(BEGIN, {"code": first})
    looked_over_the_shoulder = Client(REMOTE_ADDR="198.51.100.7")
    sign_in(looked_over_the_shoulder)
    assert type_code(looked_over_the_shoulder, first).status_code == 200
    assert not is_in(looked_over_the_shoulder)


def test_wrong_first_digits_change_nothing_and_the_qr_code_stays(client: Client, hana: User) -> None:
    sign_in(client)
    _page, secret = begun(client)
    for typed in ("000000", "", "abc", "１２"):
        answer = client.post(BEGIN, {"code": typed})
        assert answer.status_code == 200
        assert error_of(answer)
        assert secret in answer.content.decode()
    assert not Authenticator.objects.exists()
    assert client.post(BEGIN, {"code": shown(secret)}).status_code == 302


def test_guessing_the_first_digits_ends_after_five_tries(client: Client, hana: User) -> None:
    sign_in(client)
    _page, secret = begun(client)
    for number in range(5):
        assert "コードが違うか" in error_of(client.post(BEGIN, {"code": f"00000{number}"}))
    assert "何度も違った" in error_of(client.post(BEGIN, {"code": shown(secret)}))
    assert not Authenticator.objects.exists()


def test_a_borrowed_phone_begins_and_ends_nothing(client: Client, hana: User) -> None:
    sign_in(client)
    for answer in (client.get(BEGIN), client.post(BEGIN, {"code": "000000"})):
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert again(client, client.get(BEGIN), password="wrong").status_code == 200
    assert not Authenticator.objects.exists()
    second_factor.give(hana)
    other = Client()
    other.force_login(hana)
    answer = other.post(END)
    assert answer["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert other.get("/accounts/reauthenticate/")["Location"].startswith("/accounts/2fa/reauthenticate/")
    other.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert error_of(again(other, answer, code="000000"))
    assert Authenticator.objects.filter(user=hana, type="totp").exists()


def test_a_password_alone_opens_nothing(client: Client, guarded: User) -> None:
    answer = sign_in(client, next="/lists/")
    assert answer["Location"] == CODE
    assert not is_in(client)
    assert client.get("/api/v1/me/").status_code == 401
    page = Page(client.get(CODE))
    field = page.one("input", name="code")
    assert (page.faults, field.get("inputmode"), field.get("autocomplete")) == ([], "numeric", "one-time-code")
    before = client.cookies["sessionid"].value
    assert type_code(client, digits())["Location"] == "/lists/"
    assert is_in(client)
    assert client.cookies["sessionid"].value != before


@pytest.mark.parametrize("form", ["{0}", " {0} ", "{1} {2}", "{1}-{2}", "{1}　{2}", "{wide}"])
def test_digits_may_be_typed_as_phones_type(client: Client, guarded: User, form: str) -> None:
    sign_in(client)
    code = digits()
    wide = code.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    assert type_code(client, form.format(code, code[:3], code[3:], wide=wide)).status_code == 302
    assert is_in(client)


@pytest.mark.parametrize(
    "typed", ["", "000000", pytest.param(digits(40), id="later"), "1" * 5000, "ſſſſſſ", "' OR 1=1"]
)
def test_wrong_digits_are_said_beside_the_field(client: Client, guarded: User, typed: str) -> None:
    sign_in(client)
    assert error_of(type_code(client, typed))
    assert not is_in(client)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_digits_are_good_once_for_as_long_as_they_would_be_taken(guarded: User, steps: int) -> None:
    """Also where the key/value store has forgotten everything meanwhile."""
    code, first, second = digits(steps), Client(), Client()
    sign_in(first)
    assert type_code(first, code).status_code == 302
    for alias in ("default", "limits"):
        caches[alias].clear()
    sign_in(second)
    assert "もう使われています" in error_of(type_code(second, code))
    assert not is_in(second)


def test_older_digits_than_the_last_are_used_up_too(guarded: User) -> None:
    first, second = Client(), Client()
    sign_in(first)
    type_code(first, digits(1))
    sign_in(second)
    assert error_of(type_code(second, digits(0)))
    assert not is_in(second)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_digits_that_many_type_at_once_let_one_in(guarded: User) -> None:
    clients = [Client() for _ in range(4)]
    for client in clients:
        sign_in(client)
    code = digits()

    def enter(client: Client) -> Callable[[], int]:
        return lambda: int(type_code(client, code).status_code)

    answers: Any = all_at_once([enter(client) for client in clients])
    assert sorted(answers) == [200, 200, 200, 302]


def test_guessing_ends_after_five_tries_and_only_for_that_person(client: Client, guarded: User, ren: User) -> None:
    sign_in(client)
    for number in range(5):
        assert "コードが違うか" in error_of(type_code(client, f"00000{number}"))
    assert "何度も違った" in error_of(type_code(client, digits()))
    assert not is_in(client)
    EmailAddress.objects.create(user=ren, email=ren.email, verified=True, primary=True)
    second_factor.give(ren)
    other = Client()
    sign_in(other, "ren", "kawara-no-kaze")
    assert type_code(other, digits()).status_code == 302


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_many_guesses_at_once_five_are_tried(client: Client, guarded: User) -> None:
    clients = [Client() for _ in range(12)]
    for one in clients:
        sign_in(one)

    def guess(one: Client) -> Callable[[], str]:
        return lambda: error_of(type_code(one, "000000"))

    told: Any = all_at_once([guess(one) for one in clients])
    assert sorted(words[:5] for words in told) == ["コードが違"] * 5 + ["何度も違っ"] * 7


@pytest.mark.parametrize("break_", [Store.kill, Store.hang], ids=["killed", "hung"])
def test_digits_open_and_are_good_once_while_the_store_is_away(
    store: Store, guarded: User, break_: Callable[[Store], None]
) -> None:
    break_(store)
    code, first, second = digits(), Client(), Client()
    sign_in(first)
    assert type_code(first, code).status_code == 302
    assert is_in(first)
    sign_in(second)
    assert error_of(type_code(second, code))
    for _ in range(5):
        type_code(second, "000000")
    assert not is_in(second)
    assert "何度も違った" in error_of(type_code(second, digits(1)))
    assert BreakerCache._open_until


def test_ending_it_takes_a_code_is_told_and_signing_in_is_simple_again(client: Client, guarded: User) -> None:
    sign_in(client)
    type_code(client, digits())
    answer = again(client, client.get(END), code=digits(1))
    assert answer["Location"] == END
    page = Page(client.get(END))
    assert (page.faults, page.texts("h1")) == ([], ["2段階認証をやめる"])
    before = client.cookies["sessionid"].value
    assert client.post(END)["Location"] == INDEX
    assert client.cookies["sessionid"].value != before
    assert "2段階認証をやめました。" in Page(client.get(INDEX)).text
    assert letters_to("hana@example.jp")[-1].subject == "[マチポケ] 2段階認証が終わりました"
    assert not Authenticator.objects.exists()
    fresh = Client()
    assert sign_in(fresh)["Location"] == "/"


def test_the_key_is_not_readable_in_the_database(client: Client, hana: User) -> None:
    sign_in(client)
    _page, secret = begun(client)
    client.post(BEGIN, {"code": shown(secret)})
    stored = str([*Authenticator.objects.values_list("data", flat=True)])
    codes = Page(client.get("/accounts/2fa/recovery-codes/")).texts("code")
    assert len(codes) == 10
    assert all(word not in stored for word in (secret, *codes))


def test_a_replaced_secret_key_keeps_second_factors_and_a_lost_one_is_said(
    client: Client, guarded: User, settings: Any
) -> None:
    first = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-secret-" * 5, [first]
    sign_in(client)
    assert type_code(client, digits()).status_code == 302
    settings.SECRET_KEY_FALLBACKS = []
    other = Client()
    sign_in(other)
    assert "サイトの鍵が変わった" in error_of(type_code(other, digits(1)))
    assert not is_in(other)


def test_staff_without_it_are_led_to_it_and_may_go_on(client: Client, hana: User) -> None:
    User.objects.filter(pk=hana.pk).update(is_staff=True)
    answer = sign_in(client, next="/lists/")
    assert answer["Location"] == f"{INDEX}?next=%2Flists%2F"
    page = Page(client.get(answer["Location"]))
    assert NEEDED in page.text
    assert "/lists/" in page.links()
    assert BEGIN in page.links()
    assert NEEDED in Page(client.get("/accounts/profile/")).text
    assert client.get("/admin/").status_code == 404


def test_nobody_else_is_told_of_the_admin(client: Client, hana: User) -> None:
    assert sign_in(client)["Location"] == "/"
    for path in (INDEX, "/accounts/profile/"):
        assert "管理画面" not in Page(client.get(path)).text


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "javascript:alert(1)", "http://localhost/x"]
)
def test_the_page_leads_to_no_other_site(client: Client, hana: User, target: str) -> None:
    sign_in(client)
    answer = client.get(INDEX, {"next": target})
    assert not [link for link in Page(answer).addresses() if "evil" in link or "alert" in link or "localhost/x" in link]


def test_moderators_enter_the_admin_with_it_and_not_after_it_ended(client: Client, mori: User) -> None:
    EmailAddress.objects.create(user=mori, email=mori.email, verified=True, primary=True)
    sign_in(client, "mori", "yama-no-koe-99")
    assert client.get("/admin/").status_code == 404
    assert type_code(client, digits())["Location"] == "/"
    assert client.get("/admin/").status_code == 200
    again(client, client.get(END), code=digits(1))
    assert "管理画面はひらけなくなります。" in Page(client.get(END)).text
    client.post(END)
    assert client.get("/admin/").status_code == 404
    assert NEEDED in Page(client.get(INDEX)).text


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_pages_are_in_the_design_and_nobody_keeps_them(client: Client, hana: User, prefix: str) -> None:
    sign_in(client)
    asked = client.get(prefix + BEGIN)["Location"]
    client.post(asked, {"password": PASSWORD})
    answers = [client.get(prefix + path) for path in (INDEX, BEGIN)]
    second_factor.give(hana)
    answers += [client.get(prefix + path) for path in (INDEX, END, "/accounts/2fa/reauthenticate/")]
    other = Client()
    sign_in(other)
    answers.append(other.get(prefix + CODE))
    for answer in answers:
        page = Page(answer)
        assert (answer.status_code, page.faults, len(page.all("h1"))) == (200, [], 1)
        assert page.one("html").get("lang") == ("en" if prefix else "ja")
        assert "no-store" in answer["Cache-Control"]
        ids = [element.get("id") for element in page.root.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        actions = [form.get("action", "") for form in page.one("main").iter("form")]
        assert all(action.startswith(f"{prefix}/accounts/") for action in actions)


def test_strangers_are_led_to_the_door(client: Client, db: None) -> None:
    for path in (INDEX, BEGIN, END, CODE, "/accounts/2fa/reauthenticate/", "/accounts/2fa/recovery-codes/"):
        assert client.get(path)["Location"].startswith("/accounts/")
        assert client.get(path).status_code == 302
