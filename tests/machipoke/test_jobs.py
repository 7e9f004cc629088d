"""`run_job`: what the clock does, done now; and what is said of a job that is unknown or fails."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from machipoke import jobs
from machipoke.jobs import JobFailedError, Result, all_jobs, job

pytestmark = pytest.mark.django_db


@pytest.fixture
def add_job() -> Iterator[Callable[..., None]]:
    """Register a job for this test."""
    from huey.contrib.djhuey import HUEY

    known = all_jobs()
    added: list[str] = []

    def add(name: str, run: Callable[[], Result], every: timedelta = timedelta(minutes=10)) -> None:
        job(name, every=every, about="ためします。", words={"seen": "見たもの", "changed": "変えたもの"})(run)
        added.append(name)

    yield add
    jobs._jobs.clear()
    jobs._jobs.update(known)
    registry = HUEY._registry
    for task in [task for task in registry.periodic_tasks if task.name.removeprefix("job_") in added]:
        registry._registry.pop(registry.task_to_string(type(task)))
        registry._periodic_tasks.remove(type(task))


def nothing() -> Result:
    return {}


def run_job(*words: str) -> str:
    out = io.StringIO()
    call_command("run_job", *words, stdout=out)
    return out.getvalue()


def fails(*words: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as failed:
        run_job(*words)
    assert "\n" not in str(failed.value)
    return failed.value.returncode, str(failed.value)


def test_a_job_runs_and_tells_what_it_did(add_job: Any) -> None:
    add_job("count", lambda: {"seen": 3, "changed": 0})
    assert run_job("count").startswith("count: 見たもの 3（")
    told = json.loads(run_job("count", "--json"))
    assert (told["name"], told["result"]) == ("count", {"seen": 3, "changed": 0})
    assert 0 <= told["seconds"] < 10


@pytest.mark.parametrize("words", [("nothing_like_it",), (), ("--json",)])
def test_an_unknown_job_is_wrong_use(words: tuple[str, ...]) -> None:
    status, line = fails(*words)
    assert status == 2
    assert "erase_accounts" in line


def test_a_job_that_fails_is_one_line_and_status_1(add_job: Any) -> None:
    def breaks() -> Result:
        raise OSError("no space left\non device")

    add_job("breaks", breaks)
    assert fails("breaks") == (1, "breaks: OSError no space left")


def test_a_job_that_did_part_of_its_work_says_both(add_job: Any) -> None:
    def half() -> Result:
        raise JobFailedError("1 of 2", {"done": 1, "failed": 1})

    add_job("half", half)
    out = io.StringIO()
    with pytest.raises(CommandError, match="half: 1 of 2"):
        call_command("run_job", "half", "--json", stdout=out)
    assert json.loads(out.getvalue())["result"] == {"done": 1, "failed": 1}


def test_the_list_names_every_job_with_its_interval_and_what_it_does() -> None:
    rows = {row["name"]: row for row in json.loads(run_job("--list", "--json"))}
    assert set(rows) == set(all_jobs())
    assert {"make_copies", "erase_accounts"} <= set(rows)
    assert rows["erase_accounts"]["every_seconds"] == 3600
    lines = [line.split("\t") for line in run_job("--list").splitlines()]
    assert [(name, about) for name, _every, about in lines] == [(name, row["about"]) for name, row in rows.items()]
    assert all(about.endswith("。") for _name, _every, about in lines)
    assert {every for _name, every, _about in lines} >= {"10分ごと", "1時間ごと"}


@pytest.mark.parametrize("name", [*all_jobs()])
def test_every_job_says_in_words_what_it_counts(name: str) -> None:
    counted = json.loads(run_job(name, "--json"))["result"]
    assert counted.keys() <= all_jobs()[name].words.keys()
    assert run_job(name).startswith(f"{name}: することはありませんでした（")


@pytest.mark.parametrize(
    ("every", "due", "not_due"),
    [
        (timedelta(minutes=5), ["00:00", "07:55"], ["07:56"]),
        (timedelta(hours=1), ["00:00", "13:00"], ["13:05"]),
        (timedelta(hours=6), ["00:00", "18:00"], ["01:00", "18:01"]),
        (timedelta(days=1), ["04:00"], ["00:00", "04:01", "16:00"]),
    ],
)
def test_the_clock_runs_it_that_often(every: timedelta, due: list[str], not_due: list[str]) -> None:
    clock = jobs._clock(every)
    assert [clock(datetime.fromisoformat(f"2026-01-02T{time}")) for time in due] == [True] * len(due)
    assert not any(clock(datetime.fromisoformat(f"2026-01-02T{time}")) for time in not_due)


@pytest.mark.parametrize("every", [timedelta(minutes=7), timedelta(seconds=90), timedelta(hours=5), timedelta(days=2)])
def test_an_interval_that_the_clock_does_not_know_is_refused(every: timedelta, add_job: Any) -> None:
    with pytest.raises(ValueError, match="clock"):
        add_job("odd", nothing, every)


def test_a_name_is_a_jobs_once(add_job: Any) -> None:
    add_job("once", nothing)
    with pytest.raises(ValueError, match="once"):
        add_job("once", nothing)


def test_the_job_process_knows_every_job() -> None:
    from huey.contrib.djhuey import HUEY

    known = {task.name for task in HUEY._registry.periodic_tasks}
    assert {f"job_{name}" for name in all_jobs()} <= known
