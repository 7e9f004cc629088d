"""What a run of the import did, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from spots.open_data.rows import LABELS

SHOWN_LINES = 30
"""So much of a long list fits a terminal; --json has all of it."""


class Refusal(NamedTuple):
    """Why the record that begins on that line (the headings are line 1) did not become a spot."""

    line: int
    reason: str


@dataclass
class Report:
    """Counts of rows, and what a person has to look at."""

    created: int = 0
    changed: int = 0
    same: int = 0
    refused: list[Refusal] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The five keys that scripts rely on."""
        return {
            "created": self.created,
            "changed": self.changed,
            "same": self.same,
            "refused": [refusal._asdict() for refusal in sorted(self.refused)],
            "missing": self.missing,
        }

    def lines(self) -> list[str]:
        """The same in Japanese, lists cut at `SHOWN_LINES`."""
        lines = [
            f"追加 {self.created}件、変更 {self.changed}件、変更なし {self.same}件、"
            f"取り込めない行 {len(self.refused)}件、ファイルにないスポット {len(self.missing)}件"
        ]
        lines += _cut([f"  {line}行目: {reason}" for line, reason in sorted(self.refused)])
        if self.missing:
            lines.append("ファイルにないスポット（消してはいません）:")
            lines += _cut([f"  {external_id}" for external_id in self.missing])
        if self.dropped:
            counts = (f"{LABELS[name]} {n}件" for name, n in sorted(self.dropped.items()))
            lines.append(f"読み取れず、空のままにした値: {'、'.join(counts)}")
        return lines


def _cut(lines: list[str]) -> list[str]:
    rest = len(lines) - SHOWN_LINES
    return lines if rest <= 0 else [*lines[:SHOWN_LINES], f"  ほか {rest}件（--json ですべて出ます）"]
