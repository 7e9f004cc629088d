"""What the schema says of every endpoint, so that none has to say it again: problems, and what every write has."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from machipoke.writes import KEY_HEADER, MOST_KEY_CHARACTERS

PROBLEM = "application/problem+json"

Answers = dict[Any, Any]


class FaultSerializer(serializers.Serializer[Any]):
    """One thing wrong."""

    field = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457: what went wrong."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request_id = serializers.CharField()
    errors = FaultSerializer(many=True)  # type: ignore[assignment]


REASONS = {
    304: "変わっていません。",
    400: "パラメーターか本文の誤り。",
    401: "ログインが必要か、トークンが使えません。",
    403: "許可されていません。",
    404: "ないか、見ることができません。",
    409: "ほかの変更と重なりました。",
    412: "If-Match の版が古くなっています。",
    413: "本文が大きすぎます。JSON は 64 KiB、ファイルは 20 MB まで。",
    415: "本文の形式か、ファイルの種類が、ここで使えるものではありません。",
    422: "同じ Idempotency-Key が別の内容に使われているか、取り下げられた写真です。",
    429: "回数が多すぎます。Retry-After の秒数だけお待ちください。",
    503: "ただいま混み合っています。Retry-After の秒数だけお待ちください。",
}


def refused(*statuses: int) -> Answers:
    """Problems with these statuses."""
    return {(status, PROBLEM): OpenApiResponse(ProblemSerializer, REASONS[status]) for status in statuses}


KEY = OpenApiParameter(
    KEY_HEADER,
    {"type": "string", "pattern": "^[!-~]+$", "minLength": 1, "maxLength": MOST_KEY_CHARACTERS},
    OpenApiParameter.HEADER,
    description="24時間、同じ値と同じ内容には、同じ答えを返します。",
)
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="読んだときの ETag")


class ApiSchema(AutoSchema):
    """Adds to each write its key, and the refusals that all of them have."""

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *([KEY] if self._takes_key else [])]

    def get_request_serializer(self) -> Any:
        return None if self.method == "DELETE" else super().get_request_serializer()

    def _get_request_body(self, direction: Any = "request") -> Any:
        described: Any = super()._get_request_body
        if self.method != "DELETE" or self.get_request_serializer() is None:
            return described(direction)
        # spectacular gives a DELETE no body at all; OpenAPI 3.1 allows one.
        self.method = "PUT"
        try:
            body = described(direction)
        finally:
            self.method = "DELETE"
        return {name: value for name, value in body.items() if name != "required"}

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies, answer_to = super()._get_response_bodies(direction), cast(Any, self._get_response_for_code)
        for (status, media_type), answer in refused(*self._common_refusals()).items():
            if str(status) not in bodies:
                bodies[str(status)] = answer_to(answer, str(status), [media_type], direction)
        return dict(sorted(bodies.items()))

    def _common_refusals(self) -> tuple[int, ...]:
        # Whoever comes with a token that is none is told so everywhere.
        statuses = [429, 503, *([401] if self.view.get_authenticators() else [])]
        statuses += [400, 403, 413, 415] if self._is_write else []
        return (*statuses, *([422] if self._takes_key else []))

    @property
    def _takes_key(self) -> bool:
        return self._is_write and not getattr(self.view, "tells_secrets", False)

    @property
    def _is_write(self) -> bool:
        return self.method not in SAFE_METHODS
