"""`lists/`, `lists/<id>/` and `lists/<id>/items/`."""

from __future__ import annotations

import uuid

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from machipoke.endpoints import ApiView, Parameters, page
from spots.api.answers import FORMATS, geo_listing, listing, one
from spots.api.documents import item_json, list_json, with_parts
from spots.api.geojson import GeoJSONRenderer
from spots.api.keyset import keyset_page
from spots.api.parameters import PageParameters, described
from spots.api.shapes import ItemSerializer, ListSerializer
from spots.models import SavedList, Spot


class ListsView(ApiView):
    """Everyone's public lists with something in them."""

    parameters = PageParameters

    @extend_schema(
        operation_id="lists",
        summary="公開された保存リスト",
        description="最近変わった順。",
        tags=["保存リスト"],
        parameters=described(PageParameters),
        responses=listing(ListSerializer),
    )
    def get(self, request: Request) -> Response:
        """The last changed first."""
        lists, asked = SavedList.objects.public().select_related("owner"), self.asked
        found = keyset_page(request, lists, ("-updated_at", "-id"), asked["cursor"], asked["page_size"])
        return page([list_json(saved) for saved in found.rows], found.following, found.previous)


class ListView(ApiView):
    """`lists/<id>/`."""

    @extend_schema(
        operation_id="list",
        summary="保存リスト",
        description="公開のもの、リンクで共有されたもの、自分のもの。",
        tags=["保存リスト"],
        parameters=described(Parameters),
        responses=one(ListSerializer, 404),
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """A list that is public, shared by link, or one's own."""
        return Response(list_json(_reachable(request, id)))


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
        saved, asked = _reachable(request, id), self.asked
        found = keyset_page(
            request, saved.items.named_for(request.user), ("position", "id"), asked["cursor"], asked["page_size"]
        )
        spots = with_parts(Spot.objects.visible_to(request.user)).in_bulk(
            [item.spot_id for item in found.rows if item.spot_id]
        )
        results = [item_json(item, spots.get(item.spot_id)) for item in found.rows]
        return page(results, found.following, found.previous)


def _reachable(request: Request, id: uuid.UUID) -> SavedList:
    saved = SavedList.objects.reachable_by(request.user).select_related("owner").filter(pk=id).first()
    if saved is None:
        raise Http404
    return saved
