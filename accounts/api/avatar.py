"""`me/avatar/`: one's own picture."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from accounts.api.me import MeSerializer, me_told
from accounts.avatars import remove_avatar, show_avatar, store_avatar
from machipoke.endpoints import ApiView, gone
from machipoke.multipart import OneFileParser
from machipoke.openapi import refused
from machipoke.payloads import Changes, File
from machipoke.ratelimits import spend
from machipoke.rest import CappedJSONParser
from machipoke.writes import NotSuspended
from media_store.models import StoredObject
from media_store.uploads import refusals_told


class AvatarPut(Changes):
    """A picture."""

    file = File(help_text="JPEG・PNG・WebP・GIF・AVIF、20 MBまで。まん中を正方形に切り取ります")


class AvatarView(ApiView):
    """`me/avatar/`."""

    permission_classes = [IsAuthenticated, NotSuspended]
    is_personal = True
    stored: StoredObject

    def get_parsers(self) -> list[Any]:
        asked: Any = self.request  # the schema is made without one
        return [CappedJSONParser() if asked is not None and asked.method == "DELETE" else OneFileParser()]

    @extend_schema(
        operation_id="me_avatar_put",
        summary="自分の写真を変える",
        description="前の写真のアドレスは、すぐに 404 になります。同じ写真なら何も変わりません。",
        tags=["利用者"],
        request={"multipart/form-data": AvatarPut},
        responses={200: MeSerializer, **refused(400, 401, 403, 413, 415, 422)},
    )
    def put(self, request: Request) -> HttpResponse:
        """Show what was stored."""
        person: Any = request.user
        show_avatar(person, self.stored)
        return me_told(request)

    @extend_schema(
        operation_id="me_avatar_delete",
        summary="自分の写真を消す",
        description="ないときも 204 です。",
        tags=["利用者"],
        request=None,
        responses={204: OpenApiResponse(description="なくなりました。"), **refused(401, 403)},
    )
    def delete(self, request: Request) -> HttpResponse:
        """Back to the first letter of the name."""
        Changes(data=request.data).is_valid(raise_exception=True)
        person: Any = request.user
        remove_avatar(person)
        return gone()

    def prepare(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method != "PUT":
            return
        sent = AvatarPut(data=request.data)
        sent.is_valid(raise_exception=True)
        person: Any = request.user
        spend(request, "photo", person.pk)
        with refusals_told():
            self.stored = store_avatar(person, sent.validated_data["file"])
