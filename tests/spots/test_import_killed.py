"""kill -9 in the middle of an import leaves the old state; wrong use in a shell is status 2."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.spots.open_data import HEAD, ROW, write

ROOT = Path(__file__).resolve().parent.parent.parent


def manage(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    hidden = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment | {"DATA_DIR": str(folder), "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A DATA_DIR with a database of its own, in which one spot stands."""
    for words in (["migrate", "-v0"], ["import_spots", str(write(tmp_path, HEAD, ROW))]):
        done = run(tmp_path, *words)
        assert (done.returncode, done.stderr) == (0, b"")
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    with manage(folder, *words) as process:
        out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def names(site: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(site / "db.sqlite3")) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM spots_spot ORDER BY name")]


def test_kill_9_while_rows_are_written_leaves_the_old_state(site: Path) -> None:
    rows = [f"{number},泉{number},福井市大手,36.{number:05d},136.0" for number in range(1, 8000)]
    with manage(site, "import_spots", str(write(site, HEAD, *rows))) as process:
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline and not _is_locked(site):
            time.sleep(0.01)
        time.sleep(0.3)
        assert process.poll() is None, "the import was over before it could be killed"
        process.send_signal(signal.SIGKILL)
    assert names(site) == ["中央公園"]
    again = run(site, "import_spots", str(site / "list.csv"), "--json")
    assert '"created": 7998, "changed": 1' in again.stdout.decode()


def _is_locked(site: Path) -> bool:
    """Whether someone holds the write lock: the log itself stays empty until SQLite's cache is full."""
    probe = sqlite3.connect(site / "db.sqlite3", timeout=0, isolation_level=None)
    with contextlib.closing(probe):
        try:
            probe.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], 2),
        (["x.csv", "--encoding", "nonsense"], 2),
        (["x.csv", "--encoding", "base64"], 2),
        (["x.csv", "--source", "長" * 101], 2),
        (["x.csv"], 1),
    ],
)
def test_exit_statuses_in_a_shell(tmp_path: Path, options: list[str], status: int) -> None:
    done = run(tmp_path, "import_spots", *options)
    assert done.returncode == status
    assert b"Traceback" not in done.stderr
    if status == 1:
        assert len(done.stderr.splitlines()) == 1
