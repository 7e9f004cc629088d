"""Django's own interface of a storage, over the methods of a store."""

from __future__ import annotations

from datetime import datetime
from typing import IO, Any

from django.core.files.base import ContentFile, File

from media_store.stores.base import Store


class AsDjangoStorage:
    """`open`, `save` and the rest of Django's Storage, with deadlines and refusals of the store it is mixed into."""

    def _open(self: Store, name: str, mode: str = "rb") -> File[bytes]:
        if mode != "rb":
            raise ValueError("Objects are read whole, and stored whole with save().")
        return ContentFile(self.get(name), name=name)

    def _save(self: Store, name: str, content: IO[Any]) -> str:
        content.seek(0)
        self.put(name, content.read(), getattr(content, "content_type", "") or "application/octet-stream")
        return name

    def delete(self: Store, name: str) -> None:
        self.delete_many([name])

    def size(self: Store, name: str) -> int:
        return self.metadata(name).size_bytes

    def get_modified_time(self: Store, name: str) -> datetime:
        return self.metadata(name).modified_at

    def listdir(self: Store, path: str) -> tuple[list[str], list[str]]:
        base = f"{path.rstrip('/')}/" if path else ""
        folders: dict[str, None] = {}
        files = []
        for key in self.keys(base):
            step, slash, _rest = key.removeprefix(base).partition("/")
            if slash:
                folders[step] = None
            else:
                files.append(step)
        return list(folders), files
