"""`photos/`, `photos/<id>/`, `photos/<id>/restoration/` and `spots/<id>/photos/`."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from machipoke.endpoints import ApiView, Parameters, gone, page, told
from machipoke.multipart import OneFileParser
from machipoke.problems import Fault, Refused
from machipoke.ratelimits import spend
from media_store import galleries
from media_store.pictures import Hints
from media_store.uploads import (
    Taken,
    gallery_of_sent,
    refusals_told,
    refuse_at_a_glance,
    take_back,
    take_photo,
    waiting_named,
)
from spots.api.answers import emptied, listing, made, one
from spots.api.bodies import Nothing, PhotoDeletion, TakingBack, reason_of, valid
from spots.api.documents import api_url, photo_json, photos_of, sent_photo_json
from spots.api.parameters import described
from spots.api.photo_bodies import PhotoChanges, PhotoPost, PhotoSending
from spots.api.rows import held, seen, writer
from spots.api.shapes import PhotoSerializer, SentPhotoSerializer
from spots.models import Spot, SpotPhoto
from spots.models.photo import NewPhoto

MULTIPART = "multipart/form-data"
_REFUSALS = (409, 413, 415, 422)
_ATTACHED_OR_SENT = PolymorphicProxySerializer(
    "AttachedOrSentPhoto", [PhotoSerializer, SentPhotoSerializer], resource_type_field_name=None
)


class UploadView(ApiView):
    """A door that takes a file: stored before the transaction, since decoding and the store are slow."""

    parser_classes = [OneFileParser]
    sent: dict[str, Any]
    taken: Taken

    def take(self, request: Request, gallery: uuid.UUID) -> None:
        """Store the file that was sent for that spot, once."""
        user = writer(request)
        with refusals_told():
            refuse_at_a_glance(self.sent["file"])
            spend(request, "photo", user.pk)
            self.taken = take_photo(self.sent["file"], user.pk, gallery, self.sent.get("client_id"))


class SentPhotosView(UploadView):
    """`photos/`."""

    @extend_schema(
        operation_id="photo_send",
        summary="これから投稿するスポットの写真を送る",
        description="答えの gallery を、同じスポットの次の写真に付けて送ってください。photo_ids と一緒に投稿した"
        "スポットの id になります。投稿しなければ、1日で消えます。同じ gallery へ同じ写真か、"
        "同じ client_id をもう一度送ると、前と同じ写真を 200 で返します。",
        tags=["写真"],
        parameters=described(Parameters),
        request={MULTIPART: PhotoSending},
        responses={**made(SentPhotoSerializer, *_REFUSALS), **one(SentPhotoSerializer)},
    )
    def post(self, request: Request) -> HttpResponse:
        """A photo for a spot that is not there yet."""
        return sent_photo_told(request, self.taken)

    def prepare(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.sent = valid(PhotoSending, request)
        self.take(request, gallery_for(request, self.sent.get("gallery"), self.sent.get("client_id")))


class SpotPhotosView(UploadView):
    """`spots/<id>/photos/`."""

    @extend_schema(
        operation_id="spot_photos",
        summary="スポットの写真",
        description="表紙が先頭。10枚まで。",
        tags=["写真"],
        parameters=described(Parameters),
        responses=listing(PhotoSerializer, 404),
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """All photos of the spot, the cover first."""
        seen(Spot.objects.visible_to(request.user), id)
        return page([photo_json(photo) for photo in photos_of(request.user).filter(spot=id)])

    @extend_schema(
        operation_id="photo_post",
        summary="スポットに写真を足す",
        description="同じ写真か同じ client_id をもう一度送ると、前と同じ写真を 200 で返します。",
        tags=["写真"],
        parameters=described(Parameters),
        request={MULTIPART: PhotoPost},
        responses={**made(PhotoSerializer, 404, *_REFUSALS), **one(PhotoSerializer)},
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Store a photo and attach it, behind those that are there."""
        user, photo_id = writer(request), self.taken.row.pk
        spot = held(Spot.objects.visible_to(user), id, lambda found: found.is_editable_by(user))
        words = {name: self.sent[name] for name in ("caption", "alt", "is_primary") if name in self.sent}
        attached = SpotPhoto.objects.visible_to(user).filter(spot=id, pk=photo_id).exists()
        if not attached:
            spot.photos.attach(spot, [NewPhoto(photo_id, **words)], user)
        return _told(request, photo_id, is_new=not attached)

    def prepare(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method != "POST":
            return
        spot = seen(Spot.objects.visible_to(request.user), kwargs["id"])
        _require_editable(spot, request)
        self.sent = valid(PhotoPost, request)
        self.take(request, spot.pk)


def sent_photo_told(request: Request, taken: Taken) -> HttpResponse:
    """The photo that waits for its spot, to its sender."""
    response = told(
        request,
        sent_photo_json(taken),
        status=201 if taken.is_new else 200,
        location=api_url("api_photo", taken.row.pk),
    )
    # Where and when it was taken is told once, and stored nowhere: not even with the answer of an Idempotency-Key.
    response.content_to_keep = told(request, sent_photo_json(taken._replace(hints=Hints()))).content  # type: ignore[attr-defined]
    return response


def gallery_for(request: Request, named: uuid.UUID | None, client_id: uuid.UUID | None) -> uuid.UUID:
    """Where a photo goes: as it is named, else where it went before, else to a new gallery."""
    user = writer(request)
    require_gallery(request, named)
    before = gallery_of_sent(user.pk, client_id) if named is None and client_id is not None else None
    return named or before or galleries.new(user.pk)


def require_gallery(request: Request, gallery: uuid.UUID | None) -> None:
    """Raise where that is neither a gallery which was made for this person nor a spot that they may change."""
    user = writer(request)
    if gallery is None or galleries.is_own(gallery, user.pk):
        return
    spot = Spot.objects.visible_to(user).filter(pk=gallery).first()
    if spot is None:
        words = _("gallery は、前の写真の答えにあったものか、自分のスポットの id を送ってください。なくても送れます。")
        raise Refused([Fault("gallery", "unknown", words)], 400)
    _require_editable(spot, request)


def _require_editable(spot: Spot, request: Request) -> None:
    if not spot.is_editable_by(request.user):
        raise PermissionDenied


class PhotoView(ApiView):
    """`photos/<id>/`."""

    @extend_schema(
        operation_id="photo",
        summary="一枚の写真",
        description="まだどのスポットにも付いていない写真は、送った人だけに、送ったときと同じ形で返します。",
        tags=["写真"],
        parameters=described(Parameters),
        responses=one(_ATTACHED_OR_SENT, 404),
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """One photo; one that waits for its spot to its sender."""
        user = request.user
        sent = waiting_named(user.pk, id).first() if user.is_authenticated else None
        return told(request, sent_photo_json(Taken(sent, Hints(), False))) if sent else _told(request, id)

    @extend_schema(
        operation_id="photo_change",
        summary="写真の説明・表紙・順番を直す",
        description="送った項目だけを変えます。position は 0 から数え、終わりより先は終わりです。",
        tags=["写真"],
        parameters=described(Parameters),
        request={"application/json": PhotoChanges(partial=True)},
        responses=one(PhotoSerializer, 404),
    )
    def patch(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Change its words, make it the cover, or move it."""
        photo = _held(request, id)
        if sent := valid(PhotoChanges, request, partial=True):
            photo.edit(sent, by=writer(request))
        return _told(request, id)

    @extend_schema(
        operation_id="photo_delete",
        summary="写真を消す",
        description="スポットを書いた人か、モデレーター（理由が必要）。書いた人は7日のあいだ元に戻せます。"
        "まだどのスポットにも付いていない自分の写真は、すぐに消えます。",
        tags=["写真"],
        parameters=described(Parameters),
        request={"application/json": PhotoDeletion},
        responses=emptied(404, 409),
    )
    def delete(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Take it away for everyone; one that waits for its spot goes at once."""
        user = writer(request)
        if take_back(user.pk, id):
            valid(TakingBack, request)
            return gone()
        photo = _held(request, id)
        if valid(PhotoDeletion, request).get("only_waiting"):
            raise Refused([Fault("only_waiting", "attached", _("この写真は、もうスポットに付いています。"))], 409)
        photo.delete_softly(user, reason_of(request, photo.spot.created_by_id == user.pk, PhotoDeletion))
        return gone()


class PhotoRestorationView(ApiView):
    """`photos/<id>/restoration/`."""

    @extend_schema(
        operation_id="photo_restore",
        summary="消した写真を元に戻す",
        description="自分のスポットから自分で消したものを、7日のあいだ。",
        tags=["写真"],
        parameters=described(Parameters),
        request=None,
        responses=one(PhotoSerializer, 404),
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Bring back what one deleted oneself; anything else that is deleted does not exist."""
        valid(Nothing, request)
        user = writer(request)
        photos = SpotPhoto.objects.recently_deleted_of(user).select_related("spot", "image")
        held(photos, id, lambda found: found.spot.is_editable_by(user)).undelete()
        return _told(request, id)


def _held(request: Request, id: uuid.UUID) -> SpotPhoto:
    user = writer(request)
    photos: QuerySet[SpotPhoto] = SpotPhoto.objects.visible_to(user).select_related("spot", "image")
    return held(photos, id, lambda found: found.is_editable_by(user))


def _told(request: Request, id: uuid.UUID, is_new: bool = False) -> HttpResponse:
    """The photo as it is stored now."""
    photo = seen(photos_of(request.user), id)
    location = api_url("api_photo", id) if is_new else ""
    return told(request, photo_json(photo), status=201 if is_new else 200, location=location)
