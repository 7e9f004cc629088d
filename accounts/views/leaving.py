"""A copy of everything about oneself, and the end of an account with a week to change one's mind.

Suspended people have a right to both, so nothing here asks `may_write`.
"""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.belongings import belongings
from accounts.exporting import ask_for_copy
from accounts.leaving import LastSuperuserError, ask_to_leave, stay
from accounts.leaving_form import LeavingForm
from accounts.models import Export
from machipoke.kept import to_sign_in
from machipoke.pages import page


def export(request: HttpRequest) -> HttpResponseBase:
    """The copy under way or ready; a POST asks for one."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    if request.method == "POST":
        asked: HttpResponseBase = _ask(request)
        return asked
    newest = Export.objects.filter(user=viewer).first()
    return page(request, "account/export.html", {"export": newest, "parts": belongings()})


@reauthentication_required  # type: ignore[untyped-decorator]
def _ask(request: HttpRequest) -> HttpResponse:
    """A borrowed phone must not take everything along."""
    ask_for_copy(request.viewer)  # type: ignore[attr-defined]
    return redirect(f"{_prefix(request)}/accounts/export/")


def export_file(request: HttpRequest, id: uuid.UUID) -> HttpResponseBase:
    """The file, for its owner and while its day lasts."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    found = Export.objects.filter(pk=id, user=viewer).first()
    if found is None or not found.is_available:
        raise Http404("no such copy")
    try:
        file = found.path.open("rb")
    except FileNotFoundError as error:  # made by another server, or swept this moment
        raise Http404("no such copy") from error
    name = f"machipoke-{viewer.username}-{found.created_at:%Y%m%d}.zip"
    answer = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    answer["Cache-Control"] = "private, no-store"
    return answer


def delete(request: HttpRequest) -> HttpResponse:
    """Ask for the password and what becomes of the posts; then the account goes in some days."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    if request.method != "POST" or viewer.deletion_due_at:
        return _delete_page(request, LeavingForm(user=viewer))
    form = LeavingForm(request.POST, user=viewer)
    if not form.is_valid():
        return _delete_page(request, form, status=400)
    try:
        ask_to_leave(viewer, form.keeps_posts, request.session.session_key)
    except LastSuperuserError:
        form.add_error(None, _("ほかに管理者がいないので、退会できません。先に、別の管理者を作ってください。"))
        return _delete_page(request, form, status=400)
    return redirect(f"{_prefix(request)}/accounts/delete/")


def _delete_page(request: HttpRequest, form: LeavingForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "days": settings.DELETION_GRACE_DAYS}
    return page(request, "account/delete.html", context, status=status)


def delete_undo(request: HttpRequest) -> HttpResponse:
    """Change one's mind: the account stays. Tokens that ended do not come back."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    if stay(viewer):
        messages.success(request, _("退会を取りやめました。API トークンとほかの端末のログインは、元に戻りません。"))
    return redirect(f"{_prefix(request)}/accounts/profile/")


def _prefix(request: HttpRequest) -> str:
    return "/en" if request.path_info.startswith("/en/") else ""
