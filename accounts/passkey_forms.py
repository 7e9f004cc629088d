"""The forms about passkeys: allauth checks, the words are ours."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import Texts, _Words
from machipoke.fields import VisibleLength, refuse_blank
from machipoke.text import clean


class _Named(_Words):
    """`name` is the person's own word for the device."""

    labels: ClassVar[Texts] = {"name": _("名前")}
    help: ClassVar[Texts] = {"name": _("どの端末のものか、あとで分かるように。50文字まで。")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = forms.CharField(
            label=self.labels["name"],
            help_text=self.help["name"],
            initial=self.initial.get("name"),  # type: ignore[attr-defined]
            validators=[refuse_blank, VisibleLength(50)],
            widget=self.fields["name"].widget,
        )

    def clean_name(self) -> str:
        return clean(self.cleaned_data["name"])  # type: ignore[attr-defined]


class PasskeyForm(_Named, webauthn_forms.AddWebAuthnForm):
    """A passkey that the browser has just made."""


class PasskeyNameForm(_Named, webauthn_forms.EditWebAuthnForm):
    """Another name for a passkey."""
