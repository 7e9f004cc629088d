"""The hot tier: what is looked at most, kept in the key/value store while masters are in a bucket.

For servers that share a bucket: a new one, or one whose folder is full, gets a popular picture in a millisecond instead
of fetching the master and making the size. With masters in a folder it is off: that folder is quicker.
"""

from __future__ import annotations

import base64
import threading
import time

from django.conf import settings
from django.core.cache import cache

from media_store import variant_files
from media_store.models import StoredObject
from media_store.variants import RECIPE, Variant

HOT = Variant(640)
"""The size of a card and of a phone's cover."""

VIEWS = 100
LARGEST_BYTES = 1_000_000
KEPT_SECONDS = 7 * 24 * 3600

_TOLD_EVERY_SECONDS = 15.0
"""Views are counted here and told at once: a hit costs no way to the store."""

_MOST_TOLD = 200
"""Pictures at a time; those beyond were looked at least, and are counted anew."""

_views: dict[str, int] = {}
_due = 0.0
_guard = threading.Lock()


def count(key: str, variant: Variant) -> None:
    """One look at a picture."""
    if variant != HOT or settings.OBJECT_PLACES["media"] != "s3":
        return
    global _due, _views
    with _guard:
        _views[key] = _views.get(key, 0) + 1
        if time.monotonic() < _due:
            return
        told, _views = _views, {}
        _due = time.monotonic() + _TOLD_EVERY_SECONDS
    most = sorted(told.items(), key=lambda item: -item[1])[:_MOST_TOLD]
    for one, views in most:
        _tell(one, views)


def _tell(key: str, views: int) -> None:
    cache.add(_counter(key), 0, KEPT_SECONDS)
    total = cache.incr(_counter(key), views)
    if (total or 0) >= VIEWS and not cache.has_key(_name(key)):
        found = variant_files.find(key, HOT.name)
        content = found.read() if found else None
        if content is not None:
            _keep(key, content)


def _keep(key: str, content: bytes) -> None:
    if len(content) <= LARGEST_BYTES:
        cache.set(_name(key), base64.b64encode(content).decode(), KEPT_SECONDS)


def find(key: str, variant: Variant) -> bytes | None:
    """The bytes, which are then kept for another week; the caller has asked the database whether they are public."""
    if variant != HOT:
        return None
    text = cache.get(_name(key))
    if not isinstance(text, str):
        return None
    content = base64.b64decode(text)
    _keep(key, content)
    return content


def forget(prefix: str) -> None:
    """Drop the pictures whose keys begin so, and what was counted of them."""
    if settings.OBJECT_PLACES["media"] != "s3":
        return
    keys = [prefix]
    if prefix.endswith("/"):
        keys = list(StoredObject.objects.filter(bucket="media", key__startswith=prefix).values_list("key", flat=True))
    if keys:
        cache.delete_many([name for key in keys for name in (_name(key), _counter(key))])


def _name(key: str) -> str:
    return f"hot {RECIPE} {key}".replace(" ", ":")


def _counter(key: str) -> str:
    return f"views:{key}"
