"""The pages of a forgotten password: allauth's, with letters and tries that are counted in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import views as allauth_views
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY,
    PasswordResetVerificationProcess,
)
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.crypto import salted_hmac
from django.views import View

from machipoke.ratelimits import address_of, spend
from machipoke.text import identity

if TYPE_CHECKING:
    _View = View
else:
    _View = object


class ForgottenView(allauth_views.PasswordResetView):
    """Where the address is typed; the limit knows addresses, not whether anybody has them."""

    def form_valid(self, form: Any) -> HttpResponse:
        # By address too: strangers get a letter that says so, and must not get it from us in thousands.
        spend(self.request, "reset_address", address_of(self.request))
        spend(self.request, "reset", identity(form.cleaned_data["email"]))
        answer: HttpResponse = super().form_valid(form)
        state = self.request.session[PASSWORD_RESET_VERIFICATION_SESSION_KEY]
        state["asked_for"] = _asked_for(self.request)
        return answer


def _asked_for(request: HttpRequest) -> str:
    """What of the account a code is good for; empty where nobody has the address."""
    process = PasswordResetVerificationProcess.resume(request)
    person: Any = process.user if process else None
    if person is None:
        return ""
    stands = f"{person.password}:{person.session_epoch}:{person.email_key}:{person.is_active}"
    return salted_hmac("accounts.reset", stands, algorithm="sha256").hexdigest()


class _AsItWas(_View):
    """Whoever changes the password or address of an account, or ends its sessions, ends the codes asked for before."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        state = request.session.get(PASSWORD_RESET_VERIFICATION_SESSION_KEY)
        if state and state.get("asked_for") != _asked_for(request):
            request.session.pop(PASSWORD_RESET_VERIFICATION_SESSION_KEY, None)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


class NewPasswordView(_AsItWas, allauth_views.CompletePasswordResetView):
    """Where the new password is typed, once the code was right."""


class ResetCodeView(_AsItWas, allauth_views.ConfirmPasswordResetCodeView):
    """Of many tries at once the session's own count sees only the last."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        state = self._process.state
        spend(request, "code", f"{state['email']} {state['at']}")
        answer: HttpResponseBase = super().post(request, *args, **kwargs)
        return answer
