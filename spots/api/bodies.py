"""What a client may write of comments, lists and reports: types are checked here, every rule by the models."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request

from machipoke.fields import VisibleLength
from machipoke.payloads import Changes, Flag, Identifier, Place, Several, Text
from machipoke.text import clean, is_blank
from spots.api.shapes import CommentSerializer, ItemSerializer, ListSerializer, ReportSerializer
from spots.models import Report, SavedList
from spots.reasons import REASON_LIMIT

MOST_ORDERED = 1000
"""Spots of one order: 40 KB of ids, which a body may hold."""


class CommentPost(Changes):
    """A new comment."""

    read_only_members = frozenset(CommentSerializer().fields)

    body = Text(help_text="2,000文字まで")
    parent = Identifier(  # type: ignore[assignment]
        required=False, allow_null=True, default=None, help_text="返信先のコメント"
    )


class CommentChanges(Changes):
    """What may be corrected of a comment."""

    read_only_members = frozenset(CommentSerializer().fields)

    body = Text(help_text="2,000文字まで")


class ListChanges(Changes):
    """The writable members of a saved list."""

    read_only_members = frozenset(ListSerializer().fields)

    title = Text(help_text="60文字まで")
    description = Text(required=False, help_text="500文字まで")
    visibility = serializers.ChoiceField(choices=SavedList.Visibility.choices, required=False)


class ItemChanges(Changes):
    """The writable members of a spot in a list."""

    read_only_members = frozenset(ItemSerializer().fields)

    note = Text(required=False, help_text="200文字まで")
    position = Place(required=False, help_text="0 から数えた順番。終わりより先は終わり")


class ItemPost(Changes):
    """A spot to be put into a list."""

    read_only_members = frozenset(ItemSerializer().fields)

    spot = Identifier(help_text="スポットの id")
    note = Text(required=False, help_text="200文字まで")


class Order(Changes):
    """In which order spots stand."""

    order = Several(child=Identifier(), max_length=MOST_ORDERED, help_text="スポットの id を、並べる順に")


class ReportPost(Changes):
    """That something is wrong."""

    read_only_members = frozenset(ReportSerializer().fields)

    target = Text(help_text="spot:<id>、comment:<id>、photo:<id>、user:<ユーザー名>、list:<id>")
    reason = serializers.ChoiceField(choices=Report.Reason.choices)
    text = Text(required=False, help_text="2,000文字まで。理由が other のときは必須")


class Deletion(Changes):
    """Why a moderator takes away what someone else made."""

    reason = Text(required=False, help_text="ほかの人のものをモデレーターが消すときは必須。200文字まで。本人も読みます")

    def validate_reason(self, text: str) -> str:
        reason = clean(text)
        VisibleLength(REASON_LIMIT)(reason)
        return reason


class PhotoDeletion(Deletion):
    """The same of a photo, and whether only one that waits for its spot is meant."""

    only_waiting = Flag(required=False, help_text="true なら、スポットに付いていないときだけ消す（付いていれば 409）")


class TakingBack(Changes):
    """Of a photo that waits for its spot."""

    only_waiting = Flag(required=False)


class SpotDeletion(Deletion):
    """The same of a spot, and whether its files go along."""

    refuse_files = Flag(default=True, help_text="モデレーターが消すとき、同じ写真とファイルを、もう受け付けないか")


class Nothing(Changes):
    """A write that needs no words takes none."""


def valid(body: type[Changes], request: Request, partial: bool = False) -> dict[str, Any]:
    """What was sent, checked; raises DRF's ValidationError."""
    sent = body(data=request.data, partial=partial)
    sent.is_valid(raise_exception=True)
    return dict(sent.validated_data)


def reason_of(request: Request, is_own: bool, body: type[Deletion] = Deletion) -> str:
    """The reason of a deletion: nobody gives one for what is their own, everybody for what is not."""
    reason = str(valid(body, request).get("reason", ""))
    if not is_own and is_blank(reason):
        raise serializers.ValidationError({"reason": _("理由を書いてください。")}, code="required")
    return "" if is_own else reason
