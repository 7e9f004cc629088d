"""`/accounts/avatar/`: one's own picture, chosen, replaced and taken away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.avatars import remove_avatar, show_avatar, store_avatar
from accounts.models import User
from machipoke.kept import to_sign_in
from machipoke.pages import page
from machipoke.ratelimits import spend
from media_store.pictures import PictureRefused
from media_store.refusal import UploadRefused


class AvatarForm(forms.Form):
    """One file; what it is, is seen when it is decoded."""

    file = forms.FileField(
        label=gettext_lazy("プロフィールの写真"),
        help_text=gettext_lazy(
            "JPEG・PNG・WebP・GIF・AVIF、20 MBまで。まん中を正方形に切り取り、撮影場所などの情報は取りのぞきます。"
        ),
        allow_empty_file=True,  # said in our words, when it is looked at
        widget=forms.FileInput(
            attrs={
                "accept": "image/jpeg,image/png,image/webp,image/gif,image/avif",
                "aria-describedby": "id_file-help id_file-error",
            }
        ),
    )


def avatar(request: HttpRequest) -> HttpResponse:
    """Choose a picture or another one; a signed-out visitor signs in first."""
    person: Any = request.viewer  # type: ignore[attr-defined]
    if not person.pk:
        return to_sign_in(request)
    if request.method != "POST":
        return page(request, "account/avatar.html", {"form": AvatarForm(), "person": person})
    if not person.may_write:
        raise PermissionDenied
    form = AvatarForm(request.POST, request.FILES)
    status = _show(request, person, form) if form.is_valid() else 400
    if status:
        return page(request, "account/avatar.html", {"form": form, "person": person}, status=status)
    messages.success(request, _("写真を変えました。"))
    return redirect("account_profile")


def _show(request: HttpRequest, person: User, form: AvatarForm) -> int:
    """Store and show what was sent; the status of the refusal that the form now holds, or 0."""
    spend(request, "photo", person.pk)
    try:
        show_avatar(person, store_avatar(person, form.cleaned_data["file"]))
    except (PictureRefused, UploadRefused) as refused:
        form.add_error("file", str(refused.message))
        return refused.status
    return 0


def removal(request: HttpRequest) -> HttpResponse:
    """Take one's picture away."""
    person: Any = request.viewer  # type: ignore[attr-defined]
    if not person.pk:
        return to_sign_in(request)
    if request.method == "POST":
        if not person.may_write:
            raise PermissionDenied
        if remove_avatar(person):
            messages.success(request, _("写真を消しました。"))
        return redirect("account_profile")
    return redirect("account_avatar")
