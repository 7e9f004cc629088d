"""Who somebody is, by name or address and password; what they may do, by their groups."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend


class Backend(AuthenticationBackend):
    """Rights come by groups alone: a permission given to one person is seen by nobody, and cost a query per page."""

    def _get_user_permissions(self, user_obj: Any) -> Any:
        from django.contrib.auth.models import Permission

        return Permission.objects.none()
