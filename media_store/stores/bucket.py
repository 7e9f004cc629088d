"""An S3 bucket as a store of bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError
from storages.backends.s3 import S3Storage

from media_store.stores.base import Metadata, ObjectMissing

BATCH = 1000
"""What one DeleteObjects takes at most."""


class BucketStore(S3Storage):
    """Keys are names in the bucket, below `location`."""

    def put(self, key: str, content: bytes, content_type: str) -> None:
        self.bucket.Object(self._name(key)).put(Body=content, ContentType=content_type)

    def get(self, key: str) -> bytes:
        try:
            found: bytes = self.bucket.Object(self._name(key)).get()["Body"].read()
        except ClientError as error:
            raise _known(error, key) from error
        return found

    def metadata(self, key: str) -> Metadata:
        try:
            found = self.bucket.Object(self._name(key))
            return Metadata(found.content_length, found.last_modified)
        except ClientError as error:
            raise _known(error, key) from error

    def delete_many(self, keys: Iterable[str]) -> None:
        left = iter(keys)
        while batch := list(islice(left, BATCH)):
            self.bucket.delete_objects(Delete={"Objects": [{"Key": self._name(key)} for key in batch], "Quiet": True})

    def keys(self, prefix: str = "") -> Iterator[str]:
        base = self.location and f"{self.location.rstrip('/')}/"
        for found in self.bucket.objects.filter(Prefix=f"{base}{prefix}"):
            yield found.key.removeprefix(base)

    def _name(self, key: str) -> str:
        return self._normalize_name(key)  # type: ignore[no-any-return]


def _known(error: ClientError, key: str) -> Exception:
    code: Any = error.response.get("Error", {}).get("Code")
    return ObjectMissing(key) if code in ("404", "NoSuchKey", "NotFound") else error
