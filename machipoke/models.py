"""What belongs to no app of the site: the answers that are given again when a request comes twice."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class IdempotentAnswer(models.Model):
    """The answer to a write that carried a key; one row per person and key."""

    scope = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="idempotent_age")]
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotent_once")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"
