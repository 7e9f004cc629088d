"""What is in a list, and in which order: its owner's buttons."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from machipoke.kept import taken
from spots.models import SavedItem, SavedList, Spot
from spots.views.lists import ITEMS_A_PAGE, REMOVED, list_page
from spots.views.own_lists import own_list, signed_in

_STEPS = {"up": -1, "down": +1}


@signed_in
def items(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """`spot=` puts a spot in, `order=` stores the order of a drag; who comes here to read is led to the list."""
    if request.method != "POST":
        return redirect("list", pk=pk)
    saved = own_list(request.viewer, pk)  # type: ignore[attr-defined]
    if "order" in request.POST:
        saved.reorder(_order(request))
        if not request.accepts("text/html"):
            return HttpResponse(status=204)
        return redirect("list", pk=pk)
    try:
        return _back(request, saved, _added(request, saved))
    except ValidationError as error:
        if getattr(error, "code", "") != "full":
            raise BadRequest("note") from error
        messages.error(request, error.messages[0])
        return redirect("list", pk=pk)


def _order(request: HttpRequest) -> list[int]:
    """The ids in `order=3,1,2` or `order=3&order=1&order=2`."""
    words = ",".join(request.POST.getlist("order")).split(",")
    if not all(word.isascii() and word.isdigit() and len(word) < 20 for word in words):
        raise BadRequest("order")
    return [int(word) for word in words]


def _added(request: HttpRequest, saved: SavedList) -> SavedItem:
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    spot = get_object_or_404(Spot.objects.visible_to(viewer), pk=as_uuid_or_404(request.POST.get("spot", "")))
    item, is_new = saved.add(spot, request.POST.get("note", ""))
    place = request.POST.get("position", "")
    if is_new and place.isascii() and place.isdigit() and len(place) < 9:
        saved.place(item, int(place))
    words = _("「%(name)s」をリストに入れました。") if is_new else _("「%(name)s」はもうリストに入っています。")
    messages.success(request, words % {"name": spot.name})
    return item


def as_uuid_or_404(text: str) -> uuid.UUID:
    """The id in `text`; what is none names nothing."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404("no id") from error


@signed_in
def item(request: HttpRequest, pk: uuid.UUID, item_id: int) -> HttpResponse:
    """`action=` up, down, remove or note (with `note=`), on one's own list.

    A note that was kept over a sign-in is in its field again.
    """
    kept = taken(request)
    if request.method != "POST" and not (kept and kept.get("note")):
        return redirect("list", pk=pk)
    saved = own_list(request.viewer, pk)  # type: ignore[attr-defined]
    found = get_object_or_404(saved.items.named_for(request.viewer), pk=item_id)  # type: ignore[attr-defined]
    if kept:
        words = _("書いた内容は残っています。確かめて、もう一度送ってください。")
        return list_page(request, saved, wrong={"item": found.pk, "note": kept["note"], "error": words})
    action = request.POST.get("action", "")
    if action in _STEPS:
        return _moved(request, saved, found, _STEPS[action])
    if action == "remove":
        return _removed(request, saved, found)
    if action == "note":
        return _noted(request, saved, found)
    raise BadRequest("action")


def _moved(request: HttpRequest, saved: SavedList, found: SavedItem, step: int) -> HttpResponse:
    if not saved.move(found, step):
        words = _("「%(name)s」はいちばん上です。") if step < 0 else _("「%(name)s」はいちばん下です。")
        messages.info(request, words % {"name": found.spot_name})
    return _back(request, saved, found, is_open=True)


def _removed(request: HttpRequest, saved: SavedList, found: SavedItem) -> HttpResponse:
    """Take it out; what can be put back is offered once on the list's page."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    place = _place(saved, found)
    if saved.remove_item(found):
        request.session[REMOVED] = {
            "list": str(saved.pk),
            "name": found.spot_name,
            "spot": _spot_to_put_back(viewer, found),
            "note": found.note,
            "position": place,
        }
    return redirect(_url(saved, max(0, min(place, saved.items.count() - 1))))


def _spot_to_put_back(viewer: User, found: SavedItem) -> str:
    """Its spot's id; empty for a spot that is gone or not to be seen any more."""
    is_there = found.spot_id and Spot.objects.visible_to(viewer).filter(pk=found.spot_id).exists()
    return str(found.spot_id) if is_there else ""


def _noted(request: HttpRequest, saved: SavedList, found: SavedItem) -> HttpResponse:
    note = request.POST.get("note", "")
    try:
        found.edit_note(note)
    except ValidationError as error:
        wrong = {"item": found.pk, "note": note, "error": error.messages[0]}
        return list_page(request, saved, status=400, wrong=wrong)
    messages.success(request, _("「%(name)s」のメモを保存しました。") % {"name": found.spot_name})
    return _back(request, saved, found)


def _back(request: HttpRequest, saved: SavedList, found: SavedItem, is_open: bool = False) -> HttpResponse:
    """To the item on its page of the list; `is_open` shows its buttons again, for the next step."""
    url = _url(saved, _place(saved, found), **({"item": found.pk} if is_open else {}))
    return redirect(f"{url}#item-{found.pk}")


def _place(saved: SavedList, found: SavedItem) -> int:
    order = list(saved.items.values_list("pk", flat=True))
    return order.index(found.pk) if found.pk in order else 0


def _url(saved: SavedList, place: int, **query: Any) -> str:
    number = place // ITEMS_A_PAGE + 1
    asked = ({"page": number} if number > 1 else {}) | query
    return reverse("list", args=[saved.pk]) + (f"?{urlencode(asked)}" if asked else "")
