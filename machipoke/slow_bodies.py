"""A body that comes too slowly is cut off, and holds no thread of the site longer than that.

The web server's own read waits for ever, so another thread waits for it, and the one that answers waits with a
deadline. Once that has answered, the server closes the connection, and the other read ends.
"""

from __future__ import annotations

import io
import queue
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from machipoke.availability import Busy

GRACE_SECONDS = 15.0
"""For the first bytes, and for a pause: a telephone that changes from one cell to the next."""

QUICK_SECONDS = 0.25
"""A piece that is there by then came from nobody slow."""

LEAST_BYTES_A_SECOND = 16_384
"""Slower than any mobile network that shows a map; a photo of 1 MB takes a minute at it."""

_CHUNK = 65_536

_Found = queue.SimpleQueue["bytes | Exception"]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class BodyTooSlow(OSError):
    """The rest did not come in its time; Django takes it for a client that went away."""


class BodyCutShort(OSError):
    """The connection ended before the body did; what came is not what was sent."""


class SteadyBodies:
    """A WSGI application in front of another. What has no length has no body for Django, and is not read at all.

    Of `threads` one is always left for the rest of the site: whoever would be the last to wait for a body is told that
    the site is busy.
    """

    def __init__(self, application: Application, threads: int) -> None:
        self._application = application
        self._turns = threading.BoundedSemaphore(max(1, threads - 1))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isascii() and length.isdigit() and int(length):
            body = _SteadyBody(environ["wsgi.input"], int(length), self._turns)
            environ["wsgi.input"] = io.BufferedReader(body, _CHUNK)
        return self._application(environ, start_response)


class _SteadyBody(io.RawIOBase):
    def __init__(self, source: Any, length: int, turns: threading.BoundedSemaphore) -> None:
        self._source, self._left, self._turns = source, length, turns
        self._piece = b""
        self._came = 0
        self._began = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._piece and self._left:
            self._piece = self._next()
        size = min(len(buffer), len(self._piece))
        buffer[:size], self._piece = self._piece[:size], self._piece[size:]
        return size

    def _next(self) -> bytes:
        self._began = self._began or time.monotonic()
        found: _Found = queue.SimpleQueue()
        threading.Thread(target=_read, args=(self._source, min(_CHUNK, self._left), found), daemon=True).start()
        try:
            piece = self._waited_for(found)
        except (BodyTooSlow, Busy):
            self._left = 0
            raise
        if not piece:
            piece = BodyCutShort(f"{self._left} bytes did not come")
        if isinstance(piece, Exception):
            raise piece
        self._came, self._left = self._came + len(piece), self._left - len(piece)
        return piece

    def _waited_for(self, found: _Found) -> bytes | Exception:
        with suppress(queue.Empty):
            return found.get(timeout=QUICK_SECONDS)
        if not self._turns.acquire(blocking=False):
            raise Busy("bodies that come slowly hold all threads but one")
        due = self._began + GRACE_SECONDS + self._came / LEAST_BYTES_A_SECOND
        try:
            return found.get(timeout=max(0.0, due - time.monotonic()))
        except queue.Empty:
            raise BodyTooSlow(f"{self._came} bytes in {time.monotonic() - self._began:.0f} s") from None
        finally:
            self._turns.release()


def _read(source: Any, size: int, found: _Found) -> None:
    try:
        found.put(source.read(size))
    except Exception as error:  # noqa: BLE001 - raised where it is waited for
        found.put(error)
