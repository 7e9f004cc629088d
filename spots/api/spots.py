"""`spots/`, `spots/<id>/` and `spots/nearby/`."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from machipoke.endpoints import ApiView, Parameters, page, render
from machipoke.etags import etag, is_unchanged, matches
from machipoke.rest import Stale
from spots.api.answers import FORMATS, geo_listing, geo_one, one, unchanged
from spots.api.changes import SpotChanges
from spots.api.documents import spot_json, with_parts
from spots.api.geojson import GeoJSONRenderer
from spots.api.keyset import Page, keyset_page
from spots.api.nearness import nearest_page
from spots.api.parameters import NearbyParameters, SpotListParameters, described
from spots.api.shapes import SpotSerializer
from spots.models import Spot, SpotQuerySet

OWN_ORDER = ("-created_at", "-id")
"""Of one's own spots: a draft has no time of publication."""


class SpotView(ApiView):
    """`spots/<id>/`."""

    renderer_classes = [JSONRenderer, GeoJSONRenderer]

    @extend_schema(
        operation_id="spot",
        summary="スポット",
        description="公開されているもの、または自分のもの。ETag と If-None-Match で 304。",
        tags=["スポット"],
        parameters=[
            *described(Parameters, formats=FORMATS),
            OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER),
        ],
        responses={**geo_one(SpotSerializer, 404), **unchanged()},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """One spot; 304 where the client already has it."""
        return self._answer(request, id)

    @extend_schema(
        operation_id="spot_change",
        summary="スポットを直す",
        description="送った項目だけを変えます。If-Match があれば、その版の上にだけ。読み取り専用の項目は無視します。",
        tags=["スポット"],
        parameters=[OpenApiParameter("If-Match", str, OpenApiParameter.HEADER)],
        request={"application/json": SpotChanges(partial=True)},
        responses={**one(SpotSerializer, 401, 403, 404, 412, 413, 415)},
    )
    def patch(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Change some members; without `If-Match` on top of whatever is stored now."""
        spot = Spot.objects.visible_to(request.user).filter(pk=id).first()
        if spot is None:
            raise Http404
        if not spot.is_editable_by(request.user):
            raise PermissionDenied
        changes = SpotChanges(data=request.data, partial=True)
        changes.is_valid(raise_exception=True)
        with transaction.atomic():
            # The lock, where the database has row locks, makes comparing and storing one step; SQLite has one writer.
            locked = Spot.objects.editable_by(request.user).select_for_update().filter(pk=id).first()
            if locked is None:
                raise Http404
            if not matches(request, locked.version):
                raise Stale
            changes.apply_to(locked, by=request.user)
        return self._answer(request, id, conditional=False)

    def _answer(self, request: Request, id: uuid.UUID, conditional: bool = True) -> HttpResponse:
        spot = with_parts(Spot.objects.visible_to(request.user)).filter(pk=id).first()
        if spot is None:
            raise Http404
        body, media_type = render(request, spot_json(spot))
        tag = etag(spot.version, body)
        if conditional and is_unchanged(request, tag):
            response = HttpResponse(status=304)
        else:
            response = HttpResponse(body, content_type=media_type)
        response["ETag"] = tag
        if not spot.is_public:
            response["Cache-Control"] = "private, no-store"
        return response


class SpotsView(ApiView):
    """`spots/`."""

    renderer_classes = [JSONRenderer, GeoJSONRenderer]
    parameters = SpotListParameters
    form: SpotListParameters

    @extend_schema(
        operation_id="spots",
        summary="スポットの一覧",
        description="公開されているスポット。created_by に自分を指定すると、下書きなども含みます。",
        tags=["スポット"],
        parameters=described(SpotListParameters, FORMATS),
        responses=geo_listing(SpotSerializer),
    )
    def get(self, request: Request) -> Response:
        """The public spots that answer the question; asked for one's own, also those nobody else sees."""
        found = self._page(request)
        return page([spot_json(spot) for spot in found.rows], found.following, found.previous)

    def _page(self, request: Request) -> Page[Spot]:
        author, ordering = self.asked["created_by"], self.form.ordering
        among: SpotQuerySet | None = None
        if author and author == request.user:
            among = Spot.objects.visible_to(author).exclude(state=Spot.State.DELETED)
            ordering = OWN_ORDER if "published_at" in ordering[0] else ordering
        spots = self.form.queryset(self.asked["updated_since"], author, among)
        cursor, size = self.asked["cursor"], self.asked["page_size"]
        if self.form.point:
            return nearest_page(request, spots, self.form.point, self.form.reach_km, cursor, size)
        return keyset_page(request, with_parts(spots), ordering, cursor, size)


class NearbyView(ApiView):
    """`spots/nearby/`."""

    renderer_classes = [JSONRenderer, GeoJSONRenderer]
    parameters = NearbyParameters

    @extend_schema(
        operation_id="spots_nearby",
        summary="近くのスポット",
        description="大円距離の近い順。同じ距離なら id の順。",
        tags=["スポット"],
        parameters=described(NearbyParameters, FORMATS, required=("lat", "lng")),
        responses=geo_listing(SpotSerializer),
    )
    def get(self, request: Request) -> Response:
        """Ascending by exact great-circle distance, ties by id."""
        asked = self.asked
        spots = with_parts(Spot.objects.listed())
        if asked["category"]:
            spots = spots.filter(category=asked["category"])
        found = spots.nearest(asked["lat"], asked["lng"], asked["radius_km"], asked["limit"])
        return page([spot_json(spot) for spot in found])
