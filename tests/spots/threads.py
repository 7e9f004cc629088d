"""Many writers at once, each with a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection


def all_at_once(jobs: list[Callable[[], object]]) -> list[BaseException | object]:
    """What each job returned or raised; none begins before the last is ready."""
    gate = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> BaseException | object:
        try:
            gate.wait(20)
            return job()
        except Exception as error:  # noqa: BLE001 - a writer's failure is what the test looks at
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def errors_of(results: list[BaseException | object]) -> list[BaseException]:
    """Only what was raised."""
    return [result for result in results if isinstance(result, BaseException)]
