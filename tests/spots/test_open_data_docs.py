"""docs/open-data.md names every heading and option there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import load_command_class

from spots.open_data.columns import OWN, SYNONYMS
from spots.open_data.exporting import FORMATS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "open-data.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("meaning", SYNONYMS)
def test_every_heading_is_documented(meaning: str) -> None:
    assert f"| {'、'.join(SYNONYMS[meaning])} |" in PAGE


@pytest.mark.parametrize(
    ("app", "command"), [("spots", "import_spots"), ("spots", "export_spots"), ("accounts", "create_user")]
)
def test_every_option_of_ours_is_documented(app: str, command: str) -> None:
    django = {"--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback"}
    django |= {"--no-color", "--force-color", "--skip-checks"}
    parser = load_command_class(app, command).create_parser("manage.py", command)
    ours = {name for action in parser._actions for name in action.option_strings if name.startswith("--")} - django
    assert ours
    assert [name for name in sorted(ours) if f"`{name}" not in PAGE and f" {name}" not in PAGE] == []


def test_every_format_and_own_column_is_documented() -> None:
    assert all(f"`{name}`" in PAGE for name in FORMATS)
    assert ", ".join(OWN) in PAGE
