"""`photos/presigned/` and `photos/presigned/<id>/complete/`: for clients that send straight to the bucket."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api import instant
from machipoke.endpoints import ApiView, Parameters, told
from machipoke.problems import Fault, Refused
from machipoke.ratelimits import spend
from media_store.presigned import collect, is_offered, offer
from media_store.uploads import Taken, refusals_told
from spots.api.answers import made, one
from spots.api.bodies import valid
from spots.api.parameters import described
from spots.api.photo_bodies import PresignedCompletion, PresignedPost
from spots.api.photos import gallery_for, sent_photo_told
from spots.api.rows import writer
from spots.api.shapes import PresignedSerializer, SentPhotoSerializer


class PresignedView(ApiView):
    """`photos/presigned/`."""

    @extend_schema(
        operation_id="photo_presign",
        summary="写真を直接送るアドレス",
        description="保存先が S3 のサイトだけにあります（ほかは 404。photos/ をお使いください）。"
        "5分のあいだ、この大きさの PUT を一つ送れます。送りおわったら complete/ を呼んでください。",
        tags=["写真"],
        parameters=described(Parameters),
        request={"application/json": PresignedPost},
        responses=made(PresignedSerializer, 404),
    )
    def post(self, request: Request) -> HttpResponse:
        """An address for one photo."""
        sent, user = valid(PresignedPost, request), writer(request)
        _require_bucket()
        spend(request, "photo", user.pk)
        client_id = sent.get("client_id") or uuid.uuid4()
        with refusals_told("size_bytes"):
            address = offer(user.pk, client_id, sent["size_bytes"])
        upload = {"url": address.url, "method": "PUT", "headers": address.headers}
        answer = {"client_id": str(client_id), "upload": upload, "expires_at": instant(address.expires_at)}
        return told(request, answer, status=201)


class CompletionView(ApiView):
    """`photos/presigned/<client_id>/complete/`."""

    taken: Taken

    @extend_schema(
        operation_id="photo_presign_complete",
        summary="直接送った写真を受け取る",
        description="photos/ へ送ったときと同じ答えです。",
        tags=["写真"],
        parameters=described(Parameters),
        request={"application/json": PresignedCompletion},
        responses={**made(SentPhotoSerializer, 404, 409), **one(SentPhotoSerializer)},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """What came, as a photo that waits for its spot."""
        return sent_photo_told(request, self.taken)

    def prepare(self, request: Request, *args: Any, **kwargs: Any) -> None:
        sent = valid(PresignedCompletion, request)
        _require_bucket()
        gallery = gallery_for(request, sent.get("gallery"), kwargs["id"])
        spend(request, "photo", writer(request).pk)
        with refusals_told():
            self.taken = collect(writer(request).pk, gallery, kwargs["id"])


def _require_bucket() -> None:
    if not is_offered():
        words = _("このサイトでは、写真を photos/ へ送ってください。")
        raise Refused([Fault(None, "not_here", words)], 404)
