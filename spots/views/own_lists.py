"""Whose list it is: the doors of every page that changes one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from machipoke.kept import to_sign_in
from spots.models import SavedList


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Signed out one signs in first, whatever the address; what goes while it is written on does not exist."""

    @wraps(view)
    def inside(request: HttpRequest, **parts: Any) -> HttpResponse:
        if not request.viewer.pk:  # type: ignore[attr-defined]
            return to_sign_in(request)
        try:
            return view(request, **parts)
        except ObjectDoesNotExist as error:
            raise Http404("gone meanwhile") from error

    return inside


def own_list(viewer: Any, pk: Any) -> SavedList:
    """The viewer's own list to write on. One that the viewer may not see is 404, someone else's is 403."""
    found = get_object_or_404(SavedList.objects.reachable_by(viewer).select_related("owner"), pk=pk)
    if not found.is_editable_by(viewer):
        raise PermissionDenied
    return found
