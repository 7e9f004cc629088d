"""What is sent as a passkey is any text that somebody typed: signed out, and before anything is known of them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from allauth.core import context
from allauth.mfa.webauthn.internal import auth

from accounts import passkey_forms
from accounts.models import User
from machipoke.sessions import SessionStore

pytestmark = pytest.mark.django_db


def _packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _credential(**response: Any) -> str:
    data = _packed(b'{"type":"webauthn.get","challenge":"AA","origin":"http://localhost"}')
    whole = {"clientDataJSON": data, "authenticatorData": _packed(bytes(37)), "signature": "AA", "userHandle": "MQ"}
    return json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": whole | response})


ODD = [
    "{}",
    "[1]",
    '"x"',
    "NaN",
    "[" * 100_000,
    "1" * 5000,
    _credential(),
    _credential(userHandle=None),
    _credential(userHandle="-1"),
    _credential(clientDataJSON=_packed(b"[" * 20_000)),
    _credential(clientDataJSON=_packed(b"[]")),
    _credential(authenticatorData=""),
    _credential(authenticatorData=_packed(bytes(32) + b"\xc5" + bytes(40))),
    _credential(authenticatorData=_packed(bytes(32) + b"\x85" + bytes(4) + b"\x81" * 3000)),
    _credential(attestationObject=_packed(b"\xa0")),
    _credential(attestationObject=_packed(b"\x1b")),
]


@pytest.fixture
def request_of_hana(rf: Any, hana: User) -> Any:
    request = rf.post("/")
    request.user, request.session = hana, SessionStore()
    return request


@pytest.mark.parametrize("kind", ["PasskeyLoginForm", "PasskeyFactorForm", "PasskeyAgainForm", "PasskeyForm"])
@pytest.mark.parametrize("credential", ODD, ids=lambda text: text[:20])
def test_what_no_browser_made_is_wrong_and_no_fault_of_ours(request_of_hana: Any, kind: str, credential: str) -> None:
    person = {} if kind == "PasskeyLoginForm" else {"user": request_of_hana.user}
    with context.request_context(request_of_hana):
        if kind == "PasskeyForm":
            auth.begin_registration(request_of_hana.user, False)
        else:
            auth.begin_authentication(request_of_hana.user)
        form = getattr(passkey_forms, kind)(data={"name": "鍵", "credential": credential}, **person)
        assert not form.is_valid()
