"""Who asks by `Authorization: Token …`: one query, and nothing is written but the day of the last use."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.models import get_token_model
from knox.settings import knox_settings
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

_HEADER = re.compile(
    rf"[Tt][Oo][Kk][Ee][Nn] +({knox_settings.TOKEN_PREFIX}[0-9a-f]{{{knox_settings.AUTH_TOKEN_CHARACTER_LENGTH}}})"
)


class ApiTokens(TokenAuthentication):
    """knox's tokens. Whatever else the header holds is refused: a client that names itself wants no anonymous answer.

    knox itself loads every token of the person on each request and deletes those that have expired.
    """

    def authenticate(self, request: Request) -> Any:
        """The person and their token; None without the header. Raises AuthenticationFailed."""
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        found = _HEADER.fullmatch(header.strip())
        if found is None:
            raise _unknown()
        return self.authenticate_credentials(found[1])

    def authenticate_credentials(self, token: str) -> Any:
        # Found by its digest alone: what the time of a look-up tells of a hash of 256 random bits helps nobody.
        row = get_token_model().objects.select_related("user").filter(pk=hash_token(token)).first()
        if row is None or row.is_expired or not row.user.is_active:
            raise _unknown()
        row.used()
        return row.user, row


def _unknown() -> AuthenticationFailed:
    """One answer, whichever it is: mistyped, revoked, expired or of a closed account."""
    return AuthenticationFailed(
        _("このトークンは使えません。まちがいか、取り消したものか、期限切れです。"), code="token"
    )
