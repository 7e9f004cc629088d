"""Who a program speaks for: name or address, password, and the code of a second factor, without a session."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa import app_settings
from allauth.mfa.base.forms import AuthenticateForm
from allauth.utils import get_form_class
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _
from rest_framework.exceptions import Throttled

from accounts.models import ApiToken, User
from machipoke.problems import Fault
from machipoke.text import clean, identity

TRIES_PAUSE_SECONDS = 300
"""allauth's own count of codes does not tell how long it lasts: this is its window (ACCOUNT_RATE_LIMITS)."""


class Unproven(Exception):
    """They are not who they say, or a code is needed too: then `faults` names it."""

    def __init__(self, words: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(words)
        self.faults = faults


def proven(request: HttpRequest, login: str, password: str, code: str) -> User:
    """The person of that name or address and password; with a second factor, of that code, which is then used up.

    Counted as the sign-in is. Raises TooMany or Throttled, or Unproven: with the same words whether the name is
    unknown, the password wrong or the account closed, and after as many hashes.
    """
    # One of the two, for a known address would be hashed twice: no user name holds an @.
    named = {"email": identity(login)} if "@" in login else {"username": clean(login)}
    person = get_adapter(request).authenticate(request, **named, password=password)
    if not isinstance(person, User) or not person.is_active:
        raise Unproven(_("ユーザー名かパスワードが違います。もう一度お確かめください。"))
    if person.has_second_factor:
        _use_code(person, code)
    return person


def _use_code(person: User, code: str) -> None:
    if not code.strip():
        raise _code_refused("required", _("6桁の確認コードか、リカバリーコードも必要です。"))
    form: Any = get_form_class(app_settings.FORMS, "authenticate", AuthenticateForm)(data={"code": code}, user=person)
    if not form.is_valid():
        if form.has_error("code", "too_many_login_attempts"):
            raise Throttled(TRIES_PAUSE_SECONDS)
        raise _code_refused("invalid", _("確認コードが違うか、もう使われています。"))
    form.authenticator.record_usage()


def _code_refused(code: str, words: str) -> Unproven:
    return Unproven(words, (Fault("code", code, words),))


def tell_of(request: HttpRequest, token: ApiToken) -> None:
    """A letter to whom the token speaks for: whoever else made it is noticed."""
    with translation.override(token.user.language):
        get_adapter(request).send_notification_mail("account/email/token_made", token.user, {"token": token})
