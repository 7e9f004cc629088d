"""`spots/<id>/comments/`."""

from __future__ import annotations

import uuid

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from machipoke.endpoints import ApiView, page
from spots.api.answers import listing
from spots.api.documents import comment_json
from spots.api.keyset import keyset_page
from spots.api.parameters import PageParameters, described
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
        if not Spot.objects.visible_to(request.user).filter(pk=id).exists():
            raise Http404
        comments = Comment.objects.visible_to(request.user).filter(spot_id=id).select_related("author")
        asked = self.asked
        found = keyset_page(request, comments, ("created_at", "id"), asked["cursor"], asked["page_size"])
        return page([comment_json(comment) for comment in found.rows], found.following, found.previous)
