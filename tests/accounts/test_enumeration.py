"""Who has an account here is nobody's to find out: known and unknown addresses get the same bytes, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import hashers
from django.test import Client

from accounts.models import User
from machipoke.ratelimits import LIMITS
from tests.accounts.letters import letters_to
from tests.markup import without_tokens

pytestmark = pytest.mark.django_db

PASSWORD = "yama-no-koe-42"
VARY = {"X-Request-ID", "Content-Length", "Expires", "RateLimit-Reset"}
"""Headers that differ each time: a number, the length of an address, the second in which the answer was made.

A limit's window ends at a moment that hangs on the address that was typed, be it known or not.
"""
KNOWN, UNKNOWN = "hana@example.jp", "kawa@example.jp"


@pytest.fixture(autouse=True)
def many_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "letter_pause", LIMITS["letter"])


def what_is_seen(answer: Any, email: str) -> tuple[Any, ...]:
    """Everything of an answer that does not differ from one visit to the next."""
    body = without_tokens(answer).replace(email.encode(), b"(the address)")
    headers = {name: value for name, value in answer.headers.items() if name not in VARY}
    cookies = {
        name: sorted(pair for pair in morsel.items() if pair[0] != "expires") for name, morsel in answer.cookies.items()
    }
    return answer.status_code, body, headers, cookies


def sign_up_steps(client: Client, email: str) -> Iterator[Any]:
    form = {"username": "kawa", "email": email, "password1": PASSWORD, "password2": PASSWORD}
    code_page = "/accounts/confirm-email/"
    yield client.post("/accounts/signup/", form)
    yield client.get(code_page)
    for code in ("12", "", "13"):
        yield client.post(code_page, {"code": code})
    yield client.post(code_page, {"action": "resend"})
    yield client.get(code_page)
    yield client.post(code_page, {"action": "change", "email": email})
    yield client.get(code_page)
    for code in ("14", "15", "16", "17"):
        yield client.post(code_page, {"code": code})
    yield client.get("/accounts/signup/")
    yield client.get("/users/kawa/")
    yield Client(REMOTE_ADDR=client.defaults["REMOTE_ADDR"]).post(
        "/accounts/login/", {"login": email, "password": PASSWORD}
    )


def reset_steps(client: Client, email: str) -> Iterator[Any]:
    yield client.post("/accounts/password/reset/", {"email": email})
    yield client.get("/accounts/password/reset/confirm/")
    yield client.get("/accounts/password/reset/complete/")
    for code in ("12", "", "13", "14"):
        yield client.post("/accounts/password/reset/confirm/", {"code": code})
    yield client.get("/accounts/password/reset/confirm/")
    yield client.get("/accounts/login/")


@pytest.mark.parametrize("steps", [sign_up_steps, reset_steps])
@pytest.mark.parametrize("verified", [True, False])
def test_a_known_address_looks_like_a_new_one(
    hana: User, steps: Callable[[Client, str], Iterator[Any]], verified: bool
) -> None:
    if verified:
        EmailAddress.objects.create(user=hana, email=KNOWN, verified=True, primary=True)
    pairs = zip(
        steps(Client(REMOTE_ADDR="10.0.0.1"), KNOWN), steps(Client(REMOTE_ADDR="10.0.0.2"), UNKNOWN), strict=True
    )
    for number, (known, unknown) in enumerate(pairs):
        assert what_is_seen(known, KNOWN) == what_is_seen(unknown, UNKNOWN), number
    assert len(letters_to(KNOWN)) == len(letters_to(UNKNOWN)) > 0


@pytest.mark.parametrize("email", [KNOWN, "HANA@EXAMPLE.JP", "\u212aawa@example.jp", "other@example.jp"])
def test_whoever_has_an_account_is_told_so_in_a_letter_and_gets_no_code(client: Client, hana: User, email: str) -> None:
    """In any case, as a look-alike that folds to the same address, and as another address of the account."""
    if email.startswith("\u212a"):
        User.objects.create_user("kawa-gawa", "kawa@example.jp", PASSWORD)
    EmailAddress.objects.create(user=hana, email="other@example.jp", verified=True)
    form = {"username": "kawa", "email": email, "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/accounts/signup/", form)["Location"] == "/accounts/confirm-email/"
    people = User.objects.count()
    [letter] = letters_to(email.lower())
    assert "もう登録されています" in letter.body
    assert "http://127.0.0.1:8000/accounts/password/reset/" in letter.body
    assert not any(line.strip().isdigit() for line in letter.body.splitlines())
    for code in ("", "0", "000000"):
        assert client.post("/accounts/confirm-email/", {"code": code}).status_code == 200
    assert User.objects.count() == people


def test_a_closed_account_is_not_told_from_none(client: Client, hana: User) -> None:
    User.objects.filter(pk=hana.pk).update(is_active=False)
    answers = [
        Client(REMOTE_ADDR=f"10.0.0.{n}").post("/accounts/password/reset/", {"email": email})
        for n, email in enumerate((KNOWN, UNKNOWN))
    ]
    assert what_is_seen(answers[0], KNOWN) == what_is_seen(answers[1], UNKNOWN)
    bodies = [letters_to(email)[0].body for email in (KNOWN, UNKNOWN)]
    assert bodies[0] == bodies[1]
    assert "アカウントはありません" in bodies[0]


def test_another_address_for_an_account_does_not_say_that_it_is_known(hana: User, ren: User) -> None:
    for person in (hana, ren):
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    seen = []
    for number, email in enumerate((ren.email, UNKNOWN)):
        client = Client(REMOTE_ADDR=f"10.0.0.{number}")
        password = {"password": "tsubaki-no-michi"}
        client.post("/accounts/login/", {"login": "hana"} | password)
        asked = client.post("/accounts/email/", {"action_add": "", "email": email})
        answers = [asked, client.post(asked["Location"], password), client.get("/accounts/confirm-email/")]
        assert answers[1]["Location"] == "/accounts/confirm-email/"
        answers.append(client.post("/accounts/confirm-email/", {"code": "0"}))
        seen.append([what_is_seen(answer, email)[:2] for answer in answers])
    assert seen[0] == seen[1]


@pytest.mark.parametrize("typed", ["hana", KNOWN, "nobody", UNKNOWN, "closed", "closed@example.jp", "without"])
def test_as_much_is_hashed_for_everybody(client: Client, hana: User, typed: str, monkeypatch: Any) -> None:
    User.objects.create_user("closed", "closed@example.jp", PASSWORD, is_active=False)
    User.objects.create_user("without", "without@example.jp")
    hashed: list[str] = []
    encode = hashers.MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counted)
    client.post("/accounts/login/", {"login": typed, "password": "chigau"})
    assert len(hashed) == 1  # of an unusable password something else is hashed, as Django does
    assert hashed == ["chigau"] or typed == "without"
