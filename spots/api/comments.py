"""`spots/<id>/comments/` and `comments/<id>/`."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from machipoke.endpoints import ApiView, Parameters, gone, page, told
from machipoke.fields import refusal
from machipoke.openapi import IF_MATCH
from machipoke.ratelimits import spend
from spots.api.answers import IF_NONE_MATCH, emptied, listing, made, one, unchanged
from spots.api.bodies import CommentChanges, CommentPost, Deletion, reason_of, valid
from spots.api.documents import api_url, comment_json
from spots.api.keyset import keyset_page
from spots.api.parameters import PageParameters, described
from spots.api.rows import held, require_match, seen, writer
from spots.api.shapes import CommentSerializer
from spots.models import Comment, Spot


class CommentsView(ApiView):
    """The thread of a spot, flat: a reply names its parent."""

    parameters = PageParameters

    @extend_schema(
        operation_id="spot_comments",
        summary="コメント",
        description="古い順。返信は parent で親を指します。削除されたものは body と author が null です。",
        tags=["コメント"],
        parameters=described(PageParameters),
        responses=listing(CommentSerializer, 404),
    )
    def get(self, request: Request, id: uuid.UUID) -> Response:
        """From the oldest on; a deleted comment leaves a trace without words or author."""
        spot = seen(Spot.objects.visible_to(request.user), id)
        comments = Comment.objects.under(spot, request.user).select_related("author__avatar")
        asked = self.asked
        found = keyset_page(request, comments, ("created_at", "id"), asked["cursor"], asked["page_size"])
        return page([comment_json(comment) for comment in found.rows], found.following, found.previous)

    @extend_schema(
        operation_id="comment_post",
        summary="コメントする",
        description="公開されているスポットに。返信は、コメントに直接だけ付けられます。",
        tags=["コメント"],
        parameters=described(Parameters),
        request={"application/json": CommentPost},
        responses=made(CommentSerializer, 404),
    )
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Say something, or answer someone."""
        spot = seen(Spot.objects.visible_to(request.user), id)
        sent = valid(CommentPost, request)
        comment = Comment(spot=spot, author=writer(request), body=sent["body"], parent=_parent(request, spot, sent))
        spend(request, "comment", comment.author_id)
        comment.post()
        return _told(request, comment, status=201, location=api_url("api_comment", comment.pk))


def _parent(request: Request, spot: Spot, sent: dict[str, Any]) -> Comment | None:
    if sent["parent"] is None:
        return None
    found = Comment.objects.under(spot, request.user).filter(pk=sent["parent"]).first()
    if found is None:
        raise refusal("parent", _("そのコメントはありません。"), "unknown")
    return found


class CommentView(ApiView):
    """`comments/<id>/`."""

    @extend_schema(
        operation_id="comment",
        summary="一つのコメント",
        description="削除されたものは body と author が null です。",
        tags=["コメント"],
        parameters=[*described(Parameters), IF_NONE_MATCH],
        responses={**one(CommentSerializer, 404), **unchanged()},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """One comment; 304 where the client already has it."""
        return _told(request, seen(Comment.objects.visible_to(request.user).select_related("author__avatar"), id))

    @extend_schema(
        operation_id="comment_change",
        summary="コメントを直す",
        description="書いた人が、書いてから30分のあいだ。",
        tags=["コメント"],
        parameters=[*described(Parameters), IF_MATCH],
        request={"application/json": CommentChanges(partial=True)},
        responses=one(CommentSerializer, 404, 409, 412),
    )
    def patch(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Correct oneself within half an hour."""
        user = writer(request)
        comment = held(Comment.objects.visible_to(user), id, lambda found: found.is_written_by(user))
        require_match(request, comment.version)
        if not comment.is_open_to_edits:
            raise PermissionDenied(_("コメントを直せるのは書いてから30分までです。"))
        sent = valid(CommentChanges, request, partial=True)
        if sent:
            comment.edit(sent["body"])
        return _told(request, comment)

    @extend_schema(
        operation_id="comment_delete",
        summary="コメントを消す",
        description="書いた人か、モデレーター（理由が必要）。跡が残ります。",
        tags=["コメント"],
        parameters=[*described(Parameters), IF_MATCH],
        request={"application/json": Deletion},
        responses=emptied(404, 409, 412),
    )
    def delete(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Leave a trace in the thread; someone else's goes with a reason."""
        user = writer(request)
        comment = held(Comment.objects.visible_to(user), id, lambda found: found.is_deletable_by(user))
        require_match(request, comment.version)
        comment.delete_softly(user, reason_of(request, is_own=comment.author_id == user.pk))
        return gone()


def _told(request: Request, comment: Comment, status: int = 200, location: str = "") -> HttpResponse:
    return told(request, comment_json(comment), comment.version, status, location)
