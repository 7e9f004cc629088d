"""A post that is not yet complete: kept as it was typed, until it is posted."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machipoke.text import clean

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

MOST_KEPT = 50
"""Drafts of one person; the oldest goes when another comes."""

MOST_TYPED = 90_000
"""A spot with every field full has 6,000 characters, of at most twelve once quoted; all drafts stand on one page."""

NAME_CHARACTERS = 80


class DraftQuerySet(models.QuerySet["Draft"]):
    """A draft is its owner's alone."""

    def visible_to(self, viewer: User | AnonymousUser | None) -> DraftQuerySet:
        """One's own."""
        return self.filter(owner_id=viewer.pk) if viewer is not None and viewer.pk else self.none()


class Draft(models.Model):
    """The fields of a post as they were typed; `id` is the token of the form they were typed into.

    A post with a name, a place and a category is a Spot whose state is draft. This is what comes before that: it may
    lack everything a Spot must have.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    typed = models.TextField()
    updated_at = models.DateTimeField(default=timezone.now)

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("書きかけ")
        verbose_name_plural = _("書きかけ")
        ordering = ["-updated_at", "-id"]
        indexes = [models.Index(fields=["owner", "-updated_at"], name="draft_by_owner")]

    def __str__(self) -> str:
        return self.name

    @property
    def fields(self) -> QueryDict:
        """What was typed, by field."""
        return QueryDict(self.typed)

    @property
    def name(self) -> str:
        """The name typed so far, cut where it is too long for one; may be empty."""
        return clean(self.fields.get("name", ""))[:NAME_CHARACTERS]

    def keep(self) -> None:
        """Store it over what the same form kept before, and let the oldest go beyond `MOST_KEPT`.

        An id that is another person's is not theirs to take: the draft gets one of its own.
        """
        self.updated_at = timezone.now()
        # Sent twice at once, neither would find the other's row before it stores its own.
        Draft.objects.bulk_create([self], ignore_conflicts=True)
        own = Draft.objects.filter(pk=self.pk, owner=self.owner)
        if not own.update(typed=self.typed, updated_at=self.updated_at):
            self.pk = uuid.uuid4()
            self.save(force_insert=True)
        older = Draft.objects.filter(owner=self.owner).values_list("pk", flat=True)[MOST_KEPT:]
        Draft.objects.filter(pk__in=list(older)).delete()
