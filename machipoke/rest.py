"""What DRF's settings name: capped JSON, and problem+json for every error."""

from __future__ import annotations

import json
import re
from typing import IO, Any, NoReturn

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.log import log_response
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.parsers import JSONParser

from machipoke.availability import BUSY_RETRY_SECONDS, is_unavailable
from machipoke.idempotency import KeyReused
from machipoke.problems import Refused, faults_in, faults_of, problem_response
from machipoke.ratelimits import TooMany
from machipoke.versions import Stale as StoredFirst

MOST_JSON_BYTES = 65_536
"""A spot with every field full is about 20 KiB of UTF-8; three times that leaves room for \\u escapes."""


class TooLarge(exceptions.APIException):
    """The body is larger than this door takes."""

    status_code = 413
    default_code = "too_large"


class Stale(exceptions.APIException):
    """`If-Match` names another version than the one stored."""

    status_code = 412
    default_code = "stale"


MOST_LEVELS = 20
"""Of objects and arrays in each other: what we answer has six, and far more exhausts the stack of whoever walks it."""

_TEXTS_AND_BRACKETS = re.compile(rb'"(?:[^"\\]+|\\.?)*"?|([\[{])|([\]}])', re.DOTALL)
"""A text that does not end runs to the end, or looking for its end from each of its quotes would be quadratic."""


class CappedJSONParser(JSONParser):
    """JSON of at most 64 KiB, strict: no NaN or 1e999, no half surrogate pairs, no name twice, not deep."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        """The decoded body; raises TooLarge or ParseError."""
        body: bytes = stream.read(MOST_JSON_BYTES + 1)
        try:
            _refuse_depth(body)
            if len(body) > MOST_JSON_BYTES:
                raise TooLarge
            data = json.loads(body.decode(), parse_constant=_refuse, object_pairs_hook=_members)
            json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
        except ValueError as error:
            raise exceptions.ParseError(_("本文を JSON（UTF-8）として読めませんでした。")) from error
        return data


def _refuse_depth(body: bytes) -> None:
    """Raise ValueError for a body nested deeper than `MOST_LEVELS`, before anything that recurses reads it."""
    depth = 0
    for found in _TEXTS_AND_BRACKETS.finditer(body):
        depth += (found[1] is not None) - (found[2] is not None)
        if depth > MOST_LEVELS:
            raise ValueError("too deep")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object; raises ValueError for a name that stands in it twice, of which readers take different ones."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("duplicate name")
    return members


def problem_handler(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """An error as RFC 9457 application/problem+json; what nobody foresaw is logged, and told without its cause."""
    request: HttpRequest = context["request"]._request
    if isinstance(error, Refused):
        detail = "" if error.status == 400 else error.faults[0].detail
        return problem_response(request, error.status, detail, error.faults, error.retry_seconds)
    if isinstance(error, ValidationError):
        return problem_response(request, 400, errors=faults_of(error))
    if isinstance(error, exceptions.APIException):
        return _told(request, error, context)
    if isinstance(error, SuspiciousOperation):
        return problem_response(request, 413 if isinstance(error, RequestDataTooBig) else 400)
    if isinstance(error, Http404):
        return problem_response(request, 404)
    if isinstance(error, PermissionDenied):
        return problem_response(request, 403, str(error))  # only ours arrive here
    if isinstance(error, StoredFirst):
        return problem_response(request, 412 if "If-Match" in request.headers else 409)
    if isinstance(error, TooMany):
        return problem_response(request, 429, retry_seconds=error.usage.reset_seconds)
    if isinstance(error, UnreadablePostError):
        return problem_response(request, 408)
    if isinstance(error, KeyReused):
        return problem_response(request, 422)
    if is_unavailable(error):
        return problem_response(request, 503, retry_seconds=BUSY_RETRY_SECONDS)
    got_request_exception.send(sender=None, request=request)
    response = problem_response(request, 500)
    log_response("%s", request.path, response=response, request=request, exception=error)
    return response


_OUR_CODES = {"suspended", "csrf", "token", "scope"}
"""Refusals of DRF's kind whose words we wrote."""


def _told(request: HttpRequest, error: exceptions.APIException, context: dict[str, Any]) -> HttpResponse:
    """DRF's own refusals in our words; only what names a field or was written by us is passed on."""
    wait = getattr(error, "wait", None)
    retry = None if wait is None else int(wait)
    if isinstance(error, exceptions.ValidationError):
        return problem_response(request, error.status_code, errors=faults_in(error.detail))
    ours = isinstance(error, exceptions.ParseError) or getattr(error.detail, "code", "") in _OUR_CODES
    if isinstance(error, exceptions.UnsupportedMediaType):
        return problem_response(request, error.status_code, _taken(context["view"]))
    response = problem_response(request, error.status_code, str(error.detail) if ours else "", retry_seconds=retry)
    if auth_header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = auth_header
    return response


def _taken(view: Any) -> str:
    words = _("その形式の本文は受け付けていません。%(known)s でお送りください。")
    return words % {"known": "・".join(parser.media_type for parser in view.parser_classes)}
