"""What search engines may know: listed spots, public lists, areas and categories with spots."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap, views
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from media_store.addresses import absolute
from spots.json_ld import PICTURE_WIDTH
from spots.models import Category, SavedList, Spot, SpotQuerySet

if TYPE_CHECKING:
    _Sitemap = Sitemap[Any]
else:
    _Sitemap = Sitemap


class _OurSitemap(_Sitemap):
    """Addresses begin with SITE_URL, whatever host was asked."""

    limit = 5000

    def get_urls(self, page: int | str = 1, site: Any = None, protocol: str | None = None) -> list[dict[str, Any]]:
        scheme, _sep, host = settings.SITE_URL.partition("://")
        return super().get_urls(page=page, site=_Site(host), protocol=scheme)  # type: ignore[arg-type]


class _Site:
    def __init__(self, domain: str) -> None:
        self.domain = self.name = domain


class _DatedSitemap(_OurSitemap):
    """Of rows that know when they changed."""

    def lastmod(self, row: Spot | SavedList) -> datetime:
        return row.updated_at

    def get_latest_lastmod(self) -> datetime | None:
        """Asked of the database: Django would load every row for the index."""
        rows: Any = self.items()
        latest: datetime | None = rows.aggregate(latest=Max("updated_at"))["latest"]
        return latest


class SpotSitemap(_DatedSitemap):
    """Every listed spot."""

    def items(self) -> SpotQuerySet:
        return Spot.objects.listed().only("id", "updated_at").with_cover().order_by("id")

    def get_urls(self, page: int | str = 1, site: Any = None, protocol: str | None = None) -> list[dict[str, Any]]:
        """Each with the address of its cover, if it has one."""
        urls = super().get_urls(page, site, protocol)
        for url in urls:
            photo = url["item"].cover_photo
            url["picture"] = absolute(photo.image, PICTURE_WIDTH, is_public=True) if photo else ""
        return urls


class ListSitemap(_DatedSitemap):
    """Every public list with something in it."""

    def items(self) -> QuerySet[SavedList]:
        return SavedList.objects.public().only("id", "updated_at").order_by("id")


class PlaceSitemap(_OurSitemap):
    """The texts, the categories, and the areas that have spots."""

    def items(self) -> list[str]:
        codes = (
            Spot.objects.listed().exclude(municipality_code="").order_by().values_list("municipality_code").distinct()
        )
        areas = [f"/areas/{code}/" for (code,) in codes]
        categories = [category.get_absolute_url() for category in Category.objects.current()]
        return ["/", "/about/", "/guidelines/", "/credits/", "/areas/", "/lists/", *categories, *sorted(areas)]

    def location(self, path: str) -> str:
        return path


def index(request: HttpRequest) -> TemplateResponse:
    """The sections; Django's own index names the host that was asked."""
    response: TemplateResponse = views.index(request, SITEMAPS, sitemap_url_name="sitemap_section")
    for section in (response.context_data or {})["sitemaps"]:
        parts = urlsplit(section.location)
        section.location = f"{settings.SITE_URL}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    return response


SITEMAPS: dict[str, Any] = {"spots": SpotSitemap, "lists": ListSitemap, "places": PlaceSitemap}
