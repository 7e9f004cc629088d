"""Pages of a list that stay right while rows arrive: a cursor names the last row seen, not how many came before it.

The comparison is a row value, `(published_at, id) < (…, …)`, which both databases answer from the index of the order;
DRF's CursorPagination skips rows by offset where many share a time stamp, and thousands do after an import.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Generic, NamedTuple, TypeVar

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from machipoke.problems import Fault, Refused

PAGE_SIZE = 24
MOST_PAGE_SIZE = 100

ANCHORS = 8
"""Rows that a cursor of a moving list names, so that one of them is still there when others are taken out."""

Edge = Callable[[list[Any], bool], list[Any]]
"""From a cursor's values and the keys of the rows seen last, and whether it reads back: where that edge is now."""

_SIGNER = Signer(salt="machipoke.cursor")
"""Signed, so that a cursor is either ours or refused, and nobody builds on its inside."""

_Row = TypeVar("_Row", bound=models.Model)


_OF_A_PAGE = {"cursor", "page_size", "format"}
"""Parameters that say which part of a list is wanted and in which form; the others say which list."""


class Cursor(NamedTuple):
    """The values of the order's fields at the edge of a page, and whether to read back from there."""

    question: str
    backward: bool
    values: list[Any]


class Page(NamedTuple, Generic[_Row]):
    """Rows in order, and the URLs of the pages beside them."""

    rows: list[_Row]
    following: str | None
    previous: str | None


def question_of(request: Request, ordering: str) -> str:
    """What tells one list from another: address, filters and order. A cursor means nothing in any other."""
    filters = sorted((name, value) for name, value in request.query_params.items() if name not in _OF_A_PAGE)
    return sha256(repr((request.path, filters, ordering)).encode()).hexdigest()[:16]


def read_cursor(text: str, question: str) -> Cursor | None:
    """The cursor of that list, None for an empty text; raises Refused for one that is not ours or of another list."""
    if not text:
        return None
    try:
        cursor = Cursor(*_SIGNER.unsign_object(text))
    except (BadSignature, ValueError, TypeError) as error:
        raise Refused([Fault("cursor", "invalid", str(_("カーソルが正しくありません。")))]) from error
    if cursor.question != question:
        raise Refused([Fault("cursor", "conflict", str(_("このカーソルは別の一覧のものです。")))])
    return cursor


def link(request: Request, cursor: Cursor) -> str:
    """The same question from `cursor` on."""
    query = request.query_params.copy()
    query["cursor"] = _SIGNER.sign_object(tuple(cursor))
    return f"{settings.SITE_URL}{request.path}?{query.urlencode()}"


def keyset_page(
    request: Request,
    rows: QuerySet[_Row],
    ordering: Sequence[str],
    cursor: str = "",
    size: int = PAGE_SIZE,
    edge: Edge | None = None,
) -> Page[_Row]:
    """One page of `rows`.

    `ordering` ends with the unique id and goes one way, all ascending or all descending; no field of it is ever null.
    `edge` is for a list whose rows close up when one goes.
    """
    question = question_of(request, ",".join(ordering))
    position = read_cursor(cursor, question)
    backward = position is not None and position.backward
    descending = ordering[0].startswith("-")
    fields = [field.lstrip("-") for field in ordering]
    if position:
        values = edge(position.values, backward) if edge else position.values
        rows = rows.filter(_beyond(rows.model, fields, values, below=descending != backward))
    order = [f"-{field}" if descending != backward else field for field in fields]
    found = list(rows.order_by(*order)[: size + 1])
    more = len(found) > size
    found = found[size - 1 :: -1] if backward and more else found[::-1] if backward else found[:size]

    def beside(seen: list[_Row], back: bool) -> str:
        values = [_plain(getattr(seen[-1], field)) for field in fields]
        return link(request, Cursor(question, back, values + ([row.pk for row in seen[-ANCHORS:]] if edge else [])))

    following = beside(found, False) if found and (more or backward) else None
    previous = beside(found[::-1], True) if found and (more if backward else position) else None
    return Page(found, following, previous)


def _beyond(model: type[models.Model], fields: list[str], values: list[Any], below: bool) -> Func:
    columns: list[Any] = [model._meta.get_field(field) for field in fields]
    read = [Value(column.to_python(value), column) for column, value in zip(columns, values, strict=True)]
    return (Below if below else Above)(*map(F, fields), *read)


def _plain(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return value.hex
    return value.isoformat() if isinstance(value, datetime) else value


class Below(Func):
    """`(a, b) < (x, y)`, given a, b, x, y."""

    operator = "<"
    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        compiled = [compiler.compile(expression) for expression in self.get_source_expressions()]
        half = len(compiled) // 2
        left, right = (", ".join(sql for sql, _values in side) for side in (compiled[:half], compiled[half:]))
        values = [value for _sql, values in compiled for value in values]
        return f"({left}) {self.operator} ({right})", values


class Above(Below):
    """`(a, b) > (x, y)`."""

    operator = ">"
