"""What kind of place (one of a dozen), and free words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Notice
from machipoke.fields import LineField, refusal, refuse_blank
from machipoke.text import clean, identity
from spots.models.moderation import ModerationAction

if TYPE_CHECKING:
    from accounts.models import User

OTHER = "other"
"""The category of what fits no other: an import puts there what it cannot guess, so it stays."""


class CategoryQuerySet(models.QuerySet["Category"]):
    """Finding a category by what clients call it."""

    def current(self) -> CategoryQuerySet:
        """Those that are offered and listed: not merged into another."""
        return self.filter(merged_into=None)

    def of_slug(self, slug: str) -> Category:
        """The category that this slug stands for now, be it the one it was merged into; raises ValidationError where
        there is none.
        """
        found = self.select_related("merged_into").filter(slug=slug).first()
        if found is None:
            raise ValidationError(_("そのカテゴリはありません。"), code="unknown")
        return found.merged_into or found

    def hold(self) -> None:
        """Until this transaction ends none of these is merged; one whose merge is under way is waited for.

        Foreign keys do not see to it: on PostgreSQL Django has them checked at the end of a transaction. SQLite has
        one writer at a time.
        """
        if connection.vendor == "postgresql":
            sql, params = self.order_by("pk").values("pk").query.sql_with_params()
            with connection.cursor() as cursor:
                cursor.execute(f"{sql} FOR KEY SHARE", params)


class Category(models.Model):
    """A kind of place. `icon` is the kanji of its stamp, `colour` the hue in degrees that the stylesheet also has."""

    slug = models.SlugField(_("識別名"), max_length=40, unique=True)
    name_ja = LineField(_("名前（日本語）"), limit=20, validators=[refuse_blank])
    name_en = LineField(_("名前（英語）"), limit=40, validators=[refuse_blank])
    icon = models.CharField(_("印の文字"), max_length=2)
    colour = models.CharField(_("色相（度）"), max_length=3, validators=[RegexValidator(r"^\d{1,3}$")])
    position = models.PositiveSmallIntegerField(_("順番"), default=0)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("まとめた先")
    )

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("カテゴリ")
        verbose_name_plural = _("カテゴリ")
        ordering = ["position", "slug"]
        permissions = [("merge_category", "カテゴリをほかのカテゴリにまとめられる")]
        constraints = [
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="category_not_merged_into_itself")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the page."""
        return self.name_en if (get_language() or "ja").startswith("en") else self.name_ja

    def merge_into(self, target: Category, by: User, reason: str) -> int:
        """Move every spot to `target`, for which the slug of this category stands from now on; how many moved.

        One transaction: the spots' versions rise, the log has a line, and each author is told once. Raises
        ValidationError without a reason, and for a merge into itself, of or into what is merged already, or of
        `OTHER`.
        """
        refuse_blank(reason)
        with transaction.atomic():
            # In one order, so that two merges the other way round do not wait for each other for ever. Posts into the
            # target may go on: an edit that moves a spot there holds the spot, for which the merge waits.
            both = Category.objects.filter(pk__in=[self.pk, target.pk]).order_by("pk")
            found = {category.pk: category for category in both.select_for_update(no_key=True)}
            # Whoever holds this category is waited for, and what they post is moved with the rest.
            list(Category.objects.select_for_update().filter(pk=self.pk))
            if len(found) < 2 or self.slug == OTHER or any(one.merged_into_id for one in found.values()):
                raise ValidationError(_("このカテゴリはまとめられません。"), code="state")
            self._tell_authors(target, by, reason)
            changes = {"category": target, "version": F("version") + 1, "updated_at": timezone.now()}
            # PostgreSQL reads the expression of `cell` anew for each row, and keeps 150 kB of it until the end, unless
            # a column is written that `cell` is made of: of 100,000 spots that is minutes and 14 GB.
            moved = self.spots.update(**changes, latitude=F("latitude"))
            Category.objects.filter(Q(pk=self.pk) | Q(merged_into=self)).update(merged_into=target)
            ModerationAction.record(by, "merge", self, self.name_ja, target.name_ja, reason)
        self.merged_into = target
        return moved

    def _tell_authors(self, target: Category, by: User, reason: str) -> None:
        """Each author of a spot that is not deleted, in the names of their language."""
        spots = self.spots.exclude(state="deleted").exclude(created_by=None).exclude(created_by=by)
        names = {"ja": f"{self.name_ja} → {target.name_ja}", "en": f"{self.name_en} → {target.name_en}"}
        path = target.get_absolute_url()
        authors = spots.order_by().values_list("created_by_id", "created_by__language").distinct()
        Notice.tell(
            Notice(user_id=pk, kind=Notice.Kind.MERGED, subject=names[language], reason=reason, path=path)
            for pk, language in authors
        )

    def get_absolute_url(self) -> str:
        return f"/categories/{self.slug}/"


class TagQuerySet(models.QuerySet["Tag"]):
    """Finding and making tags by what they mean, not by how they are typed."""

    def named(self, name: str) -> TagQuerySet:
        """The tag of that name, in any width or case."""
        return self.filter(key=identity(name))

    def for_names(self, names: list[str]) -> list[Tag]:
        """The tags of these names, in order and without doubles; missing ones are made.

        Raises ValidationError, on the field `tags`, for a name that is empty once cleaned or too long.
        """
        wanted = {identity(name): clean(name) for name in names}
        found = {tag.key: tag for tag in self.filter(key__in=wanted)}
        missing = {key: name for key, name in wanted.items() if key not in found}
        validate_tag_names(missing.values())
        for key, name in missing.items():
            found[key] = self.get_or_create(key=key, defaults={"name": name})[0]
        return [found[key] for key in wanted]


class Tag(models.Model):
    """A free word; one per meaning after NFKC and casefold."""

    name = LineField(_("名前"), limit=30, validators=[refuse_blank])
    key = models.CharField(max_length=240, unique=True, editable=False)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("タグ")
        verbose_name_plural = _("タグ")
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=~Q(key=""), name="tag_has_key")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.key = identity(self.name)
        if Tag.objects.filter(key=self.key).exclude(pk=self.pk).exists():
            raise refusal("name", _("同じタグがもうあります。"), "unique")

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = identity(self.name)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return f"/tags/{quote(self.name, safe='')}/"


def validate_tag_names(names: Iterable[str]) -> None:
    """Raise, on the field `tags`, for a name that is empty once cleaned, too long, or whose key is."""
    for name in map(clean, names):
        try:
            Tag(name=name, key=identity(name)).clean_fields()
        except ValidationError as error:
            message = _("「%(name)s」はタグにできません（1〜30文字）。") % {"name": name[:30]}
            raise refusal("tags", message, "invalid") from error
