"""Requests from a few keep-alive connections, and the CPU time that the processes of a server spent on them."""

from __future__ import annotations

import contextlib
import http.client
import os
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

CONNECTIONS = 4
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """What one kind of request took."""

    cpu_ms: float
    """Of all server processes, user and system, per request."""

    per_second: float
    size_bytes: int


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time so far of the processes that are there (proc(5), fields 14 and 15 of stat)."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS_PER_SECOND


def measure(
    address: str, path: str, pids: Iterable[int], seconds: float, headers: Mapping[str, str] | None = None
) -> Cost:
    """Ask for `path` for some seconds. Raises RuntimeError for any answer but 200."""
    pids = list(pids)
    counts, failures, size = [0] * CONNECTIONS, [], [0]
    deadline = time.monotonic() + seconds

    def ask(number: int) -> None:
        connection = http.client.HTTPConnection(address, timeout=30)
        try:
            while time.monotonic() < deadline:
                connection.request("GET", path, headers=dict(headers or {}))
                answer = connection.getresponse()
                size[0] = len(answer.read())
                if answer.status != 200:
                    raise RuntimeError(f"{path}: {answer.status}")
                counts[number] += 1
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            failures.append(error)
        finally:
            connection.close()

    before, started = cpu_seconds(pids), time.monotonic()
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken, spent = time.monotonic() - started, cpu_seconds(pids) - before
    if failures or not sum(counts):
        raise RuntimeError(f"{path}: {failures[:1] or 'no answer'}")
    return Cost(spent * 1000 / sum(counts), sum(counts) / taken, size[0])
