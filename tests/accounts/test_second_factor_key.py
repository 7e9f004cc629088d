"""The key that an app is given: shown again to who comes back from the app, and not for ever."""

from __future__ import annotations

from django.test import Client

from accounts.models import User
from tests.markup import Page, text_of


def test_the_key_stays_while_the_page_is_loaded_again_and_not_for_ever(hana: User) -> None:
    client = Client()
    client.force_login(hana)
    client.post("/accounts/reauthenticate/", {"password": "tsubaki-no-michi"})

    def key() -> str:
        return text_of(Page(client.get("/accounts/2fa/totp/activate/")).one("code", id="key"))

    first = key()
    assert len(first) == 32
    assert key() == first
    session = client.session
    session["mfa.totp.shown_at"] -= 901
    session.save()
    assert key() != first
