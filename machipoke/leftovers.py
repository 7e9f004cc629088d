"""What the stores keep of rows that are gone: SQLite in its write-ahead log, Valkey in its append-only file.

SQLite overwrites deleted bytes in the database itself (`secure_delete`, in settings). PostgreSQL keeps them until it
vacuums, which it does by itself.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import OperationalError, connection

from machipoke.caching import rewrite_own_log

_log = logging.getLogger(__name__)


def clear_leftovers() -> None:
    """Make both logs forget. Best effort: each is overwritten anyway as the site is used."""
    if connection.vendor == "sqlite":
        _empty_write_ahead_log()
    if not settings.REDIS_URL:
        rewrite_own_log()


def _empty_write_ahead_log() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # waits for readers like any writer, at most 20 s
            is_busy = bool(cursor.fetchone()[0])
    except OperationalError:
        is_busy = True
    if is_busy:
        _log.warning("The write-ahead log is in use and could not be emptied now.")
