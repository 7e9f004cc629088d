"""Categories in the admin: an operator adds and corrects them, a moderator merges one into another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from accounts.models import User
from machipoke.admin import site
from spots.admin.verbs import Verb, VerbAdmin
from spots.models import Category, Spot
from spots.models.category import OTHER
from spots.reasons import ReasonForm

if TYPE_CHECKING:
    _Choice = forms.ModelChoiceField[Category]
else:
    _Choice = forms.ModelChoiceField


class MergeForm(ReasonForm):
    """Into which, and why."""

    CHOICES = [
        ("same", "同じ意味のカテゴリがある"),
        ("few", "使われることが少ない"),
        ("unclear", "何のカテゴリかわかりにくい"),
        ("other", "その他"),
    ]

    into = _Choice(
        label="まとめる先",
        queryset=Category.objects.none(),
        empty_label="選んでください",
        help_text="すべてのスポットがここに移り、投稿した人に知らせが届きます。元には戻せません。",
    )
    field_order = ("into",)
    moved = 0
    """Spots that this answer has moved so far."""


def _merge(category: Category, by: User, form: Any) -> bool:
    form.moved += category.merge_into(form.cleaned_data["into"], by, form.said)
    return True


MERGED = "{count}件のカテゴリ（{form.moved:,}か所）を「{form.cleaned_data[into]}」にまとめました。"


def _totals(categories: list[Any]) -> dict[int, int]:
    """How many spots each has, in whichever state: all of them would move."""
    spots = Spot.objects.filter(category__in=categories).order_by().values_list("category")
    return dict(spots.annotate(total=Count("pk")))


class MergedFilter(admin.SimpleListFilter):
    """Whether it is in use."""

    title = "使われているか"
    parameter_name = "merged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("no", "使われている"), ("yes", "ほかにまとめられた")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(merged_into__isnull=self.value() == "no")


class CategoryList(ChangeList):
    """A page of categories, with how many spots each has: one question more."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        totals = _totals(rows)
        for category in rows:
            category.total = totals.get(category.pk, 0)
        self.result_list = rows


@admin.register(Category, site=site)
class CategoryAdmin(VerbAdmin):
    verbs = (Verb("merge", "ほかのカテゴリにまとめる", MERGED, _merge, MergeForm),)
    list_display = ("name_ja", "name_en", "slug", "icon", "position", "spot_total", "merged_into")
    list_select_related = ("merged_into",)
    list_filter = (MergedFilter,)
    ordering = ("position", "slug")
    sortable_by = ()
    search_fields = ("name_ja",)
    search_help_text = "日本語の名前の一部"
    fields = ("name_ja", "name_en", "slug", "icon", "colour", "position", "merged_into")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return CategoryList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The slug stays: it is in addresses, in exported files, and in the importer's guesses."""
        return ("slug", "merged_into") if obj else ("merged_into",)

    def may_apply_verbs(self, request: HttpRequest) -> bool:
        """Merging is a right of its own: names and icons are an operator's."""
        return bool(request.user.has_perm("spots.merge_category"))

    def verbs_for(self, request: HttpRequest, row: Any) -> tuple[Verb, ...]:
        stays = row is None or row.merged_into_id or row.slug == OTHER
        return () if stays else self.verbs

    def form_for(self, verb: Verb, data: Any, chosen: list[Any]) -> ReasonForm:
        form = super().form_for(verb, data, chosen)
        into: Any = form.fields["into"]
        into.queryset = Category.objects.current().exclude(pk__in=[row.pk for row in chosen])
        return form

    def in_words(self, request: HttpRequest, rows: list[Any]) -> list[str]:
        totals = _totals(rows)
        return [f"{category}（{totals.get(category.pk, 0):,}か所）" for category in rows]

    @admin.display(description="スポット")
    def spot_total(self, category: Any) -> str:
        return f"{category.total:,}"
