"""Saving a spot: with one press into 行きたい, or into the lists one chooses."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from machipoke.idempotency import KeyReused
from machipoke.kept import taken
from machipoke.pages import page
from spots.list_forms import DEFAULT, PickForm
from spots.models import SavedList, Spot
from spots.models.saved_list import DEFAULT_TITLE
from spots.views.own_lists import signed_in
from spots.views.tokens import once_per_form


@signed_in
def saves(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """GET is the picker. POST adds to the `list`s named, to a new one (`title`), else to 行きたい.

    With `choose` the spot is in exactly those lists afterwards.
    """
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    spot = get_object_or_404(Spot.objects.visible_to(viewer).select_related("category"), pk=pk)
    if not viewer.may_write:
        raise PermissionDenied
    own = list(SavedList.objects.editable_by(viewer).own_order())
    if request.method != "POST":
        return _picker(request, spot, own, PickForm(own, initial=_first(request, spot, own)))
    _refuse_others(request, own)
    form = PickForm(own, request.POST)
    if not form.is_valid():
        return _picker(request, spot, own, form, status=400)
    return _stored(request, spot, own, form)


def _first(request: HttpRequest, spot: Spot, own: list[SavedList]) -> dict[str, Any]:
    """What the picker begins with: text kept over a sign-in, else the lists it is in, else 行きたい."""
    kept = taken(request)
    if kept and ("choose" in kept or kept.get("title")):
        messages.info(request, _("書いた内容は残っています。確かめて、もう一度送ってください。"))
        return dict(kept.items()) | {"list": kept.getlist("list")}
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    held = SavedList.objects.editable_by(viewer).holding(spot).values_list("pk", flat=True)
    usual = [str(saved.pk) for saved in own if saved.is_default] or [DEFAULT]
    return {"list": [str(pk) for pk in held] or usual}


def _refuse_others(request: HttpRequest, own: list[SavedList]) -> None:
    """Someone else's list is 403 where it may be seen; what is no list, or gone, the picker tells."""
    known = {str(saved.pk) for saved in own} | {DEFAULT}
    strange = [text for text in request.POST.getlist("list") if text not in known]
    ids = [found for found in map(_uuid, strange) if found]
    if SavedList.objects.reachable_by(request.viewer).filter(pk__in=ids).exists():  # type: ignore[attr-defined]
        raise PermissionDenied
    if strange and "choose" not in request.POST:
        raise Http404("no such list")


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _stored(request: HttpRequest, spot: Spot, own: list[SavedList], form: PickForm) -> HttpResponse:
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    is_exact = "choose" in request.POST

    def store() -> str:
        _store(viewer, spot, form, is_exact)
        return reverse("spot", args=[spot.pk])

    try:
        # Only a new list could come twice; what is chosen may be sent as often as one likes.
        url = once_per_form(request, store) if form.cleaned_data["title"] else store()
    except ValidationError as error:
        form.add_error("title", error.messages)
        return _picker(request, spot, own, form, status=400)
    except KeyReused:
        return _picker(request, spot, own, form, status=409, is_made=True, renew=True)
    usual = next((saved.title for saved in own if saved.is_default), DEFAULT_TITLE)
    _tell(request, spot, form, "" if is_exact else usual)
    return redirect(url)


def _store(viewer: User, spot: Spot, form: PickForm, is_exact: bool) -> None:
    lists, chosen, new = SavedList.objects.editable_by(viewer), form.chosen, form.new_list()
    with transaction.atomic():
        if form.wants_default or not (is_exact or chosen or new):
            chosen.add(lists.default_of(viewer).pk)
        if new:
            new.owner = viewer
            new.post()
            chosen.add(new.pk)
        if is_exact:
            lists.put(spot, chosen, form.cleaned_data["note"])
            return
        for saved in lists.filter(pk__in=chosen).order_by("pk"):
            saved.add(spot, form.cleaned_data["note"])


def _tell(request: HttpRequest, spot: Spot, form: PickForm, usual: str) -> None:
    """In which lists it is now, `usual` where none was named; with a link to the picker."""
    titles = [str(label) for value, label in form.fields["list"].choices if value in form.cleaned_data["list"]]  # type: ignore[attr-defined]
    titles += [form.cleaned_data["title"]] if form.cleaned_data["title"] else []
    names = _("、").join(titles) or usual
    words = _("ポケットに入れました：%(lists)s") % {"lists": names} if names else _("ポケットから出しました。")
    messages.success(request, words, extra_tags=f"saves-{spot.pk}")


def _picker(
    request: HttpRequest, spot: Spot, own: list[SavedList], form: PickForm, status: int = 200, **context: Any
) -> HttpResponse:
    return page(request, "spots/save.html", {"spot": spot, "form": form, "own": own} | context, status=status)
