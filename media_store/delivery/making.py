"""The slow way: a variant that is not there is made once, by whoever comes first, while the others wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from machipoke.availability import Busy
from media_store import elsewhere, objects, pictures, variant_files
from media_store.access import find_picture
from media_store.models import StoredObject
from media_store.slots import alone, transform_slot
from media_store.stores import ObjectMissing, StoreUnavailable
from media_store.variants import Variant

MOST_WAITING = 8
"""Requests of one process that wait for a variant, or make one."""

WAIT_SECONDS = 5.0
"""For another who makes the same, and as long again for a core: a variant takes a fiftieth of that."""

SLOW_SECONDS = 1.0
"""Where one request takes longer, the store hangs or the machine is full: the others must not all wait for it."""


class PictureGone(Exception):
    """It was taken away while a variant of it was made."""


def make(
    row: StoredObject, variant: Variant, viewer: Any = None, allow: Callable[[], None] = lambda: None
) -> tuple[bytes, bool]:
    """The bytes of `variant`, for everyone or for `viewer`, and whether this call made them.

    `allow` is asked before something is made, and may raise. Raises PictureGone, or Busy.
    """
    private = viewer is not None
    with _queue.place(), alone(f"{row.key} {variant.name} {private}", WAIT_SECONDS, kind="size"):
        found = variant_files.find(row.key, variant.name, private)
        content = found.read() if found else None
        if content is not None:
            return content, False
        allow()
        content = _content(row, variant, private)
        variant_files.keep(row.key, variant.name, content, private)
        # Taken away in between: whoever did so has emptied the folder already, perhaps before this file was there.
        if find_picture(row.key, viewer) is None:
            variant_files.take_back(row.key, variant.name, private)
            if not private:
                elsewhere.take_back(row, variant)
            raise PictureGone(row.key)
        return content, True


def _content(row: StoredObject, variant: Variant, private: bool) -> bytes:
    kept = None if private else elsewhere.find(row, variant)
    if kept is not None:
        return kept
    try:
        master = objects.read(row)
    except ObjectMissing as error:
        raise StoreUnavailable(f"{row.key} has a row and no bytes") from error
    with transform_slot(WAIT_SECONDS):
        content = pictures.make_variant(master, variant)
    if not private:
        elsewhere.keep(row, variant, content)
    return content


class _Queue:
    """The requests of this process that are here. Its threads also answer pages."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._begun: list[float] = []

    @contextmanager
    def place(self) -> Iterator[None]:
        """Raises Busy where there is none left."""
        now = time.monotonic()
        with self._guard:
            is_slow = any(now - begun > SLOW_SECONDS for begun in self._begun)
            if len(self._begun) >= (max(1, settings.WEB_THREADS // 2) if is_slow else MOST_WAITING):
                raise Busy(f"{len(self._begun)} wait for pictures")
            self._begun.append(now)
        try:
            yield
        finally:
            with self._guard:
                self._begun.remove(now)


_queue = _Queue()


def nearest(key: str, wanted: Variant, private: bool = False) -> Variant | None:
    """The variant that stands in best: of the same shape, in a format that is read, larger before smaller."""
    readable = {wanted.format, "jpeg"}
    there = [one for one in variant_files.variants_of(key, private) if one.format in readable]

    def distance(one: Variant) -> tuple[bool, bool, int, bool]:
        return (
            one.ratio != wanted.ratio,
            one.width < wanted.width,
            abs(one.width - wanted.width),
            one.format != wanted.format,
        )

    return min(there, key=distance, default=None)
