"""Saved lists as they are read: all of them, and one."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from machipoke.pages import page
from spots.list_covers import with_covers
from spots.models import SavedList, Spot
from spots.models.saved_list import MOST_LISTS
from spots.paging import rows_of, shared_context

ITEMS_A_PAGE = 100
"""A day's walk is ten; a page of a hundred with its owner's buttons has 200 kB before compression."""

REMOVED = "removed_item"
"""Key of the session: what was just taken out of a list, as the form that puts it back."""


def lists(request: HttpRequest) -> HttpResponse:
    """One's own lists, and everyone's public ones."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found, around = rows_of(request, SavedList.objects.public().select_related("owner"))
    is_first = around.page == 1
    own = SavedList.objects.visible_to(viewer).filter(owner_id=viewer.pk).select_related("owner").own_order()
    shown = with_covers([*(own[:MOST_LISTS] if viewer.pk and is_first else []), *found])
    split = len(shown) - len(found)
    context = {"lists": shown[split:], "own": shown[:split], "pager": around, "is_first": is_first}
    return page(request, "spots/lists.html", context)


def saved_list(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A list; a spot that is not public stays as a placeholder."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found = get_object_or_404(SavedList.objects.reachable_by(viewer).select_related("owner"), pk=pk)
    return list_page(request, found)


def list_page(request: HttpRequest, found: SavedList, status: int = 200, **context: Any) -> HttpResponse:
    """The page of a list the viewer may see, with buttons where it is the viewer's own."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    items, around = rows_of(request, found.items.named_for(viewer), ITEMS_A_PAGE)
    start = (around.page - 1) * ITEMS_A_PAGE
    shown = Spot.objects.listed().cards().in_bulk([item.spot_id for item in items if item.spot_id])
    for place, item in enumerate(items, start + 1):
        item.place, item.shown = place, shown.get(item.spot_id) if item.spot_id else None
        if item.shown:  # as it is called now: that nobody should read the old name may be why it was changed
            item.shown_name = item.shown.name
    can_edit = found.is_editable_by(viewer)
    context = {
        "list": found,
        "items": items,
        "pager": around,
        "start": start,
        "can_edit": can_edit,
        "opened": request.GET.get("item", "") if can_edit else "",
        "removed": _just_removed(request, found) if can_edit else None,
    } | context
    response = page(request, "spots/list.html", shared_context() | context, status=status)
    if found.visibility == SavedList.Visibility.PRIVATE:
        response["Cache-Control"] = "private, no-store"
    return response


def _just_removed(request: HttpRequest, saved: SavedList) -> dict[str, Any] | None:
    """What the owner took out with the last click; told once."""
    removed: dict[str, Any] | None = request.session.get(REMOVED)
    if removed is None or removed["list"] != str(saved.pk):
        return None
    del request.session[REMOVED]
    return removed
