"""What the tests of import and export share: the commands' doors, and a fingerprint of every row."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from spots.models import Spot

EDITION_A = Path(__file__).parent.parent / "data" / "kanko_edition_a.csv"
HEAD = "NO,名称,住所,緯度,経度"
ROW = "1,中央公園,福井県福井市大手3丁目,36.0655,136.2219"


def write(folder: Path, *lines: str, name: str = "list.csv", encoding: str = "utf-8", end: str = "\n") -> Path:
    """A file of these lines."""
    path = folder / name
    path.write_bytes(end.join([*lines, ""]).encode(encoding))
    return path


def import_spots(path: Path, *options: str) -> dict[str, Any]:
    """What the command answers with --json."""
    out = io.StringIO()
    call_command("import_spots", str(path), "--json", *options, stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def import_fails(path: Path, *options: str) -> tuple[int, str]:
    """The exit status and the line of an import that must fail."""
    with pytest.raises(CommandError) as failed:
        import_spots(path, *options)
    return failed.value.returncode, str(failed.value)


def export_spots(*options: str) -> str:
    """What the command prints."""
    out = io.StringIO()
    call_command("export_spots", *options, stdout=out)
    return out.getvalue()


def row_hash() -> str:
    """A fingerprint of every row of every table of ours."""
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in ("spots_spot", "spots_tag", "spots_spot_tags", "spots_category", "accounts_user"):
            cursor.execute(f"SELECT * FROM {table}")
            digest.update("\n".join(sorted(map(repr, cursor.fetchall()))).encode())
    return digest.hexdigest()


def only() -> Spot:
    """The one spot there is."""
    return Spot.objects.get()
