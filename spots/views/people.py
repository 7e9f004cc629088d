"""Profiles: what a person posted, saved and said; to oneself also what others do not see."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import Notice, User
from machipoke.pages import page
from spots.list_covers import with_covers
from spots.models import Comment, Draft, SavedList, Spot
from spots.models.saved_list import MOST_LISTS
from spots.models.spot_query import UNDO_PERIOD
from spots.paging import counted, page_of, rows_of, shared_context, total_label
from spots.photo_forms import kept_until

MOST_OWN = 100
"""Rows of each kind of one's own that is not public; the newest. More wait for nobody."""


def profile(request: HttpRequest, username: str) -> HttpResponse:
    """A person's page: `show` is spots (without it), lists or comments."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    person = get_object_or_404(User.objects.visible_to(viewer).named(username).select_related("avatar"))
    show = request.GET.get("show", "")
    tab = {"lists": _lists, "comments": _comments}.get(show, _spots)
    is_self = viewer.pk == person.pk
    context = {"person": person, "show": show if tab is not _spots else "", "is_self": is_self}
    if is_self:
        context["unread"] = Notice.objects.visible_to(viewer).unread().count()
    return page(request, "spots/profile.html", shared_context() | context | tab(request, viewer, person))


def _spots(request: HttpRequest, viewer: Any, person: User) -> dict[str, Any]:
    spots = Spot.objects.listed().filter(created_by=person)
    found, around = page_of(request, spots, ("-published_at", "-id"))
    shown = {"spots": found, "pager": around, "total_label": total_label(counted(spots))}
    return shown | (_own(person) if viewer.pk == person.pk else {})


def _own(person: User) -> dict[str, Any]:
    """What waits for its author, or was taken from the public, with the reason."""
    unpublished = Spot.objects.visible_to(person).filter(created_by=person).exclude(state=Spot.State.PUBLISHED)
    deleted = list(Spot.objects.recently_deleted_of(person)[:MOST_OWN])
    for spot in deleted:
        spot.days_left = (spot.deleted_at + UNDO_PERIOD - timezone.now()).days + 1  # type: ignore[attr-defined,operator]
    return {
        "drafts": _drafts(person),
        "unpublished": list(unpublished.order_by("-created_at", "-id")[:MOST_OWN]),
        "deleted": deleted,
        "held": _held(person),
    }


def _drafts(person: User) -> list[Draft]:
    drafts = list(Draft.objects.visible_to(person))
    for draft, until in zip(drafts, kept_until([draft.fields for draft in drafts], person), strict=True):
        draft.photos_until = until  # type: ignore[attr-defined]
    return drafts


def _held(person: User) -> list[Comment]:
    held = Comment.objects.visible_to(person).held_back_of(person).select_related("spot")
    return list(held.order_by("-created_at", "-id")[:MOST_OWN])


def _lists(request: HttpRequest, viewer: Any, person: User) -> dict[str, Any]:
    lists = SavedList.objects.visible_to(viewer).filter(owner=person).select_related("owner")
    return {"lists": with_covers(lists.own_order()[:MOST_LISTS])}


def _comments(request: HttpRequest, viewer: Any, person: User) -> dict[str, Any]:
    said = Comment.objects.visible_to(viewer).published().filter(author=person).select_related("spot")
    found, around = rows_of(request, said.order_by("-created_at", "-id"))
    shown = {"comments": found, "pager": around}
    return shown | ({"held": _held(person)} if viewer.pk == person.pk else {})
