"""Which addresses below /images/ stopped being public: the list by which every process forgets what it kept of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import models, transaction
from django.utils import timezone


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    """Appends."""

    def withdraw(self, prefixes: Iterable[str]) -> None:
        """Have every process, here and on other servers, forget what it kept of keys that begin so.

        Part of the transaction that takes them away; this server forgets as soon as it is over.
        """
        from media_store.variant_files import forget

        rows = [Withdrawal(prefix=prefix) for prefix in prefixes]
        Withdrawal.objects.bulk_create(rows)
        for row in rows:
            transaction.on_commit(partial(forget, row.prefix))


class Withdrawal(models.Model):
    """One key (`spots/…/….jpg`), or all keys of a spot (`spots/<id>/`), from that moment on."""

    prefix = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["created_at"], name="withdrawal_age")]

    def __str__(self) -> str:
        return self.prefix
