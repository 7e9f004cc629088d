"""What every endpoint of the API is: who asks, in which format, and which query parameters it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import SAFE_METHODS, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from machipoke.etags import etag, is_unchanged
from machipoke.problems import Fault, Refused, faults_of
from machipoke.ratelimits import spend
from machipoke.token_auth import ApiTokens
from machipoke.writes import InScope, NotSuspended, refuse_key, written


class BrowserSession(SessionAuthentication):
    """The site's own session, which unsafe methods must accompany with the CSRF token.

    Without a session cookie nothing is read, so that the answer stays public.
    """

    def authenticate(self, request: Request) -> Any:
        return super().authenticate(request) if settings.SESSION_COOKIE_NAME in request.COOKIES else None

    def authenticate_header(self, request: Request) -> str:
        return 'Session realm="machipoke"'

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(cast(Request, _Bodiless(request)))
        except exceptions.PermissionDenied as error:
            raise exceptions.PermissionDenied(_("CSRF トークンを確かめられませんでした。"), code="csrf") from error


class _Bodiless:
    """A request whose body nobody reads: the token comes in a header, and who sends is known before what is sent."""

    POST: Mapping[str, str] = {}

    def __init__(self, request: Request) -> None:
        self._request = request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


class FormatNegotiation(DefaultContentNegotiation):
    """`?format=` before `Accept`."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        wanted = request.query_params.get("format")
        if wanted is None:
            return super().select_renderer(request, renderers, format_suffix)
        for renderer in renderers:
            if renderer.format == wanted:
                return renderer, renderer.media_type
        known = "・".join(renderer.format for renderer in renderers)
        raise exceptions.ValidationError({"format": _("形式は %(known)s から選んでください。") % {"known": known}})


class Parameters(forms.Form):
    """The query parameters of an endpoint. None of its own: anything is then unknown."""


class ApiView(APIView):
    """An endpoint whose query parameters are those of `parameters` and `format`; any other is 400.

    A write runs in one transaction, and once per `Idempotency-Key`.
    """

    authentication_classes = [ApiTokens, BrowserSession]
    permission_classes = [IsAuthenticatedOrReadOnly, NotSuspended]
    content_negotiation_class = FormatNegotiation
    parameters: ClassVar[type[forms.Form]] = Parameters
    tells_secrets: ClassVar[bool] = False
    """Whether a write answers what must not be kept: it then takes no key, and opens its transaction itself."""
    is_personal: ClassVar[bool] = False
    """Whether its answers are for one person alone, refusals too: no cache keeps them."""
    asked: dict[str, Any]
    """The cleaned query parameters."""
    form: forms.Form

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        if request.auth is not None:
            spend(request, "api", request.auth.pk)

    def get_permissions(self) -> list[Any]:
        return [InScope(), *super().get_permissions()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not hasattr(self, (request.method or "").lower()):
            raise exceptions.MethodNotAllowed(request.method or "")
        super().initial(request, *args, **kwargs)
        if request.method == "OPTIONS":
            return  # it asks of the address, not of what the address answers
        self.form = self.parameters(request.query_params)
        faults = [*_foreign(request, self.form.fields)]
        if not self.form.is_valid():
            faults += faults_of(ValidationError(self.form.errors.as_data()))
        if faults:
            raise Refused(faults)
        self.asked = self.form.cleaned_data
        if request.method not in SAFE_METHODS:
            if self.tells_secrets:
                refuse_key(request)
                return
            # DRF looks the handler up next, on this object, which answers this one request.
            name = (request.method or "").lower()
            setattr(self, name, partial(self._write, getattr(self, name)))

    def _write(self, handler: Callable[..., Any], request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        def make() -> HttpResponse:
            response: HttpResponse = handler(request, *args, **kwargs)
            if not isinstance(response, Response):
                return response
            # DRF would render it after the transaction, which keeps its bytes.
            body, media_type = render(request, response.data)
            return HttpResponse(
                body, status=response.status_code, headers={**response.headers, "Content-Type": media_type}
            )

        return written(request, partial(self.prepare, request, *args, **kwargs), make)

    def prepare(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """What a write does before its transaction because it is slow, such as storing a file."""

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        getattr(request, "_request", request).close()  # a file that was sent is not kept until the answer has arrived
        if self.is_personal:
            final["Cache-Control"] = "private, no-store"
        return final

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Which methods there are, in `Allow`."""
        return HttpResponse(status=204)


def _foreign(request: Request, known: Iterable[str]) -> Iterable[Fault]:
    for name, values in request.query_params.lists():
        if name not in known and name != "format":
            yield Fault(name, "unknown", str(_("このパラメーターはありません。")))
        elif len(values) > 1:
            yield Fault(name, "repeated", str(_("同じパラメーターは一度だけ指定してください。")))
        elif "\ufffd" in values[0]:
            yield Fault(name, "encoding", str(_("UTF-8 として読めない文字があります。")))


def page(results: list[Any], following: str | None = None, previous: str | None = None) -> Response:
    """A list as every list is answered."""
    return Response({"next": following, "previous": previous, "results": results})


def render(request: Request, data: Any) -> tuple[bytes, str]:
    """The body and media type the client negotiated, for an answer whose bytes are needed before it leaves."""
    renderer: Any = request.accepted_renderer
    return renderer.render(data, renderer.media_type, {}), renderer.media_type


def told(
    request: Request, data: Any, version: int | str | None = None, status: int = 200, location: str = ""
) -> HttpResponse:
    """One row in the form the client negotiated, with its `ETag` where it has a version; 304 to whoever has it."""
    body, media_type = render(request, data)
    response = HttpResponse(body, status=status, content_type=media_type)
    if version is not None:
        tag = etag(version, body)
        if request.method in SAFE_METHODS and is_unchanged(request, tag):
            response = HttpResponse(status=304)
        response["ETag"] = tag
    if location:
        response["Location"] = location
    return response


def gone() -> HttpResponse:
    """204: what was asked to go is gone."""
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response
