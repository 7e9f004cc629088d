"""`reports/` and `reports/<receipt>/`: no sign-in needed."""

from __future__ import annotations

from django.db import models
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from accounts.models import User
from machipoke.endpoints import ApiView, Parameters, told
from machipoke.fields import refusal
from machipoke.ratelimits import address_of, spend
from spots.api.answers import made, one
from spots.api.bodies import ReportPost, valid
from spots.api.documents import api_url, report_json
from spots.api.parameters import described
from spots.api.shapes import ReportSerializer
from spots.models import Report
from spots.models.report import target_of


class ReportsView(ApiView):
    """`reports/`."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="report_post",
        summary="通報する",
        description="ログインは要りません。対象は、見ることができるものだけです。",
        tags=["通報"],
        parameters=described(Parameters),
        request={"application/json": ReportPost},
        responses=made(ReportSerializer),
    )
    def post(self, request: Request) -> HttpResponse:
        """Say that something is wrong; the answer has the receipt number."""
        sent = valid(ReportPost, request)
        target = _target(request, sent.pop("target"))
        report = Report(reporter=request.user if isinstance(request.user, User) else None, **sent)
        spend(request, "report", address_of(request))
        report.file(target)
        report.case.refresh_from_db()
        return told(request, report_json(report), status=201, location=api_url("api_report", report.receipt))


def _target(request: Request, named: str) -> models.Model:
    kind, _colon, id_ = named.partition(":")
    found = target_of(kind, id_, request.user)
    if found is None:
        raise refusal("target", _("その対象はありません。"), "unknown")
    return found


class ReportView(ApiView):
    """`reports/<receipt>/`."""

    @extend_schema(
        operation_id="report",
        summary="通報のその後",
        description="受付番号を知っている人に。書かれたことは含みません。",
        tags=["通報"],
        parameters=described(Parameters),
        responses=one(ReportSerializer, 404),
    )
    def get(self, request: Request, receipt: str) -> HttpResponse:
        """What became of it."""
        report = Report.received(receipt)
        if report is None:
            raise Http404
        return told(request, report_json(report))
