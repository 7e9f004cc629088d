"""Points of docs/security.md about accounts that no other file holds: S1, S3, S6, S13, S15."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from accounts.models import User
from machipoke.ratelimits import LIMITS
from tests.accounts.letters import code_for, letters_to
from tests.accounts.test_enumeration import reset_steps, sign_up_steps, what_is_seen
from tests.accounts.test_passwords import Counted
from tests.markup import Page, without_tokens
from tests.second_factor import SECRET, give

NEW = "atarashii-kotoba"
ASK, CODE, COMPLETE = (f"/accounts/password/reset/{step}" for step in ("", "confirm/", "complete/"))

VARY = ("X-Request-ID", "RateLimit-Reset", "Content-Length", "Expires")


@pytest.fixture
def hana(hana: User) -> User:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    return hana


def sign_in(client: Client, login: str, password: str) -> Any:
    return client.post("/accounts/login/", {"login": login, "password": password})


def test_a_wrong_password_says_the_same_of_every_kind_of_account(hana: User) -> None:
    kinds: dict[str, dict[str, Any]] = {"closed": {"is_active": False}, "helper": {"is_staff": True}, "plain": {}}
    for name, fields in kinds.items():
        User.objects.create_user(name, f"{name}@example.jp", "x-no-kaze-11", **fields)
    unusable = User.objects.create_user("without", "without@example.jp")
    assert not unusable.has_usable_password()
    told = set()
    for number, login in enumerate((*kinds, "without", "hana", "nobody-at-all", "hana@example.jp", "no@example.jp")):
        answer = sign_in(Client(REMOTE_ADDR=f"10.0.0.{number}"), login, "wrong-wrong-1")
        headers = {name: value for name, value in answer.headers.items() if name not in VARY}
        body = without_tokens(answer).replace(f'value="{login}"'.encode(), b"")
        told.add((answer.status_code, body, repr(sorted(headers.items())), tuple(sorted(answer.cookies))))
    assert len(told) == 1


KINDS: dict[str, dict[str, Any]] = {
    "closed": {"is_active": False},
    "helper": {"is_staff": True},
    "without": {"password": None},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [sign_up_steps, reset_steps])
def test_signing_up_and_a_forgotten_password_tell_no_kind_of_account(
    monkeypatch: pytest.MonkeyPatch, db: None, kind: str, steps: Callable[[Client, str], Iterator[Any]]
) -> None:
    """Status, bytes, headers and cookies of every step, another letter too; and each gets as many letters."""
    monkeypatch.setitem(LIMITS, "letter_pause", LIMITS["letter"])
    person = User.objects.create_user(kind, f"{kind}@example.jp", **({"password": "x-no-kaze-11"} | KINDS[kind]))
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    known, unknown = person.email, "nobody@example.jp"
    there, nowhere = (
        [what_is_seen(answer, email) for answer in steps(Client(REMOTE_ADDR=f"10.0.0.{number}"), email)]
        for number, email in enumerate((known, unknown))
    )
    assert there == nowhere
    assert len(letters_to(known)) == len(letters_to(unknown)) > 0


@pytest.mark.parametrize("spread", ["account", "address"])
def test_a_try_too_many_is_not_hashed(hana: User, settings: Any, spread: str) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.test_passwords.Counted"]
    Counted.asked.clear()
    amount = LIMITS["login" if spread == "account" else "login_address"].amount
    for number in range(amount + 3):
        client = Client(REMOTE_ADDR=f"10.0.0.{number}" if spread == "account" else "10.0.0.1")
        answer = sign_in(client, "nobody" if spread == "account" else f"nobody{number}", "wrong-wrong-1")
        assert answer.status_code == (200 if number < amount else 429)
    assert len(Counted.asked) == amount


def test_nobody_is_locked_out_for_longer_than_five_minutes(hana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [time.time()]
    monkeypatch.setattr("django_ratelimit.core.time", SimpleNamespace(time=lambda: now[0]))
    for number in range(9):
        sign_in(Client(REMOTE_ADDR=f"10.0.0.{number}"), "hana", "wrong-wrong-1")
    owner = Client(REMOTE_ADDR="10.0.1.1")
    assert sign_in(owner, "hana", "tsubaki-no-michi").status_code == 429
    now[0] += 5 * 60
    assert sign_in(owner, "hana", "tsubaki-no-michi").status_code == 302


def test_whoever_is_signed_in_stays_so_while_strangers_guess(hana: User, sign_in_as_hana: Client) -> None:
    guesses = [sign_in(Client(REMOTE_ADDR="10.0.0.9"), "hana", f"wrong-{n}") for n in range(8)]
    assert guesses[-1].status_code == 429
    assert sign_in_as_hana.get("/accounts/sessions/").status_code == 200
    # Nor does it take the forgotten password's way from its owner, who reads the letter.
    owner = Client(REMOTE_ADDR="10.0.0.1")
    owner.post(ASK, {"email": hana.email})
    owner.post(CODE, {"code": code_for(hana.email)})
    assert owner.post(COMPLETE, {"password1": NEW, "password2": NEW}).status_code == 302
    assert owner.get("/accounts/sessions/").status_code == 200


@pytest.fixture
def sign_in_as_hana(hana: User) -> Client:
    client = Client()
    client.force_login(hana)
    return client


def test_a_code_of_a_forgotten_password_opens_once(client: Client, hana: User) -> None:
    client.post(ASK, {"email": hana.email})
    code = code_for(hana.email)
    kept = dict(client.session)[RESET]
    went = [client.post(CODE, {"code": code}), client.post(COMPLETE, {"password1": NEW, "password2": NEW})]
    assert User.objects.get(pk=hana.pk).check_password(NEW)
    assert not any(code in answer["Location"] for answer in went)
    # Another browser that still remembers it as it was asked for.
    other = Client()
    other.post(ASK, {"email": "nobody@example.jp"})
    remember(other, kept)
    assert other.post(CODE, {"code": code}).headers.get("Location") != COMPLETE
    other.post(COMPLETE, {"password1": "third-kotoba-1", "password2": "third-kotoba-1"})
    assert User.objects.get(pk=hana.pk).check_password(NEW)


RESET = "account_password_reset_verification"


def remember(client: Client, state: dict[str, Any]) -> None:
    session = client.session
    session[RESET] = state
    session.save()


@pytest.mark.parametrize(("minutes", "opens"), [(14, True), (16, False)])
def test_a_code_of_a_forgotten_password_lives_for_a_quarter_of_an_hour(
    client: Client, hana: User, minutes: int, opens: bool
) -> None:
    client.post(ASK, {"email": hana.email})
    asked = dict(client.session)[RESET]
    remember(client, asked | {"at": asked["at"] - minutes * 60})
    assert (client.post(CODE, {"code": code_for(hana.email)})["Location"] == COMPLETE) is opens


def change_password(owner: Client) -> None:
    sent = {"oldpassword": "tsubaki-no-michi", "password1": NEW, "password2": NEW}
    assert owner.post("/accounts/password/change/", sent).status_code == 302


def change_address(owner: Client) -> None:
    owner.post("/accounts/email/", {"action_add": "", "email": "atarashii@example.jp"})
    owner.post("/accounts/reauthenticate/?next=/accounts/email/", {"password": "tsubaki-no-michi"})
    owner.post("/accounts/email/", {"action_add": "", "email": "atarashii@example.jp"})
    owner.post("/accounts/confirm-email/", {"code": code_for("atarashii@example.jp")})
    assert User.objects.get().email == "atarashii@example.jp"


@pytest.mark.parametrize("change", [change_password, change_address])
@pytest.mark.parametrize("is_confirmed", [False, True])
def test_a_code_that_was_asked_for_dies_with_what_it_was_asked_for(
    sign_in_as_hana: Client, hana: User, change: Callable[[Client], None], is_confirmed: bool
) -> None:
    thief, owner = Client(), sign_in_as_hana
    thief.post(ASK, {"email": hana.email})
    code = code_for(hana.email)
    if is_confirmed:
        thief.post(CODE, {"code": code})
    change(owner)
    thief.post(CODE, {"code": code})
    thief.post(COMPLETE, {"password1": "thief-no-kotoba-1", "password2": "thief-no-kotoba-1"})
    assert not User.objects.get(pk=hana.pk).check_password("thief-no-kotoba-1")
    assert "花" not in Page(thief.get("/")).text


def test_no_letter_names_the_host_that_was_asked(client: Client, hana: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    for path, form in (
        (ASK, {"email": hana.email}),
        (ASK, {"email": "nobody@example.jp"}),
        ("/accounts/signup/", {"username": "kawa", "email": hana.email, "password1": NEW, "password2": NEW}),
    ):
        client.post(path, form, headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    assert len(mail.outbox) == 3
    for letter in mail.outbox:
        assert "evil.example" not in f"{letter.subject} {letter.body}"
        assert set(re.findall(r"https?://([^/\s]+)", str(letter.body))) <= {"127.0.0.1:8000"}


def test_recovery_codes_are_tried_five_times_and_lie_encrypted(hana: User) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    give(hana)
    codes = RecoveryCodes.activate(hana).get_unused_codes()
    kept = repr(list(Authenticator.objects.values_list("data", flat=True)))
    assert [secret for secret in (SECRET, *codes) if secret in kept] == []
    client = Client()
    sign_in(client, "hana", "tsubaki-no-michi")
    for number in range(5):
        assert client.post("/accounts/2fa/authenticate/", {"code": f"0000000{number}"}).status_code == 200
    assert client.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 200
    assert client.get("/accounts/profile/").status_code == 302
