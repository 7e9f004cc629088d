"""Pictures that not everyone may see, for those who may."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from machipoke.token_auth import ApiTokens
from media_store.access import find_picture
from media_store.delivery.answering import answer, to_django
from media_store.delivery.answers import refusal
from media_store.delivery.asked import BadParameter, asked


def image(request: HttpRequest, key: str) -> HttpResponse:
    """What the middleware left: not public, so only for the viewer; else as if it did not exist."""
    try:
        wanted = asked(request.META)
    except BadParameter as error:
        return to_django(refusal(400, str(error)))
    viewer = _viewer(request)
    row = find_picture(wanted.key, viewer) if wanted else None
    if wanted is None or row is None:
        return to_django(refusal(404))
    return to_django(answer(request, wanted, row, viewer))


def _viewer(request: HttpRequest) -> Any:
    """By a token of the API or by the session; a token that is none names nobody."""
    if "HTTP_AUTHORIZATION" not in request.META:
        return request.viewer  # type: ignore[attr-defined]
    try:
        named = ApiTokens().authenticate(Request(request))
    except AuthenticationFailed:
        return request.viewer  # type: ignore[attr-defined]
    return named[0] if named else request.viewer  # type: ignore[attr-defined]
