"""Locks by name, for what no row stands for: to the end of a transaction, or of a piece of work outside of any."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from django.conf import settings
from django.db import connection


def hold(name: str) -> None:
    """Wait for everyone else who holds `name`; SQLite has one writer at a time, and needs none."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_number(name)])


@contextlib.contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether we are the only ones who work under `name`, on all servers of this database; ends with the process too.

    Never inside a transaction, since the work may be remote.
    """
    if connection.vendor == "postgresql":
        with _alone_in_postgres(name) as is_ours:
            yield is_ours
        return
    folder = Path(settings.DATA_DIR) / "run"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / f"{name}.lock").open("a") as lock:  # it stays: without it two would lock two files of one name
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextlib.contextmanager
def _alone_in_postgres(name: str) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_number(name)])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_number(name)])


def _number(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)
