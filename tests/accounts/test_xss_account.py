"""The corpus of test_xss in what a person's account holds: tokens, notices, devices, suspensions, refused forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, Notice, User
from tests.markup import Page, goes_somewhere_odd
from tests.spots.test_xss import HARMLESS, PAIRS

SignIn = Callable[[User], Client]
OF_THE_KEY = ("data:image/svg+xml;base64,", "otpauth://totp/")
"""The picture and the address by which an app gets its key; no text that anybody typed but the user name is in them."""


class Account:
    """hana's, suspended, with a token, a notice and a second device."""

    def __init__(self, hana: User, sign_in: SignIn, moderator: Client) -> None:
        self.hana, self.owner, self.moderator = hana, sign_in(hana), moderator
        sign_in(hana)
        self.owner.post("/accounts/reauthenticate/", {"password": "tsubaki-no-michi"})
        ApiToken.objects.create(hana, name="x")
        Notice.objects.create(user=hana, kind="hidden", subject="x", reason="x", path="/lists/")
        User.objects.filter(pk=hana.pk).update(suspended_until=timezone.now() + timedelta(days=7))

    def say(self, text: str) -> None:
        """Past validation, so that the templates stand alone."""
        User.objects.filter(pk=self.hana.pk).update(display_name=text, bio=text, suspended_reason=text)
        ApiToken.objects.update(name=text)
        Notice.objects.update(subject=text, reason=text)
        UserSession.objects.update(user_agent=text)

    def answers(self, text: str) -> dict[str, Any]:
        onward, long = urlencode({"next": f"/lists/?q={text}"}), text + "長" * 100
        made = {"name": long, "scope": text, "days": text}
        return {
            "own page": self.owner.get("/users/hana/"),
            "profile": self.owner.get("/accounts/profile/"),
            "tokens": self.owner.get("/accounts/tokens/"),
            "token refused": self.owner.post("/accounts/tokens/new/", made),
            "notices": self.owner.get("/accounts/notices/"),
            "devices": self.owner.get("/accounts/sessions/"),
            "copy": self.owner.get("/accounts/export/"),
            "leaving refused": self.owner.post("/accounts/delete/", {"posts": text, "password": text}),
            "digits refused": self.owner.post("/accounts/2fa/totp/activate/", {"code": text}),
            "second factor": self.owner.get(f"/accounts/2fa/?{onward}"),
            "not allowed": self.owner.post("/spots/new/", {"name": text}),
            "sign-in": Client().get(f"/accounts/login/?{onward}"),
            "person in the panel": self.moderator.get(f"/admin/accounts/user/{self.hana.pk}/change/"),
            "people in the panel": self.moderator.get("/admin/accounts/user/"),
        }


@pytest.fixture
def account(hana: User, mori: User, sign_in: SignIn) -> Account:
    return Account(hana, sign_in, sign_in(mori))


def shapes(account: Account, text: str) -> dict[str, Counter[Any]]:
    """What every page is made of when everything says `text`."""
    account.say(text)
    pages = {what: Page(answer) for what, answer in account.answers(text).items()}
    for what, page in pages.items():
        assert page.response.status_code in (200, 400, 403), what
        ours = OF_THE_KEY if what == "digits refused" else ()
        assert [a for a in page.addresses() if goes_somewhere_odd(a) and not a.startswith(ours)] == [], what
    shown = {what: page.shape() for what, page in pages.items()}
    for shape in shown.values():
        shape.pop(("br",), None)  # the panel's own, for a line break
    return shown


def test_the_pages_show_what_the_account_holds(account: Account) -> None:
    """Else the comparison below would compare nothing."""
    account.say(HARMLESS)
    shown = account.answers(HARMLESS)
    for what in ("own page", "profile", "tokens", "token refused", "notices", "not allowed", "person in the panel"):
        page = Page(shown[what])
        values = [field.get("value", "") for field in page.all("input")]
        assert HARMLESS in page.text or any(HARMLESS in value for value in values), what


@pytest.mark.parametrize("attacks", [PAIRS[start::5] for start in range(5)])
def test_text_adds_no_element_no_attribute_and_no_running_link(
    account: Account, attacks: list[str], settings: Any
) -> None:
    settings.RATELIMIT_ENABLE = False  # many wrong passwords and digits, for their pages
    settings.ACCOUNT_RATE_LIMITS = False
    harmless = shapes(account, HARMLESS)
    for attack in attacks:
        attacked = shapes(account, attack)
        assert {what: attacked[what] - harmless[what] for what in harmless if attacked[what] != harmless[what]} == {}
