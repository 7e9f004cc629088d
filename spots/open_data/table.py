"""Records of a CSV file with the lines they begin on; nothing here knows what the columns mean."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from spots.open_data.text_file import BrokenFileError

FIELD_LIMIT = 10_000_000
"""Characters of one cell. The csv module's own 131,072 would end the run at one pasted brochure, where refusing its row
is enough; this ends it where a quotation mark that is never closed swallows the rest of a large file."""


class Record(NamedTuple):
    """`line` is the physical line, from 1, on which the record begins."""

    line: int
    cells: list[str]


def records(path: Path, encoding: str) -> Iterator[Record]:
    """The records of the file, the headings first, blank ones left out. Raises BrokenFileError where it is no CSV."""
    before = csv.field_size_limit(FIELD_LIMIT)
    line = 1
    try:
        with path.open(encoding=encoding, newline="") as file:
            rows = csv.reader(file, delimiter=_delimiter(path, encoding))
            for cells in rows:
                if any(cell.strip() for cell in cells):
                    yield Record(line, cells)
                line = rows.line_num + 1
    except csv.Error as error:
        hint = '引用符 " が閉じられていないか、セルが大きすぎます'
        raise BrokenFileError(f"{line}行目から先を CSV として読めません（{hint}）: {path}") from error
    finally:
        csv.field_size_limit(before)


def _delimiter(path: Path, encoding: str) -> str:
    """What separates the headings: Excel's 「Unicode テキスト」 has tabs, some offices write semicolons."""
    with path.open(encoding=encoding) as file:
        for line in iter(lambda: file.readline(FIELD_LIMIT), ""):
            if line.strip():
                return max(",\t;", key=line.count)
    return ","


@contextlib.contextmanager
def table(path: Path, encoding: str) -> Iterator[tuple[list[str], Iterator[Record]]]:
    """The headings, and the records that follow them."""
    rows = records(path, encoding)
    with contextlib.closing(rows):  # type: ignore[type-var]
        headings = next(rows, None)
        if headings is None:
            raise BrokenFileError(f"ファイルが空です: {path}")
        yield headings.cells, rows
