"""Atom feeds of the newest spots: all, of a category, of an area."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html

from machipoke.pages import SITE_NAME
from machipoke.templatetags.pages import linked
from media_store.addresses import absolute
from media_store.templatetags.pictures import shown_size
from spots.areas import Area, area_of
from spots.models import Category, Spot, SpotQuerySet

MOST_ENTRIES = 50
PICTURE_WIDTH = 640

if TYPE_CHECKING:
    _Feed = Feed[Spot, Any]
else:
    _Feed = Feed


class _Spots(_Feed):
    feed_type = Atom1Feed

    def _of(self, obj: Any) -> SpotQuerySet:
        return Spot.objects.listed()

    def _page(self, obj: Any) -> str:
        return "/spots/"

    def link(self, obj: Any) -> str:
        """The page of these spots; like every address here it begins with SITE_URL, whatever host was asked."""
        return f"{settings.SITE_URL}{self._page(obj)}"

    def feed_url(self, obj: Any) -> str:
        return f"{settings.SITE_URL}/feeds{self._page(obj)}"

    def items(self, obj: Any) -> list[Spot]:
        spots = self._of(obj).select_related("category").with_cover().order_by("-published_at", "-id")
        return list(spots[:MOST_ENTRIES])

    def item_title(self, item: Spot) -> str:
        return item.name

    def item_description(self, item: Spot) -> str:
        """As HTML, which Django's Atom declares every summary to be; the cover stands before the words."""
        return _cover(item) + linked(item.description).replace("\n", "<br>\n")

    def item_link(self, item: Spot) -> str:
        return f"{settings.SITE_URL}{item.get_absolute_url()}"

    def item_guid(self, item: Spot) -> str:
        return f"urn:uuid:{item.pk}"

    def item_pubdate(self, item: Spot) -> datetime | None:
        return item.published_at

    def item_updateddate(self, item: Spot) -> datetime:
        return item.updated_at

    def item_categories(self, item: Spot) -> list[str]:
        return [item.category.name_ja]


def _cover(spot: Spot) -> str:
    photo = spot.cover_photo
    if photo is None:
        return ""
    width, height = shown_size(photo.image, min(PICTURE_WIDTH, photo.width))
    return format_html(
        '<p><img src="{}" width="{}" height="{}" alt="{}"></p>\n',
        absolute(photo.image, PICTURE_WIDTH, is_public=True),
        width,
        height,
        photo.described(),
    )


class NewSpots(_Spots):
    """The newest of all."""

    title = f"{SITE_NAME}：新しいスポット"


class CategorySpots(_Spots):
    """The newest of a category."""

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Category:
        found = get_object_or_404(Category.objects.select_related("merged_into"), slug=kwargs["slug"])
        return found.merged_into or found

    def title(self, obj: Category) -> str:
        return f"{SITE_NAME}：{obj.name_ja}"

    def _page(self, obj: Category) -> str:
        return obj.get_absolute_url()

    def _of(self, obj: Category) -> SpotQuerySet:
        return Spot.objects.listed().filter(category=obj)


class AreaSpots(_Spots):
    """The newest of a prefecture or municipality."""

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Area:
        area = area_of(kwargs["code"])
        if area is None:
            raise Http404("no such area")
        return area

    def title(self, obj: Area) -> str:
        return f"{SITE_NAME}：{obj.full_name}"

    def _page(self, obj: Area) -> str:
        return obj.get_absolute_url()

    def _of(self, obj: Area) -> SpotQuerySet:
        return Spot.objects.listed().in_area(obj.code)
