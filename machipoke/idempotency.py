"""A write that is sent twice happens once: the first answer is kept for a day and given again.

The key's row and what it stands for are stored in one transaction. Of fifty requests at the same moment one makes
the row; the others wait for its commit (SQLite for the one writer, PostgreSQL for the unique key) and read its answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from machipoke.models import IdempotentAnswer

LIFETIME = timedelta(hours=24)
MOST_SWEPT = 100
"""Old answers removed by each new one: more than come, so that the table stays a day long."""


class Answer(NamedTuple):
    """What was answered: status, the headers that are part of it, and the body as text."""

    status: int
    headers: dict[str, str]
    body: str = ""


class KeyReused(Exception):
    """The key came with another content before. `answer` is what that was answered."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("The key was used for another content.")
        self.answer = answer


def scope_of(person: Any) -> str:
    """Whose keys they are: a person's own; those of signed-out visitors share one scope and must be random."""
    return f"user:{person.pk}" if person is not None and person.pk else "anonymous"


def digest_of(*parts: bytes) -> str:
    """What tells two contents apart."""
    return sha256(b"\0".join(parts)).hexdigest()


def kept(scope: str, key: str, digest: str) -> Answer | None:
    """The answer that the same key and content had within `LIFETIME`; None where it is not known yet.

    Raises KeyReused for the same key with another content.
    """
    since = timezone.now() - LIFETIME
    row = IdempotentAnswer.objects.filter(scope=scope, key=key, created_at__gte=since).exclude(status=0).first()
    return None if row is None else _of(row, digest)


def once(scope: str, key: str, digest: str, make: Callable[[], Answer]) -> Answer:
    """`make()`'s answer, or the one that the same key and content had within `LIFETIME`.

    What `make` raises leaves nothing behind, the key neither. Raises KeyReused for the same key with another content.
    """
    with transaction.atomic():
        _sweep(scope, key)
        row = IdempotentAnswer(scope=scope, key=key, digest=digest)
        IdempotentAnswer.objects.bulk_create([row], ignore_conflicts=True)
        stored = IdempotentAnswer.objects.select_for_update().get(scope=scope, key=key)
        if stored.status:
            return _of(stored, digest)
        answer = make()
        stored.status, stored.headers, stored.body = answer
        stored.save(update_fields=["status", "headers", "body"])
        return answer


def _of(row: IdempotentAnswer, digest: str) -> Answer:
    answer = Answer(row.status, row.headers, row.body)
    if row.digest != digest:
        raise KeyReused(answer)
    return answer


def _sweep(scope: str, key: str) -> None:
    """Remove old answers: this key's own, and a few others that no request is removing just now."""
    old = IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - LIFETIME)
    found = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:MOST_SWEPT])
    if found:
        IdempotentAnswer.objects.filter(pk__in=found).delete()
        old.filter(scope=scope, key=key).delete()
