"""`lists/` and `lists/<id>/`."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from machipoke.endpoints import ApiView, Parameters, gone, page, told
from machipoke.openapi import IF_MATCH
from spots.api.answers import IF_NONE_MATCH, emptied, listing, made, one, unchanged
from spots.api.bodies import ListChanges, Nothing, valid
from spots.api.documents import api_url, list_json
from spots.api.keyset import keyset_page
from spots.api.parameters import ListsParameters, described
from spots.api.rows import held, require_match, seen, writer
from spots.api.shapes import ListSerializer
from spots.models import SavedList

WHEN_NOT_SENT = {"description": "", "visibility": SavedList.Visibility.PRIVATE}
"""What a list that is stored as a whole has where nothing is said."""


class ListsView(ApiView):
    """Everyone's public lists with something in them, or someone's."""

    parameters = ListsParameters

    @extend_schema(
        operation_id="lists",
        summary="保存リストの一覧",
        description="最近変わった順。公開されたもの。owner に自分を指定すると、自分のものすべて。",
        tags=["保存リスト"],
        parameters=described(ListsParameters),
        responses=listing(ListSerializer),
    )
    def get(self, request: Request) -> Response:
        """The last changed first; one's own also where they are empty or private."""
        owner = self.asked["owner"]
        lists = SavedList.objects.public() if owner != request.user else SavedList.objects.visible_to(owner)
        if owner:
            lists = lists.filter(owner=owner)
        found = keyset_page(
            request,
            lists.select_related("owner__avatar"),
            ("-updated_at", "-id"),
            self.asked["cursor"],
            self.asked["page_size"],
        )
        return page([list_json(saved) for saved in found.rows], found.following, found.previous)

    @extend_schema(
        operation_id="list_post",
        summary="保存リストを作る",
        description="何も言わなければ、自分だけのリストになります。",
        tags=["保存リスト"],
        parameters=described(Parameters),
        request={"application/json": ListChanges},
        responses=made(ListSerializer),
    )
    def post(self, request: Request) -> HttpResponse:
        """Make a list of one's own."""
        saved = SavedList(owner=writer(request), **valid(ListChanges, request))
        saved.post()
        return _told(request, saved, status=201, location=api_url("api_list", saved.pk))


class ListView(ApiView):
    """`lists/<id>/`."""

    @extend_schema(
        operation_id="list",
        summary="保存リスト",
        description="公開のもの、リンクで共有されたもの、自分のもの。",
        tags=["保存リスト"],
        parameters=[*described(Parameters), IF_NONE_MATCH],
        responses={**one(ListSerializer, 404), **unchanged()},
    )
    def get(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """A list that is public, shared by link, or one's own; 304 where the client already has it."""
        return _told(request, seen(SavedList.objects.reachable_by(request.user).select_related("owner__avatar"), id))

    @extend_schema(
        operation_id="list_change",
        summary="保存リストを直す",
        description="送った項目だけを変えます。持ち主だけ。",
        tags=["保存リスト"],
        parameters=[*described(Parameters), IF_MATCH],
        request={"application/json": ListChanges(partial=True)},
        responses=one(ListSerializer, 404, 409, 412),
    )
    def patch(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Change some members."""
        saved = self._held(request, id)
        if sent := valid(ListChanges, request, partial=True):
            saved.edit(sent)
        return _told(request, saved)

    @extend_schema(
        operation_id="list_replace",
        summary="保存リストを置きかえる",
        description="送らなかった項目は、はじめの値に戻ります。中のスポットはそのままです。持ち主だけ。",
        tags=["保存リスト"],
        parameters=[*described(Parameters), IF_MATCH],
        request={"application/json": ListChanges},
        responses=one(ListSerializer, 404, 409, 412),
    )
    def put(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Change all members; what is in the list stays."""
        saved = self._held(request, id)
        saved.edit(WHEN_NOT_SENT | valid(ListChanges, request))
        return _told(request, saved)

    @extend_schema(
        operation_id="list_delete",
        summary="保存リストを消す",
        description="持ち主だけ。元には戻せません。",
        tags=["保存リスト"],
        parameters=[*described(Parameters), IF_MATCH],
        request=None,
        responses=emptied(404, 409, 412),
    )
    def delete(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Delete the list; its spots stay what they are."""
        saved = self._held(request, id)
        valid(Nothing, request)
        saved.delete()
        return gone()

    def _held(self, request: Request, id: uuid.UUID) -> SavedList:
        user = writer(request)
        lists = SavedList.objects.reachable_by(user).select_related("owner__avatar")
        saved = held(lists, id, lambda found: found.is_editable_by(user))
        require_match(request, saved.version)
        return saved


def _told(request: Request, saved: SavedList, status: int = 200, location: str = "") -> HttpResponse:
    return told(request, list_json(saved), saved.version, status, location)
