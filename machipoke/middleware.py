"""What frames every request: an id, the client's address, the language of its path, and who may keep the answer."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from machipoke.availability import is_unavailable
from machipoke.ratelimits import UNKNOWN_ADDRESS

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_SAFE = ("GET", "HEAD", "OPTIONS")
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
FRAME = {
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    # SecurityMiddleware sets these too, but not on its own refusal of a strange host on the way to TLS.
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""On every answer that does not say otherwise."""


def request_id(environ: Mapping[str, Any]) -> str:
    """The id that the client gave this request, or a new one."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


class RequestFrame:
    """Outermost: an `X-Request-ID` and the headers that no other middleware sets, on errors and static files too."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.id = request_id(request.META)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        for name, value in FRAME.items():
            response.headers.setdefault(name, value)
        return response


class ClientAddress:
    """REMOTE_ADDR as the outermost trusted proxy saw it: exactly TRUSTED_PROXIES entries from the right are ours.

    Always an address that every column and library takes: by a unix socket, or through a proxy that says `unknown` or
    adds a port or a zone, it is `UNKNOWN_ADDRESS`, or the address alone.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if 0 < settings.TRUSTED_PROXIES <= len(hops):
            request.META["REMOTE_ADDR"] = hops[-settings.TRUSTED_PROXIES]
        request.META["REMOTE_ADDR"] = _plain_address(request.META.get("REMOTE_ADDR", ""))
        return self.get_response(request)


def _plain_address(given: str) -> str:
    bracketed = given.partition("]")[0].removeprefix("[") if given.startswith("[") else given
    alone = bracketed.partition("%")[0]
    for candidate in (alone, alone.partition(":")[0]):
        with suppress(ValueError):
            return str(ipaddress.ip_address(candidate))
    return UNKNOWN_ADDRESS


class PublicOrPrivate:
    """Only an answer computed for an anonymous viewer may be public.

    Outside the session: whatever read the session, signed a person in, holds a CSRF token or came with a token of the
    API is `private, no-store`; the rest may be kept but is asked for again each time, until the tagged cache decides
    better.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.has_header("Cache-Control"):
            return response
        session = getattr(request, "session", None)
        named = "CSRF_COOKIE" in request.META or "HTTP_AUTHORIZATION" in request.META
        personal = (session is not None and session.accessed) or named or response.cookies
        if personal or request.method not in ("GET", "HEAD") or response.status_code >= 500:
            response["Cache-Control"] = "private, no-store"
        else:
            response["Cache-Control"] = "public, no-cache"
            by_token = ["Authorization"] if request.path_info.startswith("/api/") else []
            patch_vary_headers(response, ["Cookie", *by_token])
        return response


def _language(request: HttpRequest) -> str:
    if request.path_info.startswith("/api/") and request.method not in _SAFE:
        preferred = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
        known = (code.partition("-")[0] for code, _weight in preferred)
        return next((code for code in known if code in ("ja", "en")), "ja")
    return "en" if request.path_info == "/en" or request.path_info.startswith("/en/") else "ja"


class PathLanguage:
    """The language is part of the path (`/en/…`), so a public page needs no cookie and has one text per URL.

    The API has one path for all: what is sent to it is answered in the language that `Accept-Language` prefers, which
    for the site's own scripts is that of their page. What is read there stays one text, for the sake of caches.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = _language(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class Viewer:
    """`request.viewer`: the signed-in person, or an anonymous one without touching the session where no cookie came.

    Pages ask this, not `request.user`: a visitor without a session cookie then reads and sets nothing.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        request.viewer = request.user if has_session else AnonymousUser()  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A database that is locked, full or away is 503 with Retry-After, never 500; forms show what was typed."""
        if not is_unavailable(error):
            return None
        from machipoke.pages import unavailable

        return unavailable(request)
