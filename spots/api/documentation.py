"""The schema at `/api/schema/`, the page that shows it, and every other URL below `/api/`."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from machipoke.endpoints import ApiView


class SchemaRenderer(JSONRenderer):
    """JSON is YAML too, so that one form serves every reader."""

    media_type = "application/vnd.oai.openapi+json"
    format = "openapi"


class SchemaView(ApiView):
    """`/api/schema/`."""

    renderer_classes = [SchemaRenderer, JSONRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """OpenAPI 3; the same for everyone."""
        return Response(schema())


@cache
def schema() -> dict[str, Any]:
    """The schema of every endpoint, made once a process: it takes a third of a second."""
    # 3.0 cannot say that an object may be null.
    with translation.override("ja"), patched_settings({"OAS_VERSION": "3.1.0"}):
        generator: Any = SchemaGenerator
        return cast(dict[str, Any], generator().get_schema(request=None, public=True))


class BrowserSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes our session authentication."""

    target_class = "machipoke.endpoints.BrowserSession"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "サイトのログイン（https では名前に __Host- が付く）。書き込みには X-CSRFToken も必要",
        }


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes our tokens."""

    target_class = "machipoke.token_auth.ApiTokens"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token mp_…`。`POST /api/v1/tokens/` か、サイトのアカウントのページで作る",
        }


class UnknownView(ApiView):
    """What is not a door of the API is a problem, not a page."""

    @extend_schema(exclude=True)
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The schema for people, drawn by Swagger UI from our own static files."""
    return render(request, "api/docs.html")
