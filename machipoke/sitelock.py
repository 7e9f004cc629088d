"""The lock that says "this DATA_DIR has a running site": `up` holds it, what needs a stopped site takes it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class SiteRunsError(Exception):
    """Somebody else holds the lock; `pid` as they wrote it, empty when it cannot be told."""

    def __init__(self, data_dir: Path, pid: str) -> None:
        super().__init__(f"この DATA_DIR のサイトはもう動いています（プロセス {pid or '不明'}）: {data_dir}")
        self.pid = pid


@contextlib.contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Hold DATA_DIR/run/up.lock, with our process id in it; the kernel lets it go whatever ends us.

    The folder must be there. The file stays: removing it would let two holders lock two files of one name.
    """
    with (data_dir / "run" / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise SiteRunsError(data_dir, lock.read().strip()) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)
