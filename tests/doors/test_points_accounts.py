"""Points of docs/security.md about accounts that no other file holds: S1, S6, S13, S14."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.accounts.letters import code_for
from tests.markup import Page, without_tokens

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
        headers = {
            n: v for n, v in answer.headers.items() if n not in ("X-Request-ID", "RateLimit-Reset", "Content-Length")
        }
        body = without_tokens(answer).replace(f'value="{login}"'.encode(), b"")
        told.add((answer.status_code, body, repr(sorted(headers.items())), tuple(sorted(answer.cookies))))
    assert len(told) == 1


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
    client.post(CODE, {"code": code})
    client.post(COMPLETE, {"password1": NEW, "password2": NEW})
    assert User.objects.get(pk=hana.pk).check_password(NEW)
    client.post("/accounts/logout/")
    assert client.post(CODE, {"code": code})["Location"] != COMPLETE
    client.post(COMPLETE, {"password1": "third-kotoba-1", "password2": "third-kotoba-1"})
    assert User.objects.get(pk=hana.pk).check_password(NEW)


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
