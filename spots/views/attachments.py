"""The files of a spot: shown to be downloaded, added, taken away and brought back."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from machipoke.kept import taken, to_sign_in
from machipoke.pages import page
from machipoke.ratelimits import spend
from media_store.refusal import UploadRefused
from spots.attaching import attached, taken_for
from spots.attachment_forms import AttachmentForm
from spots.downloads import download
from spots.models import Attachment, Spot
from spots.models.attachment import MOST_ATTACHMENTS
from spots.views import files_gone


def file(request: HttpRequest, pk: uuid.UUID, name: str) -> HttpResponse:
    """Download it; by any other name than its own one is sent to that."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    files = Attachment.objects.visible_to(viewer).with_bytes().select_related("file", "spot")
    attachment = get_object_or_404(files, pk=pk)
    response = download(request, attachment) if name == attachment.file_name else redirect(attachment.path)
    if attachment.state != Attachment.State.PUBLISHED or not attachment.spot.is_public:
        response["Cache-Control"] = "private, no-store"
    return response


def attachments(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Add a file and see those that are there; a signed-out visitor signs in first."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    spot = get_object_or_404(Spot.objects.visible_to(viewer).select_related("category"), pk=pk)
    if not viewer.pk:
        return to_sign_in(request)
    if not spot.is_editable_by(viewer):
        raise PermissionDenied
    if request.method != "POST":
        kept = taken(request)
        if kept:
            messages.info(request, _("名前は残っています。ファイルはもう一度選んでください。"))
        return _form_page(request, spot, AttachmentForm(initial=dict((kept or {}).items())))
    form = AttachmentForm(request.POST, request.FILES)
    status = _add(request, spot, form) if form.is_valid() else 400
    if not status:
        return redirect("attachments", pk=pk)
    form.ask_for_the_file_again()
    return _form_page(request, spot, form, status)


def _add(request: HttpRequest, spot: Spot, form: AttachmentForm) -> int:
    """Store what was sent; the status of the refusal that the form now holds, or 0."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    spend(request, "photo", viewer.pk)
    title = form.cleaned_data["title"]
    try:
        found = taken_for(spot, form.cleaned_data["file"], title, viewer.pk)
        with transaction.atomic():
            _row, is_new = attached(spot, found, title, viewer.pk)
    except UploadRefused as refused:
        form.add_error("file", refused.message)
        return refused.status
    except ValidationError as error:
        form.add_error(None, error)
        return 400
    said = _("「%(title)s」を足しました。") if is_new else _("同じファイルが、もう「%(title)s」としてあります。")
    messages.success(request, said % {"title": _row.title})
    return 0


def _form_page(request: HttpRequest, spot: Spot, form: AttachmentForm, status: int = 200) -> HttpResponse:
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    shown = Attachment.objects.visible_to(viewer).filter(spot=spot).exclude(state="deleted").select_related("file")
    files = list(shown)
    context = {"spot": spot, "attachments": files, "form": form, "room": MOST_ATTACHMENTS - len(files)}
    context["gone"] = files_gone.still_gone(viewer, spot, _KIND)
    return page(request, "spots/attachments.html", context, status=status)


def delete(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask, then take it away for everyone; a moderator gives the author of the spot a reason."""
    return files_gone.delete(request, pk, _KIND)


def _say_deleted(request: HttpRequest, attachment: Attachment, is_own: bool) -> None:
    undo = f"unattachment-{attachment.pk}" if is_own else ""
    messages.success(request, _("「%(title)s」を削除しました。") % {"title": attachment.title}, extra_tags=undo)


def restoration(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Bring back what one deleted oneself."""
    return files_gone.restoration(request, pk, _KIND)


_KIND = files_gone.Kind(
    seen=lambda viewer: Attachment.objects.visible_to(viewer).select_related("spot", "file"),
    gone=lambda viewer: Attachment.objects.recently_deleted_of(viewer).select_related("spot", "file"),
    back="attachments",
    asks_to_delete="spots/attachment_delete.html",
    asks_to_restore="spots/attachment_restoration.html",
    shown=lambda attachment: {"attachment": attachment},
    say_deleted=_say_deleted,
    restored=lambda attachment: _("「%(title)s」を元に戻しました。") % {"title": attachment.title},
)
