"""Everything that is django-redis alone: three aliases, a client that survives a dead store, and its location.

Losing the key/value store costs time, never truth. A store that hangs must not hold a request for its time-out each
time it is asked, so a failure opens a breaker for some seconds; while it is open, reads miss and writes do nothing.
"""

import contextlib
import time
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted
from redis.backoff import NoBackoff
from redis.retry import Retry

BREAKER_SECONDS = 5.0
"""How long a failed store is left alone. Measured with the store hung: 9.9 requests/s without, 1,113 with 5 s."""

DATABASES = {"default": 0, "limits": 1, "sessions": 2, "jobs": 3}
"""`cache.clear()` is FLUSHDB, so each use has a database number of its own."""


COUNTED = "allauth:rl:"
"""allauth counts tries to sign in in the default cache, and lets nobody in when it cannot lock its counter."""

_stand_in = LocMemCache("machipoke-stand-in", {"TIMEOUT": 300, "OPTIONS": {"MAX_ENTRIES": 10_000}})
"""Where this process counts while the store is away: nobody is refused for it, and nobody gets endless tries."""


class BreakerCache(RedisCache):
    """A cache whose failures are misses, and that leaves a failed store alone for `BREAKER_SECONDS`."""

    _open_until = 0.0

    def is_open(self) -> bool:
        """Whether the store failed a moment ago and is not asked now."""
        return time.monotonic() < self._open_until

    def _guarded(self, name: str, fallback: Any, *args: Any, **kwargs: Any) -> Any:
        if not self.is_open():
            try:
                return getattr(self.client, name)(*args, **kwargs)
            except ConnectionInterrupted:
                type(self)._open_until = time.monotonic() + BREAKER_SECONDS
        if args and str(args[0]).startswith(COUNTED):
            kwargs.pop("client", None)
            return getattr(_stand_in, name)(*args, **kwargs)
        return fallback

    def get(self, key: Any, default: Any = None, version: int | None = None, client: Any = None) -> Any:
        return self._guarded("get", default, key, default=default, version=version, client=client)

    def get_many(self, keys: Any, version: int | None = None, client: Any = None) -> Any:
        return self._guarded("get_many", {}, keys, version=version, client=client)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._guarded("set", False, *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._guarded("set_many", [], *args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._guarded("add", False, *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._guarded("incr", None, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._guarded("delete", False, *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._guarded("delete_many", 0, *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._guarded("has_key", False, *args, **kwargs)


def location(redis_url: str, alias: str) -> str:
    """`redis_url` with the database number of `alias`."""
    parts = urlsplit(redis_url)
    number = DATABASES[alias]
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={number}"
    return urlunsplit(parts._replace(path=f"/{number}"))


def cache_settings(redis_url: str) -> dict[str, dict[str, Any]]:
    """Django's CACHES for the three aliases default, limits and sessions."""
    return {
        alias: {
            "BACKEND": "machipoke.caching.BreakerCache",
            "LOCATION": location(redis_url, alias),
            "KEY_PREFIX": "machipoke",
            "OPTIONS": {
                "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
                "SOCKET_CONNECT_TIMEOUT": 0.2,
                "SOCKET_TIMEOUT": 0.3,
                # redis-py's own retries turned a 0.3 s time-out into 7.4 s on a hung store.
                "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 0)},
            },
        }
        for alias in ("default", "limits", "sessions")
    }


def is_reachable() -> bool:
    """Whether the key/value store answers now, whatever the breaker remembers."""
    try:
        return bool(caches["default"].client.get_client().ping())  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - any failure of a probe is its answer
        return False


def rewrite_own_log() -> None:
    """Have Valkey write its append-only file anew, in the background: what was deleted is in it until then."""
    with contextlib.suppress(Exception):  # away, or busy with just that
        caches["default"].client.get_client().bgrewriteaof()  # type: ignore[attr-defined]
