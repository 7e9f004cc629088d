"""`POST tokens/`: made with the password and a code, told once; the text is kept nowhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import hashers
from django.core import mail
from django.core.cache import caches
from django.db import connection
from django.test import Client

from accounts.models import ApiToken, User
from tests import second_factor
from tests.accounts.token_asking import by_token, many_tries, program, signing, token_of  # noqa: F401 - a fixture
from tests.rows import every_row
from tests.spots.asking import PLACE, ask, codes, fields

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("many_tries")]

SignIn = Callable[[User], Client]

VARY = {"X-Request-ID", "RateLimit-Remaining", "RateLimit-Reset"}
"""Headers that differ each time: a number, and how often that name was tried and when."""


def post(body: Any, **headers: str) -> Any:
    return ask(program(), "POST", "tokens/", body, **headers)


# --- making one ---


def test_a_program_gets_a_token_with_the_password_alone(hana: User) -> None:
    answer = post(signing("hana"))
    told, row = answer.json(), ApiToken.objects.get()
    assert (answer.status_code, {*told}) == (201, {"id", "token", "name", "scope", "expires_at"})
    assert (told["id"], told["name"], told["scope"]) == (str(row.id), "台所の電話", "write")
    assert answer["Location"] == f"http://127.0.0.1:8000/api/v1/tokens/{row.id}/"
    assert (answer["Cache-Control"], answer.cookies) == ("private, no-store", {})
    assert by_token(told["token"], "POST", "spots/", PLACE).status_code == 201


@pytest.mark.parametrize("name", ["hana", "HANA", "ｈａｎａ", " hana ", "hana@example.jp", "Hana@Example.JP"])
def test_the_name_is_read_as_at_the_sign_in(hana: User, name: str) -> None:
    assert post(signing("hana", username=name)).status_code == 201


@pytest.mark.parametrize(("asked", "days"), [({}, 90), ({"expires_in_days": 30}, 30), ({"expires_in_days": 365}, 365)])
def test_it_lives_as_long_as_was_asked(hana: User, asked: dict[str, int], days: int) -> None:
    until = datetime.fromisoformat(post(signing("hana", **asked)).json()["expires_at"])
    assert abs(until - datetime.now(UTC) - timedelta(days=days)) < timedelta(minutes=1)


def test_whose_account_it_is_gets_a_letter(hana: User) -> None:
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    text = post(signing("hana")).json()["token"]
    [letter] = mail.outbox
    assert (letter.to, "「台所の電話」" in letter.body, text in letter.body) == (["hana@example.jp"], True, False)
    assert "http://127.0.0.1:8000/accounts/tokens/" in letter.body


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"username": None}, "username"),
        ({"username": 5}, "username"),
        ({"username": "ha\x00na"}, "username"),
        ({"username": "h" * 321}, "username"),
        ({"password": None}, "password"),
        ({"password": ["x"]}, "password"),
        ({"code": 123456}, "code"),
        ({"name": ""}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": "長" * 51}, "name"),
        ({"name": 5}, "name"),
        ({"scope": "admin"}, "scope"),
        ({"scope": ""}, "scope"),
        ({"scope": None}, "scope"),
        ({"scope": ["write"]}, "scope"),
        ({"expires_in_days": 0}, "expires_in_days"),
        ({"expires_in_days": -30}, "expires_in_days"),
        ({"expires_in_days": 31}, "expires_in_days"),
        ({"expires_in_days": "30"}, "expires_in_days"),
        ({"expires_in_days": 30.0}, "expires_in_days"),
        ({"expires_in_days": True}, "expires_in_days"),
        ({"expires_in_days": 10**400}, "expires_in_days"),
        ({"expires_in_days": None}, "expires_in_days"),
        ({"expiry": "never"}, "expiry"),
        ({"is_staff": True}, "is_staff"),
    ],
)
def test_what_cannot_be_is_400_and_makes_none(hana: User, wrong: dict[str, Any], field: str) -> None:
    answer = post(signing("hana") | wrong)
    assert (answer.status_code, fields(answer)) == (400, [field])
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("missing", ["username", "password", "name", "scope"])
def test_what_is_missing_is_named(hana: User, missing: str) -> None:
    answer = post({name: value for name, value in signing("hana").items() if name != missing})
    assert (answer.status_code, fields(answer), codes(answer)) == (400, [missing], ["required"])


@pytest.mark.parametrize("body", [[], "花", 5, None])
def test_a_body_that_is_no_object_is_400(hana: User, body: Any) -> None:
    answer = ask(program(), "POST", "tokens/") if body is None else post(body)
    assert answer.status_code == 400


def test_members_of_the_answer_are_not_stored(hana: User) -> None:
    told = post(signing("hana", id=str(hana.pk), token="mp_" + "0" * 64, expires_at="2099-01-01T00:00:00Z")).json()
    assert told["token"] != "mp_" + "0" * 64
    assert datetime.fromisoformat(told["expires_at"]) < datetime.now(UTC) + timedelta(days=91)


# --- who they are not ---


def refusals(hana: User) -> dict[str, Any]:
    """Every way not to be hana, by name."""
    closed = User.objects.create_user("closed", "closed@example.jp", "tsubaki-no-michi", is_active=False)
    unusable = User.objects.create_user("unusable", "unusable@example.jp", None)
    bodies = {
        "wrong password": signing("hana", password="chigau"),
        "wrong password, by address": signing("hana", username=hana.email, password="chigau"),
        "empty password": signing("hana", password=""),
        "password of 1,025 bytes": signing("hana", password="x" * 1025),
        "password and spaces": signing("hana", password="tsubaki-no-michi "),
        "unknown name": signing("hana", username="nobody"),
        "unknown address": signing("hana", username="nobody@example.jp"),
        "no name": signing("hana", username=""),
        "control characters": signing("hana", username="nobody\x1b\u202e"),
        "closed": signing("hana", username=closed.username),
        "closed, by address": signing("hana", username=closed.email),
        "closed, wrong password": signing("hana", username=closed.username, password="chigau"),
        "without a password": signing("hana", username=unusable.username),
    }
    return {name: post(body) for name, body in bodies.items()}


def test_whoever_they_are_not_the_answer_is_the_same(hana: User) -> None:
    before = None
    for name, answer in refusals(hana).items():
        seen = answer.json() | {"request_id": ""}
        headers = {key: value for key, value in answer.items() if key not in VARY}
        assert (name, answer.status_code, seen["errors"]) == (name, 401, [])
        assert answer["WWW-Authenticate"] == "Token"
        assert before in (None, (seen, headers)), name
        before = seen, headers
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("name", ["hana", "hana@example.jp", "nobody", "nobody@example.jp", "closed"])
def test_as_much_is_hashed_for_everybody(hana: User, name: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("closed", "closed@example.jp", "tsubaki-no-michi", is_active=False)
    hashed: list[str] = []
    encode = hashers.MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counted)
    assert post(signing("hana", username=name, password="chigau")).status_code == 401
    assert hashed == ["chigau"]


def test_a_password_that_is_too_long_is_not_hashed(hana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", lambda self, word, salt: hashed.append(word))
    assert post(signing("hana", password="あ" * 342)).status_code == 401
    assert hashed == []


def test_tries_are_counted_with_those_of_the_sign_in(hana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from machipoke.ratelimits import LIMITS

    monkeypatch.setitem(LIMITS, "login", LIMITS["login"]._replace(amount=5))
    for number in range(3):
        assert post(signing("hana", password=f"chigau{number}")).status_code == 401
    for number in range(2):
        Client().post("/accounts/login/", {"login": "HANA", "password": f"chigau{number}"})
    refused = post(signing("hana"))
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert int(refused["Retry-After"]) > 0
    assert not ApiToken.objects.exists()
    assert post(signing("ren", password="chigau")).status_code == 401


# --- the second factor ---


def test_a_code_is_asked_for_after_the_right_password_alone(hana: User) -> None:
    second_factor.give(hana)
    wrong = post(signing("hana", password="chigau"))
    assert (wrong.status_code, wrong.json()["errors"]) == (401, [])
    for code in ({}, {"code": ""}, {"code": "  "}):
        answer = post(signing("hana", **code))
        assert (answer.status_code, fields(answer), codes(answer)) == (401, ["code"], ["required"])
        assert answer["WWW-Authenticate"] == "Token"
    assert not ApiToken.objects.exists()


def test_a_code_is_good_once(hana: User) -> None:
    second_factor.give(hana)
    code = second_factor.digits()
    assert post(signing("hana", password="chigau", code=code)).status_code == 401
    assert post(signing("hana", code=code)).status_code == 201
    again = post(signing("hana", code=code))
    assert (again.status_code, fields(again), codes(again)) == (401, ["code"], ["invalid"])
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize("code", ["000000", "12", "x" * 5000, "١٢٣٤٥٦", "\u200b"])
def test_a_wrong_code_is_401(hana: User, code: str) -> None:
    second_factor.give(hana)
    answer = post(signing("hana", code=code))
    assert (answer.status_code, fields(answer)) == (401, ["code"])
    assert not ApiToken.objects.exists()


def test_codes_cannot_be_guessed(hana: User) -> None:
    second_factor.give(hana)
    answers = [post(signing("hana", code=f"{number:06}")).status_code for number in range(8)]
    last = post(signing("hana", code=second_factor.digits()))
    assert (answers[0], answers[-1], last.status_code) == (401, 429, 429)
    assert int(last["Retry-After"]) > 0
    assert not ApiToken.objects.exists()


def test_without_a_second_factor_a_code_is_not_looked_at(hana: User) -> None:
    assert post(signing("hana", code="000000")).status_code == 201


# --- what else a request carries ---


def test_neither_session_nor_token_matter_to_who_gets_one(
    hana: User, ren: User, sign_in: SignIn, client: Client
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ren)
    assert ask(browser, "POST", "tokens/", signing("hana")).status_code == 201
    assert ask(browser, "POST", "tokens/", {"name": "x", "scope": "write"}).status_code == 400
    for text in (token_of(ren), token_of(ren, "read"), "mp_" + "0" * 64):
        assert by_token(text, "POST", "tokens/", signing("hana")).status_code == 201
        assert by_token(text, "POST", "tokens/", signing("hana", password="chigau")).status_code == 401
    assert ApiToken.objects.filter(user=ren).count() == 2


def test_a_key_is_refused_before_the_password_is_looked_at(hana: User) -> None:
    for password in ("tsubaki-no-michi", "chigau"):
        answer = post(signing("hana", password=password), idempotency_key="k")
        assert (answer.status_code, fields(answer), codes(answer)) == (400, ["Idempotency-Key"], ["not_here"])
    assert not ApiToken.objects.exists()


def test_the_text_is_kept_nowhere(hana: User, sign_in: SignIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    text = post(signing("hana")).json()["token"]
    by_token(text, "POST", "spots/", PLACE, idempotency_key="k")
    by_token(text, "GET", "tokens/")
    by_token(text, "GET", "nowhere/")
    secret = text.removeprefix("mp_")[15:]
    assert secret not in json.dumps(every_row())
    assert secret not in caplog.text
    for alias in ("default", "limits", "sessions"):
        client = caches[alias].client.get_client()  # type: ignore[attr-defined]
        for key in client.keys("*"):
            kept = client.get(key) if client.type(key) == b"string" else client.lrange(key, 0, -1)
            assert secret not in f"{key!r} {kept!r}"
    files = [path for path in settings.DATA_DIR.rglob("*") if path.is_file() and path.stat().st_size < 10**8]
    assert not [path for path in files if secret.encode() in path.read_bytes()]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nothing_is_locked_while_the_password_is_hashed(hana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[bool] = []
    encode = hashers.MD5PasswordHasher.encode

    def looked(self: Any, password: str, salt: str) -> str:
        inside.append(connection.in_atomic_block)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", looked)
    assert post(signing("hana")).status_code == 201
    assert inside == [False]
