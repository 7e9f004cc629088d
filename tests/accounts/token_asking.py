"""Asking the API as a program does: with a token and without a browser's cookies."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken, User
from machipoke.ratelimits import LIMITS
from tests.spots.asking import ask

PASSWORDS = {"hana": "tsubaki-no-michi", "ren": "kawara-no-kaze", "mori": "yama-no-koe-99"}


@pytest.fixture
def many_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the limits of signing in let through has tests of its own."""
    for name in ("login", "login_address"):
        monkeypatch.setitem(LIMITS, name, LIMITS[name]._replace(amount=1000))


def program() -> Client:
    """Without cookies, and with CSRF checked as on a real site."""
    return Client(enforce_csrf_checks=True)


def token_of(person: User, scope: str = "write", name: str = "台所の電話") -> str:
    """The text of a new token."""
    return ApiToken.make(person, name, scope)[1]


def by_token(text: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """The answer to a program that has this token."""
    return ask(program(), method, path, body, authorization=f"Token {text}", **headers)


def signing(username: str, /, **more: Any) -> dict[str, Any]:
    """What a program sends for a token of that person."""
    return {"username": username, "password": PASSWORDS[username], "name": "台所の電話", "scope": "write"} | more
