"""The form in which anyone says that something is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from spots.models import Report
from spots.models.report import Target

if TYPE_CHECKING:
    _ReportModelForm = forms.ModelForm[Report]
else:
    _ReportModelForm = forms.ModelForm


class ReportForm(_ReportModelForm):
    """Why, and in the reporter's own words what."""

    class Meta:
        model = Report
        fields = ["reason", "text"]
        labels = {"text": _("くわしく")}
        help_texts = {"text": _("2,000文字まで。「その他」では必ず書いてください。投稿した人には見えません。")}
        widgets = {
            "reason": forms.RadioSelect,
            "text": forms.Textarea(attrs={"rows": 4, "aria-describedby": "id_text-help id_text-error"}),
        }

    def __init__(self, kind: Target, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        kept_back = set() if kind == Target.SPOT else Report.OF_SPOTS
        self.fields["reason"].choices = [  # type: ignore[attr-defined]
            choice for choice in Report.Reason.choices if choice[0] not in kept_back
        ]
