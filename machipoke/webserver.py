"""The web process of `up`: granian, whose workers die with it (`python -m machipoke.webserver --port 8000 …`)."""

import argparse
import gc
import importlib
import multiprocessing
import os
import sys
from collections.abc import Callable
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from machipoke.processes import die_with

YOUNG_OBJECTS = 20_000
"""New objects between two looks for cycles. A page makes some ten thousand, so Python's 700 looks a dozen times a page
and finds nothing: 7 % of its CPU. A worker is 1 MB larger for it at most."""

WORKER_STOP_SECONDS = 25
"""Below the supervisor's patience, so that one stuck request costs its worker and not the orderly end of the others."""


def main() -> None:
    """Listen until SIGTERM; requests that are being answered then are finished."""
    options = argparse.ArgumentParser()
    options.add_argument("--host", required=True)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--workers", type=int, required=True)
    options.add_argument("--threads", type=int, required=True)
    options.add_argument("--checked", action="store_true", help="`up` ran the system checks just now")
    chosen = options.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "machipoke.settings")
    if not chosen.checked:
        _check()
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")  # no longer the default in Python 3.14
    server = Granian(
        "machipoke.wsgi:application",
        address=chosen.host,
        port=chosen.port,
        interface=Interfaces.WSGI,
        workers=chosen.workers,
        blocking_threads=chosen.threads,
        websockets=False,
        # Without it one worker killed for its memory would take the whole server with it.
        respawn_failed_workers=True,
        workers_kill_timeout=WORKER_STOP_SECONDS,
        log_level=LogLevels.error,
    )
    _preload()
    server.serve(target_loader=load_application, wrap_loader=False)


def _check() -> None:
    """End with status 1 and a line for each error that the system checks find: what `up` does, for other managers."""
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
        from machipoke.checks import error_lines

        errors = error_lines()
    except ImproperlyConfigured as error:
        errors = [f"設定エラー: {error}"]
    if errors:
        sys.exit("\n".join(errors))


def _preload() -> None:
    """Import the site once, before granian forks its workers: half the CPU of a start, and a dead worker is replaced
    at once. Only imports: what opens a connection or starts a thread belongs to the worker.
    """
    if multiprocessing.get_start_method() != "fork":
        return  # each worker imports it by itself
    import django
    from django.conf import settings
    from django.db import connections

    django.setup()
    importlib.import_module(settings.ROOT_URLCONF)
    from huey.contrib.djhuey import HUEY

    HUEY.storage.close()
    connections.close_all()
    # What is shared with the workers is not touched by the collector again, so it stays shared.
    gc.collect()
    gc.freeze()


def load_application() -> Callable[..., Any]:
    """The application, in the worker; granian's own workers would outlive it when it is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        die_with(parent.pid)
    from machipoke.wsgi import application

    gc.set_threshold(YOUNG_OBJECTS, 10, 10)
    return application


if __name__ == "__main__":
    main()
