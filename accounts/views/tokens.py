"""`/accounts/tokens/`: one's tokens of the API, made after the password was typed again, shown once, revoked."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.credentials import tell_of
from accounts.models import ApiToken, User
from accounts.token_forms import TokenForm
from machipoke.kept import to_sign_in
from machipoke.pages import page


def tokens(request: HttpRequest) -> HttpResponse:
    """The list; also for whoever is suspended, who may revoke."""
    person: Any = request.viewer  # type: ignore[attr-defined]
    if not person.pk:
        return to_sign_in(request)
    rows = list(ApiToken.objects.visible_to(person))
    return page(request, "account/tokens.html", {"tokens": rows})


def token_new(request: HttpRequest) -> HttpResponse:
    """A name, a scope and a lifetime."""
    person: Any = request.viewer  # type: ignore[attr-defined]
    answer: HttpResponse = _after_password(request, person) if person.pk else to_sign_in(request)
    return answer


@reauthentication_required  # type: ignore[untyped-decorator]
def _after_password(request: HttpRequest, person: User) -> HttpResponse:
    form = TokenForm(request.POST if request.method == "POST" else None, person=person)
    return _make(request, person, form) if form.is_valid() else _form_page(request, form)


def _make(request: HttpRequest, person: User, form: TokenForm) -> HttpResponse:
    asked = form.cleaned_data
    try:
        row, text = ApiToken.make(person, asked["name"], asked["scope"], asked["days"])
    except ValidationError as error:
        form.add_error(None, error)
        return _form_page(request, form)
    tell_of(request, row)
    # On this answer alone: what a redirect would have to carry over would lie readable in the session.
    response = page(request, "account/token_made.html", {"token": row, "text": text})
    response["Cache-Control"] = "private, no-store"
    return response


def _form_page(request: HttpRequest, form: TokenForm) -> HttpResponse:
    return page(request, "account/token_new.html", {"form": form}, status=400 if form.errors else 200)


def token_delete(request: HttpRequest, id: uuid.UUID) -> HttpResponse:
    """Revoke one: at once and without a question, because it may be in wrong hands."""
    person: Any = request.viewer  # type: ignore[attr-defined]
    if not person.pk:
        return to_sign_in(request)
    row = ApiToken.objects.visible_to(person).filter(id=id).first()
    if row is None:
        raise Http404
    row.delete()
    messages.success(request, _("「%(name)s」を取り消しました。もう使えません。") % {"name": row.name})
    return redirect("account_tokens")
