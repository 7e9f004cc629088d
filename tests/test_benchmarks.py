"""Benchmarks say what they need in words."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests import architecture

_RUN = sorted(
    path.stem for path in (architecture.BASE_DIR / "benchmarks").glob("*.py") if "def main(" in path.read_text()
)
_NEEDS_NOTHING = "image_peers"
"""Runs with the interpreter of a peer."""


@pytest.mark.parametrize("name", ["images", "kill_uploads"])
def test_without_the_site_s_packages_it_says_how_they_come(name: str) -> None:
    # -S: with nothing but Python itself.
    command = [sys.executable, "-S", "-m", f"benchmarks.{name}"]
    done = subprocess.run(command, cwd=architecture.BASE_DIR, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "django" in done.stderr
    assert "pip install --require-hashes -r requirements-test.txt" in done.stderr
    assert "Traceback" not in done.stderr


def test_each_is_told_of_beside_them() -> None:
    told = (architecture.BASE_DIR / "benchmarks" / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)", told, re.MULTILINE)
    assert len(_RUN) > 8
    assert sorted(named) == [name for name in _RUN if name != _NEEDS_NOTHING]
