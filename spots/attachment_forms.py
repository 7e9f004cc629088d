"""The form that adds a file to a spot."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from spots.models import Attachment


class AttachmentForm(forms.Form):
    """A file and what it is called; what the file is, is seen when it is stored."""

    title = forms.CharField(
        label=_("名前"),
        help_text=_("例：散策マップ、川ぞいの道。100文字まで。"),
        widget=forms.TextInput(attrs={"aria-describedby": "id_title-help id_title-error"}),
    )
    file = forms.FileField(
        label=_("ファイル"),
        help_text=_("PDF か GPX、10 MBまで。"),
        allow_empty_file=True,  # said in our words, when it is looked at
        widget=forms.FileInput(
            attrs={
                "accept": ".pdf,.gpx,application/pdf,application/gpx+xml",
                "aria-describedby": "id_file-help id_file-error",
            }
        ),
    )

    def clean_title(self) -> Any:
        title = self.cleaned_data["title"]
        try:
            Attachment.clean_title(title)
        except ValidationError as error:
            raise ValidationError(error.error_dict["title"]) from error
        return title

    def ask_for_the_file_again(self) -> None:
        """Say that what was chosen is chosen no more: a refused form is shown without it."""
        if self.files and "file" not in self.errors:
            self.add_error("file", _("ファイルをもう一度選んでください。"))
