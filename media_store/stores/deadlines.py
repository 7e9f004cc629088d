"""One deadline for a whole call to a remote store, also when its peer sends a byte a second.

The client's own time-outs begin anew with every byte, in headers as in bodies. So calls run on threads of their own;
who waits for one cuts its connection when the time is over, which ends the thread at once.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)

from media_store.stores.base import StoreUnavailable

MOST_CALLS = 10
"""At once in one process, over all remote stores; the client keeps as many connections."""

Answer = TypeVar("Answer")

_here = threading.local()
_start = threading.Lock()
_threads: ThreadPoolExecutor | None = None


def within(seconds: float, call: Callable[[], Answer]) -> Answer:
    """What `call` returns or raises; raises StoreUnavailable when it has not ended in `seconds`, waiting included."""
    calling = _Call()
    future = _pool().submit(calling.run, call)
    try:
        return future.result(timeout=seconds)
    except TimeoutError as error:
        future.cancel()
        calling.cut()
        raise StoreUnavailable(f"no answer in {seconds:g} s") from error


def watch(client: Any) -> None:
    """Have the connections of that client known to the call that uses them."""
    # botocore offers no door to its connections; tests/media_store/test_bucket_faults.py tells when this one is gone.
    client._endpoint.http_session._manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def _pool() -> ThreadPoolExecutor:
    """Made with the first call: threads do not survive the fork of a web worker."""
    global _threads
    with _start:
        if _threads is None:
            _threads = ThreadPoolExecutor(MOST_CALLS, thread_name_prefix="store")
        return _threads


class _Call:
    """A call under way, and the connection that it uses now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_over = False
        self._connection: Any = None

    def run(self, call: Callable[[], Answer]) -> Answer:
        _here.call = self
        try:
            return call()
        finally:
            with self._lock:
                self._connection = None  # it may be another's next
            _here.call = None

    def uses(self, connection: Any) -> None:
        with self._lock:
            if self._is_over:
                raise TimeoutError("the call is over")
            self._connection = connection

    def cut(self) -> None:
        with self._lock:
            self._is_over = True
            found = getattr(self._connection, "sock", None)
            if found is not None:
                # Past TLS, whose own shutdown would take the object from under the thread that reads.
                with contextlib.suppress(OSError):  # the peer was faster
                    socket.socket.shutdown(found, socket.SHUT_RDWR)


class _Watched:
    """A connection that tells the call of its thread before it is opened and before it is written to."""

    def connect(self) -> None:
        _tell(self)
        super().connect()  # type: ignore[misc]
        _tell(self)

    def request(self, *args: Any, **kwargs: Any) -> Any:
        _tell(self)
        return super().request(*args, **kwargs)  # type: ignore[misc]


def _tell(connection: Any) -> None:
    call = getattr(_here, "call", None)
    if call is not None:
        call.uses(connection)


class _Connection(_Watched, AWSHTTPConnection):  # type: ignore[misc]
    pass


class _SecureConnection(_Watched, AWSHTTPSConnection):  # type: ignore[misc]
    pass


class _Pool(AWSHTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(AWSHTTPSConnectionPool):
    ConnectionCls = _SecureConnection
