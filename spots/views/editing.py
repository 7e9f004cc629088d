"""Writing about a spot: a new one, or a change on top of the version one has seen."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from machipoke.kept import to_sign_in
from machipoke.pages import page
from machipoke.text import clean, identity
from spots.forms import SpotForm
from spots.models import Spot, StaleVersion


class Conflict(NamedTuple):
    """One field in which the two texts differ."""

    label: str
    theirs: str
    mine: str


def new(request: HttpRequest) -> HttpResponse:
    """Post a spot; a signed-out visitor signs in first and comes back."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    if not viewer.may_write:
        raise PermissionDenied
    if request.method != "POST":
        return _form_page(request, SpotForm(initial={"name": clean(request.GET.get("name", ""))}))
    form = SpotForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, status=400)
    spot = form.instance
    spot.created_by = viewer
    spot.post(form.cleaned_data["tags"])
    messages.success(request, _("公開しました。"))
    return redirect("spot", pk=spot.pk)


def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change a spot. Not visible is 404; visible but someone else's is 403."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    spot = get_object_or_404(Spot.objects.visible_to(viewer).select_related("category"), pk=pk)
    if not viewer.pk:
        return to_sign_in(request)
    if not spot.is_editable_by(viewer):
        raise PermissionDenied
    if request.method != "POST":
        return _form_page(request, SpotForm(instance=spot), spot=spot)
    form = SpotForm(request.POST, instance=spot)
    if not form.is_valid():
        return _form_page(request, form, status=400, spot=spot)
    try:
        spot.edit(form.changes(), form.cleaned_data["tags"], form.cleaned_data["version"], by=viewer)
    except StaleVersion as stale:
        if stale.current is None:
            raise Http404("gone meanwhile") from stale
        return _both_texts(request, form, stale.current)
    messages.success(request, _("直しました。"))
    return redirect("spot", pk=spot.pk)


def _form_page(request: HttpRequest, form: SpotForm, status: int = 200, **context: Any) -> HttpResponse:
    return page(request, "spots/form.html", {"form": form} | context, status=status)


def _both_texts(request: HttpRequest, form: SpotForm, current: Spot) -> HttpResponse:
    """Someone stored first: both texts side by side, what was typed stays in the form, on top of the new version."""
    theirs = SpotForm(instance=current)
    conflicts = [
        Conflict(str(field.label), _in_words(field, theirs.initial.get(name)), _in_words(field, request.POST.get(name)))
        for name, field in form.fields.items()
        if name != "version" and _differs(name, form, current)
    ]
    data = request.POST.copy()
    data["version"] = str(current.version)
    again = SpotForm(data, instance=current)
    return _form_page(request, again, status=409, spot=current, conflicts=conflicts)


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
