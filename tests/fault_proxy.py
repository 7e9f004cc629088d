"""A TCP proxy that stands before a store and fails as networks and disks do, when it is told to."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

FAULTS = ("refuse", "hang", "reset", "truncate", "drip headers", "drip body", "slow read", "errors")
"""All that it knows to do; `errors` answers 503 to everything."""

UNAVAILABLE = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class FaultProxy:
    """Before `endpoint`; `fault` is one of FAULTS, or nothing, from the next connection on."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        self._peer = (parts.hostname or "", parts.port or 80)
        self.fault = ""
        self.connections = 0
        self._stopped = threading.Event()
        self._open: set[socket.socket] = set()
        self._listener = self._listen(0)
        self.port = int(self._listener.getsockname()[1])
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()
        return listener

    def fail(self, fault: str) -> None:
        """Fail so from now on, connections that are open too; "" heals, for connections that are opened then."""
        assert fault in ("", *FAULTS)
        if self.fault == "refuse" and fault != "refuse":
            self._listener = self._listen(self.port)
        self.fault = fault
        if fault == "refuse":
            _close(self._listener)
        for one in list(self._open) if fault else ():
            _close(one)

    def stop(self) -> None:
        """End every connection."""
        self._stopped.set()
        _close(self._listener)
        for one in list(self._open):
            _close(one)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while not self._stopped.is_set():
                client, _address = listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=[client, self.fault], daemon=True).start()

    def _serve(self, client: socket.socket, fault: str) -> None:
        self._open.add(client)
        try:
            with contextlib.suppress(OSError):
                self._answer(client, fault)
        finally:
            self._open.discard(client)
            _close(client)

    def _answer(self, client: socket.socket, fault: str) -> None:
        if fault == "hang":
            self._stopped.wait(60)
        elif fault == "reset":
            client.recv(1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif fault == "errors":
            while not client.recv(65536).endswith(b"\r\n\r\n"):
                pass
            client.sendall(UNAVAILABLE)
        elif fault == "slow read":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            while client.recv(64) and not self._stopped.wait(0.05):
                pass
        else:
            self._pass_on(client, fault)

    def _pass_on(self, client: socket.socket, fault: str) -> None:
        with socket.create_connection(self._peer, timeout=30) as peer:
            self._open.add(peer)
            threading.Thread(target=_pump, args=[client, peer], daemon=True).start()
            try:
                self._send_back(client, peer, fault)
            finally:
                self._open.discard(peer)

    def _send_back(self, client: socket.socket, peer: socket.socket, fault: str) -> None:
        head = b""
        while data := peer.recv(65536):
            if fault == "truncate":
                client.sendall(data[: max(1, len(data) // 2)])
                return
            if fault == "drip headers":
                self._drip(client, data)
                return
            if fault == "drip body":
                head += data
                headers, end, body = head.partition(b"\r\n\r\n")
                if end:
                    client.sendall(headers + end)
                    self._drip(client, body or b"0" * 120)
                    return
                continue
            client.sendall(data)

    def _drip(self, client: socket.socket, data: bytes) -> None:
        """A byte each half second: every time-out of the client's own begins anew with it."""
        for byte in data:
            client.sendall(bytes([byte]))
            if self._stopped.wait(0.5):
                return


@contextlib.contextmanager
def before(endpoint: str) -> Iterator[FaultProxy]:
    """A proxy that is gone afterwards."""
    proxy = FaultProxy(endpoint)
    try:
        yield proxy
    finally:
        proxy.stop()
        time.sleep(0.01)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _close(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        one.close()
