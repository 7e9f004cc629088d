"""An S3 bucket as a store of bytes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from storages.backends.s3 import S3Storage
from urllib3.exceptions import HTTPError

from media_store.stores.base import Metadata, ObjectMissing, StoreUnavailable
from media_store.stores.breaker import Breaker
from media_store.stores.deadlines import watch, within
from media_store.stores.files import AsDjangoStorage
from media_store.stores.names import require_key

BATCH = 1000
"""What one DeleteObjects takes at most."""

GET_SECONDS, PUT_SECONDS = 10.0, 20.0
"""From the call to its end, with the second try: what a request can wait for a store."""

_breakers: dict[tuple[str, str], Breaker] = {}


class BucketStore(AsDjangoStorage, S3Storage):
    """Keys are names in the bucket, below `location`."""

    def __init__(self, prefixes: Sequence[str] = ("",), **options: Any) -> None:
        super().__init__(**options)
        self._prefixes = tuple(prefixes)
        self._base = f"{self.location.rstrip('/')}/" if self.location else ""
        self._making = threading.Lock()
        self._made: Any = None

    @property
    def connection(self) -> Any:
        """One for all threads: of it the client alone is used, which they may share, and each costs a tenth second."""
        with self._making:
            if self._made is None:
                made = super().connection
                watch(made.meta.client)
                self._made = made
            return self._made

    @property
    def breaker(self) -> Breaker:
        """Of this bucket in this process."""
        return _breakers.setdefault((self.endpoint_url or "", self.bucket_name), Breaker())

    def put(self, key: str, content: bytes, content_type: str) -> None:
        # One request of its own, never in parts: a crash would leave parts that no listing shows.
        sent = self._name(key) | {"Body": content, "ContentType": content_type}
        self._ask("put_object", PUT_SECONDS, sent)

    def get(self, key: str) -> bytes:
        content: bytes = self._ask("get_object", GET_SECONDS, self._name(key), key)["Body"]
        return content

    def exists(self, name: str) -> bool:
        try:
            self.metadata(name)
        except ObjectMissing:
            return False
        return True

    def metadata(self, key: str) -> Metadata:
        found = self._ask("head_object", GET_SECONDS, self._name(key), key)
        return Metadata(found["ContentLength"], found["LastModified"])

    def delete_many(self, keys: Iterable[str]) -> None:
        left = iter(keys)
        while batch := [{"Key": self._name(key)["Key"]} for key in islice(left, BATCH)]:
            wanted = {"Bucket": self.bucket_name, "Delete": {"Objects": batch, "Quiet": True}}
            answer = self._ask("delete_objects", PUT_SECONDS, wanted)
            # The answer is 200 also when some of them stayed.
            if errors := [found for found in answer.get("Errors", ()) if found.get("Code") != "NoSuchKey"]:
                raise StoreUnavailable(f"{len(errors)} objects stayed: {errors[0].get('Code')}")

    def keys(self, prefix: str = "") -> Iterator[str]:
        wanted = {"Bucket": self.bucket_name, "Prefix": f"{self._base}{prefix}"}
        while True:
            page = self._ask("list_objects_v2", GET_SECONDS, wanted)
            yield from (found["Key"].removeprefix(self._base) for found in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return
            wanted = wanted | {"ContinuationToken": page["NextContinuationToken"]}

    def address_to_put(self, key: str, size_bytes: int, content_type: str, lifetime: timedelta) -> str:
        """Where anyone may put just so many bytes of that type, once signed for; nothing is asked of the bucket."""
        wanted = self._name(key) | {"ContentLength": size_bytes, "ContentType": content_type}
        client = self.connection.meta.client
        return str(client.generate_presigned_url("put_object", wanted, int(lifetime.total_seconds()), "PUT"))

    def _name(self, key: str) -> dict[str, Any]:
        return {"Bucket": self.bucket_name, "Key": f"{self._base}{require_key(key, self._prefixes)}"}

    def _ask(self, operation: str, seconds: float, wanted: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        """The answer; `key` is that of an object which must be there. No answer is StoreUnavailable, whatever it is."""
        with self.breaker.watched():
            try:
                return within(seconds, partial(self._answer, operation, wanted))
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code")
                if key is not None and code in ("404", "NoSuchKey", "NotFound"):
                    raise ObjectMissing(key) from error
                raise StoreUnavailable(f"the bucket answers {code}") from error
            except ParamValidationError:
                raise
            except (BotoCoreError, HTTPError, OSError) as error:
                raise StoreUnavailable(type(error).__name__) from error

    def _answer(self, operation: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """With the whole body, where there is one: it is part of the call, and ends with it."""
        answer: dict[str, Any] = getattr(self.connection.meta.client, operation)(**wanted)
        if "Body" in answer:
            with answer["Body"] as body:
                answer["Body"] = body.read()
            if len(answer["Body"]) != answer["ContentLength"]:
                raise OSError("The body ended early.")
        return answer
