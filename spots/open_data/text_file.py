"""In which encoding a file of a Japanese office is written, found by reading all of it once."""

from __future__ import annotations

import codecs
from pathlib import Path

_CHUNK_BYTES = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDER = {"utf-8": "utf-8-sig", "shift_jis": "cp932"}
"""What people say, and the superset that reads what they have: Excel's Shift_JIS has ①, ㈱ and 髙."""

_UNKNOWN_TO_PYTHON = {"windows-31j": "cp932", "x-sjis": "cp932"}
"""The IANA's and the web's names of the same."""


class BrokenFileError(Exception):
    """The file cannot be read as a table of places; the message is one line for the person who ran the command."""


def known_encoding(name: str) -> str:
    """Python's name of a text encoding; raises LookupError for anything else."""
    found = codecs.lookup(_UNKNOWN_TO_PYTHON.get(name.casefold(), name))
    if not found._is_text_encoding:
        raise LookupError(name)
    return _WIDER.get(found.name, found.name)


def encoding_of(path: Path, told: str | None = None) -> str:
    """The encoding that decodes the whole file: `told`, or a mark at its start, UTF-8, UTF-16 without mark, cp932.

    Raises BrokenFileError for a file that is missing, empty, holds NUL characters or fits none.
    """
    try:
        if not path.is_file():
            raise BrokenFileError(f"ファイルがありません: {path}")
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise BrokenFileError(f"ファイルを読めません（{error.strerror}）: {path}") from error
    if not head.strip(b"\0\r\n\t ") and path.stat().st_size == len(head):
        raise BrokenFileError(f"ファイルが空です: {path}")
    for encoding in [told] if told else _candidates(head):
        if _decodes(path, encoding):
            return encoding
    hint = f"{told} ではありません" if told else "UTF-8、Shift_JIS（cp932）、UTF-16 のどれでもありません"
    raise BrokenFileError(f"文字コードが分かりません（{hint}）。--encoding で指定してください: {path}")


def _candidates(head: bytes) -> list[str]:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return [encoding]
    # Commas, digits and line ends of UTF-16 have one zero byte each, always on the same side.
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even + odd > len(head) // 20:
        return ["utf-16-le"] if odd > even else ["utf-16-be"]
    return ["utf-8", "cp932"]


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK_BYTES):
                if "\0" in decoder.decode(chunk):
                    raise BrokenFileError(f"NUL 文字が入っています。CSV ファイルではないようです: {path}")
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True
