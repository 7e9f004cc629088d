"""Bodies that are too large or too slow, at a real `up`: refused flat, and in nobody's way."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machipoke.running_site import BASE_DIR, RunningSite, running_site
from tests.pictures import make

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

PASSWORD = "tsubaki-no-michi"
PIECE = b"\xff" * 65_536
HEAD = b'--x1\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
FLAT_BYTES = 60_000_000
"""What the workers together may grow by: some copies of 20 MB, and not a thousand."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("uploads") / "data") as site:
        site.wait_until_open()
        command = [sys.executable, str(BASE_DIR / "manage.py"), "create_user", "hana", "--email", "h@example.jp"]
        subprocess.run(command, input=PASSWORD, env=site.environment, cwd="/", check=True, text=True, timeout=60)
        yield site


@pytest.fixture(scope="module")
def token(site: RunningSite) -> str:
    wanted = {"username": "hana", "password": PASSWORD, "name": "試し", "scope": "write"}
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)) as asked:
        asked.request("POST", "/api/v1/tokens/", json.dumps(wanted), {"Content-Type": "application/json"})
        return str(json.load(asked.getresponse())["token"])


def opened(site: RunningSite, token: str, length: str) -> socket.socket:
    """A connection on which the head of an upload was sent; `length` is the header that says how long it is."""
    connection = socket.create_connection(("127.0.0.1", site.port), timeout=60)
    named = f"Authorization: Token {token}\r\n" if token else ""
    head = f"POST /api/v1/photos/ HTTP/1.1\r\nHost: {site.address}\r\n{named}{length}\r\n"
    connection.sendall(f"{head}Content-Type: multipart/form-data; boundary=x1\r\n\r\n".encode())
    return connection


def status(connection: socket.socket) -> int:
    """Of the answer; 0 where the connection was closed without one that arrived."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int(connection.recv(4096).split()[1])
    return 0


def resident_bytes(site: RunningSite) -> int:
    rows = [Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1] for pid in site.workers()]
    return sum(int(row.split()[0]) * 1024 for row in rows)


def poured(connection: socket.socket, size: int, chunked: bool) -> int:
    """How much of so many bytes the server took."""
    frame = b"%x\r\n%b\r\n" % (len(PIECE), PIECE) if chunked else PIECE
    taken = 0
    with contextlib.suppress(OSError):
        while taken < size:
            connection.sendall(frame)
            taken += len(PIECE)
    return taken


@pytest.mark.parametrize("length", ["Content-Length: 1000000000", "Transfer-Encoding: chunked"])
def test_a_body_of_a_gigabyte_costs_nothing(site: RunningSite, token: str, length: str) -> None:
    before = resident_bytes(site)
    with opened(site, token, length) as connection:
        taken = poured(connection, 1_000_000_000, "chunked" in length)
        assert status(connection) in (0, 400, 413)
    print(f"{length}: {taken} bytes were taken, {resident_bytes(site) - before} more are resident")
    assert taken < 30_000_000
    assert resident_bytes(site) - before < FLAT_BYTES
    assert not [*(site.data_dir / "media").rglob("*.jpg")]


def test_a_declared_length_is_refused_before_a_byte_is_sent(site: RunningSite, token: str) -> None:
    with opened(site, token, "Content-Length: 1000000000") as connection:
        assert status(connection) == 413
    with opened(site, "", "Content-Length: 10000000") as connection:
        assert status(connection) == 401


def test_of_a_body_that_ends_before_its_length_nothing_is_stored(site: RunningSite, token: str) -> None:
    """The form is whole, and more was told to come: what came may have been cut anywhere."""
    form = HEAD + make((64, 48), seed=3) + b"\r\n--x1--\r\n"
    with opened(site, token, f"Content-Length: {len(form) + 9}") as connection:
        connection.sendall(form)
        connection.shutdown(socket.SHUT_WR)
        assert status(connection) in (0, 400, 408)
    time.sleep(0.5)
    assert not [*(site.data_dir / "media").rglob("*.jpg")]
    with opened(site, token, f"Content-Length: {len(form)}") as connection:
        connection.sendall(form)
        assert status(connection) == 201


def test_sixteen_slow_bodies_are_cut_and_leave_pages_their_speed(site: RunningSite, token: str) -> None:
    """Twice as many as there are threads, at 1 byte a second: all but one thread of a worker wait, and not for long."""
    ended: list[tuple[int, float]] = []

    def drip() -> None:
        began = time.monotonic()
        with opened(site, token, "Content-Length: 1000000") as connection:
            connection.sendall(HEAD)
            connection.settimeout(1)
            answer = b""
            with contextlib.suppress(OSError):
                while not answer and time.monotonic() - began < 60:
                    connection.sendall(b"x")
                    with contextlib.suppress(TimeoutError):
                        answer = connection.recv(4096) or b"? 0"
        ended.append((int(answer.split()[1]) if answer else 0, round(time.monotonic() - began, 1)))

    threads = [threading.Thread(target=drip) for _number in range(16)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    began = time.monotonic()
    page_status, _text = site.get("/about/", timeout=45)
    seconds = time.monotonic() - began
    for thread in threads:
        thread.join(90)
    print(f"page after {seconds:.1f} s; bodies ended {sorted(ended)}")
    assert page_status == 200
    assert len(ended) == 16
    assert seconds < 10
    assert {answer for answer, _seconds in ended} == {408, 503}
    assert max(seconds for _answer, seconds in ended) < 40
    assert site.answers()
