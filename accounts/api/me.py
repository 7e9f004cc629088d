"""`me/`: one's own account, with what only its owner may know."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request

from accounts.api.people import ProfileSerializer, instant, profile_json
from accounts.models import User
from machipoke.endpoints import ApiView, told
from machipoke.etags import matches
from machipoke.openapi import IF_MATCH, REASONS, refused
from machipoke.payloads import Changes, Text
from machipoke.rest import Stale
from machipoke.writes import NotSuspended


class MeSerializer(ProfileSerializer):
    """One's own account."""

    language = serializers.ChoiceField(choices=User.Language.choices)
    email = serializers.EmailField()
    is_moderator = serializers.BooleanField()
    suspended_until = serializers.DateTimeField(allow_null=True, help_text="利用停止中のときだけ")
    suspended_reason = serializers.CharField(allow_blank=True)


class MeChanges(Changes):
    """The writable members of one's own account."""

    read_only_members = frozenset(MeSerializer().fields)

    display_name = Text(required=False, help_text="30文字まで")
    bio = Text(required=False, help_text="500文字まで")
    language = serializers.ChoiceField(choices=User.Language.choices, required=False)


class MeView(ApiView):
    """`me/`."""

    permission_classes = [IsAuthenticated, NotSuspended]
    is_personal = True

    @extend_schema(
        operation_id="me",
        summary="自分のアカウント",
        description="ログインしている人だけ。ETag と If-None-Match で 304。",
        tags=["利用者"],
        parameters=[OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="手元にある ETag")],
        responses={200: MeSerializer, 304: OpenApiResponse(description=REASONS[304]), **refused(400, 401)},
    )
    def get(self, request: Request) -> HttpResponse:
        """The account of whoever asks."""
        return me_told(request)

    @extend_schema(
        operation_id="me_change",
        summary="自分のプロフィールを直す",
        description="送った項目だけを変えます。If-Match があれば、その版の上にだけ。読み取り専用の項目は無視します。",
        tags=["利用者"],
        parameters=[IF_MATCH],
        request={"application/json": MeChanges(partial=True)},
        responses={200: MeSerializer, **refused(400, 401, 403, 412, 413, 415)},
    )
    def patch(self, request: Request) -> HttpResponse:
        """Change some members; without `If-Match` on top of whatever is stored now."""
        person: Any = request.user
        changes = MeChanges(data=request.data, partial=True)
        changes.is_valid(raise_exception=True)
        version = person.profile_version
        if not matches(request, version):
            raise Stale
        person.edit_profile(changes.validated_data, version if "If-Match" in request.headers else None)
        return me_told(request)


def me_told(request: Request) -> HttpResponse:
    """One's own account, as it is now."""
    person: Any = request.user
    suspended = person.is_suspended
    account = profile_json(person) | {
        "language": person.language,
        "email": person.email,
        "is_moderator": person.is_moderator,
        "suspended_until": instant(person.suspended_until) if suspended else None,
        "suspended_reason": person.suspended_reason if suspended else "",
    }
    return told(request, account, person.profile_version)
