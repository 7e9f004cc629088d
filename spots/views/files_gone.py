"""A photo or an attachment of a spot is taken away, and brought back by whoever did it: the same steps for both."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from machipoke.kept import taken, to_sign_in
from machipoke.pages import page
from spots.models import Spot
from spots.models.spot_file import SpotFile, SpotFileQuerySet
from spots.reasons import ReasonForm

MOST_GONE = 20
"""Of what was deleted, the newest on the page of the spot's files."""


class Kind(NamedTuple):
    """What differs: what somebody sees, and deleted, the page that lists it, those that ask, and what is said after."""

    seen: Callable[[Any], SpotFileQuerySet]
    gone: Callable[[Any], SpotFileQuerySet]
    back: str
    asks_to_delete: str
    asks_to_restore: str
    shown: Callable[[Any], dict[str, Any]]
    say_deleted: Callable[[HttpRequest, Any, bool], None]
    restored: Callable[[Any], str]


def still_gone(viewer: Any, spot: Spot, kind: Kind) -> list[SpotFile]:
    """What `viewer` deleted of `spot` and can bring back, the last first."""
    return list(kind.gone(viewer).filter(spot=spot).order_by("-deleted_at", "-pk")[:MOST_GONE])


def delete(request: HttpRequest, pk: uuid.UUID, kind: Kind) -> HttpResponse:
    """Ask, then take it away for everyone; a moderator gives the author of the spot a reason."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    file: SpotFile | None = kind.seen(viewer).filter(pk=pk).first()
    if file is None:  # pressed twice, perhaps: the page of the spot's files has the others
        file = get_object_or_404(kind.gone(viewer), pk=pk)
    if file.state == SpotFile.State.DELETED:
        return redirect(kind.back, pk=file.spot_id)
    if not file.is_editable_by(viewer):
        raise PermissionDenied
    is_own = file.spot.created_by_id == viewer.pk
    form = None if is_own else ReasonForm(request.POST if request.method == "POST" else taken(request))
    if request.method != "POST" or (form is not None and not form.is_valid()):
        status = 400 if request.method == "POST" else 200
        return page(request, kind.asks_to_delete, kind.shown(file) | {"spot": file.spot, "form": form}, status=status)
    if file.delete_softly(viewer, form.said if form else ""):
        kind.say_deleted(request, file, is_own)
    return redirect(kind.back, pk=file.spot_id)


def restoration(request: HttpRequest, pk: uuid.UUID, kind: Kind) -> HttpResponse:
    """Bring back what one deleted oneself; anything else that is deleted does not exist."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    file: SpotFile | None = kind.gone(viewer).filter(pk=pk).first()
    if file is None:  # pressed twice, perhaps
        there = kind.seen(viewer).exclude(state="deleted")
        return redirect(kind.back, pk=get_object_or_404(there, pk=pk, spot__created_by=viewer).spot_id)
    if not file.spot.is_editable_by(viewer):
        raise PermissionDenied
    if request.method != "POST":
        return page(request, kind.asks_to_restore, kind.shown(file) | {"spot": file.spot})
    try:
        file.undelete()
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, kind.restored(file))
    return redirect(kind.back, pk=file.spot_id)
