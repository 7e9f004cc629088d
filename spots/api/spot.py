"""`spots/<id>/` and `spots/<id>/restoration/`."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from machipoke.endpoints import ApiView, Parameters, gone, told
from machipoke.openapi import IF_MATCH
from spots.api.answers import FORMATS, IF_NONE_MATCH, emptied, geo_one, unchanged
from spots.api.bodies import Nothing, SpotDeletion, reason_of, valid
from spots.api.changes import SpotChanges
from spots.api.documents import spot_json, with_parts
from spots.api.geojson import GeoJSONRenderer
from spots.api.parameters import described
from spots.api.rows import held, require_match, seen, writer
from spots.api.shapes import SpotSerializer
from spots.models import Spot


class SpotView(ApiView):
    """`spots/<id>/`."""

    renderer_classes = [JSONRenderer, GeoJSONRenderer]

    @extend_schema(
        operation_id="spot",
        summary="スポット",
        description="公開されているもの、または自分のもの。ETag と If-None-Match で 304。",
        tags=["スポット"],
        parameters=[*described(Parameters, FORMATS), IF_NONE_MATCH],
        responses={**geo_one(SpotSerializer, 404), **unchanged()},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """One spot; 304 where the client already has it."""
        return spot_told(request, id)

    @extend_schema(
        operation_id="spot_change",
        summary="スポットを直す",
        description="送った項目だけを変えます。If-Match があれば、その版の上にだけ。読み取り専用の項目は無視します。",
        tags=["スポット"],
        parameters=[*described(Parameters, FORMATS), IF_MATCH],
        request={"application/json": SpotChanges(partial=True)},
        responses=geo_one(SpotSerializer, 404, 409, 412),
    )
    def patch(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Change some members; without `If-Match` on top of whatever is stored now."""
        spot = self._held(request, id)
        changes = SpotChanges(data=request.data, partial=True)
        changes.is_valid(raise_exception=True)
        changes.apply_to(spot, by=writer(request))
        return spot_told(request, id)

    @extend_schema(
        operation_id="spot_delete",
        summary="スポットを消す",
        description="書いた人か、モデレーター（理由が必要）。書いた人は30日のあいだ元に戻せます。"
        "モデレーターが消すと、同じ写真とファイルは、もう受け付けません（refuse_files が false なら別です）。",
        tags=["スポット"],
        parameters=[*described(Parameters), IF_MATCH],
        request={"application/json": SpotDeletion},
        responses=emptied(404, 409, 412),
    )
    def delete(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Take it away for everyone; someone else's goes with a reason."""
        spot, user = self._held(request, id), writer(request)
        reason = reason_of(request, spot.created_by_id == user.pk, SpotDeletion)
        spot.delete_softly(user, reason, valid(SpotDeletion, request)["refuse_files"])
        return gone()

    def _held(self, request: Request, id: uuid.UUID) -> Spot:
        user = writer(request)
        spot = held(Spot.objects.visible_to(user), id, lambda found: found.is_editable_by(user))
        require_match(request, spot.version)
        return spot


class RestorationView(ApiView):
    """`spots/<id>/restoration/`."""

    renderer_classes = [JSONRenderer, GeoJSONRenderer]

    @extend_schema(
        operation_id="spot_restore",
        summary="消したスポットを元に戻す",
        description="自分で消したものを、30日のあいだ。消す前の公開の状態に戻ります。",
        tags=["スポット"],
        parameters=described(Parameters, FORMATS),
        request=None,
        responses=geo_one(SpotSerializer, 404, 409),
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Bring back what one deleted oneself; anything else that is deleted does not exist."""
        valid(Nothing, request)
        user = writer(request)
        held(Spot.objects.recently_deleted_of(user), id, lambda _found: True).undelete()
        return spot_told(request, id)


def spot_told(request: Request, id: uuid.UUID, status: int = 200, location: str = "") -> HttpResponse:
    """The spot as it is stored now, with its version."""
    spot = seen(with_parts(Spot.objects.visible_to(request.user), request.user), id)
    response = told(request, spot_json(spot), spot.version, status, location)
    if not spot.is_public:
        response["Cache-Control"] = "private, no-store"
    return response
