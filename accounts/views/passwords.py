"""The pages of a forgotten password: allauth's, with letters and tries that are counted in one step."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from machipoke.ratelimits import spend
from machipoke.text import identity


class ForgottenView(allauth_views.PasswordResetView):
    """Where the address is typed; the limit knows addresses, not whether anybody has them."""

    def form_valid(self, form: Any) -> HttpResponse:
        spend(self.request, "reset", identity(form.cleaned_data["email"]))
        answer: HttpResponse = super().form_valid(form)
        return answer


class ResetCodeView(allauth_views.ConfirmPasswordResetCodeView):
    """Of many tries at once the session's own count sees only the last."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        state = self._process.state
        spend(request, "code", f"{state['email']} {state['at']}")
        answer: HttpResponseBase = super().post(request, *args, **kwargs)
        return answer
