"""The log of what moderators did: to read alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from machipoke.admin import KeptAdmin, site
from spots.models import Case, Comment, ModerationAction, Spot
from spots.models.report import Target

WORDS: dict[str, Any] = {
    **dict([*Comment.State.choices, *Case.State.choices, *Spot.State.choices, *Target.choices]),
    "case": "通報の案件",
    "lock": "コメントを締め切った",
    "unlock": "コメントの締め切りを解いた",
    "locked": "締め切り",
    "unlocked": "受け付け中",
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


@admin.register(ModerationAction, site=site)
class ModerationActionAdmin(KeptAdmin):
    list_display = ("created_at", "actor", VERB, KIND, "target_id", BEFORE, AFTER, "reason")
    list_select_related = ("actor",)
    ordering = ("-created_at", "-id")
    sortable_by = ()
    search_fields = ("target_id",)
    search_help_text = "対象のID"
    fields = ("created_at", "actor", VERB, KIND, "target_id", BEFORE, AFTER, "reason")
    readonly_fields = fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        target = search_term.strip()
        return (queryset.filter(target_id=target) if target else queryset), False

    view_on_site = False  # type: ignore[assignment]
