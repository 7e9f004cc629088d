"""The end of objects: what nobody finished, attached or wants any more goes, first the bytes, then the row."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from machipoke.jobs import JobFailedError, Result
from machipoke.locks import alone
from media_store import elsewhere, quota
from media_store.models import Sent, StoredObject, StoredObjectQuerySet, Withdrawal
from media_store.models.fields import object_fields
from media_store.models.stored_object import PENDING_KEPT, UNATTACHED_KEPT
from media_store.stores import ObjectMissing, Store, StoreUnavailable, store_of

BATCH = 500
"""Rows that are locked, and objects that are removed, at once."""

LOCK = "objects"
"""Who removes objects, or moves them from store to store, does it alone: a late deletion would meet a new object."""

WITHDRAWALS_KEPT = timedelta(days=7)
"""Far above the seconds in which every process reads them, also where a server sleeps over a weekend."""

OTHERS_KEPT = timedelta(days=7)
"""In which every server had its turn: so long a row that is over waits for the one on whose disk its bytes may lie."""

INCOMING_KEPT = timedelta(days=1)
"""What was sent straight to the bucket and never completed."""

INCOMING = "incoming/"

WORDS = {
    "unfinished": "送信が終わらなかったもの",
    "unattached": "どこにも使われなかったもの",
    "originals": "期限が過ぎた元の写真",
    "outlived": "元に戻せなくなったスポットの写真とファイル",
    "removed": "消したファイル",
    "incoming": "受け取りが終わらなかったファイル",
    "withdrawals": "古い取り下げの記録",
}
"""What is counted, for operators."""


def sweep() -> Result:
    """Do all that is due; how many by reason. Raises JobFailedError where a store was away, after all the rest.

    Nothing where another sweep or a move is under way: it will be due again in some minutes.
    """
    counts: Counter[str] = Counter()
    away: set[str] = set()
    with alone(LOCK) as is_ours:
        if is_ours:
            now = timezone.now()
            for reason, rows in _ended(now).items():
                counts[reason] = _condemn(rows)
            for bucket in StoredObject.Bucket.values:
                _remove_due(bucket, counts, away)
            _remove_incoming(now, counts, away)
            counts["withdrawals"] = Withdrawal.objects.filter(created_at__lt=now - WITHDRAWALS_KEPT).delete()[0]
            Sent.objects.filter(sent_at__lt=now - quota.PERIOD).delete()
    if away:
        raise JobFailedError(f"ストア {'、'.join(sorted(away))} が答えません。次の回に続けます。", _all(counts))
    return _all(counts)


def due() -> Result:
    """What `sweep` would do, by reason; nothing is changed."""
    now = timezone.now()
    counts = Counter({reason: rows.count() for reason, rows in _ended(now).items()})
    counts["removed"] = _due(now).count() + sum(counts.values())
    counts["incoming"] = sum(1 for store in _private_stores() for _key in _old_incoming(store, now))
    counts["withdrawals"] = Withdrawal.objects.filter(created_at__lt=now - WITHDRAWALS_KEPT).count()
    return _all(counts)


def _all(counts: Counter[str]) -> Result:
    """With a zero for what there was none of: programs find the same names each time."""
    return {reason: counts[reason] for reason in WORDS}


def _ended(now: datetime) -> dict[str, StoredObjectQuerySet]:
    """Objects whose use is over without anybody having said so."""
    ready = StoredObject.objects.ready()
    attachable = ready.filter(bucket=StoredObject.Bucket.MEDIA, created_at__lt=now - UNATTACHED_KEPT)
    return {
        "unfinished": StoredObject.objects.filter(state="pending", created_at__lt=now - PENDING_KEPT),
        "unattached": attachable.exclude(kind=StoredObject.Kind.ORIGINAL).unattached(),
        "originals": ready.filter(kind=StoredObject.Kind.ORIGINAL, delete_after__lte=now),
        "outlived": ready.filter(_outlived()),
    }


def _outlived() -> Q:
    """Held by a row that is over: of what is deleted and can come back no more."""
    held = Q(pk__in=[])
    for field in object_fields():
        rows: Any = field.model._default_manager.all()
        if hasattr(rows, "outlived"):
            held |= Q(pk__in=rows.outlived().values(field.attname))
    return held


def _condemn(rows: StoredObjectQuerySet) -> int:
    """Some at a time, each asked again once nobody else can change it: an upload may end, a form be sent, just now."""
    count = 0
    while ids := list(rows.order_by().values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            list(StoredObject.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
            count += rows.filter(pk__in=ids).count()
            rows.filter(pk__in=ids).condemn(at_once=True)
    return count


def _due(now: datetime) -> StoredObjectQuerySet:
    return StoredObject.objects.filter(state="condemned", delete_after__lte=now)


def _remove_due(bucket: str, counts: Counter[str], away: set[str]) -> None:
    """Bytes in every place where a move or a crash may have left them, and the sizes that a bucket keeps of them; the
    row when all of them are gone.

    A row that is due is nobody's any more: it cannot be revived.
    """
    now = timezone.now()
    set_up = {place for name, place in _stores() if name == bucket}
    left: set[uuid.UUID] = set()
    while rows := list(_due(now).filter(bucket=bucket).exclude(pk__in=left).order_by("delete_after")[:BATCH]):
        left |= {row.pk for row in rows if _may_be_another_servers(row, now)}
        failed = set()
        for place in sorted(set_up | {row.place for row in rows}):
            try:
                store_of(bucket, place).delete_many([row.key for row in rows])
                if (bucket, place) == ("media", "s3"):
                    elsewhere.forget(row.key for row in rows if row.width)
            except StoreUnavailable:
                failed.add(f"{bucket}_{place}")
        if failed:
            away |= failed
            return
        gone = [row for row in rows if row.pk not in left]
        with transaction.atomic():
            # Moderators may have looked at it since it was taken away.
            Withdrawal.objects.withdraw(row.key for row in gone if row.bucket == StoredObject.Bucket.MEDIA)
            _due(now).filter(pk__in=[row.pk for row in gone]).delete()
        counts["removed"] += len(gone)


def _may_be_another_servers(row: StoredObject, now: datetime) -> bool:
    """Whether its bytes are in a folder and not in this server's, where several may share the database."""
    is_shared = bool(settings.DATABASE_URL) and settings.OBJECT_PLACES["media"] == StoredObject.Place.S3
    if not is_shared or row.place != StoredObject.Place.FOLDER or row.delete_after is None:
        return False
    return now - row.delete_after < OTHERS_KEPT and not store_of(row.bucket, row.place).exists(row.key)


def _remove_incoming(now: datetime, counts: Counter[str], away: set[str]) -> None:
    for store in _private_stores():
        try:
            old = list(_old_incoming(store, now))
            store.delete_many(old)
        except StoreUnavailable:
            away.add("private_s3")
        else:
            counts["incoming"] += len(old)


def _old_incoming(store: Store, now: datetime) -> Iterator[str]:
    for key in store.keys(INCOMING):
        try:
            if store.metadata(key).modified_at < now - INCOMING_KEPT:
                yield key
        except ObjectMissing:
            continue  # it was completed just now


def _private_stores() -> list[Store]:
    """People send straight to a bucket, never to a folder."""
    return [store_of(bucket, place) for bucket, place in _stores() if (bucket, place) == ("private", "s3")]


def _stores() -> list[tuple[str, str]]:
    """Every bucket and place that is set up."""
    places = [(bucket, place) for bucket in StoredObject.Bucket.values for place in StoredObject.Place.values]
    return [(bucket, place) for bucket, place in places if f"{bucket}_{place}" in settings.STORAGES]
