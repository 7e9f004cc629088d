"""In front of Django: whatever is kept and public is answered before its stack, all else goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.conf import settings

from machipoke.middleware import FRAME, request_id
from media_store.delivery.asked import PREFIX, BadParameter, asked
from media_store.delivery.kept import from_folder

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_STATUS = {number: f"{number} {HTTPStatus(number).phrase}" for number in (200, 206, 304, 416)}


class PicturesFirst:
    """A WSGI application: ten times what the whole stack answers, with the same headers as there."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._frame = dict(FRAME)
        if settings.SECURE_HSTS_SECONDS:
            self._hsts = {"Strict-Transport-Security": _hsts()}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(PREFIX) or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._application(environ, start_response)
        is_secure = _is_secure(environ)
        answer = None
        if is_secure or not settings.SECURE_SSL_REDIRECT:
            try:
                wanted = asked(environ)
                answer = from_folder(environ, wanted) if wanted else None
            except BadParameter:
                answer = None  # Django's side says what is wrong
        if answer is None:
            return self._application(environ, start_response)
        headers = {**self._frame, "X-Request-ID": request_id(environ), **answer.headers}
        if is_secure and settings.SECURE_HSTS_SECONDS:
            headers |= self._hsts
        start_response(_STATUS[answer.status], list(headers.items()))
        return [answer.body]


def _is_secure(environ: Environ) -> bool:
    """As Django's request.is_secure()."""
    if settings.SECURE_PROXY_SSL_HEADER is None:
        return bool(environ.get("wsgi.url_scheme") == "https")
    name, value = settings.SECURE_PROXY_SSL_HEADER
    given = environ.get(name)
    if given is None:
        return bool(environ.get("wsgi.url_scheme") == "https")
    return bool(given.split(",")[0].strip() == value)


def _hsts() -> str:
    parts = [f"max-age={settings.SECURE_HSTS_SECONDS}"]
    parts += ["includeSubDomains"] if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else []
    parts += ["preload"] if settings.SECURE_HSTS_PRELOAD else []
    return "; ".join(parts)
