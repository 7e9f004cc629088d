"""What every endpoint of the API is: who asks, in which format, and which query parameters it knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from machipoke.problems import Fault, Refused, faults_of


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
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise exceptions.PermissionDenied(_("CSRF トークンを確かめられませんでした。"), code="csrf") from error


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
    """An endpoint whose query parameters are those of `parameters` and `format`; any other is 400."""

    authentication_classes = [BrowserSession]
    content_negotiation_class = FormatNegotiation
    parameters: ClassVar[type[forms.Form]] = Parameters
    asked: dict[str, Any]
    """The cleaned query parameters."""
    form: forms.Form

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not hasattr(self, (request.method or "").lower()):
            raise exceptions.MethodNotAllowed(request.method or "")
        super().initial(request, *args, **kwargs)
        self.form = self.parameters(request.query_params)
        faults = [*_foreign(request, self.form.fields)]
        if not self.form.is_valid():
            faults += faults_of(ValidationError(self.form.errors.as_data()))
        if faults:
            raise Refused(faults)
        self.asked = self.form.cleaned_data

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
