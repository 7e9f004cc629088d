"""SQLite reads spots the intended way, on an empty site too. PostgreSQL analyses by itself."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.db.models import QuerySet

from spots.models import Category, Spot
from spots.planner import set_statistics

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has statistics of its own"),
]


@pytest.fixture(autouse=True)
def _known(db: None) -> None:
    set_statistics()


def plan(spots: QuerySet[Spot]) -> str:
    """How SQLite goes about it."""
    sql, parameters = spots.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        return " / ".join(row[3] for row in cursor.fetchall())


def test_spots_of_known_ids_come_through_the_primary_key() -> None:
    wanted = Spot.objects.listed().filter(pk__in=[uuid.uuid4() for _ in range(20)]).order_by()
    assert "sqlite_autoindex_spots_spot_1 (id=?)" in plan(wanted)


def test_a_tag_is_looked_up_before_its_spots() -> None:
    assert "sqlite_autoindex_spots_spot_1 (id=?)" in plan(Spot.objects.listed().tagged("桜"))


def test_the_newest_come_in_order_without_a_sort() -> None:
    assert plan(Spot.objects.listed()[:24]) == "SEARCH spots_spot USING INDEX spot_newest (state=?)"
    cafes = Spot.objects.listed().filter(category=Category.objects.get(slug="cafe"))[:24]
    assert plan(cafes) == "SEARCH spots_spot USING INDEX spot_category_newest (state=? AND category_id=?)"


def test_ranges_of_cells_are_scanned_in_their_index() -> None:
    near = Spot.objects.listed().order_by().filter(cell__gte=1, cell__lte=9)
    assert "spot_cell (state=? AND cell>? AND cell<?)" in plan(near)
    rare = near.filter(category=Category.objects.get(slug="onsen"))
    assert "spot_category_cell (state=? AND category_id=? AND cell>? AND cell<?)" in plan(rare)


def test_setting_them_twice_changes_nothing() -> None:
    def stored() -> list[tuple[str, str, str]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tbl, idx, stat FROM sqlite_stat1 WHERE tbl = 'spots_spot' ORDER BY idx")
            return list(cursor.fetchall())

    before = stored()
    set_statistics()
    assert stored() == before
    assert len(before) >= len(Spot._meta.indexes)
