"""An error as RFC 9457 `application/problem+json`: the same seven members whatever went wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

MEDIA_TYPE = "application/problem+json"

DETAILS = {
    400: _("リクエストに誤りがあります。errors をご確認ください。"),
    401: _("この操作にはログインが必要です。"),
    403: _("この操作は許可されていません。"),
    404: _("見つかりませんでした。"),
    405: _("このURLでは、そのメソッドは使えません。"),
    406: _("ご希望の形式ではお返しできません。"),
    408: _("本文が届くまでに時間がかかりすぎました。通信のよい所で、もう一度お試しください。"),
    409: _("ほかの変更と重なりました。読み直してから、もう一度お試しください。"),
    412: _("読み込まれたあとに、ほかの人が変更しました。読み直してから、もう一度お試しください。"),
    413: _("送られた内容が大きすぎます。"),
    415: _("その形式の本文は受け付けていません。"),
    422: _("同じ Idempotency-Key が、別の内容に使われています。新しい値にしてください。"),
    429: _("回数が多すぎます。しばらくしてから、もう一度お試しください。"),
    500: _("サーバーで問題が起きました。ご迷惑をおかけして申し訳ありません。"),
    503: _("ただいま混み合っています。しばらくしてから、もう一度お試しください。"),
}


class Fault(NamedTuple):
    """One thing wrong: the field or parameter (None: the whole), a stable code, and words for people."""

    field: str | None
    code: str
    detail: str


class Refused(Exception):
    """The question itself is wrong; answered with 400, or another `status`, and these faults."""

    def __init__(self, faults: list[Fault], status: int = 400, retry_seconds: int | None = None) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults, self.status, self.retry_seconds = faults, status, retry_seconds


def problem_response(
    request: HttpRequest, status: int, detail: str = "", errors: Iterable[Fault] = (), retry_seconds: int | None = None
) -> HttpResponse:
    """The error page of a machine; `detail` defaults to the sentence of the status."""
    if status == 429 and not detail and retry_seconds is not None:
        minutes = math.ceil(retry_seconds / 60)
        words = ngettext(
            "回数が多すぎます。あと%(minutes)d分ほど待って、もう一度お試しください。",
            "回数が多すぎます。あと%(minutes)d分ほど待って、もう一度お試しください。",
            minutes,
        )
        detail = words % {"minutes": minutes}
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(detail or DETAILS.get(status, DETAILS[400])),
        "request_id": getattr(request, "id", ""),
        "errors": [fault._asdict() for fault in errors],
    }
    # A name that came in a request may hold half a surrogate pair, which has no UTF-8 form.
    body = json.dumps(problem, ensure_ascii=False).encode("utf-8", "replace")
    response = HttpResponse(body, status=status, content_type=MEDIA_TYPE)
    if retry_seconds is not None:
        response["Retry-After"] = str(retry_seconds)
    return response


def faults_of(error: ValidationError) -> list[Fault]:
    """What a model or form refused, field by field."""
    if not hasattr(error, "error_dict"):
        return [_fault(None, one) for one in error.error_list]
    named: Mapping[str, list[ValidationError]] = error.error_dict
    return [
        _fault(None if field == NON_FIELD_ERRORS else field, one) for field, errors in named.items() for one in errors
    ]


def _fault(field: str | None, error: ValidationError) -> Fault:
    return Fault(field, str(error.code or "invalid"), " ".join(str(message) for message in error.messages))


def faults_in(detail: Any, field: str | None = None) -> Iterator[Fault]:
    """What a DRF serializer refused; an element of a list is named `tags.3`."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from faults_in(inner, field if name == "non_field_errors" else _joined(field, str(name)))
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            plain = isinstance(inner, str)
            yield from faults_in(inner, field if plain else _joined(field, str(position)))
    else:
        yield Fault(field, str(getattr(detail, "code", "invalid")), str(detail))


def _joined(outer: str | None, name: str) -> str:
    return name if outer is None else f"{outer}.{name}"
