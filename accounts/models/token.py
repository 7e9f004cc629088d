"""Tokens of the API: many a person, stored as a hash, with a name, a scope and an end."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken, AuthTokenManager

from machipoke.fields import LineField, refuse_blank

LIFETIMES_DAYS = (30, 90, 365)
"""What a person may choose."""

DEFAULT_LIFETIME = timedelta(days=90)

MOST_TOKENS = 50
"""Per person: enough for every device and script, and few enough for one page."""


class ApiToken(AbstractAuthToken):
    """One token. What is stored is the SHA-512 of 256 random bits: it cannot be turned back, and needs no salt."""

    class Scope(models.TextChoices):
        READ = "read", _("読むだけ")
        WRITE = "write", _("読み書き")

    id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = LineField(_("名前"), limit=50, validators=[refuse_blank])
    scope = models.CharField(_("できること"), max_length=5, choices=Scope, default=Scope.READ)
    last_used_on = models.DateField(_("最後に使った日"), null=True, blank=True, editable=False)

    objects: Any = AuthTokenManager()

    class Meta:
        verbose_name = _("API トークン")
        verbose_name_plural = _("API トークン")
        ordering = ["-created"]
        constraints = [models.CheckConstraint(condition=Q(scope__in=["read", "write"]), name="token_scope_known")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        return self.expiry is not None and self.expiry <= timezone.now()

    @property
    def may_write(self) -> bool:
        return self.scope == self.Scope.WRITE

    def used(self) -> None:
        """Remember the day, written at most once a day: a finer time would be a diary, and a write per request."""
        today = timezone.localdate()
        if self.last_used_on != today:
            ApiToken.objects.filter(pk=self.pk).update(last_used_on=today)
            self.last_used_on = today
