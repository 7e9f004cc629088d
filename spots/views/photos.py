"""The page of a spot's photos, and taking one away and that back."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from accounts.models import User
from machipoke.kept import taken, to_sign_in
from machipoke.pages import page
from spots.models import Spot
from spots.models.photo import SpotPhoto
from spots.photo_forms import Entry, PhotoFields
from spots.reasons import ReasonForm
from spots.views.editing import sign_in_without_files
from spots.views.tokens import posted_token


def photos(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Add, order, describe: whichever button is pressed, everything on the page is stored."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return sign_in_without_files(request)
    spot = get_object_or_404(Spot.objects.visible_to(viewer).select_related("category"), pk=pk)
    if not spot.is_editable_by(viewer):
        raise PermissionDenied
    if request.method != "POST":
        kept = taken(request)
        if kept:
            messages.info(request, _("書いた内容は残っています。確かめて、もう一度送ってください。"))
        return _shown(request, PhotoFields(viewer, kept, spot))
    fields = PhotoFields(viewer, request.POST, spot)
    fields.take(request)
    button = request.POST.get("photo_do", "")
    removed = button.removeprefix("remove:") if button.startswith("remove:") else ""
    if removed not in [str(entry.id) for entry in fields.entries if entry.photo]:
        fields.press(button)
        removed = ""
    return _stored(request, viewer, fields, removed)


def _stored(request: HttpRequest, viewer: User, fields: PhotoFields, removed: str) -> HttpResponse:
    """Store what the page says; where a file was refused, the page once more, with the others in their place."""
    spot: Any = fields.spot
    fields.is_valid()
    problem = ""
    if not any(entry.errors for entry in fields.entries):
        try:
            with transaction.atomic():
                spot.photos.attach(spot, fields.as_new(), viewer.pk)
                spot.photos.arrange(spot, fields.as_new(), viewer)
        except ValidationError as error:
            problem = error.messages[0]
        else:
            if not fields.refused:
                return _taken_away(request, viewer, spot, removed) if removed else _done(request, spot)
            refused = fields.refused
            fields = PhotoFields(viewer, spot=spot)
            fields.refused = refused
    return _shown(request, fields, status=400, problem=problem)


def _done(request: HttpRequest, spot: Spot) -> HttpResponse:
    messages.success(request, _("写真を保存しました。"), extra_tags=f"posted-{posted_token(request) or ''}")
    return redirect("spot_photos", pk=spot.pk)


def _shown(request: HttpRequest, fields: PhotoFields, status: int = 200, problem: str = "") -> HttpResponse:
    context = {"spot": fields.spot, "photos": fields, "problem": problem, "is_fresh": request.method == "POST"}
    return page(request, "spots/photos.html", context, status=status)


def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then take the photo away for everyone; a moderator gives the author a reason."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    photo = SpotPhoto.objects.visible_to(viewer).select_related("spot", "image").filter(pk=pk).first()
    if photo is None:  # pressed twice, perhaps: the page of the spot's photos has the others
        photo = get_object_or_404(SpotPhoto.objects.recently_deleted_of(viewer), pk=pk)
    if photo.state == SpotPhoto.State.DELETED:
        return redirect("spot_photos", pk=photo.spot_id)
    if not photo.is_editable_by(viewer):
        raise PermissionDenied
    is_own = photo.spot.created_by_id == viewer.pk
    form = None if is_own else ReasonForm(request.POST if request.method == "POST" else taken(request))
    if request.method != "POST" or (form is not None and not form.is_valid()):
        status = 400 if request.method == "POST" else 200
        context = {"spot": photo.spot, "shown": Entry.of(photo), "form": form}
        return page(request, "spots/photo_delete.html", context, status=status)
    photo.delete_softly(viewer, form.said if form else "")
    _say_deleted(request, photo, is_own)
    return redirect("spot_photos", pk=photo.spot_id)


def _taken_away(request: HttpRequest, viewer: User, spot: Spot, of: str) -> HttpResponse:
    """The button on the page: at once for the spot's owner, who can undo it; a moderator is asked for a reason."""
    own = SpotPhoto.objects.visible_to(viewer).filter(spot=spot).exclude(state="deleted")
    photo = next((photo for photo in own.select_related("spot", "image") if str(photo.pk) == of), None)
    if photo is not None and spot.created_by_id != viewer.pk:
        return redirect("photo_delete", pk=photo.pk)
    if photo is not None and photo.delete_softly(viewer):
        _say_deleted(request, photo, is_own=True)
    return redirect("spot_photos", pk=spot.pk)


def _say_deleted(request: HttpRequest, photo: SpotPhoto, is_own: bool) -> None:
    undo = f"unphoto-{photo.pk}" if is_own else ""
    messages.success(request, _("写真を削除しました。"), extra_tags=f"posted-{posted_token(request) or ''} {undo}")


def restoration(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring back a photo that one deleted oneself; anything else that is deleted does not exist."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    gone = SpotPhoto.objects.recently_deleted_of(viewer).select_related("spot", "image")
    photo = gone.filter(pk=pk).first()
    if photo is None:  # pressed twice, perhaps
        photo = get_object_or_404(SpotPhoto.objects.visible_to(viewer), pk=pk, spot__created_by=viewer)
        return redirect("spot_photos", pk=photo.spot_id)
    if not photo.spot.is_editable_by(viewer):
        raise PermissionDenied
    if request.method != "POST":
        return page(request, "spots/photo_restoration.html", {"spot": photo.spot, "photo": photo})
    try:
        photo.undelete()
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, _("写真を元に戻しました。"))
    return redirect("spot_photos", pk=photo.spot_id)
