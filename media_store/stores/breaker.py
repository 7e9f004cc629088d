"""Leaving a store alone that does not answer, so that its time-outs are not everybody's."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from media_store.stores.base import ObjectMissing, StoreUnavailable

ERRORS, WINDOW_SECONDS = 3, 60.0
"""So many errors in so long a time, in one process, and the store is left alone (as Healthchecks does)."""

ALONE_SECONDS = 10.0
"""Then one request tries, and the others wait for what it finds."""


class Breaker:
    """Of one store in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._errors: deque[float] = deque(maxlen=ERRORS)
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the store is left alone just now."""
        return time.monotonic() < self._open_until

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Raises StoreUnavailable where the store is left alone; counts what the block raises so."""
        self._pass()
        try:
            yield
        except StoreUnavailable:
            self._failed()
            raise
        except ObjectMissing:
            self._worked()
            raise
        self._worked()

    def _pass(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now < self._open_until:
                raise StoreUnavailable("left alone since it did not answer")
            if self._open_until:
                self._open_until = now + ALONE_SECONDS  # this one tries

    def _failed(self) -> None:
        with self._lock:
            now = time.monotonic()
            self._errors.append(now)
            if len(self._errors) == ERRORS and now - self._errors[0] < WINDOW_SECONDS:
                self._open_until = now + ALONE_SECONDS

    def _worked(self) -> None:
        if self._open_until:
            with self._lock:
                self._errors.clear()
                self._open_until = 0.0
