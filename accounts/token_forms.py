"""The form for a new token of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import ApiToken, User
from accounts.models.token import DEFAULT_DAYS, LIFETIMES_DAYS

if TYPE_CHECKING:
    _TokenForm = forms.ModelForm[ApiToken]
else:
    _TokenForm = forms.ModelForm

_SCOPES = {
    ApiToken.Scope.READ: _("読むだけ（自分の下書きや非公開のリストも読めます）"),
    ApiToken.Scope.WRITE: _("読み書き（投稿・コメント・リスト・プロフィールを、あなたの名前で書けます）"),
}
_LIFETIMES = {30: _("30日"), 90: _("90日"), 365: _("1年")}


class TokenForm(_TokenForm):
    """What a token is called, what it may do, and for how long; whoever is suspended may only make one that reads."""

    scope = forms.ChoiceField(
        label=pgettext_lazy("token", "できること"), widget=forms.RadioSelect, initial=ApiToken.Scope.READ
    )
    days = forms.TypedChoiceField(
        label=_("使える期間"),
        widget=forms.RadioSelect,
        coerce=int,
        choices=[(days, _LIFETIMES[days]) for days in LIFETIMES_DAYS],
        initial=DEFAULT_DAYS,
    )

    class Meta:
        model = ApiToken
        fields = ("name",)
        help_texts = {"name": _("あとで見分けるための名前。50文字まで。例：地図を作るスクリプト")}

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = _SCOPES if person.may_write else {ApiToken.Scope.READ: _SCOPES[ApiToken.Scope.READ]}
        self.fields["scope"].choices = [(scope.value, words) for scope, words in allowed.items()]  # type: ignore[attr-defined]
        self.fields["name"].widget.attrs |= {"autocomplete": "off", "aria-describedby": "id_name-help id_name-error"}
