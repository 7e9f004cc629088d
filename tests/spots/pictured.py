"""Photos and attachments of spots, stored as the site stores them."""

from __future__ import annotations

import io
import uuid
from typing import Any

from accounts.models import User
from media_store import objects
from media_store.models import StoredObject
from media_store.uploads import take_photo
from spots.models import Attachment, Spot, SpotPhoto
from spots.models.photo import NewPhoto
from tests import pictures


def photo_of(
    spot: Spot, by: User, seed: int = 1, size: tuple[int, int] = (400, 300), sent: bytes = b"", **words: Any
) -> SpotPhoto:
    """A new photo of `spot`, of the file `sent` or one made here: another `seed` is another picture; `words` are those
    of `NewPhoto`.
    """
    taken = take_photo(io.BytesIO(sent or pictures.make(size, seed=seed)), by.pk, spot.pk)
    [photo] = SpotPhoto.objects.attach(spot, [NewPhoto(taken.row.pk, **words)], by)
    stored: SpotPhoto = SpotPhoto.objects.select_related("image", "spot").get(pk=photo.pk)
    return stored


def attachment_of(spot: Spot, by: User, content: bytes = b"<gpx/>", title: str = "散歩道") -> Attachment:
    """A new GPX file of `spot`."""
    pk = uuid.uuid4()
    row = StoredObject(pk=pk, kind="attachment", key=f"attachments/{spot.pk}/{pk}.gpx", owner_id=by.pk)
    row.content_type, row.sha256 = "application/gpx+xml", uuid.uuid4().hex * 2
    objects.store(row, content)
    return Attachment.objects.create(pk=pk, spot=spot, file=row, format="gpx", title=title, uploaded_by=by)


def avatar_of(person: User, seed: int = 9) -> StoredObject:
    """A new picture of a person."""
    content = pictures.make((256, 256), "WEBP", seed=seed)
    digest = uuid.uuid4().hex * 2
    row = StoredObject(kind="avatar", key=f"users/{person.pk}/avatar-{digest[:12]}.webp", owner_id=person.pk)
    row.content_type, row.sha256, row.width, row.height = "image/webp", digest, 256, 256
    person.avatar = objects.store(row, content)
    person.save(update_fields=["avatar"])
    return row
