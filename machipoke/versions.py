"""Which text a change was written on, for rows that count no versions of their own."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, NamedTuple


class Conflict(NamedTuple):
    """One field in which two texts differ: its label, what is stored now, and what was typed."""

    label: str
    theirs: str
    mine: str


class Stale(Exception):
    """Someone else stored a change first. `current` is the row as it is now."""

    def __init__(self, current: Any) -> None:
        super().__init__("The row was changed since it was read.")
        self.current = current


def version_of(*values: Any) -> str:
    """12 hexadecimal digits that are equal exactly when the values are: what a form or an `If-Match` carries back."""
    return sha256(json.dumps([str(value) for value in values]).encode()).hexdigest()[:12]
