"""A municipal CSV file into spots: all of it or nothing.

The file is read and checked first, without a transaction, and what it says is put aside on disk; then the transaction
compares and writes. So a broken file costs nothing, memory stays small however long the file is, and the database is
held only while rows are written.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.utils import translation

from spots.open_data.columns import locate
from spots.open_data.report import Refusal, Report
from spots.open_data.rows import Candidate, Identity, Origin, RowReader
from spots.open_data.store import Store, missing_ids, roomy_cache
from spots.open_data.table import Record, table
from spots.open_data.text_file import BrokenFileError, encoding_of
from spots.open_data.values import RowRefusedError, short

Track = Callable[[Iterable[Any], str, int | None], Iterable[Any]]
"""Wraps something that takes long in a progress bar: what to walk, what it is called, how many there are if known."""


def _untracked(things: Iterable[Any], _label: str, _total: int | None) -> Iterable[Any]:
    return things


def import_file(
    path: Path, origin: Origin, encoding: str | None = None, dry_run: bool = False, track: Track = _untracked
) -> Report:
    """Take every usable row of the file in one transaction; with `dry_run` only report what that would do.

    Raises BrokenFileError, before anything is written, for a file that is no table of places.
    """
    with (
        translation.override("ja"),
        tempfile.TemporaryFile("w+", encoding="utf-8", prefix="machipoke-import-") as aside,
    ):
        reading = _Reading(aside)
        with table(path, encoding_of(path, encoding)) as (headings, rows):
            reader = RowReader(_places(path, headings), len(headings), origin)
            reading.read(reader, track(rows, "読み込み", None))
        report = Report(refused=reading.refused, dropped=reader.dropped)
        with roomy_cache(), contextlib.nullcontext() if dry_run else transaction.atomic():
            Store(report, writes=not dry_run).take(track(reading.candidates(), "照合と保存", reading.accepted))
            for source in sorted(reading.seen):
                report.missing += missing_ids(source, reading.seen[source])
    return report


def _places(path: Path, headings: list[str]) -> dict[str, int]:
    places = locate(headings)
    needed = {"name": "名称", "latitude": "緯度", "longitude": "経度"}
    missing = [label for meaning, label in needed.items() if meaning not in places]
    if missing:
        raise BrokenFileError(
            f"{'、'.join(missing)}の列が見つかりません（見出し: {short('、'.join(headings))}）: {path}"
        )
    return places


@dataclass
class _Reading:
    """What a pass over the file leaves: candidates put aside, refusals, and the line of every id, by source."""

    aside: IO[str]
    accepted: int = 0
    refused: list[Refusal] = field(default_factory=list)
    seen: dict[str, dict[str, int]] = field(default_factory=dict)

    def read(self, reader: RowReader, rows: Iterable[Record]) -> None:
        for record in rows:
            try:
                cells = reader.cells(record)
                identity = reader.identify(cells)
                self._remember(identity, record.line)
                self._put_aside(reader.read(record.line, identity, cells))
            except RowRefusedError as refusal:
                self.refused.append(Refusal(record.line, str(refusal)))

    def _remember(self, identity: Identity, line: int) -> None:
        """Also of a row that is refused later: it is wrong, but it is not missing."""
        if not identity.external_id:
            return
        first = self.seen.setdefault(identity.source, {}).setdefault(identity.external_id, line)
        if first != line:
            raise RowRefusedError(f"ID「{short(identity.external_id)}」は{first}行目と重なっています。")

    def _put_aside(self, candidate: Candidate) -> None:
        self.aside.write(json.dumps(candidate, ensure_ascii=False) + "\n")
        self.accepted += 1

    def candidates(self) -> Iterator[Candidate]:
        self.aside.seek(0)
        for line in self.aside:
            number, identity, stated, guessed, tags = json.loads(line)
            yield Candidate(number, Identity(*identity), stated, guessed, tags)
