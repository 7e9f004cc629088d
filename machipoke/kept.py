"""What a person typed when their session had ended: kept over the sign-in, and shown in the form again."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect

SECRETS = frozenset({"csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword", "code"})
"""Fields that are never kept and never shown again."""

MOST_CHARACTERS = 20_000
"""A spot with every field full has 6,000; a session is no place for more."""

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
    if len(text) <= MOST_CHARACTERS * 9:  # a kana is nine characters once quoted
        request.session[_KEY] = {"path": request.path_info, "fields": text}


def taken(request: HttpRequest) -> QueryDict | None:
    """The fields kept for this page, once; None where there are none."""
    kept = request.session.get(_KEY)
    if request.method != "GET" or not kept or kept["path"] != request.path_info:
        return None
    del request.session[_KEY]
    return QueryDict(kept["fields"])
