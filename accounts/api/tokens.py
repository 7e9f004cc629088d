"""`tokens/` and `tokens/<id>/`: made with the password, told once, seen and revoked by their owner."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.adapter import MOST_LOGIN_CHARACTERS
from accounts.api.people import instant
from accounts.credentials import Unproven, proven, tell_of
from accounts.models.token import DEFAULT_DAYS, LIFETIMES_DAYS, ApiToken
from machipoke.endpoints import ApiView, gone, page, told
from machipoke.openapi import refused
from machipoke.payloads import Changes, Text
from machipoke.problems import problem_response


class NewTokenSerializer(serializers.Serializer[Any]):
    """A token as it is told once."""

    id = serializers.UUIDField()
    token = serializers.CharField(help_text="この一度だけ。Authorization: Token のあとに")
    name = serializers.CharField()
    scope = serializers.ChoiceField(choices=ApiToken.Scope.choices)
    expires_at = serializers.DateTimeField()


class TokenSerializer(serializers.Serializer[Any]):
    """A token, without its text."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    scope = serializers.ChoiceField(choices=ApiToken.Scope.choices)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_on = serializers.DateField(allow_null=True, help_text="最後に使った日（サイトの時間帯）")


class TokenPageSerializer(serializers.Serializer[Any]):
    """All of them: there are few enough for one page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TokenSerializer(many=True)


class Days(serializers.ChoiceField):
    """A number of days that may be chosen: a JSON number, not a text of one."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class TokenPost(Changes):
    """Who asks, and for what."""

    read_only_members = frozenset({"id", "token", "created_at", "expires_at", "last_used_on"})

    username = Text(max_length=MOST_LOGIN_CHARACTERS, help_text="ユーザー名かメールアドレス")
    password = Text()
    code = Text(required=False, help_text="2段階認証を使っている人の確認コード、またはリカバリーコード")
    name = Text(help_text="50文字まで。あとで見分けるための名前")
    scope = serializers.ChoiceField(choices=ApiToken.Scope.choices)
    expires_in_days = Days(choices=LIFETIMES_DAYS, default=DEFAULT_DAYS)


class TokensView(ApiView):
    """`tokens/`. The password is asked for whoever else the request names: a token makes no other."""

    tells_secrets = is_personal = True

    def get_authenticators(self) -> list[Any]:
        return [] if self._is_post else super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        return [AllowAny() if self._is_post else IsAuthenticated()]

    @property
    def _is_post(self) -> bool:
        return self.request is not None and self.request.method == "POST"

    @extend_schema(
        operation_id="tokens",
        summary="自分のトークン",
        description="新しい順。中身の文字列は含みません。読むだけのトークンには、それ自身だけが見えます。",
        tags=["トークン"],
        responses={200: TokenPageSerializer, **refused(400)},
    )
    def get(self, request: Request) -> Response:
        """One's own, the last made first."""
        rows = ApiToken.objects.visible_to(request.user).within(request.auth)
        return page([token_json(row) for row in rows])

    @extend_schema(
        operation_id="token_post",
        summary="トークンを作る",
        description=(
            "セッションも CSRF トークンも要りません。ログインと同じ回数の制限があります。"
            "答えの token は、この一度だけ読めます。Idempotency-Key は使えません（400）。"
        ),
        tags=["トークン"],
        request={"application/json": TokenPost},
        responses={201: NewTokenSerializer, **refused(401)},
    )
    def post(self, request: Request) -> HttpResponse:
        """Make a token for whoever proves to be that person."""
        sent = TokenPost(data=request.data)
        sent.is_valid(raise_exception=True)
        asked: dict[str, Any] = sent.validated_data
        ApiToken.refuse(asked["name"], asked["scope"])
        try:
            person = proven(request._request, asked["username"], asked["password"], asked.get("code", ""))
        except Unproven as error:
            return _unproven(request, error)
        row, text = ApiToken.make(person, asked["name"], asked["scope"], asked["expires_in_days"])
        tell_of(request._request, row)
        document = {name: value for name, value in token_json(row).items() if name in NewTokenSerializer().fields}
        location = f"{settings.SITE_URL}{reverse('api_token', args=[row.id])}"
        return told(request, document | {"token": text}, status=201, location=location)


def _unproven(request: Request, error: Unproven) -> HttpResponse:
    response = problem_response(request._request, 401, str(error), error.faults)
    response["WWW-Authenticate"] = "Token"
    return response


class TokenView(ApiView):
    """`tokens/<id>/`. Revoking is for everyone: suspended people too, and a token that only reads for itself."""

    is_personal = True

    def get_permissions(self) -> list[Any]:
        return [IsAuthenticated()]

    @extend_schema(
        operation_id="token",
        summary="トークン",
        description="自分のものだけ。中身の文字列は含みません。",
        tags=["トークン"],
        responses={200: TokenSerializer, **refused(400, 404)},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """One of one's own."""
        return told(request, token_json(_own(request, id)))

    @extend_schema(
        operation_id="token_delete",
        summary="トークンを取り消す",
        description="すぐに使えなくなります。自分のものだけ。利用停止中でもできます。",
        tags=["トークン"],
        request=None,
        responses={204: OpenApiResponse(description="なくなりました。"), **refused(404)},
    )
    def delete(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Revoke it: from the next request on it opens nothing."""
        row = _own(request, id)
        Changes(data=request.data).is_valid(raise_exception=True)
        row.delete()
        return gone()


def _own(request: Request, id: uuid.UUID) -> ApiToken:
    row: ApiToken | None = ApiToken.objects.visible_to(request.user).within(request.auth).filter(id=id).first()
    if row is None:
        raise Http404
    return row


def token_json(row: ApiToken) -> dict[str, Any]:
    """A token without its text, which nobody has any more."""
    return {
        "id": str(row.id),
        "name": row.name,
        "scope": row.scope,
        "created_at": instant(row.created),
        "expires_at": instant(row.expiry),
        "last_used_on": row.last_used_on.isoformat() if row.last_used_on else None,
    }
