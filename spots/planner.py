"""What SQLite's planner shall believe about the spots, on the first day as on the thousandth: the state tells nothing.

Without statistics SQLite expects ten rows behind any equality at the head of an index. Ours begin with the state, so it
read every published spot through one of them rather than twenty through the primary key: 138 ms against 0.4 at 1 M.
ANALYZE on a young site would measure a handful of rows; fixed figures give the same plans always, which SQLite's own
documentation proposes (lang_analyze, "manual control of query plans"). PostgreSQL analyses by itself.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

from spots.models import Spot

ROWS = 1_000_000
"""The size to plan for; a small table is quick by any plan."""

_DISTINCT = {
    "state": 1,
    "category_id": 12,
    "hidden_gem_score": 50,
    "save_count": 500,
    "municipality_code": 1_900,
    "source": 20,
    "created_by_id": 20_000,
}
"""Values to expect in a column; in any other (positions, times, ids) each row has its own."""


def set_statistics(using: str = "default", **signal: Any) -> None:
    """Write the figures for every index of the spots table; a receiver of `post_migrate` too. Nothing on PostgreSQL."""
    connection = connections[using]
    table = Spot._meta.db_table
    if connection.vendor != "sqlite" or table not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sqlite_schema")  # makes sqlite_stat1 where it is missing
        cursor.execute("DELETE FROM sqlite_stat1 WHERE tbl = %s", [table])
        for name, columns in _indexes(cursor, table):
            figures = " ".join(str(rows) for rows in [ROWS, *_rows_behind(columns)])
            cursor.execute("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%s, %s, %s)", [table, name, figures])
        cursor.execute("ANALYZE sqlite_schema")  # lets this connection read them; others do when they open


def _indexes(cursor: Any, table: str) -> list[tuple[str, list[str]]]:
    cursor.execute("SELECT name FROM pragma_index_list(%s)", [table])
    names = [name for (name,) in cursor.fetchall()]
    indexes = []
    for name in names:
        cursor.execute("SELECT name FROM pragma_index_info(%s) ORDER BY seqno", [name])
        indexes.append((name, [column for (column,) in cursor.fetchall()]))
    return indexes


def _rows_behind(columns: list[str]) -> list[int]:
    """Rows that share the first column, the first two, and so on."""
    distinct, rows = 1, []
    for column in columns:
        distinct *= _DISTINCT.get(column, ROWS)
        rows.append(max(1, ROWS // distinct))
    return rows
