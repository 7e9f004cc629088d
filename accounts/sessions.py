"""The devices on which a person is signed in: one row each, without which the session is dead."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from accounts.models import User

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - a value, bound to nothing
"""Of a session that a script begins, without a request from anywhere."""


def begin(sender: Any, request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Django's signal of a sign-in, by whatever way: note where and when."""
    if not request.session.session_key:
        request.session.save()
    agent = request.META.get("HTTP_USER_AGENT", "")
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "ip": request.META.get("REMOTE_ADDR") or UNKNOWN_ADDRESS,
            "user_agent": agent[: UserSession._meta.get_field("user_agent").max_length],
        },
    )
