"""Pages of a list that stay right while rows arrive: a cursor names the last row seen, not how many came before it.

The comparison is a row value, `(published_at, id) < (…, …)`, which both databases answer from the index of the order;
DRF's CursorPagination skips rows by offset where many share a time stamp, and thousands do after an import.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
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

_SIGNER = Signer(salt="machipoke.cursor")
"""Signed, so that a cursor is either ours or refused, and nobody builds on its inside."""

_Row = TypeVar("_Row", bound=models.Model)


class Cursor(NamedTuple):
    """The values of the order's fields at the edge of a page, and whether to read back from there."""

    sort: str
    backward: bool
    values: list[Any]


class Page(NamedTuple, Generic[_Row]):
    """Rows in order, and the URLs of the pages beside them."""

    rows: list[_Row]
    following: str | None
    previous: str | None


def read_cursor(text: str, sort: str) -> Cursor | None:
    """The cursor of that order, None for an empty text; raises Refused for one that is not ours or of another order."""
    if not text:
        return None
    try:
        cursor = Cursor(*_SIGNER.unsign_object(text))
    except (BadSignature, ValueError, TypeError) as error:
        raise Refused([Fault("cursor", "invalid", str(_("カーソルが正しくありません。")))]) from error
    if cursor.sort != sort:
        raise Refused([Fault("cursor", "conflict", str(_("このカーソルは別の並び順のものです。")))])
    return cursor


def link(request: Request, cursor: Cursor) -> str:
    """The same question from `cursor` on."""
    query = request.query_params.copy()
    query["cursor"] = _SIGNER.sign_object(tuple(cursor))
    return f"{settings.SITE_URL}{request.path}?{query.urlencode()}"


def keyset_page(
    request: Request, rows: QuerySet[_Row], ordering: Sequence[str], cursor: str = "", size: int = PAGE_SIZE
) -> Page[_Row]:
    """One page of `rows`.

    `ordering` ends with the unique id and goes one way, all ascending or all descending; no field of it is ever null.
    """
    sort = ",".join(ordering)
    position = read_cursor(cursor, sort)
    backward = position is not None and position.backward
    descending = ordering[0].startswith("-")
    fields = [field.lstrip("-") for field in ordering]
    if position:
        rows = rows.filter(_beyond(rows.model, fields, position.values, below=descending != backward))
    order = [f"-{field}" if descending != backward else field for field in fields]
    found = list(rows.order_by(*order)[: size + 1])
    more = len(found) > size
    found = found[size - 1 :: -1] if backward and more else found[::-1] if backward else found[:size]

    def beside(row: _Row, back: bool) -> str:
        return link(request, Cursor(sort, back, [_plain(getattr(row, field)) for field in fields]))

    following = beside(found[-1], False) if found and (more or backward) else None
    previous = beside(found[0], True) if found and (more if backward else position) else None
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
