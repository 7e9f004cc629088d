"""What was taken away on another server, or by a process that was killed, is forgotten here within seconds."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from media_store import hot, variant_files
from media_store.models import Withdrawal
from media_store.variants import RECIPE

ASKED_EVERY_SECONDS = 2.0
"""How often each process asks while it answers pictures."""

PROMISED_SECONDS = 5.0
"""In which what was taken away is gone everywhere: who has not asked for longer does not know what is public."""

_PATIENCE_SECONDS = 1.0
"""For a thread that asks just now: it takes milliseconds, where the database answers."""

MAKING = timedelta(seconds=60)
"""Far above the making of a variant: whoever began before the withdrawal has put it there, or never will."""

SETTLED = timedelta(minutes=10)
"""Far above the longest transaction: no row of an older moment appears any more."""

_HEARD_FOR = timedelta(days=6)
"""Rows are kept for a week: a folder that did not hear for longer may hold anything, and is emptied."""


class Listener:
    """Applies withdrawals to this server's folder: each again until it is older than any variant under way.

    A generator looks again once its variant is there and takes it back; the repetition is for one that is killed
    before it looks. How far all is applied is a file in the folder, for every process of this server.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._start("")

    def _start(self, data_dir: str | Path) -> None:
        self._data_dir = data_dir
        self._due = self._told = self._heard_at = 0.0
        self._has_heard = self._is_stuck = False
        self._settled = 0
        self._applied: set[tuple[int, str]] = set()

    def has_heard(self) -> bool:
        """Whether the folder may be answered from; asks the database when that is due.

        While one thread asks the others go on, with what was known within `PROMISED_SECONDS`. After longer they wait,
        as long as the database answers; before this process heard for the first time in any case: the site may have
        stood still while something was taken away.
        """
        if settings.DATA_DIR is self._data_dir and time.monotonic() < self._due:
            return self._has_heard
        if not self._has_turn():
            return True
        try:
            if settings.DATA_DIR is not self._data_dir:
                self._start(settings.DATA_DIR)
            if time.monotonic() >= self._due:
                self._listen()
            return self._has_heard
        finally:
            self._guard.release()

    def is_behind(self) -> bool:
        """Whether something may have been taken away that this process did not hear of in time."""
        return time.monotonic() - self._heard_at > PROMISED_SECONDS

    def _has_turn(self) -> bool:
        """Whether the guard is this thread's now."""
        if not self._has_heard:
            return self._guard.acquire()
        if self._is_stuck or not self.is_behind():
            return self._guard.acquire(blocking=False)
        self._is_stuck = not self._guard.acquire(timeout=_PATIENCE_SECONDS)
        return not self._is_stuck

    def _listen(self) -> None:
        try:
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()  # in front of Django nothing else does
            if not self._has_heard or time.monotonic() - self._heard_at > _HEARD_FOR.total_seconds():
                self._settled = self._begin()  # for the first time, or after rows may have been purged unread
            self._apply(list(Withdrawal.objects.filter(pk__gt=self._settled).order_by("pk")))
        except Error:
            # Not later than usual: whatever was taken away meanwhile goes within the promise once it is back.
            self._due = time.monotonic() + ASKED_EVERY_SECONDS
            self._is_stuck = True
            return
        self._has_heard, self._is_stuck = True, False
        self._heard_at = time.monotonic()
        self._due = self._heard_at + ASKED_EVERY_SECONDS

    def _begin(self) -> int:
        """Up to which row the folder is done; one that cannot be trusted is emptied, and begins at 0."""
        newest = Withdrawal.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        with contextlib.suppress(OSError, ValueError):
            recipe, settled = self._file().read_text().split()
            age_seconds = time.time() - self._file().stat().st_mtime
            # A higher number than the newest is of a database that was restored to an earlier moment.
            if recipe == RECIPE and int(settled) <= newest and age_seconds < _HEARD_FOR.total_seconds():
                return int(settled)
        variant_files.empty()
        return 0

    def _apply(self, rows: list[Withdrawal]) -> None:
        now = timezone.now()
        for row in rows:
            if (row.pk, row.prefix) not in self._applied:
                variant_files.forget(row.prefix)
                hot.forget(row.prefix)
            if now - row.created_at > MAKING:
                self._applied.add((row.pk, row.prefix))
        before = self._settled
        self._settled = max((row.pk for row in rows if now - row.created_at > SETTLED), default=before)
        if self._settled != before:
            self._applied = {one for one in self._applied if one[0] > self._settled}
        if self._settled != before or time.monotonic() - self._told > 60 or not self._has_heard:
            self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        part = self._file().with_name(f".heard.{os.getpid()}")
        with contextlib.suppress(OSError):  # a full disk: the next start empties the folder
            part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.write_text(f"{RECIPE} {self._settled}")
            os.replace(part, self._file())

    def _file(self) -> Path:
        return variant_files.folder() / ".heard"


listener = Listener()
