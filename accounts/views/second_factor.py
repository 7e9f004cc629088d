"""The second factor's own page; the steps below it are allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.base import views as mfa_views


class SecondFactorView(mfa_views.IndexView):
    """Whether it is there, and for staff why it should be; `next` is where they were going when they signed in."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        following = self.request.GET.get("next", "")
        onward = following if get_adapter(self.request).is_safe_url(following) else ""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"onward": onward}
