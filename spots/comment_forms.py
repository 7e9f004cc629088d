"""The forms in which people say something about a spot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from spots.models import Comment, Spot

if TYPE_CHECKING:
    _CommentModelForm = forms.ModelForm[Comment]
else:
    _CommentModelForm = forms.ModelForm


class _BodyForm(_CommentModelForm):
    """The words, with their help and their mistakes read out beside them."""

    class Meta:
        model = Comment
        fields = ["body"]
        labels = {"body": _("コメント")}
        help_texts = {"body": _("2,000文字まで。書いてから30分は直せます。")}
        widgets = {"body": forms.Textarea(attrs={"rows": 3, "aria-describedby": "id_body-help id_body-error"})}

    def full_clean(self) -> None:
        super().full_clean()
        if "body" in self.errors:
            self.fields["body"].widget.attrs["aria-invalid"] = "true"


class CommentForm(_BodyForm):
    """A new comment of `author` under `spot`, or with `parent` a reply."""

    class Meta(_BodyForm.Meta):
        fields = ["body", "parent"]
        widgets: dict[str, Any] = {**_BodyForm.Meta.widgets, "parent": forms.HiddenInput}
        error_messages = {"parent": {"invalid_choice": _("このコメントには、もう返信できません。")}}

    def __init__(self, spot: Spot, author: Any, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, instance=Comment(spot=spot, author=author), **kwargs)
        self.fields["body"].label = _("コメントを書く")
        self.fields["parent"].queryset = Comment.objects.under(spot, author)  # type: ignore[attr-defined]


class CommentEditForm(_BodyForm):
    """Other words for a comment; `version` is the text they were written on."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, comment: Comment, data: Any = None, **kwargs: Any) -> None:
        initial = {"version": comment.version} | kwargs.pop("initial", {})
        super().__init__(data, instance=comment, initial=initial, **kwargs)
