"""Where one is signed in: the list, and the end of one or of all the others."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.sessions import devices_of, key_of
from machipoke.pages import page
from machipoke.sessions import end_session, end_sessions_of


def devices(request: HttpRequest) -> HttpResponse:
    """The list."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return _to_sign_in()
    return page(request, "account/devices.html", {"devices": devices_of(viewer, request.session.session_key)})


def end_device(request: HttpRequest, id: uuid.UUID) -> HttpResponse:
    """End one; for this device that is signing out."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return _to_sign_in()
    key = key_of(viewer, id)
    if key is None:
        raise Http404
    if key == request.session.session_key:
        get_adapter(request).logout(request)
        messages.success(request, _("ログアウトしました。"))
        return redirect("home")
    end_session(key)
    messages.success(request, _("その端末をログアウトしました。"))
    return redirect("account_devices")


def end_others(request: HttpRequest) -> HttpResponse:
    """End all but this one."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return _to_sign_in()
    end_sessions_of(viewer.pk, kept=request.session.session_key or "")
    messages.success(request, _("ほかの端末をすべてログアウトしました。"))
    return redirect("account_devices")


def _to_sign_in() -> HttpResponse:
    """And back to the list: the other two addresses take a form alone."""
    return redirect(f"{reverse('account_login')}?next={quote(reverse('account_devices'))}")
