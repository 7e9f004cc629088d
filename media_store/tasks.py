"""What the job process does for objects; huey finds the tasks here."""

from datetime import timedelta

from machipoke.jobs import Result, job
from media_store import sweeping


@job("sweep_objects", every=timedelta(minutes=10))
def sweep_objects() -> Result:
    """Remove what nobody finished, attached or wants any more, and what waited for its last day."""
    return sweeping.sweep()
