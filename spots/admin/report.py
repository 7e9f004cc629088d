"""The queue of reports: read, opened at their target, and settled with a reason."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from accounts.models import User
from machipoke.admin import site
from spots.admin.verbs import InternalForm, Verb, VerbAdmin
from spots.models import Case
from spots.reasons import ReasonForm


class SettledForm(InternalForm):
    """What came of it."""

    CHOICES = [
        ("done", "確認して対応した"),
        ("same", "ほかの通報と同じ"),
        ("fine", "ガイドラインに反していない"),
        ("other", "その他"),
    ]


def _settle(state: str) -> Any:
    def apply(case: Case, by: User, form: ReasonForm) -> bool:
        return case.settle(state, by, form.said)

    return apply


@admin.register(Case, site=site)
class CaseAdmin(VerbAdmin):
    verbs = (
        Verb("done", "対応済みにする", "{count}件を対応済みにしました。", _settle("done"), SettledForm),
        Verb("dismissed", "問題なしにする", "{count}件を問題なしにしました。", _settle("dismissed"), SettledForm),
        Verb("open", "未対応に戻す", "{count}件を未対応に戻しました。", _settle("open"), SettledForm),
    )
    list_display = ("__str__", "target_kind", "report_count", "state", "opened_at", "last_reported_at", "open_target")
    list_filter = ("state", "target_kind")
    ordering = ("opened_at", "id")
    sortable_by = ()
    search_fields = ("reports__receipt",)
    search_help_text = "受付番号"
    fields = ("target_kind", "open_target", "report_count", "state", "opened_at", "last_reported_at")
    readonly_fields = fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The words of a report stay as they came; its state moves by the verbs."""
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        receipt = search_term.strip().upper()
        return (queryset.filter(reports__receipt=receipt) if receipt else queryset), False

    @admin.display(description="対象")
    def open_target(self, case: Case) -> str:
        """Where to look at it: the page of the row in this admin, which shows it only to those who may see it."""
        app, model = {"user": ("accounts", "user"), "list": ("spots", "savedlist")}.get(
            case.target_kind, ("spots", case.target_kind)
        )
        return format_html('<a href="/admin/{}/{}/{}/change/">{}</a>', app, model, case.target_id, "開く")

    def view_on_site(self, obj: Any) -> str:
        return ""
