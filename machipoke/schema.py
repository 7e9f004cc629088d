"""Bring the database to the newest schema, and keep a copy of an SQLite file before it changes."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

KEPT_COPIES = 3

_LOCK_NUMBER = 6_471_012_398
"""Any number that nothing else in the database uses for an advisory lock."""


def bring_up_to_date() -> Path | None:
    """Apply what is not applied yet; the copy made before, or None when there was nothing to apply or to copy."""
    with _one_at_a_time():
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return None
        copy = _copy_before() if connection.vendor == "sqlite" else None
        call_command("migrate", verbosity=0, interactive=False)
        return copy


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Several servers may start at once on one PostgreSQL; an SQLite file is guarded by the lock of `up`."""
    if connection.vendor != "postgresql":
        yield
        return
    # The other's migration may take longer than the settings let any other lock take. LOCAL ends with the transaction;
    # the lock belongs to the session and does not.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK_NUMBER])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK_NUMBER])


def _copy_before() -> Path | None:
    path = Path(connection.settings_dict["NAME"])
    with contextlib.closing(sqlite3.connect(path)) as source:
        if not source.execute("SELECT 1 FROM sqlite_master WHERE name = 'django_migrations'").fetchone():
            return None
        copy = path.with_name(f"{path.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        unfinished = copy.with_name(f".{copy.name}")
        with contextlib.closing(sqlite3.connect(unfinished)) as target:
            source.backup(target, pages=-1)
    unfinished.chmod(0o600)
    os.replace(unfinished, copy)
    # The names hold the time, so their order is the order they were made in.
    for old in sorted(path.parent.glob(f"{path.name}.before-*"))[:-KEPT_COPIES]:
        old.unlink()
    return copy
