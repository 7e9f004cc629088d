"""Several servers that start at once on one PostgreSQL: the later ones wait for the one that migrates."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from django.db import connection

from machipoke import schema

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="an SQLite file belongs to one `up`"),
]
MIGRATION_SECONDS = 1.0
LOCK_TIMEOUT = "200ms"
"""In the place of the settings' 20 s: what every other lock waits for at most."""


@contextmanager
def another_server_migrates() -> Iterator[None]:
    """It holds the lock for MIGRATION_SECONDS."""
    has_it = threading.Event()

    def migrate() -> None:
        with closing(connection.copy()) as other, other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [schema._LOCK_NUMBER])
            has_it.set()
            time.sleep(MIGRATION_SECONDS)

    thread = threading.Thread(target=migrate)
    thread.start()
    assert has_it.wait(10)
    yield
    thread.join()


def asked(question: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def test_a_start_waits_for_a_migration_longer_than_for_any_other_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    with another_server_migrates():
        began = time.monotonic()
        assert schema.bring_up_to_date() is None
        assert time.monotonic() - began > MIGRATION_SECONDS / 2
    assert asked("SHOW lock_timeout") == LOCK_TIMEOUT
    assert asked("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0
    connection.close()
