"""The folder of variants on this server: derived from masters, disposable, bounded, kept over a restart."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings


def folder() -> Path:
    """Below it a folder for each key holds the variants of that picture."""
    return Path(settings.DATA_DIR) / "cache" / "variants"


def forget(prefix: str) -> None:
    """Remove every variant of the key `prefix`, or of all keys below it where it ends in a slash."""
    shutil.rmtree(folder() / prefix, ignore_errors=True)
