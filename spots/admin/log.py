"""The log of what moderators did: to read alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from machipoke.admin import KeptAdmin, site
from machipoke.text import clean
from spots.models import Case, Comment, ModerationAction, Spot
from spots.models.report import Target

WORDS: dict[str, Any] = {
    **dict([*Comment.State.choices, *Case.State.choices, *Spot.State.choices, *Target.choices]),
    "case": "通報の案件",
    "lock": "コメントを締め切った",
    "unlock": "コメントの締め切りを解いた",
    "locked": "締め切り",
    "unlocked": "受け付け中",
    "edit": "直した",
    "rename": "名前を変えた",
    "tag": "タグ",
    "rights": "権限を変えた",
    "hide": "非表示にした",
    "restore": "元に戻した",
    "delete": "削除した",
    "suspend": "利用を停止した",
    "unsuspend": "停止を終わらせた",
    "merge": "まとめた",
    "category": "カテゴリ",
}
"""How a person reads what the log keeps as one word; a verb without a word here is shown as it is."""


def _in_words(name: str, label: Any) -> Any:
    @admin.display(description=label)
    def shown(action: ModerationAction) -> Any:
        stored = getattr(action, name)
        return WORDS.get(stored, stored)

    return shown


VERB, KIND = _in_words("verb", "したこと"), _in_words("target_kind", "対象の種類")
BEFORE, AFTER = _in_words("before", "前の状態"), _in_words("after", "後の状態")


class VerbFilter(admin.SimpleListFilter):
    """By what was done; the words are those of the list."""

    title = "したこと"
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        verbs = (
            "edit",
            "rename",
            "rights",
            "hide",
            "restore",
            "delete",
            "lock",
            "unlock",
            "suspend",
            "unsuspend",
            "merge",
        )
        return [(verb, WORDS[verb]) for verb in verbs] + [
            (state, f"案件を{word}に") for state, word in Case.State.choices
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(ModerationAction, site=site)
class ModerationActionAdmin(KeptAdmin):
    list_display = ("created_at", "actor", VERB, KIND, "target_id", BEFORE, AFTER, "reason")
    list_select_related = ("actor",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    sortable_by = ()
    list_filter = (VerbFilter,)
    search_fields = ("target_id",)
    search_help_text = "対象のID、または@したモデレーターの名前"
    fields = ("created_at", "actor", VERB, KIND, "target_id", BEFORE, AFTER, "reason")
    readonly_fields = fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        words = clean(search_term)
        if words.startswith("@"):
            return queryset.filter(actor__in=User.objects.named(words[1:])), False
        return (queryset.filter(target_id=words) if words else queryset), False

    view_on_site = False  # type: ignore[assignment]
