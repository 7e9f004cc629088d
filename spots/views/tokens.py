"""A form that is sent twice, by an impatient finger or a slow line, is stored once."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest

from machipoke.idempotency import Answer, digest_of, once, scope_of

CONTROLS = ("csrfmiddlewaretoken", "form_token", "writer")
"""Fields that say nothing about what was typed."""


def once_per_form(request: HttpRequest, make: Callable[[], str]) -> str:
    """`make()`'s result, where to go next; for a form token that was here before, the result it had then.

    `make` runs in the transaction that keeps the token; what it raises leaves nothing behind. Without a token it just
    runs. Raises KeyReused when the token came before with something else typed: going back and writing on.
    """
    token = posted_token(request)
    if token is None:
        return make()
    typed = request.POST.copy()
    for name in CONTROLS:
        typed.pop(name, None)
    scope = scope_of(request.viewer)  # type: ignore[attr-defined]
    digest = digest_of(request.path_info.encode(), typed.urlencode().encode())
    return once(scope, f"form:{token}", digest, lambda: Answer(303, {"Location": make()})).headers["Location"]


def posted_token(request: HttpRequest) -> uuid.UUID | None:
    """The token of the form that was sent; None where it carried none, or something that is none."""
    try:
        return uuid.UUID(request.POST.get("form_token", ""))
    except ValueError:
        return None
