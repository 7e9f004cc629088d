"""The queue of reports: read, opened at their target, and settled with a reason."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.html import format_html

from accounts.models import User
from machipoke.admin import site
from spots.admin.verbs import InternalForm, ReasonForm, Verb, VerbAdmin
from spots.models import ModerationAction, Report


class SettledForm(InternalForm):
    """What came of it."""

    CHOICES = [
        ("done", "確認して対応した"),
        ("same", "ほかの通報と同じ"),
        ("fine", "ガイドラインに反していない"),
        ("other", "その他"),
    ]


def _settle(state: str) -> Any:
    def apply(report: Report, by: User, form: ReasonForm) -> bool:
        before = report.state
        with transaction.atomic():
            if before == state or not Report.objects.filter(pk=report.pk, state=before).update(state=state):
                return False
            ModerationAction.record(by, state, report, before, state, form.said)
        return True

    return apply


@admin.register(Report, site=site)
class ReportAdmin(VerbAdmin):
    verbs = (
        Verb("done", "対応済みにする", "{count}件を対応済みにしました。", _settle("done"), SettledForm),
        Verb("dismissed", "問題なしにする", "{count}件を問題なしにしました。", _settle("dismissed"), SettledForm),
        Verb("open", "未対応に戻す", "{count}件を未対応に戻しました。", _settle("open"), SettledForm),
    )
    list_display = ("receipt", "reason", "target_kind", "target", "state", "created_at")
    list_filter = ("state", "reason", "target_kind")
    ordering = ("-created_at", "-id")
    sortable_by = ()
    search_fields = ("receipt",)
    search_help_text = "受付番号"
    fields = ("receipt", "reason", "target_kind", "target", "text", "reporter", "state", "created_at")
    readonly_fields = fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The words of a report stay as they came; its state moves by the verbs."""
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        receipt = search_term.strip().upper()
        return (queryset.filter(receipt=receipt) if receipt else queryset), False

    @admin.display(description="対象")
    def target(self, report: Report) -> str:
        """Where to look at it: the page of the row in this admin, which shows it only to those who may see it."""
        app, model = {"user": ("accounts", "user"), "list": ("spots", "savedlist")}.get(
            report.target_kind, ("spots", report.target_kind)
        )
        return format_html('<a href="/admin/{}/{}/{}/change/">{}</a>', app, model, report.target_id, "開く")

    def view_on_site(self, obj: Any) -> str:
        return ""
