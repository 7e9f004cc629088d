"""The forms about one's own account; allauth checks, the words and the rules are ours."""

from __future__ import annotations

import time
import unicodedata
from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import PROFILE, User
from accounts.second_factor import Unreadable, spend
from machipoke.text import clean

if TYPE_CHECKING:
    _UserForm = forms.ModelForm[User]
else:
    _UserForm = forms.ModelForm

Texts = dict[str, Any]

LABELS: Texts = {
    "username": _("ユーザー名"),
    "email": _("メールアドレス"),
    "oldpassword": _("いまのパスワード"),
    "password": _("パスワード"),
    "password1": _("新しいパスワード"),
    "password2": _("新しいパスワード（もう一度）"),
    "code": _("確認のコード"),
}
HELP: Texts = {"password1": _("8文字以上。名前に似たものや、よくあることばは使えません。")}


class _Words:
    """Our labels instead of placeholders, and help and errors that screen readers read with their field."""

    labels: ClassVar[Texts] = {}
    help: ClassVar[Texts] = {}
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = (LABELS | self.labels).get(name, field.label)
            field.help_text = (HELP | self.help).get(name, "")
            field.widget.attrs.pop("placeholder", None)
            if not field.widget.is_hidden:
                described = [f"id_{name}-help"] if field.help_text else []
                field.widget.attrs["aria-describedby"] = " ".join([*described, f"id_{name}-error"])


class _Code(_Words):
    """A code as it is typed on a phone: full width, with spaces or any dash."""

    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autocomplete": "one-time-code"}

    def clean_code(self) -> str:
        self._clean_typed()
        return str(super().clean_code())  # type: ignore[misc]

    def _clean_typed(self) -> str:
        typed = unicodedata.normalize("NFKC", self.cleaned_data["code"])
        code = self.cleaned_data["code"] = "".join(sign for sign in typed if sign.isascii() and sign.isalnum())
        return code


class SignupForm(_Words, _UserForm):
    """A new account. That a user name is taken is said; that an address is known is not, here or anywhere."""

    labels: ClassVar[Texts] = {"password1": _("パスワード"), "password2": _("パスワード（もう一度）")}
    help: ClassVar[Texts] = {
        "username": _("英数字と _ - の 3〜30 文字。あとから変えられません。"),
        "email": _("確認のコードを送ります。ほかの人には見えません。"),
        "display_name": _("ほかの人に見える名前。空ならユーザー名になり、いつでも変えられます。"),
    }
    password1 = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False)
    password2 = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False)
    field_order = ("username", "email", "password1", "password2", "display_name")

    class Meta:
        model = User
        fields = ("username", "email", "display_name")
        widgets: ClassVar[dict[str, Any]] = {
            "username": forms.TextInput(
                attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
            ),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "display_name": forms.TextInput(attrs={"autocomplete": "nickname"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["display_name"].required = False

    def clean_username(self) -> str:
        """A name typed in full width is meant in half width."""
        return unicodedata.normalize("NFKC", clean(self.cleaned_data["username"]))

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        first, second = typed.get("password1"), typed.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("2つのパスワードが違います。"))
        return typed

    def validate_unique(self) -> None:
        try:
            self.instance.validate_unique()
        except ValidationError as taken:
            for error in taken.error_dict.get("username", ()):
                self.add_error("username", error)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if password := self.cleaned_data.get("password1"):
            try:
                validate_password(password, self.instance)
            except ValidationError as error:
                self.add_error("password1", error)


class SignUpCodeForm(_Code, allauth_forms.BaseConfirmCodeForm):
    """The code that ends a sign-up."""


class SignUpAddressForm(_Words, forms.Form):
    """Another address for a sign-up under way, where the first was mistyped."""

    email = forms.EmailField(max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class AddressForm(_Words, allauth_forms.AddEmailForm):
    """Another address for an account."""

    labels: ClassVar[Texts] = {"email": _("新しいメールアドレス")}


class AddressCodeForm(_Code, allauth_forms.ConfirmEmailVerificationCodeForm):
    """The code that proves the address of an account."""


class PasswordForm(_Words, allauth_forms.ChangePasswordForm):
    """A new password in place of the one that is known."""


class AgainForm(_Words, allauth_forms.ReauthenticateForm):
    """The password once more, before something that a borrowed phone must not do."""


class _Factor(_Code):
    """The digits of the app, or a code on paper; each is good once."""

    labels: ClassVar[Texts] = {"code": _("確認コード")}
    help: ClassVar[Texts] = {"code": _("認証アプリの6桁の数字、またはリカバリーコード。")}
    user: User
    authenticator: Any

    def clean_code(self) -> str:
        code = self._clean_typed()
        forget_tries = check_rate_limit(self.user)
        try:
            factor = spend(self.user, code)
        except Unreadable as error:
            raise get_adapter().validation_error("unreadable") from error
        if factor is None:
            raise get_adapter().validation_error("incorrect_code")
        forget_tries()
        factor.user = self.user
        self.authenticator = factor
        return code


class FactorForm(_Factor, mfa_forms.AuthenticateForm):
    """The second factor at signing in."""


class AgainByFactorForm(_Factor, mfa_forms.ReauthenticateForm):
    """The second factor once more, before something that a borrowed phone must not do."""


KEY_SHOWN_SECONDS = 900
"""How long a page that is loaded again shows the same key for the app."""

_SHOWN_AT = "mfa.totp.shown_at"


class ActivateForm(_Code, ActivateTOTPForm):
    """The first digits of an app, which show that it has understood."""

    labels: ClassVar[Texts] = {"code": _("アプリに出た6桁の数字")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The key that was shown a moment ago stays: phones load a page anew when one comes back from the app."""
        session = context.request.session
        shown, at = session.get(SECRET_SESSION_KEY), session.get(_SHOWN_AT, 0.0)
        super().__init__(*args, **kwargs)
        if self.is_bound:
            return
        if shown and time.time() - at < KEY_SHOWN_SECONDS:
            self.secret = session[SECRET_SESSION_KEY] = shown
        else:
            session[_SHOWN_AT] = time.time()

    def clean_code(self) -> str:
        try:
            return super().clean_code()
        except ValidationError as error:
            if error.code != "rate_limited":
                raise
            # allauth's word for this is of letters that were sent.
            raise get_account_adapter().validation_error("too_many_login_attempts") from error


class ForgottenForm(_Words, allauth_forms.ResetPasswordForm):
    """The address to which a code for a new password goes."""


class ResetCodeForm(_Code, allauth_forms.ConfirmPasswordResetCodeForm):
    """The code that opens an account whose password is forgotten."""


class NewPasswordForm(_Words, allauth_forms.ResetPasswordKeyForm):
    """A new password in place of a forgotten one."""


class ProfileForm(_Words, _UserForm):
    """What people say of themselves; `version` is the text they started from."""

    version = forms.CharField(widget=forms.HiddenInput, required=False, max_length=12)

    class Meta:
        model = User
        fields = PROFILE
        widgets: ClassVar[dict[str, Any]] = {"bio": forms.Textarea(attrs={"rows": 5})}
