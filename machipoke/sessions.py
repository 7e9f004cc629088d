"""Sessions: rows in the database with a copy in the key/value store, where the rows alone say whether one is alive.

A session in which somebody is signed in has two: Django's, with its data and the end of its idle time, and allauth's,
with who, since when and on which device. Without both it is dead, whatever the copy says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore as CachedSessionStore
from django.core.cache import caches
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

LONGEST = timedelta(days=90)
"""From signing in to having to do so again, however often the session is used (notes: ASVS 5.0, 7.3.2)."""

LONGEST_OF_STAFF = timedelta(hours=12)
"""A working day: a moderator's forgotten browser opens the admin no longer."""

SEEN_EVERY = timedelta(minutes=5)
"""How often "last seen" is written and the idle time pushed on: once per page would be a write per page."""


_SHORTEST_KEY = 8
"""Django's own; its keys have 32 letters and digits."""


class SessionRow(NamedTuple):
    """What the database knows of a session; the last three are None where nobody is signed in."""

    expires: datetime
    begun: datetime | None
    seen: datetime | None
    is_staff: bool | None

    @property
    def is_too_old(self) -> bool:
        longest = LONGEST_OF_STAFF if self.is_staff else LONGEST
        return self.begun is not None and timezone.now() - self.begun > longest


class SessionStore(CachedSessionStore):
    """Django's cached_db, but a copy without its rows is dead.

    A logout while the store hangs deletes the rows and cannot delete the copy; the store's append-only file would
    bring the session back to life afterwards. One indexed query per signed-in request is the price.
    """

    row: SessionRow | None = None

    def _validate_session_key(self, key: str | None) -> bool:
        """What we never made is no key: a quoted cookie can hold a NUL, which PostgreSQL takes in no question."""
        return bool(key) and str(key).isascii() and str(key).isalnum() and len(str(key)) >= _SHORTEST_KEY

    def load(self) -> dict[str, Any]:
        self.row = _row_of(self.session_key)
        if self.row is None or self.row.is_too_old:
            self._session_key = None
            return {}
        found: dict[str, Any] = super().load()
        if SESSION_KEY in found and self.row.begun is None:
            self._session_key = None
            return {}
        return found

    def exists(self, session_key: str) -> bool:
        return _row_of(session_key) is not None

    def cycle_key(self) -> None:
        """With both its rows: Django gives a new key also to who came in by an old SECRET_KEY."""
        from allauth.usersessions.models import UserSession

        before = self.session_key
        super().cycle_key()
        UserSession.objects.filter(session_key=before).update(session_key=self.session_key)


def _row_of(key: str | None) -> SessionRow | None:
    sql, converters = _statement(connection.vendor)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(sql, [now, key])
        found = cursor.fetchone()
    if found is None:
        return None
    values = list(found)
    for index, (functions, column) in converters.items():
        for convert in functions:
            values[index] = convert(values[index], column, connection)
    return SessionRow(*values)


@cache
def _statement(vendor: str) -> tuple[str, dict[int, Any]]:
    """The question asked on each signed-in request, compiled once a process: 0.5 ms of a page's two that it cost.

    Its parameters are the time now and the key; the rest turns the database's values into Python's.
    """
    from allauth.usersessions.models import UserSession

    signed_in = UserSession.objects.filter(session_key=OuterRef("session_key"))
    sessions = SessionStore.get_model_class().objects.order_by().filter(expire_date__gt=timezone.now())
    about = ("created_at", "last_seen_at", "user__is_staff")
    columns = (Subquery(signed_in.values(name)[:1]) for name in about)
    rows = sessions.filter(session_key="").values_list("expire_date", *columns)
    compiler = rows.query.get_compiler(connection=connection)
    sql, _parameters = compiler.as_sql()
    return sql, compiler.get_converters([column for column, _sql, _alias in compiler.select])


def end_session(key: str) -> None:
    """End the session of that key, from the next request on."""
    _end([key])


def end_sessions_of(person_id: Any, kept: str = "") -> None:
    """End every session of that person, but the one of the key `kept`."""
    from allauth.usersessions.models import UserSession

    others = UserSession.objects.filter(user_id=person_id).exclude(session_key=kept)
    _end([*others.values_list("session_key", flat=True)])


def _end(keys: list[str]) -> None:
    from allauth.usersessions.models import UserSession

    with transaction.atomic():
        UserSession.objects.filter(session_key__in=keys).delete()
        SessionStore.get_model_class().objects.filter(session_key__in=keys).delete()
        # To save room alone: a copy without its rows is dead, so it does not matter whether the store hears of it.
        copies = [f"{SessionStore.cache_key_prefix}{key}" for key in keys]
        transaction.on_commit(lambda: caches[settings.SESSION_CACHE_ALIAS].delete_many(copies))


class LastSeen:
    """Pushes the end of a used session on, at most every `SEEN_EVERY`: in the rows, and in the cookie that has one.

    By the rows alone, not by saving the session: that would write over what another request stores meanwhile.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        row = getattr(request.session, "row", None)
        # What was not read, was flushed or belongs to nobody has no row with a "seen".
        if row is not None and row.seen is not None and SESSION_KEY in request.session:
            now = timezone.now()
            if now - row.seen >= SEEN_EVERY and response.status_code < 500:
                _push_on(request, response, now)
        return response


def _push_on(request: HttpRequest, response: HttpResponseBase, now: datetime) -> None:
    from allauth.usersessions.models import UserSession

    session, key = request.session, request.session.session_key
    age_seconds = session.get_expiry_age()
    UserSession.objects.filter(session_key=key).update(last_seen_at=now)
    until = now + timedelta(seconds=age_seconds)
    SessionStore.get_model_class().objects.filter(session_key=key).update(expire_date=until)
    if not session.get_expire_at_browser_close() and settings.SESSION_COOKIE_NAME not in response.cookies:
        response.set_cookie(
            settings.SESSION_COOKIE_NAME,
            key or "",
            max_age=age_seconds,
            path=settings.SESSION_COOKIE_PATH,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
