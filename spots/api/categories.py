"""`categories/` and `tags/`."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from machipoke.endpoints import ApiView, Parameters, page
from machipoke.text import identity
from spots.api.answers import listing
from spots.api.documents import absolute, category_json
from spots.api.keyset import keyset_page
from spots.api.parameters import TagParameters, described
from spots.api.shapes import CategorySerializer, TagSerializer
from spots.models import Category, Spot, Tag


class CategoriesView(ApiView):
    """All categories, a dozen; not those that were merged into another."""

    @extend_schema(
        operation_id="categories",
        summary="カテゴリ",
        description="サイトと同じ順の全件。",
        tags=["カテゴリとタグ"],
        parameters=described(Parameters),
        responses=listing(CategorySerializer),
    )
    def get(self, request: Request) -> Response:
        """In the order of the site."""
        return page([category_json(category) for category in Category.objects.current()])


class TagsView(ApiView):
    """The tags of public spots; one that only a hidden spot carries does not exist here."""

    parameters = TagParameters

    @extend_schema(
        operation_id="tags",
        summary="タグ",
        description="公開されているスポットに付いたタグと、その件数。",
        tags=["カテゴリとタグ"],
        parameters=described(TagParameters),
        responses=listing(TagSerializer),
    )
    def get(self, request: Request) -> Response:
        """In the order of their folded names, each with the number of public spots."""
        tags = Tag.objects.filter(Exists(_public_uses().filter(tag_id=OuterRef("pk"))))
        if self.asked["q"]:
            tags = tags.filter(key__startswith=identity(self.asked["q"]))
        found = keyset_page(request, tags, ("key", "id"), self.asked["cursor"], self.asked["page_size"])
        counts = _public_counts(found.rows)
        results = [
            {"name": tag.name, "count": counts.get(tag.pk, 0), "url": absolute(tag.get_absolute_url())}
            for tag in found.rows
        ]
        return page(results, found.following, found.previous)


def _public_counts(tags: list[Tag]) -> dict[int, int]:
    """How many public spots carry each tag."""
    uses = _public_uses().filter(tag_id__in=[tag.pk for tag in tags]).order_by().values("tag_id")
    return dict(uses.annotate(count=Count("pk")).values_list("tag_id", "count"))


def _public_uses() -> QuerySet[Any]:
    """Tags on public spots. Not a join: without statistics SQLite would begin at all public spots (twice the CPU)."""
    public = Spot.objects.listed().filter(pk=OuterRef("spot_id"))
    return Spot.tags.through.objects.filter(Exists(public))
