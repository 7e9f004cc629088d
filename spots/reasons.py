"""Why a moderator does something: the guidelines' reasons, on the site and in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from machipoke.fields import VisibleLength
from machipoke.text import clean
from spots.models import Report

REASON_LIMIT = 200
"""Characters of a reason: what the log and `hidden_reason` hold."""


class ReasonForm(forms.Form):
    """Why: one of the guidelines' reasons, and words of one's own."""

    CHOICES: list[tuple[Any, Any]] = list(Report.Reason.choices)

    reason = forms.ChoiceField(label=_("理由"), widget=forms.RadioSelect)
    detail = forms.CharField(
        label=_("くわしく"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("「その他」では必ず書いてください。理由は、投稿した人や停止された人にも見えます。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = self.CHOICES  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        detail = clean(cleaned.get("detail", ""))
        if cleaned.get("reason") == "other" and not detail:
            self.add_error("detail", ValidationError(_("「その他」の理由を書いてください。"), code="required"))
        if cleaned.get("reason"):
            # It is read in either language, so it is kept in the site's first one.
            with translation.override(settings.LANGUAGE_CODE):
                label = str(dict(self.CHOICES)[cleaned["reason"]])
            cleaned["said"] = f"{label}: {detail}" if detail else label
            try:
                VisibleLength(REASON_LIMIT)(cleaned["said"])
            except ValidationError as error:
                self.add_error("detail", error)
        return cleaned

    @property
    def further(self) -> dict[str, Any]:
        """What else the verb is told."""
        return {}

    @property
    def said(self) -> str:
        """The reason as the log keeps it."""
        return str(self.cleaned_data["said"])


def _files_tick(is_ticked: bool) -> forms.BooleanField:
    return forms.BooleanField(
        label=_("写真とファイルも取り下げる（同じものは、もう受け付けません）"),
        help_text=_("文章だけが理由のときは、外してください。スポットを元に戻すと、また受け付けます。"),
        required=False,
        initial=is_ticked,
    )


class _OfSpot(ReasonForm):
    @property
    def further(self) -> dict[str, Any]:
        return {"refuse_files": self.cleaned_data["refuse_files"]}


class SpotHidingForm(_OfSpot):
    """Why a spot is hidden: often for its words, and its photos come back with it."""

    refuse_files = _files_tick(False)


class SpotDeletionForm(_OfSpot):
    """Why a spot is deleted: with everything in it, unless the moderator says otherwise."""

    refuse_files = _files_tick(True)
