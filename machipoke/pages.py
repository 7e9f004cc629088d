"""Pages that belong to no app: errors in the design, health, and what every template knows."""

from __future__ import annotations

import math
import shutil
import sys
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject, empty
from django.utils.translation import get_language

from machipoke.availability import BUSY_RETRY_SECONDS, is_unavailable
from machipoke.caching import is_reachable
from machipoke.kept import PASSWORDS, SECRETS
from machipoke.multipart import CutShort
from machipoke.problems import problem_response
from machipoke.ratelimits import TooMany

SITE_NAME = "マチポケ"
ALLAUTH_WAIT_SECONDS = 60
"""What allauth's own limits, which do not tell, ask for at most but for letters."""

LOW_DISK_SHARE = 0.1
"""Below this share of free space the disk is reported as low: SQLite and uploads fail on a full one."""


def site(request: HttpRequest) -> dict[str, Any]:
    """The context of every template: nothing here asks a store."""
    language = get_language() or "ja"
    # Not `or`: whether a person is there is only known by asking the database, which error pages must not.
    viewer = getattr(request, "viewer", None)
    prefix = "" if language == "ja" else f"/{language}"
    path = request.path_info
    plain = path.removeprefix("/en") or "/" if path == "/en" or path.startswith("/en/") else path
    return {
        "site_name": SITE_NAME,
        "site_url": settings.SITE_URL,
        "language": language,
        "prefix": prefix,
        # One slash: `//host/…` in a link would lead to another site.
        "plain_path": "/" + quote(plain).lstrip("/"),
        "viewer": AnonymousUser() if viewer is None else viewer,
    }


def _error(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    """An error page that touches neither the database nor the session; below /api/ a problem document."""
    if request.path_info.startswith("/api/"):
        retry_seconds = BUSY_RETRY_SECONDS if status == 503 else context.get("retry_seconds")
        return problem_response(request, status, retry_seconds=retry_seconds)
    body = render_to_string(f"{status}.html", site(request) | {"viewer": AnonymousUser(), "request": request} | context)
    response = HttpResponse(body, status=status)
    if status == 503:
        response["Retry-After"] = str(BUSY_RETRY_SECONDS)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400; 413 where the body was larger than a form of ours can be.

    A session that cannot be stored after the view is called a bad request by Django, also where the database is busy.
    """
    if _met_busy_database(exception):
        return unavailable(request)
    if not isinstance(exception, RequestDataTooBig):
        return _error(request, 400, is_cut=isinstance(exception, CutShort))
    response = _error(request, 400, too_big=True)
    response.status_code = 413
    return response


def _met_busy_database(error: BaseException | None) -> bool:
    while error is not None and not is_unavailable(error):
        error = error.__context__
    return error is not None


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403; whoever is suspended is told why and until when, and what was typed is not lost."""
    viewer: Any = getattr(request, "viewer", None)
    is_known = isinstance(viewer, SimpleLazyObject) and viewer._wrapped is not empty
    if not is_known or not getattr(viewer, "is_suspended", False):  # nobody is asked for here who was not before
        return _error(request, 403)
    return _error(request, 403, suspended=viewer, typed=_typed(request))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403; what was typed can be read and copied, but not sent from here: a form of another site would be one click."""
    return _error(request, 403, csrf=True, typed=_typed(request))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 404)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429 with the time to wait; a form without secrets can be sent again from the page."""
    wait_seconds = exception.usage.reset_seconds if isinstance(exception, TooMany) else ALLAUTH_WAIT_SECONDS
    context: dict[str, Any] = {"minutes": math.ceil(wait_seconds / 60), "retry_seconds": wait_seconds}
    if not request.path_info.startswith("/api/") and not set(request.POST) & PASSWORDS:
        context |= {"typed": _typed(request), "token": request.POST.get("csrfmiddlewaretoken", "")}
    response = _error(request, 429, **context)
    response["Retry-After"] = str(wait_seconds)
    response["Cache-Control"] = "private, no-store"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 where a middleware met the busy database."""
    return unavailable(request) if _met_busy_database(sys.exception()) else _error(request, 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503 with Retry-After; what a form carried is on the page and can be sent again with one button."""
    typed = _typed(request)
    token = request.POST.get("csrfmiddlewaretoken", "") if typed else ""
    return _error(request, 503, typed=typed, token=token, seconds=BUSY_RETRY_SECONDS)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """The fields that a form carried, without secrets."""
    sent = request.POST.lists() if request.method == "POST" else ()
    return [(name, value) for name, values in sent for value in values if name not in SECRETS]


def page(request: HttpRequest, template: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    """One of our pages."""
    return render(request, template, context, status=status)


def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive; asks no store."""
    return HttpResponse("ok", content_type="text/plain", headers={"Cache-Control": "no-store"})


def readyz(request: HttpRequest) -> JsonResponse:
    """The states of the stores; 503 only when pages cannot be served, which is when the database is away."""
    states = {
        "database": _database_state(),
        "key_value": "ok" if is_reachable() else "down",
        "objects": _objects_state(),
        "jobs": _jobs_state(),
        "disk": _disk_state(),
    }
    down = states["database"] != "ok"
    status = "down" if down else "ok" if all(state == "ok" for state in states.values()) else "degraded"
    body = {"status": status, **states, "last_backup": None, "last_proven_restore": None}
    return JsonResponse(body, status=503 if down else 200, headers={"Cache-Control": "no-store"})


def _database_state() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except DatabaseError:
        return "down"
    return "ok"


def _objects_state() -> str:
    """A look-up of a name that is never there: it asks the store within its deadline and moves nothing."""
    try:
        default_storage.exists("variants/readyz-probe")
    except Exception:  # noqa: BLE001 - whatever the storage's client raises, the store is not usable
        return "down"
    return "ok"


def _jobs_state() -> str:
    from huey.contrib.djhuey import HUEY

    try:
        HUEY.pending_count()
    except Exception:  # noqa: BLE001 - SQLite's or Redis's errors, by deployment
        return "down"
    return "ok"


def _disk_state() -> str:
    usage = shutil.disk_usage(settings.DATA_DIR)
    return "ok" if usage.free >= LOW_DISK_SHARE * usage.total else "low"
