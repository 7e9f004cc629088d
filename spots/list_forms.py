"""The forms in which people make a list, change one, and choose the lists that a spot is in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from machipoke.text import is_blank
from spots.models import SavedItem, SavedList
from spots.models.saved_list import DEFAULT_TITLE

if TYPE_CHECKING:
    _ListForm = forms.ModelForm[SavedList]
else:
    _ListForm = forms.ModelForm

VISIBILITIES = (
    (SavedList.Visibility.PRIVATE, _("自分だけ — あなたのほかは、だれも見られません。")),
    (SavedList.Visibility.LINK, _("リンクを知っている人 — リンクを送った人が見られます。一覧や検索には出ません。")),
    (SavedList.Visibility.PUBLIC, _("公開 — だれでも見られます。「みんなのリスト」とあなたのページに出ます。")),
)
UNKNOWN_VERSION = _(
    "どの版を直したものかわからないため、まだ保存していません。いまの内容を確かめて、もう一度送ってください。"
)
DEFAULT = "default"
"""Stands for 行きたい in the picker of a person who has no such list yet."""


class ListForm(_ListForm):
    """What a person writes about a list; the rules are the model's. `version` is the one they started from."""

    visibility = forms.ChoiceField(label=_("公開範囲"), choices=VISIBILITIES, widget=forms.RadioSelect, required=False)
    version = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = SavedList
        fields = ["title", "description", "visibility"]
        help_texts = {"title": _("60文字まで。例：雨の日でも楽しい福井")}
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        saved: SavedList | None = kwargs.get("instance")
        initial = {"visibility": SavedList.Visibility.PRIVATE, "version": saved.version if saved else ""}
        if saved:
            initial.pop("visibility")
        super().__init__(*args, **kwargs | {"initial": initial | kwargs.get("initial", {})})
        point_at_errors(self)

    def clean(self) -> dict[str, Any]:
        """Refuse a change that does not say on which version it was written: it would be stored over anyone's."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.instance._state.adding and not cleaned.get("version"):
            self.add_error(None, ValidationError(UNKNOWN_VERSION, code="stale"))
            self.data = dict(self.data.items()) | {"version": self.instance.version}
        return cleaned

    def clean_visibility(self) -> str:
        """What was chosen, or as it is: a new list is for oneself."""
        return str(self.cleaned_data["visibility"] or self.instance.visibility)

    def changes(self) -> dict[str, Any]:
        """The model's fields that were sent, for `SavedList.edit`."""
        return {name: self.cleaned_data[name] for name in self._meta.fields or () if name in self.data}


class PickForm(forms.Form):
    """Which of one's lists a spot is in, and perhaps a new one for it."""

    list = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label=_("リスト"))
    title = forms.CharField(required=False, label=_("新しいリストの題名"))
    visibility = forms.ChoiceField(
        required=False,
        label=_("新しいリストの公開範囲"),
        choices=VISIBILITIES,
        initial=SavedList.Visibility.PRIVATE,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(required=False, label=_("メモ（なくてもかまいません）"))

    def __init__(self, lists: Sequence[SavedList], data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        choices = [(str(saved.pk), saved.title) for saved in lists]
        if not any(saved.is_default for saved in lists):
            choices.insert(0, (DEFAULT, DEFAULT_TITLE))
        self.fields["list"].choices = choices  # type: ignore[attr-defined]
        self.fields["note"].help_text = _("新しく入れるリストに付きます。200文字まで。")
        point_at_errors(self)

    def clean_title(self) -> str:
        """The title by the model's rules; empty where no new list is wanted."""
        title: str = self.cleaned_data["title"]
        return "" if is_blank(title) else str(SavedList._meta.get_field("title").clean(title, None))

    def clean_note(self) -> str:
        """The note by the model's rules."""
        return str(SavedItem._meta.get_field("note").clean(self.cleaned_data["note"], None))

    def new_list(self) -> SavedList | None:
        """The list that was asked for beside the others, not yet stored."""
        if not self.cleaned_data["title"]:
            return None
        visibility = self.cleaned_data["visibility"] or SavedList.Visibility.PRIVATE
        return SavedList(title=self.cleaned_data["title"], visibility=visibility)

    @property
    def chosen(self) -> set[uuid.UUID]:
        """The ids that were checked, without `DEFAULT`."""
        return {uuid.UUID(value) for value in self.cleaned_data["list"] if value != DEFAULT}

    @property
    def wants_default(self) -> bool:
        """Whether 行きたい was checked, which is not there yet."""
        return DEFAULT in self.cleaned_data["list"]


def point_at_errors(form: forms.BaseForm) -> None:
    """Tell each control's help and error to screen readers."""
    for name, field in form.fields.items():
        if form.is_bound and name in form.errors:
            field.widget.attrs["aria-invalid"] = "true"
        described = [f"id_{name}-help"] if field.help_text else []
        field.widget.attrs["aria-describedby"] = " ".join([*described, f"id_{name}-error"])
