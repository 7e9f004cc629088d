"""`lists/<id>/items/` and `lists/<id>/items/<spot id>/`."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from machipoke.endpoints import ApiView, Parameters, gone, page, told
from machipoke.fields import refusal
from spots.api.answers import FORMATS, emptied, geo_listing, geo_made, geo_one
from spots.api.bodies import ItemChanges, ItemPost, Nothing, Order, valid
from spots.api.documents import api_url, item_json, with_parts
from spots.api.geojson import GeoJSONRenderer
from spots.api.keyset import keyset_page
from spots.api.parameters import PageParameters, described
from spots.api.rows import held, seen, writer
from spots.api.shapes import ItemSerializer
from spots.models import SavedItem, SavedList, Spot


class ItemsView(ApiView):
    """`lists/<id>/items/`."""

    renderer_classes = [JSONRenderer, GeoJSONRenderer]
    parameters = PageParameters

    @extend_schema(
        operation_id="list_items",
        summary="保存リストの中のスポット",
        description="持ち主が並べた順。見られなくなったスポットは spot が null です。",
        tags=["保存リスト"],
        parameters=described(PageParameters, FORMATS),
        responses=geo_listing(ItemSerializer, 404),
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """In the owner's order. Where a spot may not be seen, `spot` is null and `name` what the viewer may know."""
        return self._page(request, seen(SavedList.objects.reachable_by(request.user), id))

    @extend_schema(
        operation_id="list_item_post",
        summary="保存リストにスポットを入れる",
        description="終わりに入ります。もう入っていれば 200 で、順番はそのまま、note は送ったときだけ変わります。",
        tags=["保存リスト"],
        parameters=described(Parameters, FORMATS),
        request={"application/json": ItemPost},
        responses={**geo_made(ItemSerializer, 404), **geo_one(ItemSerializer)},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Put a spot at the end, once."""
        saved = _own(request, id)
        sent = valid(ItemPost, request)
        spot = Spot.objects.visible_to(request.user).filter(pk=sent["spot"]).first()
        if spot is None:
            raise refusal("spot", _("そのスポットはありません。"), "unknown")
        item, is_new = saved.add(spot, sent.get("note", ""))
        if "note" in sent and not is_new:
            item.edit_note(sent["note"])
        return _told(request, saved, spot.pk, is_new)

    @extend_schema(
        operation_id="list_items_order",
        summary="保存リストを並べかえる",
        description="挙げたスポットが、いま占めている場所の中で、この順になります。ほかは動きません。",
        tags=["保存リスト"],
        parameters=described(PageParameters, FORMATS),
        request={"application/json": Order},
        responses=geo_listing(ItemSerializer, 404),
    )
    def put(self, request: Request, id: uuid.UUID) -> Response:
        """Let spots stand in this order; those that are not in the list are passed by."""
        saved = _own(request, id)
        wanted = valid(Order, request)["order"]
        items = dict(saved.items.filter(spot_id__in=wanted).values_list("spot_id", "pk"))
        saved.reorder([items[spot_id] for spot_id in wanted if spot_id in items])
        return self._page(request, saved)

    def _page(self, request: Request, saved: SavedList) -> Response:
        asked = self.asked
        items = saved.items.named_for(request.user)
        edge = partial(_edge, saved)
        found = keyset_page(request, items, ("position", "id"), asked["cursor"], asked["page_size"], edge)
        return page(_documents(request, saved, found.rows), found.following, found.previous)


class ItemView(ApiView):
    """`lists/<id>/items/<spot id>/`."""

    renderer_classes = [JSONRenderer, GeoJSONRenderer]

    @extend_schema(
        operation_id="list_item",
        summary="保存リストの中の一つのスポット",
        tags=["保存リスト"],
        parameters=described(Parameters, FORMATS),
        responses=geo_one(ItemSerializer, 404),
    )
    def get(self, request: Request, id: uuid.UUID, spot_id: uuid.UUID) -> HttpResponse:
        """One item; the id of a spot that may not be seen is known to the list's owner alone."""
        saved = seen(SavedList.objects.reachable_by(request.user), id)
        return _told(request, saved, spot_id)

    @extend_schema(
        operation_id="list_item_put",
        summary="スポットを入れる、または置きかえる",
        description="なければ入ります（201）。あれば note を置きかえます。position があれば、そこへ動きます。",
        tags=["保存リスト"],
        parameters=described(Parameters, FORMATS),
        request={"application/json": ItemChanges},
        responses={**geo_made(ItemSerializer, 404), **geo_one(ItemSerializer)},
    )
    def put(self, request: Request, id: uuid.UUID, spot_id: uuid.UUID) -> HttpResponse:
        """Have the spot in the list, with this note and at this place."""
        saved = _own(request, id)
        sent = {"note": ""} | valid(ItemChanges, request)
        item = saved.items.filter(spot_id=spot_id).first()
        if is_new := item is None:
            item, _created = saved.add(seen(Spot.objects.visible_to(request.user), spot_id))
        _change(saved, item, sent)
        return _told(request, saved, spot_id, is_new)

    @extend_schema(
        operation_id="list_item_change",
        summary="リストの中のスポットを直す",
        description="note を変え、position へ動かします。position は 0 から数えます。",
        tags=["保存リスト"],
        parameters=described(Parameters, FORMATS),
        request={"application/json": ItemChanges(partial=True)},
        responses=geo_one(ItemSerializer, 404),
    )
    def patch(self, request: Request, id: uuid.UUID, spot_id: uuid.UUID) -> HttpResponse:
        """Change the note, or the place."""
        saved = _own(request, id)
        _change(saved, _item(saved, spot_id), valid(ItemChanges, request, partial=True))
        return _told(request, saved, spot_id)

    @extend_schema(
        operation_id="list_item_delete",
        summary="保存リストからスポットを出す",
        description="見られなくなったスポットも出せます。",
        tags=["保存リスト"],
        parameters=described(Parameters),
        request=None,
        responses=emptied(404),
    )
    def delete(self, request: Request, id: uuid.UUID, spot_id: uuid.UUID) -> HttpResponse:
        """Take the spot out, also one that may not be seen any more."""
        saved = _own(request, id)
        valid(Nothing, request)
        if not saved.remove(spot_id):
            raise Http404
        return gone()


def _edge(saved: SavedList, was: list[Any], backward: bool) -> list[Any]:
    """The last place that was read, since others may have been taken out before it and it moved up."""
    position, _id, *seen = was
    places = saved.items.filter(pk__in=seen).order_by("position" if backward else "-position")
    return list(places.values_list("position", "pk").first() or (position, 0))


def _own(request: Request, id: uuid.UUID) -> SavedList:
    """The list, held until the write is stored. `If-Match` is about a list's words, not about what is in it."""
    user = writer(request)
    return held(SavedList.objects.reachable_by(user), id, lambda found: found.is_editable_by(user))


def _item(saved: SavedList, spot_id: uuid.UUID) -> SavedItem:
    item = saved.items.filter(spot_id=spot_id).first()
    if item is None:
        raise Http404
    return item


def _change(saved: SavedList, item: SavedItem, sent: dict[str, Any]) -> None:
    if "note" in sent:
        item.edit_note(sent["note"])
    if "position" in sent:
        saved.place(item, sent["position"])


def _told(request: Request, saved: SavedList, spot_id: uuid.UUID, is_new: bool = False) -> HttpResponse:
    """The item as it is stored now; an item whose id the viewer may not know is not there."""
    items = list(saved.items.named_for(request.user).filter(spot_id=spot_id))
    documents = [found for found in _documents(request, saved, items) if found["spot_id"]]
    if not documents:
        raise Http404
    location = api_url("api_list_item", saved.pk, spot_id) if is_new else ""
    return told(request, documents[0], status=201 if is_new else 200, location=location)


def _documents(request: Request, saved: SavedList, items: list[SavedItem]) -> list[dict[str, Any]]:
    ids = [item.spot_id for item in items if item.spot_id]
    spots = with_parts(Spot.objects.visible_to(request.user), request.user).in_bulk(ids)
    is_own = saved.owner_id == request.user.pk
    return [item_json(item, spots.get(item.spot_id) if item.spot_id else None, is_own) for item in items]
