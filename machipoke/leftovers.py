"""What the stores keep of rows that are gone: SQLite in its write-ahead log, Valkey in its append-only file.

SQLite overwrites deleted bytes in the database itself (`secure_delete`, in settings). PostgreSQL keeps them until it
vacuums, which it does by itself.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import connection

from machipoke.caching import rewrite_own_log

_log = logging.getLogger(__name__)


def clear_leftovers() -> None:
    """Make both logs forget. Best effort: each is overwritten anyway as the site is used."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # waits for readers like any writer, at most 20 s
            if cursor.fetchone()[0]:
                _log.warning("The write-ahead log was in use and is not yet emptied.")
    if not settings.REDIS_URL:
        rewrite_own_log()
