"""A site killed -9 while people post and delete photos: rows and objects agree, and no page shows a gap."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.machipoke.running_site import BASE_DIR

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


@pytest.mark.parametrize(("store", "kills"), [("folder", 5), ("s3", 3)])
def test_no_crash_breaks_a_picture_or_leaves_a_row_or_an_object_alone(
    store: str, kills: int, request: pytest.FixtureRequest
) -> None:
    if store == "s3":
        request.getfixturevalue("rclone_server")  # skips, or fails with a hint, where it is missing
    command = [sys.executable, "-m", "benchmarks.kill_uploads", "--json", "--store", store, "--kills", str(kills)]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    # Nothing was wrong, and there was something to go wrong.
    assert found["wrong"] == []
    assert found["kills_of_a_web_worker"] + found["kills_of_the_supervisor"] == kills
    assert found["pictures_fetched"] > 20 * kills
