"""The folder that holds all of an embedded site: made before anything else, private to its user."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def make_data_dir(folder: Path) -> None:
    """Make DATA_DIR, private to its user. Every command needs it: the job queue opens its file there at the start."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"DATA_DIR: {folder} に書き込めません（{error.strerror}）。") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"DATA_DIR: {folder} に書き込めません。")


def kept_secret_key(folder: Path) -> str:
    """The key in `folder`/secret_key, made on first use; the link decides between two processes that start at once."""
    path = folder / "secret_key"
    try:
        if not path.exists():
            made = Path(tempfile.mkstemp(dir=folder, prefix=".secret_key")[1])
            made.write_text(secrets.token_urlsafe(64))
            with contextlib.suppress(FileExistsError):
                os.link(made, path)
            made.unlink()
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"DATA_DIR: {folder} に書き込めません（{error.strerror}）。") from error


def runtime_dir(folder: Path) -> Path:
    """`folder`/run, or a short folder of this user's when a socket's path there would pass sockaddr_un's 108 bytes."""
    run = folder / "run"
    if len(os.fsencode(run / "valkey.sock")) <= 100:
        return run
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"machipoke-{os.getuid()}-{digest}"
