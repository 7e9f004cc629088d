"""The devices on which a person is signed in: one row each, without which the session is dead."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, NamedTuple

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.agents import device_name
from accounts.models import User
from machipoke.ratelimits import UNKNOWN_ADDRESS
from machipoke.sessions import LONGEST, LONGEST_OF_STAFF, SessionStore, end_sessions_of

MOST_DEVICES = 100
"""On a page: the last used. Ending all the others ends those that are not shown, too."""


class Device(NamedTuple):
    """One session as its owner may see it. Not its key, which would open it, nor the address it came from."""

    id: uuid.UUID
    name: str
    since: datetime
    seen: datetime
    is_current: bool


def begin(sender: Any, request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Django's signal of a sign-in, by whatever way: note where and when."""
    if not request.session.session_key:
        request.session.save()
    agent = request.META.get("HTTP_USER_AGENT", "")
    UserSession.objects.filter(~Exists(_rows()), user=user).delete()
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "ip": request.META.get("REMOTE_ADDR") or UNKNOWN_ADDRESS,
            "user_agent": agent[: UserSession._meta.get_field("user_agent").max_length],
        },
    )


def keep_only(sender: Any, request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """allauth's signals of another password: this session has a new key by now, and the others are over.

    A forgotten password is also reset in a browser where somebody else is signed in, whose session stays theirs.
    """
    is_own = request.user.pk == user.pk
    if is_own:
        begin(sender, request, user)
    end_sessions_of(user.pk, kept=request.session.session_key or "" if is_own else "")


def renew_key(sender: Any, request: HttpRequest, authenticator: Any, **_kwargs: Any) -> None:
    """allauth's signals of a second factor that came or went: what this session may do has changed."""
    if authenticator.type != authenticator.Type.RECOVERY_CODES:
        request.session.cycle_key()


def end_unproven(sender: Any, request: HttpRequest, authenticator: Any, **_kwargs: Any) -> None:
    """allauth's signal of a second factor that came: with the first one, what began with the password alone is over.

    Else whoever knows a moderator's password waits signed in until the admin opens for that session, too.
    """
    strong = authenticator._meta.model.objects.filter(user_id=authenticator.user_id)
    if strong.exclude(type=authenticator.Type.RECOVERY_CODES).exclude(pk=authenticator.pk).exists():
        return
    if authenticator.type != authenticator.Type.RECOVERY_CODES:
        end_sessions_of(authenticator.user_id, kept=request.session.session_key or "")


def end_by_role(sender: Any, instance: Any, action: str, reverse: bool, pk_set: Any, **_kwargs: Any) -> None:
    """Django's signal of people and their groups: whose rights change signs in again."""
    if action in ("post_add", "post_remove", "pre_clear"):
        members = instance.user_set.all() if reverse else [instance]
        for person in User.objects.filter(pk__in=pk_set) if reverse and pk_set else members:
            person.end_all_sessions()


def devices_of(person: User, current_key: str | None) -> list[Device]:
    """Where this person is signed in: this device first, then the last used. What is listed is alive."""
    return [
        _device(row, row.session_key == current_key)
        for row in sorted(_alive(person), key=lambda row: row.session_key != current_key)
    ]


def _device(row: UserSession, is_current: bool) -> Device:
    return Device(_id_of(row), device_name(row.user_agent), row.created_at, row.last_seen_at, is_current)


def key_of(person: User, id: uuid.UUID) -> str | None:
    """The session of that id; None for another's or one that is over."""
    return next((row.session_key for row in _alive(person) if _id_of(row) == id), None)


def _alive(person: User) -> list[Any]:
    longest = LONGEST_OF_STAFF if person.is_staff else LONGEST
    rows = UserSession.objects.filter(user_id=person.pk, created_at__gt=timezone.now() - longest)
    found = rows.annotate(kept=Subquery(_rows().values("session_data")[:1])).exclude(kept=None)
    return [row for row in found.order_by("-last_seen_at", "-id")[:MOST_DEVICES] if _is_of(person, row.kept)]


def _rows() -> QuerySet[Any]:
    alive = SessionStore.get_model_class().objects.filter(expire_date__gt=timezone.now())
    rows: QuerySet[Any] = alive.filter(session_key=OuterRef("session_key"))
    return rows


def _is_of(person: User, kept: str) -> bool:
    """Whether it was begun with the password and the epoch of now, as Django asks on each request."""
    known = str(SessionStore().decode(kept).get(HASH_SESSION_KEY, ""))
    hashes = [person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()]
    return any(constant_time_compare(known, one) for one in hashes)


def _id_of(row: UserSession) -> uuid.UUID:
    """Says nothing of the key, and not how many have signed in before."""
    return uuid.UUID(bytes=salted_hmac("accounts.device", str(row.pk), algorithm="sha256").digest()[:16])
