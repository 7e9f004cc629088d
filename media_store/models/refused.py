"""Pictures that a rule took away: the same file is not taken again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import models
from django.utils import timezone

from machipoke.fields import LineField
from media_store.models.stored_object import StoredObject


class RefusedPictureQuerySet(models.QuerySet["RefusedPicture"]):
    """The list of what is refused."""

    def refuse(self, pictures: Iterable[StoredObject], reason: str, decision: uuid.UUID | None = None) -> None:
        """Refuse what was sent for these pictures and what was made of it, from everyone, for `reason`.

        `decision` names one that was about all of them, and is taken back for all of them.
        """
        rows = [
            RefusedPicture(sha256=sha256, picture=decision or picture.pk, reason=reason)
            for picture in pictures
            for sha256 in {picture.sha256, picture.original_sha256} - {""}
        ]
        RefusedPicture.objects.bulk_create(rows, ignore_conflicts=True)

    def allow(self, picture: uuid.UUID) -> None:
        """Take a decision back, about a picture or about several."""
        self.filter(picture=picture).delete()

    def reason_for(self, sha256: str) -> str | None:
        """Why a file is refused; None where it is not."""
        return self.filter(sha256=sha256).values_list("reason", flat=True).first()


class RefusedPicture(models.Model):
    """The sha256 of a file that is refused, because of which picture or decision about several, and why."""

    sha256 = models.CharField(max_length=64)
    picture = models.UUIDField()
    reason = LineField(limit=200)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = RefusedPictureQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256", "picture"], name="refused_once_per_picture")]

    def __str__(self) -> str:
        return self.sha256[:12]
