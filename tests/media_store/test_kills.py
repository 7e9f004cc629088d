"""Killed -9 at random moments of upload, deletion and sweep: rows and objects agree, and no page shows a gap."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.machipoke.running_site import BASE_DIR


@pytest.mark.parametrize(("store", "kills"), [("folder", 12), ("s3", 6)])
def test_no_crash_leaves_a_row_or_an_object_alone(store: str, kills: int, request: pytest.FixtureRequest) -> None:
    if store == "s3":
        request.getfixturevalue("rclone_server")  # skips, or fails with a hint, where it is missing
    command = [sys.executable, "-m", "benchmarks.kill_uploads", "--json", "--store", store, "--kills", str(kills)]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["stored"] > kills / 2
    assert found["swept"] > 0
    gaps = ("broken_before_the_sweep", "objects_without_row", "rows_without_object", "parts_left", "broken_after")
    assert [found[name] for name in gaps] == [0] * 5
