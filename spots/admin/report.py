"""The queue of reports: one case for each target, read with all that is known of it, and settled with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from machipoke.admin import site
from spots.admin.dossier import dossier
from spots.admin.targets import CALLED
from spots.admin.verbs import InternalForm, RestoreForm, Verb, VerbAdmin
from spots.models import Case, Comment, Report, Spot, SpotPhoto
from spots.models.report import Target, targets_of
from spots.reasons import ReasonForm, SpotHidingForm

GONE = "なくなったか、見られなくなった対象"


class SettledForm(InternalForm):
    """What came of it."""

    CHOICES = [
        ("done", "確認して対応した"),
        ("same", "ほかの通報と同じ"),
        ("fine", "ガイドラインに反していない"),
        ("other", "その他"),
    ]


class ReopenForm(InternalForm):
    """Why it is looked at again."""

    CHOICES = [("mistake", "判断が誤りだった"), ("news", "新しいことがわかった"), ("other", "その他")]


def _settle(state: str) -> Any:
    def apply(case: Case, by: User, form: ReasonForm) -> bool:
        return case.settle(state, by, form.said)

    return apply


def _may_move(case: Case, by: User) -> bool:
    return by.has_perm(f"spots.change_{CALLED.get(case.target_kind, case.target_kind)}")


def _hide(case: Case, by: User, form: ReasonForm) -> bool:
    return _may_move(case, by) and case.hide_target(by, form.said, **form.further)


def _restore(case: Case, by: User, form: ReasonForm) -> bool:
    return _may_move(case, by) and case.restore_target(by, form.said)


HIDE = Verb("hide", "対象を非表示にして対応済みにする", "{count}件の対象を非表示にし、対応済みにしました。", _hide)
RESTORE = Verb("restore", "対象を元に戻す", "{count}件の対象を元に戻しました。", _restore, RestoreForm)
DONE = Verb("done", "対応済みにする", "{count}件を対応済みにしました。", _settle("done"), SettledForm)
DISMISS = Verb("dismissed", "問題なしにする", "{count}件を問題なしにしました。", _settle("dismissed"), SettledForm)
REOPEN = Verb("open", "未対応に戻す", "{count}件を未対応に戻しました。", _settle("open"), ReopenForm)


class CaseList(ChangeList):
    """A page of cases, with what they are about and why they were reported last: five questions, however many rows."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        assert isinstance(request.user, User)
        cases: list[Any] = list(self.result_list)
        targets = targets_of(cases, request.user)
        newest = Report.objects.filter(case=OuterRef("pk")).values("reason")[:1]
        with_reason = Case.objects.filter(pk__in=[case.pk for case in cases]).order_by()
        reasons = dict(with_reason.annotate(newest=Subquery(newest)).values_list("pk", "newest"))
        for case in cases:
            case.subject, case.newest = targets.get(case.pk), reasons.get(case.pk)
        self.result_list = cases


@admin.register(Case, site=site)
class CaseAdmin(VerbAdmin):
    place = 0
    verbs = (HIDE, RESTORE, DONE, DISMISS, REOPEN)
    change_form_template = "admin/case.html"
    list_display = ("subject", "target_kind", "report_count", "waiting", "state", "newest_reason")
    list_filter = ("state", "target_kind")
    date_hierarchy = "last_reported_at"
    ordering = ("-state", "opened_at", "id")  # of the three words "open" is the last: open ones first, the oldest first
    sortable_by = ()
    search_fields = ("reports__receipt",)
    search_help_text = "受付番号"
    fields = ("target_kind", "report_count", "state", "waiting", "last_report")
    readonly_fields = fields
    view_on_site = False  # type: ignore[assignment]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The words of a report stay as they came; its state moves by the verbs."""
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return CaseList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        case: Any = super().get_object(request, object_id, from_field)
        if case is not None:
            case.subject = case.target_for(request.user)
        return case

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        report = Report.received(search_term)
        return queryset.filter(pk=report.case_id if report else None), False

    def verbs_for(self, request: HttpRequest, row: Any) -> tuple[Verb, ...]:
        target = row.subject
        on_target: tuple[Verb, ...] = ()
        if isinstance(target, SpotPhoto):
            useful = {HIDE: target.may_be_hidden, RESTORE: target.may_be_restored}
            on_target = tuple(verb for verb, is_useful in useful.items() if is_useful)
        elif isinstance(target, Spot | Comment):
            is_down = target.state in (target.State.HIDDEN, target.State.DELETED)
            on_target = (RESTORE,) if is_down else (HIDE,)
            if isinstance(target, Spot) and target.is_deleted_by_author and not target.hidden_reason:
                on_target = (HIDE, RESTORE)
        elif row.withdrawn:
            on_target = (HIDE,)
        return (*on_target, *((DONE, DISMISS) if row.state == Case.State.OPEN else (REOPEN,)))

    def form_for(self, verb: Verb, data: Any, chosen: list[Any]) -> ReasonForm:
        """With the question whether photos and files go along, where one of them is about a spot."""
        of_spots = verb is HIDE and any(case.target_kind == Target.SPOT for case in chosen)
        return SpotHidingForm(data) if of_spots else super().form_for(verb, data, chosen)

    def seen(self, row: Any) -> str:
        """How many reports there were: one that came since has not been read."""
        return str(row.report_count)

    def in_words(self, request: HttpRequest, rows: list[Any]) -> list[str]:
        assert isinstance(request.user, User)
        targets = targets_of(rows, request.user)
        return [f"{case.get_target_kind_display()}：{_named(targets.get(case.pk))}" for case in rows]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if case := context.get("original"):
            context |= dossier(case, case.subject) | {
                "subtitle": _named(case.subject),
                "is_withdrawn": case.subject is None and case.withdrawn,
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="対象")
    def subject(self, case: Any) -> str:
        return _named(case.subject)

    @admin.display(description="待っている時間")
    def waiting(self, case: Case) -> str:
        return _age(case.opened_at) if case.state == Case.State.OPEN else ""

    @admin.display(description="最後の通報")
    def last_report(self, case: Case) -> str:
        return f"{timezone.localtime(case.last_reported_at):%Y-%m-%d %H:%M}"

    @admin.display(description="新しい理由")
    def newest_reason(self, case: Any) -> str:
        return str(dict(Report.Reason.choices).get(case.newest, ""))


def _named(target: Model | None) -> str:
    return str(target) if target is not None else GONE


def _age(since: datetime) -> str:
    """In the largest unit that is not zero, at least minutes."""
    minutes = max(0, int((timezone.now() - since).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes}分"
    return f"{minutes // 60}時間" if minutes < 24 * 60 else f"{minutes // (24 * 60)}日"
