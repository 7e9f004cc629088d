"""A guessed category that this site does not have never ends an import."""

from __future__ import annotations

from pathlib import Path

import pytest

from spots.models import Category, Spot
from tests.spots.open_data import HEAD, ROW, import_spots, only, write

pytestmark = pytest.mark.django_db


def _rename(*slugs: str) -> None:
    for slug in slugs:
        Category.objects.filter(slug=slug).update(slug=f"my-{slug}")


def test_a_guess_that_is_no_category_here_becomes_other(tmp_path: Path) -> None:
    _rename("park")
    report = import_spots(write(tmp_path, HEAD, ROW))
    assert (report["created"], report["refused"]) == (1, [])
    assert only().category.slug == "other"


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_without_other_too_the_row_is_refused_with_its_reason(tmp_path: Path, options: list[str]) -> None:
    _rename("park", "other")
    report = import_spots(write(tmp_path, HEAD, ROW, "2,大野城,福井県大野市,35.98,136.48"), *options)
    assert report["created"] == 1
    assert report["refused"] == [{"line": 2, "reason": "カテゴリ「park」がなく、代わりの「other」もありません。"}]
    assert set(Spot.objects.values_list("name", flat=True)) == (set() if options else {"大野城"})
