"""People as the API tells them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from machipoke.endpoints import ApiView
from machipoke.openapi import refused
from media_store.addresses import absolute

AVATAR_WIDTH = 160
"""Four times what a list shows, and the smallest that there is."""


def instant(value: datetime) -> str:
    """ISO 8601 in UTC, always with microseconds, so that texts sort as times do and `updated_since` can repeat them."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def avatar_url(person: User) -> str | None:
    """The picture of a person as a small square; None where there is none."""
    if person.avatar is None:
        return None
    return absolute(person.avatar, AVATAR_WIDTH, "webp", is_public=person.is_active)


def person_json(person: User | None) -> dict[str, Any] | None:
    """Who wrote something; None where the account is gone or closed."""
    if person is None or not person.is_active:
        return None
    return {"username": person.username, "display_name": person.display_name, "avatar_url": avatar_url(person)}


def profile_json(person: User) -> dict[str, Any]:
    """What everyone may know of a person."""
    return {
        "username": person.username,
        "display_name": person.display_name,
        "avatar_url": avatar_url(person),
        "bio": person.bio,
        "spot_count": person.spots.listed().count(),
        "created_at": instant(person.created_at),
        "url": f"{settings.SITE_URL}{person.get_absolute_url()}",
    }


class PersonSerializer(serializers.Serializer[Any]):
    """A person beside something they made."""

    username = serializers.CharField()
    display_name = serializers.CharField()
    avatar_url = serializers.URLField(allow_null=True)


class ProfileSerializer(PersonSerializer):
    """A person's public page."""

    bio = serializers.CharField(allow_blank=True)
    spot_count = serializers.IntegerField(help_text="公開されているスポットの数")
    created_at = serializers.DateTimeField()
    url = serializers.URLField()


class UserView(ApiView):
    """`users/<username>/`."""

    @extend_schema(
        operation_id="user",
        summary="利用者",
        description="ユーザー名の大文字・小文字・全角・半角は区別しません。",
        tags=["利用者"],
        responses={200: ProfileSerializer, **refused(400, 404)},
    )
    def get(self, request: Request, username: str) -> Response:
        """The person of that user name, in any width or case."""
        person: User | None = User.objects.visible_to(request.user).named(username).select_related("avatar").first()
        if person is None:
            raise Http404
        return Response(profile_json(person))
