"""What every store of bytes can do, and how it says that it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

from machipoke.availability import Busy


class StoreUnavailable(Busy):
    """The store does not answer in its time, or is left alone since it did not a moment ago; nothing was promised."""


class ObjectMissing(FileNotFoundError):
    """There is no object of that key."""


class Metadata(NamedTuple):
    """Of an object: its size in bytes, and when it was put there."""

    size_bytes: int
    modified_at: datetime


class Store(Protocol):
    """Objects by key. Every method ends within its deadline, and raises StoreUnavailable where the store does not.

    A key that is none, or is not of this store's, is refused with SuspiciousFileOperation.
    """

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store, whole or not at all; an object of that key is replaced."""

    def get(self, key: str) -> bytes:
        """The bytes; raises ObjectMissing."""

    def exists(self, key: str) -> bool: ...

    def metadata(self, key: str) -> Metadata:
        """Raises ObjectMissing."""

    def delete_many(self, keys: Iterable[str]) -> None:
        """Remove them, and what a crash left of putting them, a thousand at a time; one may not be there."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Every key that begins so, however many."""
