"""The rows a write may touch: what is not visible is 404, what is someone else's 403, another version 412."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404
from rest_framework.request import Request

from accounts.models import User
from machipoke.etags import matches
from machipoke.rest import Stale

_Row = TypeVar("_Row", bound=models.Model)


def writer(request: Request) -> User:
    """The signed-in person whose write passed the permissions of every endpoint."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def seen(rows: QuerySet[_Row], id: uuid.UUID) -> _Row:
    """The row of that id among those that are visible; raises Http404."""
    found = rows.filter(pk=id).first()
    if found is None:
        raise Http404
    return found


def held(rows: QuerySet[_Row], id: uuid.UUID, allowed: Callable[[_Row], bool]) -> _Row:
    """The same, locked until the write is stored, where `allowed` says yes; raises PermissionDenied too.

    The lock makes comparing and storing one step; SQLite has one writer anyway.
    """
    row = seen(rows.select_for_update(of=("self",)), id)
    if not allowed(row):
        raise PermissionDenied
    return row


def require_match(request: Request, version: Any) -> None:
    """Raise unless the write was made on this version, or on any."""
    if not matches(request, version):
        raise Stale
