"""Stopping `up`: what is being answered is finished, unless somebody is in a hurry."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.machipoke.running_site import RunningSite, eventually, running_site

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


@contextmanager
def answering_slowly(data_dir: Path, seconds: float) -> Iterator[tuple[RunningSite, list[tuple[int, str]]]]:
    """A site with a request under way, and the list its answer will be in."""
    answers: list[tuple[int, str]] = []
    with running_site(
        data_dir, "--workers", "1", DJANGO_SETTINGS_MODULE="tests.machipoke.faulty_site", UP_SLOW_SECONDS=str(seconds)
    ) as site:
        site.wait_until_open()
        asking = threading.Thread(target=lambda: answers.append(site.get("/slow", timeout=60)))
        asking.start()
        time.sleep(0.4)
        yield site, answers
        asking.join(30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_request_under_way_is_finished(tmp_path: Path, number: signal.Signals) -> None:
    with answering_slowly(tmp_path / "data", 1.5) as (site, answers):
        site.process.send_signal(number)
        assert site.ends() == 0
        assert eventually(lambda: not site.pids(), 1)
    assert answers == [(200, "slow but whole")]


def test_a_terminals_ctrl_c_reaches_only_the_supervisor(tmp_path: Path) -> None:
    with answering_slowly(tmp_path / "data", 1.5) as (site, answers):
        os.killpg(site.process.pid, signal.SIGINT)
        assert site.ends() == 0
    assert answers == [(200, "slow but whole")]


def test_a_job_under_way_is_finished(tmp_path: Path) -> None:
    with running_site(
        tmp_path / "data", "--workers", "1", DJANGO_SETTINGS_MODULE="tests.machipoke.faulty_site"
    ) as site:
        site.wait_until_open()
        assert site.get("/slow-job")[0] == 200
        begun, finished = tmp_path / "data" / "job-begun", tmp_path / "data" / "job-finished"
        assert eventually(begun.exists, 20)
        assert not finished.exists()
        site.process.terminate()
        assert site.ends() == 0
        assert finished.exists()


def test_a_second_signal_stops_at_once(tmp_path: Path) -> None:
    with answering_slowly(tmp_path / "data", 20) as (site, answers):
        site.process.terminate()
        time.sleep(0.5)
        started = time.monotonic()
        site.process.terminate()
        assert site.ends(5) == 0
        assert time.monotonic() - started < 3
        assert eventually(lambda: not site.pids(), 1)
    assert answers == [(0, "")]


def test_a_signal_during_the_preparations_stops_too(tmp_path: Path) -> None:
    with running_site(tmp_path / "data", "--workers", "1") as site:
        assert eventually((tmp_path / "data" / "run" / "valkey.sock").exists, 30)
        site.process.terminate()
        assert site.ends(10) == 0
        assert site.errors() == ""
        assert eventually(lambda: not site.pids(), 1)


@pytest.mark.parametrize("moment", [0.0, 0.02])
def test_a_stop_request_in_the_middle_of_a_start_is_neither_lost_nor_printed(tmp_path: Path, moment: float) -> None:
    with running_site(tmp_path / "data", "--workers", "1") as site:
        site.wait_until_open()
        time.sleep(moment)
        site.process.send_signal(signal.SIGINT)
        assert site.ends() == 0
        assert site.errors() == ""
