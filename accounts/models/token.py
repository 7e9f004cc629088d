"""Tokens of the API: many a person, stored as a hash, with a name, a scope and an end."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken, AuthTokenManager

from accounts.models.user import User
from machipoke.availability import is_unavailable
from machipoke.fields import LineField, refuse_blank

LIFETIMES_DAYS = (30, 90, 365)
"""What a person may choose."""

DEFAULT_DAYS = 90

MOST_TOKENS = 50
"""Per person: enough for every device and script, and few enough for one page."""


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """The rules about tokens that a query can hold."""

    def visible_to(self, viewer: User | AnonymousUser | None) -> ApiTokenQuerySet:
        """One's own: nobody else, moderators neither, learns what programs a person uses."""
        return self.filter(user_id=viewer.pk) if viewer is not None and viewer.pk else self.none()

    def within(self, token: ApiToken | None) -> ApiTokenQuerySet:
        """What a request with this token, or by session, may see and revoke: one that only reads, itself alone."""
        return self if token is None or token.may_write else self.filter(pk=token.pk)


class ApiToken(AbstractAuthToken):
    """One token. What is stored is the SHA-512 of 256 random bits: it cannot be turned back, and needs no salt."""

    class Scope(models.TextChoices):
        READ = "read", _("読むだけ")
        WRITE = "write", _("読み書き")

    id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = LineField(_("名前"), limit=50, validators=[refuse_blank])
    scope = models.CharField(_("できること"), max_length=5, choices=Scope, default=Scope.READ)
    last_used_on = models.DateField(_("最後に使った日"), null=True, blank=True, editable=False)

    objects: Any = AuthTokenManager.from_queryset(ApiTokenQuerySet)()

    class Meta:
        verbose_name = _("API トークン")
        verbose_name_plural = _("API トークン")
        ordering = ["-created"]
        constraints = [models.CheckConstraint(condition=Q(scope__in=["read", "write"]), name="token_scope_known")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def make(cls, person: User, name: str, scope: str, days: int = DEFAULT_DAYS) -> tuple[ApiToken, str]:
        """Store a token of that person; answers it and, this once, its text.

        Raises ValidationError for a bad name or one token too many, PermissionDenied where the person may not have it.
        Tokens that have expired make room.
        """
        cls.refuse(name, scope)
        with transaction.atomic():
            current = User.objects.select_for_update().get(pk=person.pk)  # one at a time, or the count is overtaken
            if not current.is_active or (scope == cls.Scope.WRITE and not current.may_write):
                raise PermissionDenied(gettext("利用停止中は、書けるトークンを作れません。"))
            own = cls.objects.filter(user=current)
            own.filter(expiry__lte=timezone.now()).delete()
            if own.count() >= MOST_TOKENS:
                refusal = gettext("トークンは%(most)d個までです。使わないものを取り消してください。") % {
                    "most": MOST_TOKENS
                }
                raise ValidationError(refusal, code="too_many")
            made: tuple[ApiToken, str] = cls.objects.create(current, timedelta(days=days), name=name, scope=scope)
        return made

    @classmethod
    def refuse(cls, name: str, scope: str) -> None:
        """Raise ValidationError for what no token can be called or do."""
        cls(name=name, scope=scope).clean_fields(exclude={"digest", "token_key", "user"})

    @property
    def is_expired(self) -> bool:
        return self.expiry is not None and self.expiry <= timezone.now()

    @property
    def may_write(self) -> bool:
        return self.scope == self.Scope.WRITE

    def used(self) -> None:
        """Remember the day, written at most once a day: a finer time would be a diary, and a write per request.

        Best effort: reads go on while the database takes no write.
        """
        today = timezone.localdate()
        if self.last_used_on == today:
            return
        try:
            ApiToken.objects.filter(pk=self.pk).update(last_used_on=today)
        except DatabaseError as error:
            if not is_unavailable(error):
                raise
        self.last_used_on = today
