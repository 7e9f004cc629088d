"""The picture of a person: one at a time, at an address that is another for every picture."""

from __future__ import annotations

import uuid
from hashlib import sha256
from typing import IO

from django.db import IntegrityError, transaction

from accounts.models import User
from machipoke.availability import Busy
from media_store import objects, pictures, quota, receiving
from media_store.models import StoredObject
from media_store.objects import New
from media_store.receiving import modest_size_of, refuse_taken_down, row_of
from media_store.slots import transform_slot

WAIT_SECONDS = 10.0
"""For a turn to decode, like a photo of a spot."""


def store_avatar(person: User, file: IO[bytes]) -> StoredObject:
    """The square that is made of the file, stored but not yet shown; one that the person had before is found again.

    Never inside a transaction. Raises PictureRefused, UploadRefused, Busy, or StoreUnavailable.
    """
    size_bytes = modest_size_of(file)
    quota.PICTURES.require(person.pk, size_bytes)
    with transform_slot(WAIT_SECONDS):
        made = pictures.ingest_square(file)
    refuse_taken_down(made.original_sha256, made.sha256)
    usual = _key(person, made.sha256)
    before = StoredObject.objects.filter(bucket=StoredObject.Bucket.MEDIA, key=usual).first()
    if before is not None and (before.state == StoredObject.State.READY or before.is_revivable):
        return before
    # One that is just being sent, or just being swept, keeps its address: this one takes another.
    key = usual if before is None else _key(person, f"{made.sha256}{uuid.uuid4()}")
    row = row_of(made, StoredObject.Kind.AVATAR, key, person.pk)
    new = New(row, made.content)
    try:
        with transaction.atomic():
            sent = quota.PICTURES.spend(person.pk, row.kind, size_bytes)
            objects.begin(new)
    except IntegrityError as error:
        raise Busy("the same picture arrived at the same moment") from error
    receiving.finish(new, sent=sent)
    return row


def _key(person: User, told_apart_by: str) -> str:
    """Twelve digits of the picture's own hash, so that a year's caching holds true."""
    digest = told_apart_by if len(told_apart_by) == 64 else sha256(told_apart_by.encode()).hexdigest()
    return f"users/{person.pk}/avatar-{digest[:12]}.webp"


def show_avatar(person: User, row: StoredObject) -> None:
    """Make it the picture of `person`; the one before is at no address from the end of this transaction on.

    Raises Busy where it was swept meanwhile.
    """
    with transaction.atomic():
        current = User.objects.select_for_update().get(pk=person.pk)
        stored = StoredObject.objects.select_for_update().filter(pk=row.pk).first()
        if stored is None or not (stored.state == StoredObject.State.READY or stored.revive()):
            raise Busy("the picture was swept before it was shown")
        if current.avatar_id != stored.pk:
            _swap(current, stored)
    person.avatar = stored


def remove_avatar(person: User) -> bool:
    """Back to the first letter of the name; whether there was a picture."""
    with transaction.atomic():
        current = User.objects.select_for_update().get(pk=person.pk)
        had_one = current.avatar_id is not None
        if had_one:
            _swap(current, None)
    person.avatar = None
    return had_one


def _swap(current: User, stored: StoredObject | None) -> None:
    before = current.avatar_id
    User.objects.filter(pk=current.pk).update(avatar=stored)
    if before is not None:
        StoredObject.objects.filter(pk=before).condemn()
