"""The ids of spots that are not posted yet, under which their photos lie already.

The server makes them and knows its own again: an id that a person made up could be that of a spot that is gone, or
ask whether there is one.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

_SALT = "media_store.galleries"
_HEAD_BYTES = 8
"""Of an id is random, the rest is its seal; six bits of the sixteen bytes say that it is a UUID of version 4."""


def new(owner_id: int) -> uuid.UUID:
    """A gallery that only the person `owner_id` can send to, for as long as the site has its key."""
    return _sealed(uuid.uuid4().bytes[:_HEAD_BYTES], owner_id, settings.SECRET_KEY)


def is_own(gallery: uuid.UUID, owner_id: int) -> bool:
    """Whether it was made here for that person, with the key of today or with one that is being replaced."""
    head = gallery.bytes[:_HEAD_BYTES]
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(constant_time_compare(_sealed(head, owner_id, key).bytes, gallery.bytes) for key in keys)


def _sealed(head: bytes, owner_id: int, key: str | bytes) -> uuid.UUID:
    seal = salted_hmac(_SALT, head + str(owner_id).encode(), secret=key, algorithm="sha256").digest()
    return uuid.UUID(bytes=head + seal[: 16 - _HEAD_BYTES], version=4)
