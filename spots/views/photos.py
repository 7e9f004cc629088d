"""The page of a spot's photos, and taking one away and that back."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from machipoke.kept import taken
from machipoke.pages import page
from spots.models import Spot
from spots.models.photo import SpotPhoto
from spots.photo_forms import Entry, PhotoFields
from spots.views import files_gone
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
                spot.photos.attach(spot, fields.as_new(), viewer)
                spot.photos.arrange(spot, fields.as_new(), viewer)
        except ValidationError as error:
            problem = error.messages[0]
        else:
            if not fields.refused:
                _say_stored(request, fields, removed)
                if removed:
                    return _taken_away(request, viewer, spot, removed)
                return _to_what_is_said(spot) if fields.lost else redirect("spot_photos", pk=spot.pk)
            refused, lost = fields.refused, fields.lost
            fields = PhotoFields(viewer, spot=spot)
            fields.refused, fields.lost = refused, lost
    return _shown(request, fields, status=400, problem=problem)


def _say_stored(request: HttpRequest, fields: PhotoFields, removed: str) -> None:
    """What became of the page; it is no success where a photo that it names was swept before it could be attached."""
    tags = f"posted-{posted_token(request) or ''}"
    if fields.lost:
        words = _("写真の一部がもうありません。ほかは保存しました。足りない写真は選び直してください。")
        messages.warning(request, words, extra_tags=tags)
    elif not removed:
        messages.success(request, _("写真を保存しました。"), extra_tags=tags)


def _shown(request: HttpRequest, fields: PhotoFields, status: int = 200, problem: str = "") -> HttpResponse:
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    context: dict[str, Any] = {"photos": fields, "problem": problem, "is_fresh": request.method == "POST"}
    if fields.spot is not None:
        context |= {"spot": fields.spot, "gone": files_gone.still_gone(viewer, fields.spot, _KIND)}
    return page(request, "spots/photos.html", context, status=status)


def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then take the photo away for everyone; a moderator gives the author a reason."""
    return files_gone.delete(request, pk, _KIND)


def _taken_away(request: HttpRequest, viewer: User, spot: Spot, of: str) -> HttpResponse:
    """The button on the page: at once for the spot's owner, who can undo it; a moderator is asked for a reason."""
    own = SpotPhoto.objects.visible_to(viewer).filter(spot=spot).exclude(state="deleted")
    photo = next((photo for photo in own.select_related("spot", "image") if str(photo.pk) == of), None)
    if photo is not None and spot.created_by_id != viewer.pk:
        return redirect("photo_delete", pk=photo.pk)
    if photo is not None and photo.delete_softly(viewer):
        _say_deleted(request, photo, is_own=True)
    return _to_what_is_said(spot)


def _to_what_is_said(spot: Spot) -> HttpResponse:
    """The top of the page: the buttons lead to the list of photos, and a redirect without a place of its own keeps to
    that, past the message and its undo.
    """
    return redirect(reverse("spot_photos", kwargs={"pk": spot.pk}) + "#main")


def _say_deleted(request: HttpRequest, photo: SpotPhoto, is_own: bool) -> None:
    undo = f"unphoto-{photo.pk}" if is_own else ""
    messages.success(request, _("写真を削除しました。"), extra_tags=f"posted-{posted_token(request) or ''} {undo}")


def restoration(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring back a photo that one deleted oneself."""
    return files_gone.restoration(request, pk, _KIND)


_KIND = files_gone.Kind(
    seen=lambda viewer: SpotPhoto.objects.visible_to(viewer).select_related("spot", "image"),
    gone=lambda viewer: SpotPhoto.objects.recently_deleted_of(viewer).select_related("spot", "image"),
    back="spot_photos",
    asks_to_delete="spots/photo_delete.html",
    asks_to_restore="spots/photo_restoration.html",
    shown=lambda photo: {"photo": photo, "shown": Entry.of(photo)},
    say_deleted=_say_deleted,
    restored=lambda _photo: _("写真を元に戻しました。"),
)
