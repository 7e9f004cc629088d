"""The form that ends an account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import AgainForm


class LeavingForm(AgainForm):
    """What becomes of the posts, and the password: five wrong ones in five minutes are the limit."""

    KEEP, REMOVE = "keep", "remove"

    posts = forms.ChoiceField(
        label=_("投稿したスポットとコメント"),
        choices=[
            (KEEP, _("残す（名前は「退会した人」になります）")),
            (REMOVE, _("すべて消す（ほかの人が付けたコメントも、スポットと一緒に消えます）")),
        ],
        widget=forms.RadioSelect,
        initial=KEEP,
    )
    field_order = ("posts", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""

    @property
    def keeps_posts(self) -> bool:
        return bool(self.cleaned_data["posts"] == self.KEEP)
