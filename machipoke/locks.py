"""A lock by name that holds to the end of the transaction, for what no row stands for."""

from __future__ import annotations

from hashlib import blake2b

from django.db import connection


def hold(name: str) -> None:
    """Wait for everyone else who holds `name`; SQLite has one writer at a time, and needs none."""
    if connection.vendor != "postgresql":
        return
    number = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
