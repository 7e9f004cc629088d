"""Who somebody is, by name or address and password; what they may do, by their groups."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts.passwords import is_overlong


class Backend(AuthenticationBackend):
    """Rights come by groups alone: a permission given to one person is seen by nobody, and cost a query per page."""

    def authenticate(self, request: Any, **credentials: Any) -> Any:
        """None, before anybody is looked up, for a password that is too long to be anybody's."""
        if is_overlong(credentials.get("password") or ""):
            return None
        return super().authenticate(request, **credentials)

    def _get_user_permissions(self, user_obj: Any) -> Any:
        from django.contrib.auth.models import Permission

        return Permission.objects.none()
