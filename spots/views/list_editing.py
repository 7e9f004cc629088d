"""Making a list, changing what it says, deleting it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from machipoke.idempotency import KeyReused
from machipoke.kept import taken
from machipoke.pages import page
from machipoke.versions import Conflict, Stale
from spots.list_forms import ListForm
from spots.models import SavedList
from spots.views.own_lists import own_list, signed_in
from spots.views.tokens import once_per_form


@signed_in
def new(request: HttpRequest) -> HttpResponse:
    """A new list; the spots come from their own pages."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.may_write:
        raise PermissionDenied
    if request.method != "POST":
        return _form_page(request, ListForm(initial=_typed(request)))
    form = ListForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, status=400)
    try:
        url = once_per_form(request, lambda: _post(viewer, form))
    except ValidationError as error:
        form.add_error(None, error)
        return _form_page(request, form, status=400)
    except KeyReused as reused:
        made_before = reused.answer.headers["Location"]
        return _form_page(request, form, status=409, made_before=made_before, renew=True)
    messages.success(request, _("リストを作りました。"))
    return redirect(url)


def _post(viewer: User, form: ListForm) -> str:
    saved = form.instance
    saved.owner = viewer
    saved.post()
    return reverse("list", args=[saved.pk])


@signed_in
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Title, description and who may see it, on top of the version one has seen."""
    saved = own_list(request.viewer, pk)  # type: ignore[attr-defined]
    if request.method != "POST":
        return _form_page(request, ListForm(instance=saved, initial=_typed(request)), list=saved)
    form = ListForm(request.POST, instance=saved)
    if not form.is_valid():
        return _form_page(request, form, status=400, list=saved)
    try:
        saved.edit(form.changes(), form.cleaned_data["version"])
    except Stale as stale:
        return _both_texts(request, form, stale.current)
    messages.success(request, _("直しました。"))
    return redirect("list", pk=pk)


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What a lost session left of the form."""
    kept = taken(request)
    if not kept:
        return {}
    messages.info(request, _("書いた内容は残っています。確かめて、もう一度送ってください。"))
    return dict(kept.items())


def _both_texts(request: HttpRequest, form: ListForm, current: SavedList) -> HttpResponse:
    """Another window stored first: both texts, and the form with what was typed, on top of what is stored now."""
    theirs = ListForm(instance=current)
    conflicts = [
        Conflict(str(form.fields[name].label), _in_words(form, name, theirs[name].value()), _in_words(form, name, mine))
        for name, mine in form.changes().items()
        if mine != getattr(current, name)
    ]
    data = request.POST.copy()
    data["version"] = current.version
    again = ListForm(data, instance=current)
    return _form_page(request, again, status=409, list=current, conflicts=conflicts)


def _in_words(form: ListForm, name: str, value: str) -> str:
    labels = dict(getattr(form.fields[name], "choices", ()))
    return str(labels.get(value, value))


def _form_page(request: HttpRequest, form: ListForm, status: int = 200, **context: Any) -> HttpResponse:
    return page(request, "spots/list_form.html", {"form": form} | context, status=status)


@signed_in
def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then delete the list; the spots themselves stay."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if request.method != "POST":
        return page(request, "spots/list_delete.html", {"list": own_list(viewer, pk)})
    try:
        return redirect(once_per_form(request, lambda: _delete(request, viewer, pk)))
    except KeyReused:
        again = {"list": own_list(viewer, pk), "renew": True}
        return page(request, "spots/list_delete.html", again, status=409)


def _delete(request: HttpRequest, viewer: User, pk: uuid.UUID) -> str:
    saved = own_list(viewer, pk)
    saved.delete()
    messages.success(request, _("リスト「%(title)s」を消しました。") % {"title": saved.title})
    return reverse("lists")
