"""Where Chromium is, and what to do where there is none."""

from __future__ import annotations

import os
import shutil

import pytest

HINT = "Chromium が見つかりません: apt-get install chromium fonts-noto-cjk（ほかの場所にあれば環境変数 CHROMIUM に）"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Path of the browser: the one of the environment, else the first on PATH."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, _NAMES)), None)


def require() -> str:
    """The path; without one, CI fails (nothing may go untested there) and a laptop skips."""
    if path := find():
        return path
    if os.environ.get("CI"):
        pytest.fail(HINT, pytrace=False)
    pytest.skip(HINT)
