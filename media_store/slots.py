"""Whose turn it is on this server: at most as many transforms as cores, and one at a time for one picture's size.

Locks of the kernel on files, not in the key/value store: they end with a process that is killed, work while that store
is away, and count what they protect, which is this server's cores and this server's folder.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

from django.conf import settings

from machipoke.availability import Busy

_LOOK_SECONDS = 0.005
"""Between two looks at a lock: a fifth of the quickest transform. The kernel's own wait knows no time-out."""

_STRIPES = 256
"""Locks of one kind of work together: a name of its own for each would leave files behind that nobody may remove."""


@contextmanager
def transform_slot(wait_seconds: float) -> Iterator[None]:
    """Hold one of this server's turns to decode, shrink or encode. Raises Busy after `wait_seconds`."""
    with _held([f"core-{number}" for number in range(_cores())], wait_seconds):
        yield


@contextmanager
def alone(name: str, wait_seconds: float, kind: str = "one") -> Iterator[None]:
    """Be the only one on this server, in any process, who works on `name`. Raises Busy after `wait_seconds`.

    Two names of one `kind` may share a lock: what is slow has another kind than what must not wait for it.
    """
    with _held([f"{kind}-{crc32(name.encode()) % _STRIPES}"], wait_seconds):
        yield


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _held(names: Sequence[str], wait_seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + wait_seconds
    while (lock := _first_free(names)) is None:
        if time.monotonic() >= deadline:
            raise Busy(f"no turn within {wait_seconds} s")
        time.sleep(_LOOK_SECONDS)
    try:
        yield
    finally:
        os.close(lock)


def _first_free(names: Sequence[str]) -> int | None:
    folder = Path(settings.DATA_DIR) / "cache" / "locks"
    for name in names:
        lock = _opened(folder, name)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        except BaseException:
            os.close(lock)
            raise
        return lock
    return None


def _opened(folder: Path, name: str) -> int:
    try:
        return os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
