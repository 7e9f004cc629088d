"""Inside Django, before the session: public pictures, and every address that can be none."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase

from machipoke.availability import is_unavailable
from machipoke.ratelimits import address_of, consume
from media_store.access import find_picture
from media_store.delivery.answering import RETRY_SECONDS, answer, to_django, too_many
from media_store.delivery.answers import Answer, refusal
from media_store.delivery.asked import PREFIX, BadParameter, asked
from media_store.delivery.kept import from_folder


class PicturesOverTls:
    """In front of SecurityMiddleware, which would refuse MEDIA_HOST on the way to TLS: no page is there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_picture = request.META["PATH_INFO"].startswith(PREFIX)
        if not is_picture or not settings.SECURE_SSL_REDIRECT or request.is_secure() or not _is_media_host(request):
            return self.get_response(request)
        answer = HttpResponsePermanentRedirect(settings.MEDIA_HOST + request.get_full_path())
        answer["Cross-Origin-Resource-Policy"] = "cross-origin"  # asked of each step to a picture, not of its end alone
        return answer


def _is_media_host(request: HttpRequest) -> bool:
    media = urlsplit(settings.MEDIA_HOST)
    asked_for, _port = split_domain_port(request.META.get("HTTP_HOST", ""))
    return media.scheme == "https" and asked_for == media.hostname


class Pictures:
    """Answers `/images/…` without session and language; whoever says who they are is asked further inside."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.META["PATH_INFO"].startswith(PREFIX):
            return self.get_response(request)
        try:
            found = _answer(request)
        except DatabaseError as error:
            if not is_unavailable(error):
                raise
            found = refusal(503, Retry_After=str(RETRY_SECONDS))
        return self.get_response(request) if found is None else to_django(found)


def _answer(request: HttpRequest) -> Answer | None:
    """None where it may be for this person, though not for everyone."""
    if request.method not in ("GET", "HEAD"):
        return refusal(405, Allow="GET, HEAD")
    try:
        wanted = asked(request.META)
    except BadParameter as error:
        return refusal(400, str(error))
    if wanted is None:
        return refusal(404)
    if (kept := from_folder(request.META, wanted)) is not None:
        return kept
    usage = consume("image_asked", address_of(request))  # a twentieth of what the database is asked next
    if not usage.is_allowed:
        return too_many(usage)
    row = find_picture(wanted.key, None)
    if row is not None:
        return answer(request, wanted, row)
    is_named = settings.SESSION_COOKIE_NAME in request.COOKIES or "HTTP_AUTHORIZATION" in request.META
    return None if is_named else refusal(404)
