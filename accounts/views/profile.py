"""One's own profile: what others see of a person, changed on top of the text one has seen."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.forms import ProfileForm
from accounts.models import PROFILE, Notice, User
from machipoke.kept import taken, to_sign_in
from machipoke.pages import page
from machipoke.versions import Conflict, Stale


def profile(request: HttpRequest) -> HttpResponse:
    """Edit one's own profile; a signed-out visitor signs in first and comes back to what was typed."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if not viewer.pk:
        return to_sign_in(request)
    # A row of its own: a form writes what was typed on it, and the frame of the page shows the viewer's name.
    person: User = User.objects.visible_to(viewer).get(pk=viewer.pk)
    if request.method == "POST":
        if not person.may_write:
            raise PermissionDenied
        return _store(request, person)
    initial = {"version": person.profile_version} | {name: getattr(person, name) for name in PROFILE}
    kept = taken(request) if person.may_write else None
    typed = {name: kept[name] for name in ("version", *PROFILE) if name in kept} if kept else {}
    return _form_page(request, person, ProfileForm(initial=initial | typed), is_kept=bool(typed))


def _store(request: HttpRequest, person: User) -> HttpResponse:
    language = person.language
    form = ProfileForm(request.POST, instance=person)
    if not form.is_valid():
        return _form_page(request, person, form, status=400)
    try:
        person.edit_profile({name: getattr(person, name) for name in PROFILE}, form.cleaned_data["version"])
    except Stale as stale:
        conflicts = _conflicts(form, stale.current)
        if conflicts:
            return _both_texts(request, stale.current, conflicts)
    messages.success(request, _("プロフィールを保存しました。"))
    chosen = f"/{person.language}" if person.language != User.Language.JAPANESE else ""
    asked = "/en" if request.path_info.startswith("/en/") else ""
    return redirect(f"{asked if person.language == language else chosen}{person.get_absolute_url()}")


def _conflicts(form: ProfileForm, current: User) -> list[Conflict]:
    """Empty where the row already says what was typed: the same form sent twice."""
    languages = dict(User.Language.choices)
    found = []
    for name in PROFILE:
        theirs, mine = getattr(current, name), getattr(form.instance, name)
        if theirs != mine:
            label = str(form.fields[name].label)
            found.append(Conflict(label, str(languages.get(theirs, theirs)), str(languages.get(mine, mine))))
    return found


def _both_texts(request: HttpRequest, current: User, conflicts: list[Conflict]) -> HttpResponse:
    """Someone stored first: both texts side by side, what was typed stays in the form, on top of the new version."""
    data = request.POST.copy()
    data["version"] = current.profile_version
    return _form_page(request, current, ProfileForm(data, instance=current), status=409, conflicts=conflicts)


def _form_page(request: HttpRequest, person: User, form: ProfileForm, status: int = 200, **more: Any) -> HttpResponse:
    unread = Notice.objects.visible_to(person).unread().count()
    context = {"person": person, "form": form, "unread": unread}
    return page(request, "account/profile.html", context | more, status=status)
