"""A folder as a store of bytes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.core.files.storage import FileSystemStorage

from media_store.stores.base import Metadata, ObjectMissing


class FolderStore(FileSystemStorage):
    """Keys are paths below `location`."""

    def put(self, key: str, content: bytes, content_type: str) -> None:
        target = Path(self.path(key))
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        part.write_bytes(content)
        os.replace(part, target)

    def get(self, key: str) -> bytes:
        try:
            return Path(self.path(key)).read_bytes()
        except FileNotFoundError as error:
            raise ObjectMissing(key) from error

    def metadata(self, key: str) -> Metadata:
        try:
            found = os.stat(self.path(key))
        except FileNotFoundError as error:
            raise ObjectMissing(key) from error
        return Metadata(found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def delete_many(self, keys: Iterable[str]) -> None:
        for key in keys:
            Path(self.path(key)).unlink(missing_ok=True)

    def keys(self, prefix: str = "") -> Iterator[str]:
        root = Path(self.location)
        found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        return iter(sorted(key for key in found if key.startswith(prefix)))
