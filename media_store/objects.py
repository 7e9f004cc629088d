"""The life of an object: stored so that a crash leaves a row that says what to do, read, and swept when it is over."""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction

from machipoke.availability import Busy
from media_store.models import StoredObject
from media_store.stores import place_for_new, store_of


class New(NamedTuple):
    """A row that is not yet stored, and its bytes."""

    row: StoredObject
    content: bytes


class Overtaken(Busy):
    """While the bytes were on their way somebody took the object away, or the sweep gave it up: it is not stored."""


def begin(*new: New) -> None:
    """Commit the rows as pending; from here on the sweep knows of the bytes. Raises IntegrityError for a taken key."""
    with transaction.atomic():
        for row, content in new:
            row.place, row.size_bytes, row.state = place_for_new(row.bucket), len(content), StoredObject.State.PENDING
            row.save(force_insert=True)


def finish(*new: New) -> None:
    """Put the bytes and mark the rows ready. Never inside a transaction: the store is remote.

    Raises StoreUnavailable where the store did not take them, and Overtaken; rows that are pending stay so, all of
    them, for the sweep.
    """
    for row, content in new:
        store_of(row.bucket, row.place).put(row.key, content, row.content_type)
    pending = StoredObject.objects.filter(pk__in=[row.pk for row, _content in new], state=StoredObject.State.PENDING)
    try:
        with transaction.atomic():
            # Only what is pending still: nobody who was told that a photo is gone sees it come back.
            if pending.update(state=StoredObject.State.READY) != len(new):
                raise Overtaken
    except Overtaken:
        _remove_bytes_without_row(*new)
        raise
    for row, _content in new:
        row.state = StoredObject.State.READY


def _remove_bytes_without_row(*new: New) -> None:
    """What was put after the sweep removed its row: nobody else knows of it."""
    known = set(StoredObject.objects.filter(pk__in=[row.pk for row, _content in new]).values_list("pk", flat=True))
    for row, _content in new:
        if row.pk not in known:
            store_of(row.bucket, row.place).delete_many([row.key])


def store(row: StoredObject, content: bytes) -> StoredObject:
    """Both, for an object of its own."""
    new = New(row, content)
    begin(new)
    finish(new)
    return row


def read(row: StoredObject) -> bytes:
    """The bytes of an object. Raises StoreUnavailable, or ObjectMissing."""
    return store_of(row.bucket, row.place).get(row.key)
