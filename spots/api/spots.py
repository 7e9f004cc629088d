"""`spots/`, `spots/nearby/` and `spots/look-alikes/`."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from machipoke.endpoints import ApiView, Parameters, page
from machipoke.ratelimits import spend
from spots.api.answers import FORMATS, geo_listing, geo_made
from spots.api.changes import SpotPost
from spots.api.documents import api_url, spot_json, with_parts
from spots.api.geojson import GeoJSONRenderer
from spots.api.keyset import Page, keyset_page
from spots.api.nearness import nearest_page
from spots.api.parameters import LookAlikeParameters, NearbyParameters, SpotListParameters, described
from spots.api.rows import writer
from spots.api.shapes import SpotSerializer
from spots.api.spot import spot_told
from spots.models import Spot, SpotQuerySet

OWN_ORDER = ("-created_at", "-id")
"""Of one's own spots: a draft has no time of publication."""


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

    @extend_schema(
        operation_id="spot_post",
        summary="スポットを投稿する",
        description="似た名前のスポットがあっても断りません。先に spots/look-alikes/ でお確かめください。"
        "photos/ へ送った写真は、photo_ids でスポットと一緒に付きます。",
        tags=["スポット"],
        parameters=described(Parameters, FORMATS),
        request={"application/json": SpotPost},
        responses=geo_made(SpotSerializer),
    )
    def post(self, request: Request) -> HttpResponse:
        """Post a spot, at once for everyone or as a draft."""
        changes = SpotPost(data=request.data)
        changes.is_valid(raise_exception=True)
        author = writer(request)
        spend(request, "spot", author.pk)
        spot = changes.post(author=author)
        return spot_told(request, spot.pk, status=201, location=api_url("api_spot", spot.pk))

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
        return keyset_page(request, with_parts(spots, request.user), ordering, cursor, size)


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
        spots = with_parts(Spot.objects.listed(), request.user)
        if asked["category"]:
            spots = spots.filter(category=asked["category"])
        found = spots.nearest(asked["lat"], asked["lng"], asked["radius_km"], asked["limit"])
        return page([spot_json(spot) for spot in found])


class LookAlikesView(ApiView):
    """`spots/look-alikes/`."""

    renderer_classes = [JSONRenderer, GeoJSONRenderer]
    parameters = LookAlikeParameters

    @extend_schema(
        operation_id="spots_look_alikes",
        summary="似た名前のスポット",
        description="100 m 以内の、名前の似た公開スポット。近い順に5件まで。投稿する前にお確かめください。",
        tags=["スポット"],
        parameters=described(LookAlikeParameters, FORMATS, required=("lat", "lng")),
        responses=geo_listing(SpotSerializer),
    )
    def get(self, request: Request) -> Response:
        """What a new spot of that name at that place may be a double of."""
        asked, listed = self.asked, Spot.objects.listed()
        found = listed.look_alikes(asked["name"], asked["lat"], asked["lng"])
        distances = {spot.pk: spot.distance_km or 0.0 for spot in found}
        return page([spot_json(spot) for spot in with_parts(listed, request.user).placed(distances)])
