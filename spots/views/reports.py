"""Saying that something is wrong, with or without an account, and asking what became of it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from machipoke.idempotency import KeyReused
from machipoke.pages import page
from machipoke.ratelimits import address_of, spend
from spots.models import Comment, Report, SpotPhoto
from spots.models.report import kind_of, target_of
from spots.report_forms import ReportForm
from spots.views.tokens import once_per_form

_PATH = re.compile(r"(?:/en)?/(spots|comments|users|lists)/([^/]+)/?")
_KINDS = {"spots": "spot", "comments": "comment", "users": "user", "lists": "list"}
_INNER = re.compile(r"(comment|photo)-(.+)")


def new(request: HttpRequest) -> HttpResponse:
    """Report what `target` names; what the visitor may not see does not exist."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    named = request.POST.get("target") or request.GET.get("target", "")
    if not named.strip():
        return page(request, "spots/report_ask.html", status=400 if request.method == "POST" else 200)
    target = target_of(*_kind_and_id(named), viewer)
    if target is None:
        raise Http404("no such target")
    if request.method != "POST":
        begun = {"reason": request.GET.get("reason", "")}
        return _form_page(request, target, ReportForm(kind_of(target), initial=begun))
    form = ReportForm(kind_of(target), request.POST)
    if not form.is_valid():
        return _form_page(request, target, form, status=400)
    form.instance.reporter = viewer if viewer.pk else None
    try:
        receipt = once_per_form(request, lambda: _file(request, form.instance, target))
    except ValidationError as error:
        form.add_error(None, error)
        return _form_page(request, target, form, status=400)
    except KeyReused as reused:
        return _form_page(request, target, form, 409, filed_before=reused.answer.headers["Location"], renew=True)
    return page(request, "spots/report_filed.html", {"receipt": receipt, "target": target}, status=201)


def _kind_and_id(named: str) -> tuple[str, str]:
    """`spot:<id>`, or the address of the page that shows it."""
    try:
        parts = urlsplit(unquote(named.strip()))
    except ValueError as error:  # what begins like an IPv6 address and is none
        raise Http404("no such target") from error
    if found := _PATH.fullmatch(parts.path):
        inner = _INNER.fullmatch(parts.fragment)
        return (inner[1], inner[2]) if inner else (_KINDS[found[1]], found[2])
    kind, _colon, id_ = named.strip().partition(":")
    return kind, id_


def _file(request: HttpRequest, report: Report, target: Model) -> str:
    spend(request, "report", address_of(request))
    report.file(target)
    return report.receipt


def _form_page(request: HttpRequest, target: Model, form: ReportForm, status: int = 200, **more: Any) -> HttpResponse:
    kind = kind_of(target)
    id_ = getattr(target, "username", target.pk)
    context = {
        "form": form,
        "kind": kind.label,
        "name": target.body if isinstance(target, Comment) else str(target),
        "photo": target if isinstance(target, SpotPhoto) else None,
        "target": f"{kind}:{id_}",
    }
    return page(request, "spots/report_new.html", context | more, status=status)


def look_up(request: HttpRequest) -> HttpResponse:
    """Where a receipt number is typed that was written down."""
    typed = request.GET.get("receipt", "")
    report = Report.received(typed) if typed else None
    if report is not None:
        return redirect("report", receipt=report.receipt)
    context = {"typed": typed[:40], "is_unknown": bool(typed.strip())}
    return page(request, "spots/report_look_up.html", context, status=404 if typed.strip() else 200)


def show(request: HttpRequest, receipt: str) -> HttpResponse:
    """What became of a report: whoever has the number may know, and learns nothing else."""
    report = Report.received(receipt)
    if report is None:
        raise Http404("no such receipt")
    return page(request, "spots/report.html", {"receipt": report.receipt, "state": report.case.state})
