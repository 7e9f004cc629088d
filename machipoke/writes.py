"""What every write of the API is: one transaction, and with an `Idempotency-Key` once a day."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import file_digest
from typing import IO, Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from machipoke.idempotency import Answer, digest_of, kept, once, scope_of
from machipoke.problems import Fault, Refused

KEY_HEADER = "Idempotency-Key"
MOST_KEY_CHARACTERS = 200
_KEY = re.compile(rf"[\x21-\x7e]{{1,{MOST_KEY_CHARACTERS}}}")

_KEPT_HEADERS = ("Content-Type", "Location", "ETag")
"""What of an answer belongs to the row; the rest belongs to the request and is made anew."""


class NotSuspended(BasePermission):
    """Whoever may not write at all just now still reads, and is told why and until when."""

    code = "suspended"
    message = ""

    def has_permission(self, request: Request, view: APIView) -> bool:
        person: Any = request.user
        may = request.method in SAFE_METHODS or bool(getattr(person, "may_write", False))
        if not may and getattr(person, "is_suspended", False):
            until = f"{timezone.localtime(person.suspended_until):%Y-%m-%d %H:%M}"
            words = _("%(until)s まで、投稿や変更はできません。%(reason)s")
            self.message = words % {"until": until, "reason": person.suspended_reason}
        return may


class InScope(BasePermission):
    """A token that may only read reads, whoever made it."""

    message = _("このトークンは読むだけのものです。")
    code = "scope"

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS or bool(getattr(request.auth, "may_write", True))


def refuse_key(request: Request) -> None:
    """Raise where a key came with a write whose answer must not be kept."""
    if KEY_HEADER in request.headers:
        raise Refused([Fault(KEY_HEADER, "not_here", str(_("ここでは使えません。答えを保存しないためです。")))])


def written(request: Request, prepare: Callable[[], None], make: Callable[[], HttpResponse]) -> HttpResponse:
    """What `make` answers, run in one transaction; for a key that was here before, what it answered then.

    `prepare` runs before the transaction, and not at all where there is an answer already. What `make` raises leaves
    nothing behind, the key neither. Raises Refused for a malformed key, KeyReused for one that came with another
    method, address or body.
    """
    body = _described(request)  # read before the transaction: whoever sends slowly holds nobody else up
    key = request.headers.get(KEY_HEADER)
    if key is None:
        prepare()
        with transaction.atomic():
            return make()
    if not _KEY.fullmatch(key):
        raise Refused([Fault(KEY_HEADER, "invalid", str(_("空白のない ASCII 200文字までにしてください。")))])
    asked = f"{request.method} {request.get_full_path()}".encode()
    scope, digest = f"api {scope_of(request.user)}", digest_of(asked, json.dumps(body, sort_keys=True).encode())
    before = kept(scope, key, digest)
    if before is not None:
        return _response(before)
    prepare()
    made: list[HttpResponse] = []

    def make_and_keep() -> Answer:
        made.append(make())
        return _answer(made[-1])

    answer = once(scope, key, digest, make_and_keep)
    return made[-1] if made else _response(answer)


def _described(request: Request) -> Any:
    """What was sent, as JSON: a file stands for its bytes, whatever it is called."""
    body: Any = request.data
    if not request.FILES:
        return body
    return {name: _digest(value) if name in request.FILES else value for name, value in body.items()}


def _digest(file: IO[bytes]) -> dict[str, str]:
    file.seek(0)
    found = file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return {"sha256": found}


def _answer(response: HttpResponse) -> Answer:
    headers = {name: response[name] for name in _KEPT_HEADERS if response.has_header(name)}
    content = getattr(response, "content_to_keep", response.content)
    return Answer(response.status_code, headers, content.decode())


def _response(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status)
    del response["Content-Type"]  # an empty answer has none
    for name, value in answer.headers.items():
        response[name] = value
    return response
