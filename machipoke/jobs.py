"""Jobs: functions with a name that the clock runs, and an operator with `manage.py run_job NAME`.

A job finds its work in the database and may be run at any time, twice at once too: a double fire must be harmless.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

from django.utils.module_loading import autodiscover_modules

Result = dict[str, int]
"""What a job did, in numbers by names that programs read; a job's `words` say them to people."""

_log = logging.getLogger(__name__)


class Job(NamedTuple):
    """`about` and `words` are for operators, in the language of the commands."""

    name: str
    every: timedelta
    about: str
    words: Mapping[str, str]
    run: Callable[[], Result]


class JobFailedError(Exception):
    """Some of the work could not be done; the message says how much, the log why. `result` is what was done."""

    def __init__(self, message: str, result: Result) -> None:
        super().__init__(message)
        self.result = result


_jobs: dict[str, Job] = {}


def job(
    name: str, *, every: timedelta, about: str, words: Mapping[str, str]
) -> Callable[[Callable[[], Result]], Callable[[], Result]]:
    """Register a function of a module `tasks` under that name, and have huey's clock run it."""

    def register(run: Callable[[], Result]) -> Callable[[], Result]:
        from huey.contrib.djhuey import db_periodic_task

        if name in _jobs:
            raise ValueError(f"There is a job {name} already.")
        _jobs[name] = Job(name, every, about, words, run)
        db_periodic_task(_clock(every), name=f"job_{name}")(lambda: _by_the_clock(name))
        return run

    return register


def _clock(every: timedelta) -> Callable[[object], bool]:
    """huey's crontab of a number of minutes that divides an hour, of hours that divide a day, or of a day."""
    from huey import crontab

    minutes = int(every.total_seconds() // 60)
    if every == timedelta(minutes=minutes) and minutes and 60 % minutes == 0:
        return crontab(minute="0" if minutes == 60 else f"*/{minutes}")  # type: ignore[no-any-return]
    hours, rest = divmod(minutes, 60)
    if rest or not hours or 24 % hours:
        raise ValueError(f"The clock knows no {every}.")
    return crontab(minute="0", hour="4" if hours == 24 else f"*/{hours}")  # type: ignore[no-any-return]


def _by_the_clock(name: str) -> None:
    try:
        _jobs[name].run()
    except JobFailedError as error:  # what it could not do has been logged where it failed, and is tried again
        _log.error("The job %s: %s", name, error)


def all_jobs() -> dict[str, Job]:
    """Every job of the site by its name."""
    autodiscover_modules("tasks")
    return dict(sorted(_jobs.items()))
