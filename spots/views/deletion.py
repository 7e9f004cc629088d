"""Taking a spot away, and taking that back."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from machipoke.kept import taken, to_sign_in
from machipoke.pages import page
from spots.models import Draft, Spot, StaleVersion
from spots.reasons import SpotDeletionForm


def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then delete for everyone; a moderator gives the author a reason."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    spot = Spot.objects.visible_to(viewer).select_related("category").filter(pk=pk).first()
    if spot is None:  # pressed twice, perhaps: the profile has the undo
        get_object_or_404(Spot.objects.recently_deleted_of(viewer), pk=pk)
        return redirect("profile", username=viewer.username)
    if spot.state == Spot.State.DELETED:  # the same of a moderator, who still sees it
        return redirect("spot", pk=pk)
    if not spot.is_editable_by(viewer):
        raise PermissionDenied
    is_own = spot.created_by_id == viewer.pk
    form = None if is_own else SpotDeletionForm(request.POST if request.method == "POST" else taken(request))
    if request.method != "POST" or (form is not None and not form.is_valid()):
        status = 400 if request.method == "POST" else 200
        return page(request, "spots/spot_delete.html", {"spot": spot, "form": form}, status=status)
    if form is None:
        spot.delete_softly()
        undo = f"undo-{spot.pk}"
        messages.success(request, _("「%(name)s」を削除しました。") % {"name": spot.name}, extra_tags=undo)
        return redirect("profile", username=viewer.username)
    spot.delete_softly(viewer, form.said, **form.further)
    messages.success(request, _("「%(name)s」を削除しました。") % {"name": spot.name})
    return redirect("spots")


def restoration(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring back what one deleted oneself; anything else that is deleted does not exist."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    spot = Spot.objects.recently_deleted_of(viewer).filter(pk=pk).first()
    if spot is None:  # pressed twice, perhaps
        get_object_or_404(Spot.objects.visible_to(viewer), pk=pk, created_by=viewer)
        return redirect("spot", pk=pk)
    if not viewer.may_write:
        raise PermissionDenied
    if request.method != "POST":
        return page(request, "spots/spot_restoration.html", {"spot": spot})
    try:
        spot.undelete()
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("profile", username=viewer.username)
    except StaleVersion:
        return redirect("spot", pk=pk)  # pressed twice at once, or moved by a moderator: what it is now
    messages.success(request, _("「%(name)s」を元に戻しました。") % {"name": spot.name})
    return redirect("spot", pk=spot.pk)


def draft(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Throw away what was begun."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    own = Draft.objects.visible_to(viewer).filter(pk=pk)
    if request.method != "POST":
        return page(request, "spots/draft_delete.html", {"draft": get_object_or_404(own)})
    if not viewer.may_write:
        raise PermissionDenied
    own.delete()  # a second press finds nothing, which is what was asked for
    messages.success(request, _("書きかけを捨てました。"))
    return redirect("profile", username=viewer.username)
