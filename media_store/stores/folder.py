"""A folder as a store of bytes."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage

from media_store.stores.base import Metadata, ObjectMissing, StoreUnavailable
from media_store.stores.files import AsDjangoStorage
from media_store.stores.names import PART, require_key


class FolderStore(AsDjangoStorage, FileSystemStorage):
    """Keys are paths below `location`, all of them private to the user of this process."""

    def __init__(self, location: str | Path, prefixes: Sequence[str] = ("",), **options: Any) -> None:
        super().__init__(location=location, **options)
        self._prefixes = tuple(prefixes)

    def path(self, name: str) -> str:
        """Where that key is. A link below the folder, which could lead out of it, is refused."""
        require_key(name, self._prefixes)
        path = os.path.join(os.path.realpath(self.location), name)
        if os.path.realpath(path) != path:
            raise SuspiciousFileOperation("Not a key of this store.")
        return path

    def put(self, key: str, content: bytes, content_type: str) -> None:
        target = Path(self.path(key))
        with _answering():
            _write(target, content)

    def get(self, key: str) -> bytes:
        with _answering(key):
            return Path(self.path(key)).read_bytes()

    def exists(self, name: str) -> bool:
        with _answering():
            return os.path.isfile(self.path(name))

    def metadata(self, key: str) -> Metadata:
        with _answering(key):
            found = os.stat(self.path(key))
        return Metadata(found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def delete_many(self, keys: Iterable[str]) -> None:
        for key in keys:
            path = Path(self.path(key))
            with _answering():
                for name in (path, _part(path)):
                    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                        name.unlink()
            with contextlib.suppress(OSError):  # it is not empty, or is the store's own
                if path.parent != Path(os.path.realpath(self.location)):
                    path.parent.rmdir()

    def keys(self, prefix: str = "") -> Iterator[str]:
        root = os.path.realpath(self.location)
        begun, slash, _rest = prefix.rpartition("/")
        steps = begun.split("/") if slash else []
        if any(step in ("", ".", "..") for step in steps) or "\0" in prefix:
            return
        yield from (key for key in _below(root, f"{begun}{slash}") if key.startswith(prefix))


def _below(root: str, base: str) -> Iterator[str]:
    try:
        with os.scandir(os.path.join(root, base)) as found:
            # A folder counts with its slash, so that all keys come in their own order.
            names = sorted(
                f"{base}{entry.name}/" if entry.is_dir(follow_symlinks=False) else f"{base}{entry.name}"
                for entry in found
                if not entry.is_symlink() and not entry.name.endswith(PART)
            )
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise StoreUnavailable(error.strerror) from error
    for name in names:
        if name.endswith("/"):
            yield from _below(root, name)
        else:
            yield name


def _write(target: Path, content: bytes) -> None:
    """Whole or not at all, also when the power goes: the name comes when the bytes are on the disk."""
    part = _part(target)
    number = _open_alone(part)
    try:
        os.ftruncate(number, 0)
        with open(number, "wb", closefd=False) as file:
            file.write(content)
        os.fsync(number)
        os.replace(part, target)
    finally:
        os.close(number)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _open_alone(part: Path) -> int:
    """Open the one name that belongs to a key, and wait while another writes it; what a crash left there is taken.

    Names of chance would need no turns, but nobody could tell afterwards which ones a crash left.
    """
    while True:
        try:
            number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            _make_folder(part.parent)
            continue
        fcntl.flock(number, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(number), os.lstat(part)):
                return number
        os.close(number)  # whoever wrote before has given it its name: it is an object now


def _make_folder(folder: Path) -> None:
    if not folder.parent.is_dir():
        _make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}{PART}")


@contextlib.contextmanager
def _answering(key: str | None = None) -> Iterator[None]:
    """Say in a store's words what a disk says in its own; `key` is that of an object which must be there."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        if key is not None:
            raise ObjectMissing(key) from error
        raise StoreUnavailable(error.strerror) from error
    except OSError as error:
        raise StoreUnavailable(error.strerror) from error
