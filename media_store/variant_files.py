"""The folder of variants on this server: derived from masters, disposable, bounded, kept over a restart.

What lies in it is public and answered without a question; variants of pictures that only some may see are below
`private/`, where nobody looks who has not asked the database first.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from media_store.variants import BY_NAME, Variant

TOUCHED_EVERY_SECONDS = 3600
"""How exactly the folder knows what was used last; each hit would else be a write."""

_PREFIX = re.compile(r"(spots|users|attachments)/[^./][^/]*/([^./][^/]*)?")
_WRITTEN_SHARE = 20
"""A process looks after the folder each time it wrote a twentieth of its limit."""

_KEPT_SHARE = 0.9
"""To what share of its limit the folder is trimmed, so that it is not looked through at each new variant."""

_BLOCK_BYTES = 4096

_written = 0
_guard = threading.Lock()


class Kept(NamedTuple):
    """A variant in the folder."""

    path: str
    size_bytes: int

    def read(self) -> bytes | None:
        """Its bytes; None where it went just now."""
        try:
            file = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            return os.read(file, self.size_bytes)
        finally:
            os.close(file)


def folder() -> Path:
    """Below it a folder for each key holds the variants of that picture."""
    return Path(settings.DATA_DIR) / "cache" / "variants"


def find(key: str, name: str, private: bool = False) -> Kept | None:
    """The variant `name` of the picture `key`, which is thereby used."""
    path = f"{settings.DATA_DIR}/cache/variants/{'private/' if private else ''}{key}/{name}"
    try:
        found = os.stat(path)
    except OSError:
        return None
    if not found.st_size:
        return None  # a machine that lost its power between the name and the bytes
    if time.time() - found.st_mtime > TOUCHED_EVERY_SECONDS:
        with contextlib.suppress(OSError):
            os.utime(path)
    return Kept(path, found.st_size)


def variants_of(key: str, private: bool = False) -> list[Variant]:
    """Those of the picture `key` that are there."""
    try:
        names = os.listdir(_place(key, private))
    except OSError:
        return []
    return [BY_NAME[name] for name in names if name in BY_NAME]


def keep(key: str, name: str, content: bytes, private: bool = False) -> None:
    """Put a variant there, whole or not at all; a full disk keeps none, and costs the next visitor the making."""
    target = _place(key, private) / name
    part = target.with_name(f".{name}.{os.getpid()}-{threading.get_ident()}")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(part, "wb", opener=_private_file) as file:
            file.write(content)
        os.replace(part, target)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        return
    _count(len(content))


def _private_file(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _place(key: str, private: bool) -> Path:
    return folder() / "private" / key if private else folder() / key


def take_back(key: str, name: str, private: bool = False) -> None:
    """Remove one variant."""
    with contextlib.suppress(OSError):
        (_place(key, private) / name).unlink()


def forget(prefix: str) -> None:
    """Remove every variant of the key `prefix`, or of all keys below it where it ends in a slash.

    What is no such prefix has no variants, and above all is not taken for a path.
    """
    if not _PREFIX.fullmatch(prefix):
        return
    for private in (False, True):
        shutil.rmtree(_place(prefix, private), ignore_errors=True)


def empty() -> None:
    """Remove all of them."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder()):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)


def limit_bytes() -> int:
    """How large the folder may grow; each process may pass it by a twentieth before it is trimmed."""
    return settings.VARIANT_CACHE_MB * 1_000_000


def used_bytes() -> int:
    """What the folder takes on the disk."""
    return sum(size for _path, size, _used in _files(folder()))


def _count(size: int) -> None:
    global _written
    with _guard:
        _written += size
        if _written * _WRITTEN_SHARE < limit_bytes():
            return
        _written = 0
    trim()


def trim() -> int:
    """Remove what was used least lately until the folder is below its limit; how many went. One process at a time."""
    with _alone() as is_mine:
        return _trim() if is_mine else 0


@contextlib.contextmanager
def _alone() -> Iterator[bool]:
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(folder() / ".trimming", "w", opener=_private_file) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _trim() -> int:
    found = sorted(_files(folder()), key=lambda file: file[2])
    size = sum(one for _path, one, _used in found)
    if size <= limit_bytes():
        return 0
    gone = 0
    for path, one, _used in found:
        if size <= limit_bytes() * _KEPT_SHARE:
            break
        with contextlib.suppress(OSError):
            os.unlink(path)
            size, gone = size - one, gone + 1
            os.removedirs(os.path.dirname(path))  # those that are empty now
    return gone


def _files(top: str | Path) -> Iterator[tuple[str, int, float]]:
    """Path, size on the disk, and when it was used, of every variant below."""
    try:
        entries = list(os.scandir(top))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        elif not entry.name.startswith(".") or entry.name.count(".") > 1:  # a killed process left its part
            with contextlib.suppress(OSError):
                about = entry.stat(follow_symlinks=False)
                yield entry.path, -(-about.st_size // _BLOCK_BYTES) * _BLOCK_BYTES, about.st_mtime
