"""What the job process does for moderators; huey finds the tasks here."""

from __future__ import annotations

from datetime import timedelta

from huey.contrib.djhuey import db_task

from machipoke.jobs import JobFailedError, Result, job
from spots import takedowns

SETTLED_SECONDS = 5
"""Within these every process forgets what it kept of a picture that was taken away."""


@db_task()  # type: ignore[untyped-decorator]
def ask_addresses() -> None:
    """Ask whether what was just taken away is gone."""
    takedowns.ask_due()


def ask_soon() -> None:
    """The same, once every process had the time to forget."""
    ask_addresses.schedule(delay=SETTLED_SECONDS)


@job(
    "confirm_takedowns",
    every=timedelta(minutes=1),
    about="モデレーターが取り下げた写真とファイルが、もう見えないことを確かめます。",
    words={"gone": "消えていたアドレス", "answering": "まだ見えるアドレス", "silent": "答えのないアドレス"},
)
def confirm_takedowns() -> Result:
    """Ask again whether what moderators took away is gone: what the queue lost, still answered, or did not answer."""
    counts = takedowns.ask_due()
    if left := counts["answering"] + counts["silent"]:
        raise JobFailedError(f"{left} 件のアドレスは、まだ取り下げを確かめられません。", counts)
    return counts
