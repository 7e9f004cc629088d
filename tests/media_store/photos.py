"""Photos of spots as they stand in the stores, for tests of what is done with them."""

from __future__ import annotations

import io
import uuid
from typing import Any

from accounts.models import User
from media_store.models import StoredObject
from media_store.uploads import take_photo
from spots.models import Spot
from spots.models.photo import NewPhoto, SpotPhoto
from tests import pictures


def upload(by: User, gallery: uuid.UUID, size: tuple[int, int] = (1200, 900), seed: int = 1) -> StoredObject:
    """A photo that `by` sent and that no spot has yet."""
    return take_photo(io.BytesIO(pictures.make(size, seed=seed)), by.pk, gallery).row


def add_photo(spot: Spot, by: User, size: tuple[int, int] = (1200, 900), seed: int = 1) -> SpotPhoto:
    """A photo of `spot`, sent by `by`."""
    row = upload(by, spot.pk, size, seed)
    photos: Any = SpotPhoto.objects
    return photos.attach(spot, [NewPhoto(row.pk)], by)[0]  # type: ignore[no-any-return]


def path_of(photo: SpotPhoto | StoredObject, query: str = "") -> str:
    """Where its sizes are."""
    row = photo.stored_object if isinstance(photo, SpotPhoto) else photo
    return f"/images/{row.key}{f'?{query}' if query else ''}"
