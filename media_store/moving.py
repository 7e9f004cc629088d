"""From one place to another, object by object, while the site stays up: rows say where each is at every moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

from django.conf import settings

from machipoke.locks import alone
from media_store.models import StoredObject, StoredObjectQuerySet
from media_store.stores import ObjectMissing, Store, StoreUnavailable, place_for_new, store_of
from media_store.sweeping import LOCK

MOVED = ("media", "private")
"""Backups hold their own copies and stay where they are."""

READERS_SECONDS = 30.0
"""How long an old copy outlives its row's change: above the deadline of everyone who read the row before it."""

BATCH = 50
"""Objects between which the sweep gets its turn."""


TURN_SECONDS = 600.0
"""How long a sweep may take before this gives up; it can be called again."""


class MoveRefused(Exception):
    """Why nothing was moved, and what to do."""


@dataclass
class Moved:
    """How many are at the new place now, how many old copies went, how many could not be moved, how many are new."""

    moved: int = 0
    removed: int = 0
    failed: int = 0
    under_way: int = 0


def buckets_to(target: str) -> list[str]:
    """The buckets that have that place. Raises MoveRefused where there is none, or new objects go elsewhere."""
    if f"media_{target}" not in settings.STORAGES:
        raise MoveRefused("S3 が設定されていません。S3_BUCKET などを入れてください。")
    if place_for_new("media") != target:
        hint = f"MEDIA_STORE={target} にして、サイトを動かし直してから実行してください。"
        raise MoveRefused(f"新しい写真がまだ別の場所に入ります。{hint}")
    return [bucket for bucket in MOVED if place_for_new(bucket) == target]


def left_to_move(target: str) -> int:
    """How many objects are elsewhere."""
    return sum(_elsewhere(bucket, target).count() for bucket in buckets_to(target))


def move(target: str, tell: Callable[[], None], wait_seconds: float = READERS_SECONDS) -> Moved:
    """Move all that is elsewhere to `target`, then remove the old copies; `tell` is called for each object.

    Killed at any moment it is done again: a row points at a copy that was read back whole, or still at the old one.
    Raises StoreUnavailable, and MoveRefused.
    """
    done = Moved()
    for bucket in buckets_to(target):
        _copy(bucket, target, done, tell)
    for bucket in buckets_to(target):
        _remove_old(bucket, target, done, wait_seconds)
        done.under_way += StoredObject.objects.filter(bucket=bucket, state="pending").exclude(place=target).count()
    return done


def _elsewhere(bucket: str, target: str) -> StoredObjectQuerySet:
    """Whose bytes are there; what is pending goes where its upload began, and is moved with the next run."""
    return StoredObject.objects.filter(bucket=bucket).exclude(place=target).exclude(state="pending")


def _copy(bucket: str, target: str, done: Moved, tell: Callable[[], None]) -> None:
    after = None
    while True:
        with _our_turn():
            rows = _elsewhere(bucket, target).order_by("pk")
            batch = list((rows.filter(pk__gt=after) if after else rows)[:BATCH])
            for row in batch:
                is_moved = _copy_one(row, target)
                done.moved += is_moved
                done.failed += not is_moved
                tell()
        if not batch:
            return
        after = batch[-1].pk


def _copy_one(row: StoredObject, target: str) -> bool:
    """Whether the row points at `target` now. The old copy stays: somebody may have read the row just before."""
    new = store_of(row.bucket, target)
    try:
        content = store_of(row.bucket, row.place).get(row.key)
    except ObjectMissing:
        return False
    if sha256(content).hexdigest() != row.sha256:
        return False
    new.put(row.key, content, row.content_type)
    if sha256(new.get(row.key)).hexdigest() != row.sha256:
        return False
    same = StoredObject.objects.filter(pk=row.pk, place=row.place, key=row.key).exclude(state="pending")
    return bool(same.update(place=target))


def _remove_old(bucket: str, target: str, done: Moved, wait_seconds: float) -> None:
    """What is elsewhere although its row points at `target`: found by listing, so that a killed run leaves none."""
    other = next(place for place in StoredObject.Place.values if place != target)
    if f"{bucket}_{other}" not in settings.STORAGES:
        return
    store = store_of(bucket, other)
    if next(_old_copies(bucket, target, store), None) is None:
        return
    time.sleep(wait_seconds)
    for batch in _old_copies(bucket, target, store):
        with _our_turn():
            store.delete_many(batch)
        done.removed += len(batch)


def _old_copies(bucket: str, target: str, store: Store) -> Iterator[list[str]]:
    for keys in _batches(store.keys()):
        rows = StoredObject.objects.filter(bucket=bucket, place=target, key__in=keys).exclude(state="pending")
        if found := list(rows.values_list("key", flat=True)):
            yield found


def _batches(keys: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(keys, 500)):
        yield batch


@contextmanager
def _our_turn() -> Iterator[None]:
    """Not while the sweep removes objects: it would not know of a copy that is made meanwhile."""
    deadline = time.monotonic() + TURN_SECONDS
    while True:
        with alone(LOCK) as is_ours:
            if is_ours:
                yield
                return
        if time.monotonic() > deadline:
            raise StoreUnavailable("the sweep did not end")
        time.sleep(0.2)
