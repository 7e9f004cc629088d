"""`manage.py up` with real processes: one running site, and what kills, signals and a second start do to it."""

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from machipoke import valkey
from tests.machipoke.running_site import BASE_DIR, RunningSite, command_of, eventually, running_site

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
BACK_SECONDS = 20.0
"""A restart takes about 1 s; the rest is patience with a busy machine."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with running_site(tmp_path_factory.mktemp("up") / "data") as site:
        site.wait_until_open()
        yield site


def refusal(data_dir: Path, secret_key: str = "") -> tuple[int, list[str]]:
    """Status and lines of an `up` that cannot start."""
    with running_site(data_dir, SECRET_KEY=secret_key) as site:
        status = site.ends(60)
        return status, site.errors().splitlines()


def test_the_ready_line_names_the_url_that_answers(tmp_path: Path) -> None:
    with running_site(tmp_path / "data", "--workers", "1") as site:
        assert site.wait_until_open() == f"http://{site.address}"
        assert site.get("/healthz") == (200, "ok")
        assert len(site.workers()) == 1
        site.process.send_signal(signal.SIGINT)
        assert site.ends() == 0
        assert eventually(lambda: not site.pids(), 1)
        assert site.errors() == ""


def test_the_sites_own_url_follows_the_port(site: RunningSite) -> None:
    environment = Path(f"/proc/{min(site.workers())}/environ").read_text().split("\0")
    assert f"SITE_URL=http://{site.address}" in environment


def test_the_web_server_does_not_repeat_the_checks_of_up(site: RunningSite) -> None:
    assert eventually(lambda: "--checked" in command_of(site.pid_of("machipoke.webserver")), BACK_SECONDS)


def test_a_second_up_on_the_same_data_is_refused(site: RunningSite) -> None:
    status, lines = refusal(site.data_dir)
    assert status == 1
    assert lines == [f"この DATA_DIR のサイトはもう動いています（プロセス {site.process.pid}）: {site.data_dir}"]


def test_a_busy_port_is_refused_before_anything_starts(site: RunningSite, tmp_path: Path) -> None:
    with running_site(tmp_path / "data", port=site.port) as second:
        assert second.ends() == 1
        assert len(second.errors().splitlines()) == 1
        assert f"127.0.0.1 のポート {site.port} を使えません" in second.errors()
    assert not (tmp_path / "data" / "db.sqlite3").exists()


@pytest.mark.parametrize("key", ["", "a-key-from-the-environment-that-is-long-enough-to-be-accepted"])
def test_a_data_dir_that_cannot_be_written_is_one_line(tmp_path: Path, key: str) -> None:
    (tmp_path / "file").write_text("")
    status, lines = refusal(tmp_path / "file" / "data", key)
    assert status == 1
    assert len(lines) == 1
    assert str(tmp_path / "file" / "data") in lines[0]


@pytest.mark.parametrize("option", [["--port", "0"], ["--port", "65536"], ["--workers", "x"], ["--host", "example.jp"]])
def test_wrong_use_is_status_2(tmp_path: Path, option: list[str]) -> None:
    command = [sys.executable, "manage.py", "up", *option]
    environment = os.environ | {"DATA_DIR": str(tmp_path / "data")}
    assert subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, check=False).returncode == 2


def test_the_socket_lies_where_only_its_owner_can_enter(site: RunningSite) -> None:
    folder = site.data_dir / "run"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_ISSOCK((folder / "valkey.sock").stat().st_mode)


def test_a_killed_web_worker_is_replaced(site: RunningSite) -> None:
    killed = min(site.workers())
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: len(site.workers() - {killed}) == 2 and site.answers(), BACK_SECONDS)


@pytest.mark.parametrize("word", ["machipoke.webserver", "valkey-server", "run_huey"])
def test_a_killed_process_comes_back(site: RunningSite, word: str) -> None:
    assert eventually(lambda: site.pid_of(word) != 0, BACK_SECONDS)
    before, orphans = site.pid_of(word), site.workers() if word == "machipoke.webserver" else set()
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: site.pid_of(word) not in (0, before) and site.answers(), BACK_SECONDS)
    assert not orphans & site.pids()
    assert "シグナル 9" in site.errors()


def test_what_the_store_acknowledged_survives_its_kill(site: RunningSite) -> None:
    with contextlib.closing(redis.Redis(unix_socket_path=str(site.data_dir / "run" / "valkey.sock"), db=9)) as client:
        client.set("kept", "yes")
        before = site.pid_of("valkey-server")
        os.kill(before, signal.SIGKILL)
        assert eventually(lambda: site.pid_of("valkey-server") not in (0, before), BACK_SECONDS)
        assert eventually(lambda: valkey.answers(site.data_dir / "run" / "valkey.sock"), BACK_SECONDS)
        assert client.get("kept") == b"yes"


def test_a_killed_supervisor_leaves_no_process_and_nothing_in_the_way(tmp_path: Path) -> None:
    with running_site(tmp_path / "data") as site:
        site.wait_until_open()
        # up, Valkey, granian, two workers, jobs
        assert eventually(lambda: len(site.pids()) == 6, BACK_SECONDS)
        site.process.kill()
        site.ends()
        assert eventually(lambda: not site.pids(), 3)
        with running_site(site.data_dir, port=site.port) as again:
            again.wait_until_open()
            again.process.terminate()
            assert again.ends() == 0
            assert eventually(lambda: not again.pids(), 1)


def test_a_deep_folder_gets_a_short_socket_path(tmp_path: Path) -> None:
    deep = tmp_path / ("とても深いフォルダ" * 5) / "data"
    # Not below tmp_path, which is itself too deep for a socket when several workers run the tests.
    with tempfile.TemporaryDirectory() as short, running_site(deep, "--workers", "1", TMPDIR=short) as site:
        site.wait_until_open()
        assert len(list(Path(short).glob("machipoke-*/valkey.sock"))) == 1


def test_the_key_value_store_and_job_queue_of_redis_url_are_used(site: RunningSite, tmp_path: Path) -> None:
    redis_url = f"unix://{site.data_dir}/run/valkey.sock"
    with running_site(tmp_path / "data", "--workers", "1", REDIS_URL=redis_url) as other:
        other.wait_until_open()
        assert eventually(lambda: other.pid_of("run_huey") != 0, BACK_SECONDS)
        assert other.pid_of("valkey-server") == 0
        assert not (other.data_dir / "jobs.sqlite3").exists()
        other.process.terminate()
        assert other.ends() == 0


LONG = b"a" * 1_000_000


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /spots/?q=" + LONG + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + LONG + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-Many: a\r\n" * 10_000 + b"\r\n",
    ],
    ids=["query", "header", "headers"],
)
def test_a_megabyte_before_the_body_is_refused_at_once(site: RunningSite, sent: bytes) -> None:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        with contextlib.suppress(ConnectionError):  # it may hang up before it has read all
            connection.sendall(sent)
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")
    assert time.monotonic() - began < 1
    assert site.answers()
