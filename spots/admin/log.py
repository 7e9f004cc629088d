"""The log of what moderators did: to read alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from accounts.models import User
from machipoke.admin import KeptAdmin, site
from machipoke.text import clean
from spots.admin.targets import name_targets
from spots.models import Case, Comment, ModerationAction, Spot
from spots.models.report import Target
from spots.models.takedown import GONE
from spots.takedowns import summaries

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
    "savedlist": "保存リスト",
    "spotphoto": "写真",
    "attachment": "添付",
    "avatar": "プロフィールの写真を消した",
}
"""How a person reads what the log keeps as one word; a verb without a word here is shown as it is."""


MOST_EVIDENCE = 50
"""Addresses that are not gone, on the page of a line."""


def _word(stored: str) -> str:
    return str(WORDS.get(stored, stored))


def did(action: ModerationAction) -> str:
    """What was done, in words; a case is moved into a state."""
    return f"案件を{_word(action.after)}にした" if action.target_kind == "case" else _word(action.verb)


def _title(action: Any) -> str:
    """Like 「カテゴリをまとめた：泊まる」; what has an object already, like 「利用を停止した」, takes no second one."""
    words = did(action)
    return f"{words if 'を' in words else f'{_word(action.target_kind)}を{words}'}：{action.target.name}"


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
            "avatar",
        )
        return [(verb, WORDS[verb]) for verb in verbs] + [
            (state, f"案件を{word}に") for state, word in Case.State.choices
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(verb=self.value()) if self.value() else queryset


class LogList(ChangeList):
    """A page of lines, each with what it is about."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        name_targets(self.result_list, request)


@admin.register(ModerationAction, site=site)
class ModerationActionAdmin(KeptAdmin):
    change_form_template = "admin/line.html"
    list_display = ("created_at", "actor", "verb_word", "target", "reason", "before_word", "after_word")
    list_select_related = ("actor",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    sortable_by = ()
    list_filter = (VerbFilter,)
    search_fields = ("target_id",)
    search_help_text = "対象のID、または@したモデレーターの名前"
    fields = ("created_at", "actor", "verb_word", "target", "target_id", "reason", "before_word", "after_word")
    readonly_fields = fields
    view_on_site = False  # type: ignore[assignment]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        words = clean(search_term)
        if words.startswith("@"):
            return queryset.filter(actor__in=User.objects.named(words[1:])), False
        return (queryset.filter(target_id=words) if words else queryset), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return LogList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        action = super().get_object(request, object_id, from_field)
        if action is not None:
            name_targets([action], request)
        return action

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if action := context.get("original"):
            context["subtitle"] = _title(action)
            context["takedown"] = summaries([action.pk]).get(action.pk)
            context["evidence"] = action.evidence.exclude(status__in=GONE)[:MOST_EVIDENCE]
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="したこと")
    def verb_word(self, action: ModerationAction) -> str:
        return did(action)

    @admin.display(description="対象")
    def target(self, action: Any) -> str:
        kind, (name, url) = _word(action.target_kind), action.target
        return format_html('{}：<a href="{}">{}</a>', kind, url, name) if url else f"{kind}：{name}"

    @admin.display(description="前の状態")
    def before_word(self, action: ModerationAction) -> str:
        return _word(action.before)

    @admin.display(description="後の状態")
    def after_word(self, action: ModerationAction) -> str:
        return _word(action.after)
