"""The forms about passkeys: allauth checks, the words are ours."""

from __future__ import annotations

import struct
from typing import Any, ClassVar

from allauth.mfa.adapter import get_adapter
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


class _Credential:
    """What a browser signed, as JSON that anybody may have typed: what cannot be read is wrong, not a fault of ours."""

    def full_clean(self) -> None:
        """The readers of JSON, CBOR and keys give up in as many ways as there are to be wrong; allauth expects two."""
        try:
            super().full_clean()  # type: ignore[misc]
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError, struct.error):
            self.add_error("credential", get_adapter().validation_error("incorrect_code"))  # type: ignore[attr-defined]


class PasskeyForm(_Credential, _Named, webauthn_forms.AddWebAuthnForm):
    """A passkey that the browser has just made."""

    def clean(self) -> dict[str, Any]:
        """Once stored it is read on each page about passkeys, so what cannot be read then is refused here."""
        cleaned: dict[str, Any] = super().clean()
        if credential := cleaned.get("credential"):
            credential.get("clientExtensionResults", {}).get("credProps", {}).get("rk")
        return cleaned


class PasskeyFactorForm(_Credential, webauthn_forms.AuthenticateWebAuthnForm):
    """A passkey after the password."""


class PasskeyLoginForm(_Credential, webauthn_forms.LoginWebAuthnForm):
    """A passkey in place of the password."""


class PasskeyAgainForm(_Credential, webauthn_forms.ReauthenticateWebAuthnForm):
    """A passkey once more, before something that a borrowed phone must not do."""


class PasskeyNameForm(_Named, webauthn_forms.EditWebAuthnForm):
    """Another name for a passkey."""
