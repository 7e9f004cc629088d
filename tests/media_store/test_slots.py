"""Turns on this server: no more transforms than cores, one worker for one name, over processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.conf import settings

from machipoke.availability import Busy
from media_store import slots

HOLD = """
import os, sys, time, django
django.setup()
from media_store import slots
with slots.{turn}:
    print("held", flush=True)
    time.sleep(60)
"""


def _holder(turn: str) -> subprocess.Popen[str]:
    environment = os.environ | {"DATA_DIR": str(settings.DATA_DIR), "DJANGO_SETTINGS_MODULE": "machipoke.settings"}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(turn=turn)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_no_more_transforms_run_at_once_than_there_are_cores() -> None:
    running, most = 0, 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal running, most
        with slots.transform_slot(20):
            with guard:
                running += 1
                most = max(most, running)
            time.sleep(0.02)
            with guard:
                running -= 1

    threads = [threading.Thread(target=work) for _number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == len(os.sched_getaffinity(0))


def test_the_cores_are_counted_over_processes() -> None:
    holders = [_holder("transform_slot(5)") for _core in os.sched_getaffinity(0)]
    with pytest.raises(Busy), slots.transform_slot(0.05):
        pass
    _end(holders.pop())
    with slots.transform_slot(2):
        pass
    for holder in holders:
        _end(holder)


def test_one_name_is_worked_on_by_one_and_a_killed_process_holds_nothing() -> None:
    holder = _holder("alone('spots/1', 5)")
    with slots.alone("spots/2", 0.05):  # another name
        pass
    with pytest.raises(Busy), slots.alone("spots/1", 0.05):
        pass
    _end(holder)
    with slots.alone("spots/1", 2):
        pass


def test_a_turn_comes_back_when_the_work_fails() -> None:
    for _try in range(len(os.sched_getaffinity(0)) + 1):
        with pytest.raises(ValueError, match="broken"), slots.transform_slot(0.05):
            raise ValueError("broken")
