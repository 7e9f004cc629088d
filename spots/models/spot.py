"""A place worth knowing: what is stored, and how it is posted and changed. Its states are in `publication`."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, moderates
from machipoke.fields import LineField, ProseField, refusal, refuse_blank
from machipoke.locks import hold
from machipoke.text import katakana
from spots.area_matching import municipality_code
from spots.areas import Area, area_of, validate_municipality_code
from spots.cells import cell_expression
from spots.covers import cover_of
from spots.models.category import Category, Tag
from spots.models.correction import Correction
from spots.models.moderation import ModerationAction
from spots.models.publication import Publication
from spots.models.spot_query import SpotQuerySet, StaleVersion
from spots.validators import CoordinateField, validate_phone, validate_reading

if TYPE_CHECKING:
    from media_store.models import StoredObject
    from spots.models.photo import NewPhoto, SpotPhoto

__all__ = ["MAX_TAGS", "Spot", "SpotQuerySet", "StaleVersion"]

MAX_TAGS = 10
_PLACE = frozenset({"address", "latitude", "longitude"})


class Spot(Publication):
    """A spot. `version` rises with every stored change; `cell` is computed by the database from the position."""

    class Status(models.TextChoices):
        OPEN = "open", _("営業中")
        PAUSED = "paused", _("休止中")
        CLOSED = "closed", _("閉店・終了")
        MOVED = "moved", _("移転")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = LineField(_("名前"), limit=80, validators=[refuse_blank])
    reading = LineField(_("よみがな"), limit=120, blank=True, validators=[validate_reading])
    name_en = LineField(_("名前（英語）"), limit=120, blank=True)
    description = ProseField(_("説明"), limit=4000, blank=True)
    latitude = CoordinateField(_("緯度"), validators=[MinValueValidator(-90.0), MaxValueValidator(90.0)])
    longitude = CoordinateField(_("経度"), validators=[MinValueValidator(-180.0), MaxValueValidator(180.0)])
    cell = models.GeneratedField(expression=cell_expression(), output_field=models.BigIntegerField(), db_persist=True)
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        related_name="spots",
        limit_choices_to={"merged_into": None},
        verbose_name=_("カテゴリ"),
    )
    tags = models.ManyToManyField(Tag, related_name="spots", blank=True, verbose_name=_("タグ"))
    address = LineField(_("住所"), limit=200, blank=True)
    municipality_code = models.CharField(
        _("市区町村コード"), max_length=6, blank=True, validators=[validate_municipality_code]
    )
    opening_hours = ProseField(_("営業時間"), limit=500, blank=True)
    phone = LineField(_("電話"), limit=40, blank=True, validators=[validate_phone])
    website = models.URLField(
        _("ウェブサイト"), max_length=500, blank=True, validators=[URLValidator(schemes=["http", "https"])]
    )
    status = models.CharField(_("営業の状態"), max_length=6, choices=Status, default=Status.OPEN)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="spots",
        verbose_name=_("投稿した人"),
    )
    source = LineField(_("出典"), limit=100, blank=True)
    external_id = LineField(_("出典でのID"), limit=200, blank=True)
    licence = LineField(_("ライセンス"), limit=100, blank=True)
    credit = LineField(_("クレジット"), limit=200, blank=True)
    hidden_gem_score = models.PositiveSmallIntegerField(
        _("隠れ度"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    comments_locked = models.BooleanField(_("コメントを締め切る"), default=False)
    comment_count = models.PositiveIntegerField(_("コメント数"), default=0, editable=False)
    save_count = models.PositiveIntegerField(_("保存数"), default=0, editable=False)
    created_at = models.DateTimeField(_("作った日時"), default=timezone.now, editable=False)

    objects = SpotQuerySet.as_manager()
    distance_km: float | None = None
    """Set by `SpotQuerySet.nearest` only."""

    class Meta:
        verbose_name = _("スポット")
        verbose_name_plural = _("スポット")
        ordering = ["-published_at", "-id"]
        # Every index but the last three begins with the state, an equality of every public question. A partial index
        # would be smaller, but SQLite before 3.41 does not read it as covering, and without statistics its planner
        # prefers any index on the state alone.
        indexes = [
            # Position and id ride along, so that the preselection of "nearby" reads the index alone.
            models.Index(fields=["state", "cell", "latitude", "longitude", "category", "id"], name="spot_cell"),
            models.Index(
                fields=["state", "category", "cell", "latitude", "longitude", "id"], name="spot_category_cell"
            ),
            models.Index(fields=["state", "-published_at", "-id"], name="spot_newest"),
            models.Index(fields=["state", "category", "-published_at", "-id"], name="spot_category_newest"),
            models.Index(fields=["state", "municipality_code", "-published_at", "-id"], name="spot_area_newest"),
            models.Index(fields=["state", "-hidden_gem_score", "-id"], name="spot_gems"),
            models.Index(fields=["state", "-save_count", "-id"], name="spot_saved"),
            models.Index(fields=["state", "updated_at", "id"], name="spot_updated"),
            models.Index(fields=["-created_at", "-id"], name="spot_created"),
            models.Index(fields=["created_by", "-created_at"], name="spot_by_author"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(latitude__gte=-90.0, latitude__lte=90.0), name="spot_latitude_range"),
            models.CheckConstraint(
                condition=Q(longitude__gte=-180.0, longitude__lte=180.0), name="spot_longitude_range"
            ),
            models.CheckConstraint(condition=~Q(latitude=0.0, longitude=0.0), name="spot_not_null_island"),
            models.CheckConstraint(condition=~Q(name=""), name="spot_has_name"),
            models.CheckConstraint(
                condition=Q(status__in=["open", "paused", "closed", "moved"]), name="spot_status_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "published", "pending", "hidden", "deleted"]), name="spot_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False), name="spot_published_has_time"
            ),
            models.CheckConstraint(
                condition=Q(state="deleted", deleted_at__isnull=False)
                | (~Q(state="deleted") & Q(deleted_at__isnull=True)),
                name="spot_deleted_has_time",
            ),
            models.CheckConstraint(
                condition=Q(hidden_gem_score__isnull=True) | Q(hidden_gem_score__lte=100), name="spot_gem_score_range"
            ),
            models.CheckConstraint(
                condition=Q(website="") | Q(website__istartswith="http://") | Q(website__istartswith="https://"),
                name="spot_website_is_http",
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="spot_once_per_source"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    # --- rules ---

    def clean(self) -> None:
        """What fields alone cannot say; runs for site, API, admin and import alike."""
        self.reading = katakana(self.reading)
        self.phone = unicodedata.normalize("NFKC", self.phone)
        self._stamp_publication()
        position = (self.latitude, self.longitude)
        if position == (0.0, 0.0):
            raise refusal("latitude", _("位置が (0, 0) になっています。地図で場所を選んでください。"), "null_island")
        if self.external_id and not self.source:
            raise refusal("source", _("出典でのIDには出典が必要です。"), "required")

    def validate_constraints(self, exclude: Any = None) -> None:
        """Without `cell`, which no constraint reads: Django would resolve its long expression for each (112 ms)."""
        super().validate_constraints(exclude={*(exclude or ()), "cell"})

    @property
    def cover(self) -> int:
        """The number of its contour drawing, for when there is no photo."""
        return cover_of(self.pk)

    @property
    def cover_photo(self) -> SpotPhoto | None:
        """The photo that stands for it, where the QuerySet came `with_cover`."""
        photos: list[SpotPhoto] = self.__dict__.get("cover_photos", [])
        return photos[0] if photos else None

    @property
    def area(self) -> Area | None:
        """The municipality, where its code is known."""
        return area_of(self.municipality_code)

    def is_editable_by(self, user: Any) -> bool:
        """Whether `user` may change the spot: its author, or a moderator who sees it; while it is not deleted."""
        if not isinstance(user, User) or not user.may_write or self.state == self.State.DELETED:
            return False
        return self.created_by_id == user.pk or (moderates(user) and self.state != self.State.DRAFT)

    def public_addresses(self) -> list[str]:
        files = [*self.photos.published().select_related("image"), *self.attachments.published()]
        return [url for file in files for url in file.public_addresses()]

    def stored_objects(self) -> list[StoredObject]:
        photos = self.photos.exclude(state="deleted").select_related("image")
        attachments = self.attachments.exclude(state="deleted").select_related("file")
        return [file.stored_object for file in (*photos, *attachments)]

    # --- changes ---

    def post(self, tag_names: list[str], photos: Sequence[NewPhoto] = ()) -> None:
        """Validate a new spot and store it with its tags and photos in one transaction; its address names the
        municipality. The photos were sent before by its author, for the id that the spot then has to have.

        Raises ValidationError; nothing is stored then.
        """
        self.full_clean()
        validate_tag_count(tag_names)
        self.municipality_code = self.municipality_code or self._municipality()
        self.updated_at = max(self.updated_at, self.created_at)
        with transaction.atomic():
            if photos:
                self._require_new_id()
            self.save(force_insert=True)
            self._follow_merge()
            self.tags.set(Tag.objects.for_names(tag_names))
            if photos and self.created_by is not None:
                self.photos.attach(self, photos, self.created_by)

    def edit(
        self,
        changes: dict[str, Any],
        tag_names: list[str] | None = None,
        expected_version: int | None = None,
        by: User | None = None,
    ) -> None:
        """Validate and store `changes` on top of `expected_version` (default: the one this object was read at).

        A change of `state` between draft and published is the author's, who is `by`. A new place brings its own
        municipality unless `changes` names one. What somebody else than the author changed is logged, and told to them.

        Raises ValidationError, or StaleVersion with the row as it is now when someone else stored a change first.
        """
        expected = self.version if expected_version is None else expected_version
        correction = Correction(self, changes, tag_names) if by is not None and by.pk != self.created_by_id else None
        if "state" in changes:
            self.require_movable_to(changes["state"], by)
        for name, value in changes.items():
            setattr(self, name, value)
        self.full_clean()
        changes = changes | self._moved(changes)
        if tag_names is not None:
            validate_tag_count(tag_names)
        # What `clean` derives is stored with what was asked.
        values = {name: getattr(self, name) for name in {*changes, "reading", "phone", "published_at"}}
        with transaction.atomic():
            self._store(values, version=expected)
            if "category" in changes:
                self._follow_merge()
            if tag_names is not None:
                self.tags.set(Tag.objects.for_names(tag_names))
            if correction is not None and by is not None:
                correction.record(by)

    def _require_new_id(self) -> None:
        """Photos say the id of their spot: posted twice at once, the second finds the spot of the first."""
        hold(f"photos {self.pk}")
        if Spot.objects.filter(pk=self.pk).exists():
            raise refusal("photos", _("写真の一部が、もうありません。もう一度選んでください。"), "gone")

    def _follow_merge(self) -> None:
        """Into a category that was merged between the form's check and this write; asked once the row holds it."""
        merged = Category.objects.select_related("merged_into").filter(pk=self.category_id)
        merged.hold()
        target = merged.exclude(merged_into=None).first()
        if target is not None and target.merged_into is not None:
            self.category = target.merged_into
            Spot.objects.filter(pk=self.pk).update(category=self.category)

    def lock_comments(self, by: User, reason: str) -> bool:
        """Take no more comments; those that are there stay. Whether this call did it.

        Raises ValidationError without a reason.
        """
        refuse_blank(reason)
        return self._set_comments_locked(True, by, reason)

    def unlock_comments(self, by: User, reason: str = "") -> bool:
        """Take comments again; whether this call did."""
        return self._set_comments_locked(False, by, reason)

    def _set_comments_locked(self, locked: bool, by: User, reason: str) -> bool:
        words = ("unlocked", "locked")
        with transaction.atomic():
            rows = Spot.objects.filter(pk=self.pk, comments_locked=not locked)
            moved = bool(rows.update(comments_locked=locked))
            if moved:
                verb = "lock" if locked else "unlock"
                ModerationAction.record(by, verb, self, words[not locked], words[locked], reason)
        self.comments_locked = locked
        return moved

    def _moved(self, changes: dict[str, Any]) -> dict[str, str]:
        """The municipality, where the place changed or none is known: what an import or a moderator said else stays."""
        if "municipality_code" in changes or _PLACE.isdisjoint(changes):
            return {}
        before = type(self).objects.filter(pk=self.pk).values("municipality_code", *_PLACE).first() or {}
        is_open = not before.get("municipality_code") or any(before[name] != getattr(self, name) for name in _PLACE)
        self.municipality_code = (self._municipality() if is_open else "") or self.municipality_code
        return {"municipality_code": self.municipality_code}

    def _municipality(self) -> str:
        """The municipality that the address names, the position deciding between namesakes, else that of neighbours.

        Empty where neither is known.
        """
        place = (self.latitude, self.longitude)
        named = municipality_code(self.address, position=place)
        return named or Spot.objects.listed().exclude(pk=self.pk).municipality_around(*place)

    def get_absolute_url(self) -> str:
        return f"/spots/{self.pk}/"


def validate_tag_count(names: list[str]) -> None:
    """Raise for more than `MAX_TAGS` tags."""
    if len(names) > MAX_TAGS:
        raise refusal("tags", _("タグは10個までです。"), "max_length")
