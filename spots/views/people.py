"""Saved lists and profiles."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.models import User
from machipoke.pages import page
from spots.models import SavedList, Spot
from spots.paging import PAGE_SIZE, counted, page_number, page_of, pager, shared_context, total_label

MOST_ITEMS = 500


def lists(request: HttpRequest) -> HttpResponse:
    """One's own lists, and everyone's public ones."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    number = page_number(request)
    start = (number - 1) * PAGE_SIZE
    found = list(SavedList.objects.public().select_related("owner")[start : start + PAGE_SIZE + 1])
    if not found and number > 1:
        raise Http404("past the end")
    own = (
        SavedList.objects.visible_to(viewer).filter(owner_id=viewer.pk).select_related("owner")[:100]
        if viewer.pk
        else []
    )
    around = pager(request, number, len(found) > PAGE_SIZE)
    return page(request, "spots/lists.html", {"lists": found[:PAGE_SIZE], "own": own, "pager": around})


def saved_list(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A list; a spot that is not public stays as a placeholder."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found = get_object_or_404(SavedList.objects.reachable_by(viewer).select_related("owner"), pk=pk)
    items = list(found.items.named_for(viewer)[:MOST_ITEMS])
    shown = Spot.objects.listed().cards().in_bulk([item.spot_id for item in items if item.spot_id])
    for item in items:
        item.shown = shown.get(item.spot_id) if item.spot_id else None  # type: ignore[attr-defined]
    response = page(request, "spots/list.html", shared_context() | {"list": found, "items": items})
    if found.visibility == SavedList.Visibility.PRIVATE:
        response["Cache-Control"] = "private, no-store"
    return response


def profile(request: HttpRequest, username: str) -> HttpResponse:
    """A person: their published spots and public lists; their own unpublished ones to themselves."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    person = get_object_or_404(User.objects.visible_to(viewer).named(username))
    spots = Spot.objects.listed().filter(created_by=person)
    found, around = page_of(request, spots, ("-published_at", "-id"))
    is_self = viewer.pk == person.pk
    context = shared_context() | {
        "person": person,
        "spots": found,
        "pager": around,
        "total_label": total_label(counted(spots)),
        "unpublished": _unpublished(person) if is_self else [],
        "lists": SavedList.objects.visible_to(viewer).filter(owner=person).select_related("owner")[:100],
    }
    return page(request, "spots/profile.html", context)


def _unpublished(person: User) -> list[Spot]:
    spots = Spot.objects.visible_to(person).filter(created_by=person).exclude(state=Spot.State.PUBLISHED)
    return list(spots.order_by("-created_at")[:100])
