"""What a person typed when their session had ended: kept over the sign-in, and shown in the form again."""

from __future__ import annotations

import time
from urllib.parse import quote

from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect

from machipoke.ratelimits import address_of, consume

PASSWORDS = frozenset({"password", "password1", "password2", "oldpassword", "code"})
SECRETS = PASSWORDS | {"csrfmiddlewaretoken"}
"""Fields that are never kept and never shown again."""

MOST_CHARACTERS = 20_000
"""A spot with every field full has 6,000; a session is no place for more."""

KEPT_SECONDS = 3600
"""Signing in takes a minute, a forgotten password ten; after an hour it is another sitting."""

_KEY = "kept_form"


def to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """Send a signed-out person to the sign-in page and back here; what a form carried waits in the session."""
    if request.method == "POST":
        keep(request)
    prefix = "/en" if request.path_info.startswith("/en/") else ""
    return redirect(f"{prefix}/accounts/login/?next={quote(request.get_full_path())}")


def keep(request: HttpRequest) -> None:
    """Keep the fields that came with this POST for the next GET of the same page; only the last form is kept."""
    typed = request.POST.copy()
    for name in SECRETS:
        typed.pop(name, None)
    text = typed.urlencode()
    is_short = len(text) <= MOST_CHARACTERS * 9  # a kana is nine characters once quoted
    if is_short and consume("kept", address_of(request)).is_allowed:  # each is a row that strangers can make
        request.session[_KEY] = {"path": request.path_info, "fields": text, "at": time.time()}


def taken(request: HttpRequest) -> QueryDict | None:
    """The fields kept for this page, once; None where there are none, or somebody else typed them.

    A form says who writes (`{% form_token %}`): the next to sign in at a shared machine may be another person.
    """
    kept = request.session.get(_KEY)
    if request.method != "GET" or not kept or kept["path"] != request.path_info:
        return None
    del request.session[_KEY]
    fields = QueryDict(kept["fields"], mutable=True)
    writer = fields.get("writer", "")
    viewer = request.viewer.username  # type: ignore[attr-defined]
    is_fresh = time.time() - kept["at"] < KEPT_SECONDS
    return fields if is_fresh and writer in ("", viewer) else None
