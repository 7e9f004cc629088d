"""Two texts of one spot side by side, where somebody else stored first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from machipoke.text import identity
from machipoke.versions import Conflict
from spots.forms import SpotForm
from spots.models import Spot

if TYPE_CHECKING:
    from spots.views.post_form import PostForm


def both_texts(post_form: PostForm, form: SpotForm, current: Spot) -> HttpResponse:
    """Both texts, and the form with what was typed, on top of the version that is stored now; nothing is lost."""
    typed = post_form.request.POST
    theirs = SpotForm(instance=current)
    conflicts = [
        Conflict(str(field.label), _in_words(field, theirs.initial.get(name)), _in_words(field, typed.get(name)))
        for name, field in form.fields.items()
        if name != "version" and _differs(name, form, current)
    ]
    data = typed.copy()
    data["version"] = str(current.version)
    return post_form.page(SpotForm(data, instance=current), status=409, spot=current, conflicts=conflicts)


def _differs(name: str, form: SpotForm, current: Spot) -> bool:
    """Whether what would be stored is another value, not only typed in another way."""
    if name == "tags":
        return {identity(tag) for tag in form.cleaned_data["tags"]} != {tag.key for tag in current.tags.all()}
    return bool(getattr(form.instance, name) != getattr(current, name))


def _in_words(field: Any, value: Any) -> str:
    """The value as the form shows it: of a choice its label."""
    text = "" if value is None else str(field.prepare_value(value)).replace("\r\n", "\n")
    labels = {str(choice): str(label) for choice, label in getattr(field, "choices", ())}
    return labels.get(text, text)
