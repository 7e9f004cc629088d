"""Leaves a file when it begins and one when it ends."""

import time
from pathlib import Path

from django.conf import settings
from huey.contrib.djhuey import task


@task()  # type: ignore[untyped-decorator]
def slow_job() -> None:
    """Takes 1.5 s."""
    (Path(settings.DATA_DIR) / "job-begun").touch()
    time.sleep(1.5)
    (Path(settings.DATA_DIR) / "job-finished").touch()
