"""The code page of a forgotten password: allauth's, with tries that are counted in one step."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponseBase


class ResetCodeView(allauth_views.ConfirmPasswordResetCodeView):
    """Of many tries at once the session's own count sees only the last."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        state = self._process.state
        refusal: HttpResponseBase | None = ratelimit.consume_or_429(
            request, action="try_code", key=f"{state['email']} {state['at']}"
        )
        if refusal is not None:
            return refusal
        answer: HttpResponseBase = super().post(request, *args, **kwargs)
        return answer
