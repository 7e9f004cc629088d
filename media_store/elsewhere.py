"""Variants beyond this server: the hot tier and, where the operator wants it, `variants/` in the bucket of the masters.

Only public ones, and only for whoever has asked the database: neither is a door.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from media_store import hot
from media_store.models import StoredObject, Withdrawal
from media_store.stores import ObjectMissing, StoreUnavailable, store_of
from media_store.variants import FORMATS, RECIPE, Variant

_DONE = "variants-withdrawn-until"
_OVERLAP = timedelta(minutes=10)
"""Above the longest transaction and the making of a variant: what appears late is met by the next run."""


def find(row: StoredObject, variant: Variant) -> bytes | None:
    """The variant as another server left it."""
    if row.place != StoredObject.Place.S3:
        return None
    found = hot.find(row.key, variant)
    if found is not None or not settings.S3_KEEP_VARIANTS:
        return found
    with contextlib.suppress(ObjectMissing, StoreUnavailable):  # the master is asked next, and says what is wrong
        return store_of("media", row.place).get(_key(row.key, variant.name))
    return None


def keep(row: StoredObject, variant: Variant, content: bytes) -> None:
    """Leave it for the others."""
    if row.place == StoredObject.Place.S3 and settings.S3_KEEP_VARIANTS:
        with contextlib.suppress(StoreUnavailable):  # they make it themselves
            store_of("media", row.place).put(_key(row.key, variant.name), content, FORMATS[variant.format])


def take_back(row: StoredObject, variant: Variant) -> None:
    """Remove one."""
    if row.place == StoredObject.Place.S3 and settings.S3_KEEP_VARIANTS:
        with contextlib.suppress(StoreUnavailable):  # `forget_withdrawn` comes by
            store_of("media", row.place).delete_many([_key(row.key, variant.name)])


def forget_withdrawn() -> int:
    """Remove from the bucket the variants of what was taken away since the last time; how many withdrawals.

    Also once S3_KEEP_VARIANTS is off again: what was kept while it was on is still there. Raises StoreUnavailable; the
    next run then begins at the same moment.
    """
    if "media_s3" not in settings.STORAGES:
        return 0
    begun = timezone.now()
    since = cache.get(_DONE)  # lost with the key/value store: then everything of the week is done again
    rows = Withdrawal.objects.filter(created_at__gt=since) if since else Withdrawal.objects.all()
    prefixes = list(dict.fromkeys(rows.values_list("prefix", flat=True)))
    forget(prefixes)
    cache.set(_DONE, (begun - _OVERLAP).isoformat(), None)
    return len(prefixes)


def forget(prefixes: Iterable[str]) -> None:
    """Remove from the bucket what is kept of these pictures, or below these folders of them, by any recipe.

    Raises StoreUnavailable.
    """
    store = store_of("media", "s3")
    for prefix in prefixes:
        store.delete_many(store.keys(f"variants/{prefix.removesuffix('/')}/"))


def _key(key: str, name: str) -> str:
    """An older recipe's are never found; they go with their picture."""
    return f"variants/{key}/{RECIPE}-{name}"
