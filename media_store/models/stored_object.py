"""One row per durable object: where its bytes are, what they are, and which step of its life comes next."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from media_store.models.withdrawal import Withdrawal

PENDING_KEPT = timedelta(hours=1)
"""Far above every deadline of an upload, so that a sweep never meets one under way."""

UNATTACHED_KEPT = timedelta(days=1)
"""How long a form that was left lying finds its photos again."""

ORIGINAL_KEPT = timedelta(days=30)
"""How long what was sent is kept, unread, for making the master anew; it may still say where it was taken."""


class StoredObjectQuerySet(models.QuerySet["StoredObject"]):
    """Questions about objects, and the one way out of use."""

    def ready(self) -> StoredObjectQuerySet:
        """Whose bytes are there and may be used."""
        return self.filter(state="ready")

    def readable(self) -> StoredObjectQuerySet:
        """Whose bytes are there: in use, or taken away and not yet swept."""
        return self.filter(Q(state="ready") | Q(state="condemned", delete_after__gt=timezone.now()))

    def unattached(self) -> StoredObjectQuerySet:
        """To which no row of any model points."""
        from media_store.models.fields import object_fields

        objects = self
        for field in object_fields():
            holders = field.model._base_manager.filter(**{field.attname: OuterRef("pk")})
            objects = objects.filter(~Exists(holders))
        return objects

    def condemn(self, at_once: bool = False, kept: timedelta | None = None) -> int:
        """End the use of these objects; their bytes go after the grace, or `kept`, or `at_once` with the next sweep.

        Their originals go with them, the grace at the latest. From the end of this transaction on nobody reaches them
        by any address but who may see the deleted row that holds them.
        """
        now, grace = timezone.now(), timedelta(days=settings.DELETION_GRACE_DAYS)
        due = now if at_once else now + (grace if kept is None else kept)
        with transaction.atomic():
            # Asked again once nobody else can change them: a photo may be attached just now.
            asked = list(self.order_by().values_list("pk", flat=True))
            list(StoredObject.objects.select_for_update().filter(pk__in=asked).order_by("pk").values_list("pk"))
            known = list(self.filter(pk__in=asked).values_list("pk", "bucket", "key"))
            Withdrawal.objects.withdraw(key for _pk, bucket, key in known if bucket == "media")
            ids = [pk for pk, _bucket, _key in known]
            originals = StoredObject.objects.filter(bucket="private", key__in=[original_key(pk) for pk in ids])
            originals.exclude(delete_after__lte=min(due, now + grace)).update(delete_after=min(due, now + grace))
            originals.exclude(state="condemned").update(state="condemned")
            rows = StoredObject.objects.filter(pk__in=ids).exclude(state="condemned", delete_after__lte=due)
            return rows.update(state="condemned", delete_after=due)


class StoredObject(models.Model):
    """An object and its state: pending (the bytes may be there), ready, condemned (the bytes go at `delete_after`).

    A crash at any point leaves a row that says what to do. `id` is the photo's or file's own; `owner_id` a person's
    plain id, since people depend on this app and not the other way round. `sha256` is of the bytes that are stored,
    `original_sha256` of what was sent. `gallery` is the id of the spot that a photo is for, which may not be posted
    yet. Width, height, placeholder and colour are of pictures alone.
    """

    class Bucket(models.TextChoices):
        MEDIA = "media", _("公開するファイル")
        PRIVATE = "private", _("公開しないファイル")
        BACKUPS = "backups", _("バックアップ")

    class Place(models.TextChoices):
        FOLDER = "folder", _("フォルダー")
        S3 = "s3", "S3"

    class Kind(models.TextChoices):
        PHOTO = "photo", _("写真")
        AVATAR = "avatar", _("プロフィールの写真")
        ATTACHMENT = "attachment", _("添付")
        ORIGINAL = "original", _("送られたままの写真")

    class State(models.TextChoices):
        PENDING = "pending", _("送信中")
        READY = "ready", _("使える")
        CONDEMNED = "condemned", _("消す予定")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bucket = models.CharField(max_length=8, choices=Bucket, default=Bucket.MEDIA)
    place = models.CharField(max_length=6, choices=Place)
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    content_type = models.CharField(max_length=40)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    original_sha256 = models.CharField(max_length=64, blank=True)
    gallery = models.UUIDField(null=True, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    placeholder = models.CharField(max_length=600, blank=True)
    colour = models.CharField(max_length=7, blank=True)
    owner_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    delete_after = models.DateTimeField(null=True, blank=True)

    objects = StoredObjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("ファイル")
        verbose_name_plural = _("ファイル")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner_id", "created_at"], name="object_by_owner"),
            models.Index(fields=["state", "delete_after"], name="object_due"),
            models.Index(fields=["state", "created_at"], name="object_by_age"),
            models.Index(fields=["sha256"], name="object_sha256"),
            models.Index(fields=["original_sha256"], name="object_original_sha256"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["bucket", "key"], name="object_key_once"),
            # The same file again is the same photo, also when both arrive at once.
            models.UniqueConstraint(
                fields=["owner_id", "gallery", "original_sha256"],
                condition=Q(kind="photo", state__in=["pending", "ready"]),
                name="object_photo_once",
            ),
            models.CheckConstraint(condition=Q(bucket__in=["media", "private", "backups"]), name="object_bucket_known"),
            models.CheckConstraint(condition=Q(place__in=["folder", "s3"]), name="object_place_known"),
            models.CheckConstraint(
                condition=Q(kind__in=["photo", "avatar", "attachment", "original"]), name="object_kind_known"
            ),
            models.CheckConstraint(condition=Q(state__in=["pending", "ready", "condemned"]), name="object_state_known"),
            models.CheckConstraint(
                condition=~Q(state="condemned") | Q(delete_after__isnull=False), name="object_condemned_has_time"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_readable(self) -> bool:
        """Whether its bytes are there."""
        return self.state == self.State.READY or self.is_revivable

    @property
    def is_revivable(self) -> bool:
        """Whether its bytes are still there although it is condemned."""
        is_over = self.delete_after is None or self.delete_after <= timezone.now()
        return self.state == self.State.CONDEMNED and not is_over

    def revive(self) -> bool:
        """Take a condemned object back into use before its bytes are gone; whether this call did."""
        now = timezone.now()
        rows = StoredObject.objects.filter(pk=self.pk, state=self.State.CONDEMNED, delete_after__gt=now)
        with transaction.atomic():
            revived = bool(rows.update(state=self.State.READY, delete_after=None))
            originals = StoredObject.objects.filter(bucket="private", key=original_key(self.pk))
            if revived:
                kept = {"state": self.State.READY, "delete_after": self._original_due()}
                originals.filter(state=self.State.CONDEMNED, delete_after__gt=now).update(**kept)
        if revived:
            self.state, self.delete_after = self.State.READY, None
        return revived

    def _original_due(self) -> datetime:
        return self.created_at + ORIGINAL_KEPT


def original_key(pk: uuid.UUID) -> str:
    """Where what was sent for the object `pk` is kept, in the private bucket."""
    return f"originals/{pk}"
