"""Answers of pictures, apart from any framework: headers, conditions and ranges of HTTP (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from media_store.delivery.asked import Asked
from media_store.variants import FORMATS

FOR_EVER = "public, max-age=31536000, immutable"
FOR_ONE = "private, no-store"
FOR_NOW = "public, max-age=30"
"""Of a size that stands in for the one that was asked for, and of one that may have been taken away just now."""

_SEALED = {
    # A picture that is opened by itself runs and loads nothing, whatever a browser takes it for.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
_RANGE = re.compile(r"bytes=([0-9]{0,12})-([0-9]{0,12})")
_REFUSALS = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    429: "Too many requests",
    503: "Try again in a moment",
}


class Answer(NamedTuple):
    """What goes out, but for the headers that every answer of the site has."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


def refusal(status: int, words: str = "", **headers: str) -> Answer:
    """Why there is no picture, in a line of plain text; `headers` with `_` for `-`. Nothing keeps it."""
    body = f"{words or _REFUSALS[status]}\n".encode("utf-8", "replace")
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    told = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body)), "Cache-Control": "no-store"}
    return Answer(status, {**told, **_SEALED, **given}, body)


def headers_of(asked: Asked, caching: str = FOR_EVER) -> dict[str, str]:
    """What is said of the picture, also without sending it."""
    headers = {"Cache-Control": caching, "ETag": asked.etag, **_SEALED}
    if asked.by_accept:
        headers["Vary"] = "Accept"
    return headers


def is_known(environ: Mapping[str, Any], etag: str) -> bool:
    """Whether the client has it: If-None-Match names it, weakly compared."""
    given = environ.get("HTTP_IF_NONE_MATCH", "")
    return bool(given) and (given.strip() == "*" or etag in given)


def unchanged(asked: Asked, caching: str = FOR_EVER) -> Answer:
    """304."""
    return Answer(304, headers_of(asked, caching))


def picture(
    environ: Mapping[str, Any], asked: Asked, size: int, read: Callable[[], bytes | None], caching: str = FOR_EVER
) -> Answer | None:
    """The picture, or the part of it that is asked for; nothing is read that is not sent.

    None where `read` finds that it is not there any more.
    """
    headers = headers_of(asked, caching)
    headers["Content-Type"] = FORMATS[asked.variant.format]
    headers["Content-Disposition"] = f'inline; filename="{asked.file_name}"'
    headers["Accept-Ranges"] = "bytes"
    part = part_asked(environ, asked.etag, size)
    if part is not None and part.start >= size:
        return refusal(416, "Range not satisfiable", Content_Range=f"bytes */{size}", Accept_Ranges="bytes")
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    headers["Content-Length"] = str(size if part is None else len(part))
    status = 200 if part is None else 206
    if environ["REQUEST_METHOD"] == "HEAD":
        return Answer(status, headers)
    body = read()
    if body is None:
        return None
    return Answer(status, headers, body if part is None else body[part.start : part.stop])


def part_asked(environ: Mapping[str, Any], etag: str, size: int) -> range | None:
    """The one range of a GET, empty at the end of the picture where it cannot be met; None for the whole.

    More than one range, another unit or another version get the whole, as RFC 9110 allows.
    """
    given = environ.get("HTTP_RANGE")
    if given is None or environ["REQUEST_METHOD"] != "GET":
        return None
    found = _RANGE.fullmatch(given.strip().replace(" ", ""))
    if found is None or not any(found.groups()) or environ.get("HTTP_IF_RANGE", etag).strip() != etag:
        return None
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        return range(size - length, size) if length else range(size, size)
    if last and int(last) < int(first):
        return None
    return range(min(int(first), size), min(int(last) + 1, size) if last else size)
