"""A form with one file, as endpoints of the API take it: counted while it streams, and nothing of it but its bytes.

The file's name and type are the client's words; they are not read at all.
"""

from __future__ import annotations

import re
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import Any

from django.http.multipartparser import ChunkIter, InterBoundaryIter, LazyStream, MultiPartParserError
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles

from machipoke.problems import Fault, Refused

FILE = "file"
"""The field of the file, at every door that takes one."""

MOST_FILE_BYTES = 20_000_000
"""Twice the largest JPEG that a telephone makes."""

MOST_FIELD_BYTES = 8_192
"""Two captions of 300 characters at their widest are 2,400."""

MOST_FIELDS = 12
MOST_BODY_BYTES = MOST_FILE_BYTES + 65_536
_MOST_HEADER_BYTES = 16_384
"""Of one part: a file name of 5,000 characters is no reason to refuse its bytes."""

_IN_MEMORY = 1_048_576
_CHUNK = 65_536
_BOUNDARY = re.compile(r"[ -~]{0,200}[!-~]")


class CutShort(MultiPartParserError):
    """A form that ends before its end: a field or half a file may be missing, and nothing says so but that."""


class Whole:
    """A body to be read as a form. Raises CutShort at its end where that is not the one that the form names."""

    def __init__(self, body: Any, boundary: bytes) -> None:
        self._body, self._mark = body, b"--" + boundary
        self._before = b""
        self._began = self._ended = False

    def read(self, size: int | None = -1, /) -> bytes:
        """As of a file."""
        piece: bytes = self._body.read(size)
        if not self._ended:
            seen = self._before + piece
            self._began = self._began or self._mark in seen
            self._ended = self._mark + b"--" in seen
            self._before = seen[-len(self._mark) - 1 :]
        if not piece and self._began and not self._ended:
            raise CutShort("a form without its end")
        return piece


class OneFileParser(BaseParser):
    """multipart/form-data with one `file` of at most 20 MB and some short fields, each once."""

    media_type = "multipart/form-data"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> DataAndFiles[Any, Any]:
        """The fields, and the file in `files`. Raises Refused (413 or 400) or ParseError."""
        request: Any = (parser_context or {})["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BODY_BYTES:
            raise too_large()
        boundary = parse_header_parameters(media_type or "")[1].get("boundary", "")
        if not _BOUNDARY.fullmatch(boundary):
            raise _unreadable()
        fields: MultiValueDict[str, str] = MultiValueDict()
        files: MultiValueDict[str, Any] = MultiValueDict()
        try:
            whole: Any = Whole(stream, boundary.encode())
            for part in InterBoundaryIter(LazyStream(ChunkIter(whole, _CHUNK)), b"--" + boundary.encode()):
                disposition = _disposition(part)
                if disposition is not None:
                    _take(disposition.get("name", ""), part, fields, files)
        except BaseException as error:
            for file in files.getlist(FILE):
                file.close()
            if isinstance(error, CutShort):
                raise ParseError(_("送られた本文が、途中で切れています。もう一度送ってください。")) from error
            raise
        return DataAndFiles(fields, files)


def _disposition(part: Any) -> dict[str, str] | None:
    """What the head of a part says that it is, and the part is left at its bytes; None for what is no part of a form.

    Django's own reader drops a part whose file name is not UTF-8, as old programs send it.
    """
    size, start = 1024, b""
    while (end := start.find(b"\r\n\r\n")) < 0:
        if size > _MOST_HEADER_BYTES:
            raise _unreadable()
        part.unget(start)
        start = part.read(size)
        if len(start) < size and b"\r\n\r\n" not in start:
            return None
        size *= 2
    part.unget(start[end + 4 :])
    for line in start[:end].decode(errors="replace").split("\r\n"):
        name, _colon, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            with suppress(ValueError):
                return parse_header_parameters(value)[1]
    return None


def _take(name: str, content: Any, fields: Any, files: Any) -> None:
    if name in fields or name in files or len(fields) >= MOST_FIELDS:
        raise Refused([Fault(name[:100], "repeated", str(_("同じ項目は一度だけ送ってください。")))])
    if name == FILE:
        files[FILE] = _spooled(content)
        return
    text = content.read(MOST_FIELD_BYTES + 1)
    if len(text) > MOST_FIELD_BYTES:
        raise Refused([Fault(name[:100], "max_length", str(_("長すぎます。")))])
    try:
        fields[name] = text.decode()
    except UnicodeDecodeError as error:
        raise Refused([Fault(name[:100], "encoding", str(_("UTF-8 として読めない文字があります。")))]) from error


def _spooled(content: Any) -> SpooledTemporaryFile[bytes]:
    """On disk from 1 MB on, in a file without a name that is gone with the request, however that ends."""
    kept = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
    size = 0
    try:
        for chunk in content:
            size += len(chunk)
            if size > MOST_FILE_BYTES:
                raise too_large()
            kept.write(chunk)
    except BaseException:
        kept.close()
        raise
    kept.seek(0)
    return kept


def too_large() -> Refused:
    """For a file over `MOST_FILE_BYTES`."""
    return Refused([Fault(FILE, "too_large", str(_("写真やファイルは、1つ20 MBまでです。")))], 413)


def _unreadable() -> ParseError:
    return ParseError(_("本文を multipart/form-data として読めませんでした。"))
