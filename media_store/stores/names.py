"""Which names are keys, so that no store is asked for what lies outside of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.core.exceptions import SuspiciousFileOperation

PART = ".part"
"""Ends the name under which a folder holds what is not whole yet; no key ends so."""

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\%?#]")
"""What a server in between may read as something else: nothing that we name has it."""

_MOST_BYTES = 255 - len(PART)
"""Of one step of the path: what file systems take."""


def require_key(key: str, prefixes: Iterable[str]) -> str:
    """The key, when it begins with one of `prefixes` and every step of it is a plain name."""
    steps = key.split("/")
    is_plain = not _UNSAFE.search(key) and all(
        step not in ("", ".", "..") and len(step.encode("utf-8", "replace")) <= _MOST_BYTES for step in steps
    )
    if not is_plain or key.endswith(PART) or not key.startswith(tuple(prefixes)):
        raise SuspiciousFileOperation("Not a key of this store.")
    return key
