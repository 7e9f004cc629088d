"""`spots/<id>/attachments/`, `attachments/<id>/` and `attachments/<id>/restoration/`."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import instant
from machipoke.endpoints import ApiView, Parameters, gone, page, told
from machipoke.multipart import OneFileParser
from machipoke.payloads import Changes, File, Text
from machipoke.ratelimits import spend
from media_store.attachments.storing import TakenFile
from media_store.uploads import refusals_told
from spots.api.answers import emptied, listing, made, one
from spots.api.bodies import Deletion, Nothing, reason_of, valid
from spots.api.documents import Json, absolute, api_url
from spots.api.parameters import described
from spots.api.rows import held, seen, writer
from spots.api.shapes import Shape
from spots.attaching import attached, taken_for
from spots.models import Attachment, Spot


class AttachmentSerializer(Shape):
    """A file of a spot."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    format = serializers.ChoiceField(choices=Attachment.Format.choices)
    size_bytes = serializers.IntegerField()
    kilometres = serializers.FloatField(allow_null=True, help_text="道のりの長さ。GPX だけ")
    state = serializers.CharField(help_text="published。hidden は、投稿した人とモデレーターだけに見えます")
    created_at = serializers.DateTimeField()
    url = serializers.URLField(help_text="ここからダウンロードできます")


class AttachmentPost(Changes):
    """A file to be added to a spot."""

    read_only_members = frozenset(AttachmentSerializer().fields)

    file = File(help_text="PDF か GPX、10 MBまで")
    title = Text(help_text="100文字まで。ダウンロードの名前にもなります")


def attachment_json(attachment: Attachment) -> Json:
    """An attachment."""
    return {
        "id": str(attachment.pk),
        "title": attachment.title,
        "format": attachment.format,
        "size_bytes": attachment.stored_object.size_bytes,
        "kilometres": attachment.kilometres,
        "state": attachment.state,
        "created_at": instant(attachment.created_at),
        "url": absolute(attachment.path),
    }


class AttachmentsView(ApiView):
    """`spots/<id>/attachments/`."""

    parser_classes = [OneFileParser]
    sent: dict[str, Any]
    taken: Attachment | TakenFile

    @extend_schema(
        operation_id="spot_attachments",
        summary="スポットの添付ファイル",
        description="5個まで。",
        tags=["添付"],
        parameters=described(Parameters),
        responses=listing(AttachmentSerializer, 404),
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """All files of the spot, in order."""
        spot = seen(Spot.objects.visible_to(request.user), id)
        return page([attachment_json(file) for file in _told_to(request).filter(spot=spot)])

    @extend_schema(
        operation_id="attachment_post",
        summary="スポットにファイルを足す",
        description="PDF は動くしかけのないもの。作者・編集の記録・写真の撮影情報・電子署名を取りのぞいて保存します。"
        "GPX からは時刻・機器・作者を取りのぞき、道だけを保存します。"
        "同じファイルをもう一度送ると、前と同じものを 200 で返します。",
        tags=["添付"],
        parameters=described(Parameters),
        request={"multipart/form-data": AttachmentPost},
        responses={**made(AttachmentSerializer, 404, 413, 415, 422), **one(AttachmentSerializer)},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Attach what was stored, behind the files that are there."""
        user = writer(request)
        spot = held(Spot.objects.visible_to(user), id, lambda found: found.is_editable_by(user))
        attachment, is_new = attached(spot, self.taken, self.sent["title"], user.pk)
        return _told(request, attachment, is_new)

    def prepare(self, request: Request, *args: Any, **kwargs: Any) -> None:
        user, spot = writer(request), seen(Spot.objects.visible_to(request.user), kwargs["id"])
        if not spot.is_editable_by(user):
            raise PermissionDenied
        self.sent = valid(AttachmentPost, request)
        spend(request, "photo", user.pk)
        with refusals_told():
            self.taken = taken_for(spot, self.sent["file"], self.sent["title"], user.pk)


class AttachmentView(ApiView):
    """`attachments/<id>/`."""

    @extend_schema(
        operation_id="attachment",
        summary="一つの添付ファイル",
        tags=["添付"],
        parameters=described(Parameters),
        responses=one(AttachmentSerializer, 404),
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """One file; its bytes are at `url`."""
        return _told(request, seen(_told_to(request), id))

    @extend_schema(
        operation_id="attachment_delete",
        summary="添付ファイルを消す",
        description="スポットを書いた人か、モデレーター（理由が必要）。書いた人は7日のあいだ元に戻せます。",
        tags=["添付"],
        parameters=described(Parameters),
        request={"application/json": Deletion},
        responses=emptied(404),
    )
    def delete(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Take it away for everyone; someone else's goes with a reason."""
        user = writer(request)
        files = Attachment.objects.visible_to(user).select_related("spot", "file")
        attachment = held(files, id, lambda found: found.is_editable_by(user))
        attachment.delete_softly(user, reason_of(request, is_own=attachment.spot.created_by_id == user.pk))
        return gone()


class AttachmentRestorationView(ApiView):
    """`attachments/<id>/restoration/`."""

    @extend_schema(
        operation_id="attachment_restore",
        summary="消した添付ファイルを元に戻す",
        description="自分のスポットから自分で消したものを、7日のあいだ。",
        tags=["添付"],
        parameters=described(Parameters),
        request=None,
        responses=one(AttachmentSerializer, 404),
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Bring back what one deleted oneself; anything else that is deleted does not exist."""
        valid(Nothing, request)
        user = writer(request)
        files = Attachment.objects.recently_deleted_of(user).select_related("spot", "file")
        attachment = held(files, id, lambda found: found.spot.is_editable_by(user))
        attachment.undelete()
        return _told(request, attachment)


def _told_to(request: Request) -> Any:
    return Attachment.objects.visible_to(request.user).exclude(state="deleted").select_related("file")


def _told(request: Request, attachment: Attachment, is_new: bool = False) -> HttpResponse:
    location = api_url("api_attachment", attachment.pk) if is_new else ""
    return told(request, attachment_json(attachment), status=201 if is_new else 200, location=location)
