"""The table of points in docs/security.md: complete, and each test that it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
TEXT = (TESTS.parent / "docs" / "security.md").read_text(encoding="utf-8")

POINTS = [*range(1, 16), *range(20, 41), *range(45, 56), 60, 61, 63, 64, *range(70, 76), *range(80, 85)]
"""Of notes/trust.md: 62 is of backups, which are not there yet; the numbers between are other subjects, or none."""

COUNTED = [number for number in POINTS if number < 38 or number >= 45]
LEAST_TESTED = 0.95

_NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def lines(text: str) -> dict[int, tuple[str, str]]:
    """What holds and what shows it, by point."""
    rows = re.findall(r"^\| S(\d+) \| (.*?) \| (.*?) \|$", text, re.M)
    return {int(number): (holds, shown) for number, holds, shown in rows}


def absent(shown: str) -> list[str]:
    """Named tests that no file has."""
    return [f"{path}::{name}" for path, name in _NAMED.findall(shown) if name not in _functions(TESTS / path)]


def _functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_point_has_a_line() -> None:
    assert sorted(lines(TEXT)) == POINTS


def test_every_test_that_is_named_is_there() -> None:
    assert [found for _holds, shown in lines(TEXT).values() for found in absent(shown)] == []
    assert absent("`doors/test_points_table.py::test_of_nothing`, `no/such.py::test_x`") == [
        "doors/test_points_table.py::test_of_nothing",
        "no/such.py::test_x",
    ]


def test_nearly_all_points_are_tested() -> None:
    tested = [number for number in COUNTED if _NAMED.search(lines(TEXT)[number][1])]
    assert len(tested) >= LEAST_TESTED * len(COUNTED)
