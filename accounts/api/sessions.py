"""`me/sessions/` and `me/sessions/<id>/`: where one is signed in, and the end of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth import logout
from django.http import Http404, HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.people import instant
from accounts.sessions import Device, devices_of, key_of
from machipoke.endpoints import ApiView, gone, page
from machipoke.openapi import refused
from machipoke.payloads import Changes
from machipoke.sessions import end_session, end_sessions_of


class SessionSerializer(serializers.Serializer[Any]):
    """One device on which a person is signed in."""

    id = serializers.UUIDField(help_text="セッションの鍵とは別の、これだけのための番号")
    device = serializers.CharField(help_text="ブラウザと端末の名前。例: Chrome・Windows")
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(help_text="5分ごと")
    is_current = serializers.BooleanField(help_text="この要求のセッション。トークンではどれも false")


class SessionPageSerializer(serializers.Serializer[Any]):
    """All of them, on one page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = SessionSerializer(many=True)


class _OwnSessions(ApiView):
    """Suspended people end their sessions too: it takes nothing from anybody."""

    permission_classes = [IsAuthenticated]

    is_personal = True


class SessionsView(_OwnSessions):
    """`me/sessions/`."""

    @extend_schema(
        operation_id="sessions",
        summary="ログインしている端末",
        description="いまの端末が先頭、ほかは最後に使った順に100まで。IPアドレスとセッションの鍵は含みません。",
        tags=["利用者"],
        responses={200: SessionPageSerializer, **refused(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """Where whoever asks is signed in."""
        person: Any = request.user
        return page([_session_json(device) for device in devices_of(person, request.session.session_key)])

    @extend_schema(
        operation_id="sessions_delete",
        summary="ほかの端末をすべてログアウトする",
        description="この要求のセッションだけが残ります。トークンからでは、すべて終わります。トークンは残ります。",
        tags=["利用者"],
        request=None,
        responses={204: OpenApiResponse(description="終わりました。"), **refused(401)},
    )
    def delete(self, request: Request) -> HttpResponse:
        """End all sessions but the one that asks."""
        Changes(data=request.data).is_valid(raise_exception=True)
        end_sessions_of(request.user.pk, kept=request.session.session_key or "")
        return gone()


class SessionView(_OwnSessions):
    """`me/sessions/<id>/`."""

    @extend_schema(
        operation_id="session_delete",
        summary="端末をひとつログアウトする",
        description="自分のものだけ。いまの端末なら、ログアウトになります。",
        tags=["利用者"],
        request=None,
        responses={204: OpenApiResponse(description="終わりました。"), **refused(401, 404)},
    )
    def delete(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """End one of one's own."""
        person: Any = request.user
        key = key_of(person, id)
        if key is None:
            raise Http404
        Changes(data=request.data).is_valid(raise_exception=True)
        if key == request.session.session_key:
            logout(request._request)
        else:
            end_session(key)
        return gone()


def _session_json(device: Device) -> dict[str, Any]:
    return {
        "id": str(device.id),
        "device": device.name,
        "created_at": instant(device.since),
        "last_seen_at": instant(device.seen),
        "is_current": device.is_current,
    }
