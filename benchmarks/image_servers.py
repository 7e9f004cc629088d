"""The two peers that are programs: vipsthumbnail, started for each picture, and thumbor, asked over HTTP."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_REQUESTS = 10
"""A round of thumbor's: the kernel counts another process's time in hundredths of a second."""

_START_SECONDS = 30


def vipsthumbnail(name: Path, out: Path) -> float:
    """Milliseconds of CPU for a 640 WebP, start of the program included: so it is used."""
    before = _of_children()
    subprocess.run(["vipsthumbnail", str(name), "--size", "640x", "-o", f"{out}[Q=82,effort=2,strip]"], check=True)
    return (_of_children() - before) * 1000


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Thumbor:
    """A running thumbor that reads from one folder and keeps no results."""

    def __init__(self, pid: int, port: int) -> None:
        self._pid, self._port = pid, port

    def measure(self, name: str) -> float:
        """Milliseconds of its CPU for a 640 WebP."""
        before = self._spent()
        for _ in range(_REQUESTS):
            self.get(name)
        return (self._spent() - before) * 1000 / _REQUESTS

    def get(self, name: str) -> bytes:
        """The picture."""
        address = f"http://127.0.0.1:{self._port}/unsafe/640x0/filters:quality(82):format(webp)/{name}"
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert answer.headers["Content-Type"] == "image/webp"
            return bytes(answer.read())

    def _spent(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def thumbor(program: Path, folder: Path) -> Iterator[Thumbor]:
    """Run it for as long as the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "thumbor.conf"
    config.write_text(
        "LOADER = 'thumbor.loaders.file_loader'\n"
        f"FILE_LOADER_ROOT_PATH = {str(folder)!r}\n"
        "STORAGE = 'thumbor.storages.no_storage'\nRESULT_STORAGE = None\nALLOW_UNSAFE_URL = True\n"
    )
    process = subprocess.Popen(
        [program, "--ip", "127.0.0.1", "--port", str(port), "--conf", config, "--processes", "1"],
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield Thumbor(process.pid, port)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
