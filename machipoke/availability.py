"""Whether a failure means "not just now": a database that is locked, full or away, or too much at once."""

from __future__ import annotations

import sqlite3
from typing import Any

from django.db import DatabaseError, OperationalError

BUSY_RETRY_SECONDS = 30
"""What Retry-After says: longer than SQLite's and PostgreSQL's time-out for a lock."""


class Busy(Exception):
    """More is asked at once than this process can do; nothing was changed."""


def is_unavailable(error: BaseException) -> bool:
    """Whether the database could not be used just now: locked, disk full, read-only, or no connection; or Busy."""
    if isinstance(error, Busy):
        return True
    if not isinstance(error, DatabaseError):
        return False
    cause: Any = error.__cause__
    if isinstance(cause, sqlite3.OperationalError):
        codes = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY}
        codes |= {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}
        return (cause.sqlite_errorcode & 0xFF) in codes
    if isinstance(error, OperationalError):
        return True
    # PostgreSQL: class 53 is "insufficient resources", 55P03 a lock not available, 25006 a read-only transaction.
    state = str(getattr(cause, "sqlstate", "") or "")
    return state.startswith("53") or state in {"55P03", "25006"}
