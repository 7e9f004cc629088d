"""Browsing: categories, tags, areas from prefecture to municipality."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from machipoke.pages import page
from spots.areas import Area, area_of, areas, codes_within
from spots.models import Category, Spot, SpotQuerySet, Tag
from spots.paging import counted, page_of, shared_context, total_label


class Part(NamedTuple):
    """An area within the one shown."""

    name: str
    url: str
    total: int


def _browse(request: HttpRequest, spots: SpotQuerySet, ordering: tuple[str, ...], **context: Any) -> HttpResponse:
    found, pager = page_of(request, spots, ordering)
    shown = {"spots": found, "pager": pager, "total_label": total_label(counted(spots))}
    return page(request, "spots/browse.html", shared_context() | shown | context)


_NEWEST = ("-published_at", "-id")


def category(request: HttpRequest, slug: str) -> HttpResponse:
    """The spots of a category, the newest first; the address of one that was merged leads on to the other."""
    found = get_object_or_404(Category.objects.select_related("merged_into"), slug=slug)
    if found.merged_into is not None:
        prefix = "/en" if request.path_info.startswith("/en/") else ""
        query = request.META.get("QUERY_STRING", "")
        address = f"{prefix}{found.merged_into.get_absolute_url()}"
        return redirect(f"{address}?{query}" if query else address, permanent=True)
    return _browse(
        request,
        Spot.objects.listed().filter(category=found),
        _NEWEST,
        heading=found.name,
        category=found,
        map_url=f"/spots/?category={found.slug}",
        feed_url=f"/feeds/categories/{found.slug}/",
    )


def tag(request: HttpRequest, name: str) -> HttpResponse:
    """The spots with a tag; a tag that no listed spot carries does not exist."""
    found = Tag.objects.named(name).first()
    spots = Spot.objects.listed().filter(tags=found) if found else Spot.objects.none()
    if found is None or not spots.exists():
        raise Http404("no such tag")
    map_url = f"/spots/?tag={quote(found.name)}"
    return _browse(request, spots, _NEWEST, heading=f"#{found.name}", map_url=map_url)


def area_index(request: HttpRequest) -> HttpResponse:
    """The prefectures that have spots."""
    counts: dict[str, int] = {}
    for code, count in _counts_by_code(Spot.objects.listed().exclude(municipality_code="")):
        counts[code[:2]] = counts.get(code[:2], 0) + count
    parts = [
        Part(area.name, area.get_absolute_url(), counts[area.code[:2]])
        for area in areas().values()
        if area.is_prefecture and area.code[:2] in counts
    ]
    return page(request, "spots/areas.html", {"parts": parts})


def area(request: HttpRequest, code: str) -> HttpResponse:
    """A prefecture with its municipalities, or a municipality."""
    found = area_of(code)
    if found is None:
        raise Http404("no such area")
    crumbs = [(_("市町村"), "/areas/")]
    prefecture = area_of(found.prefecture_code)
    if prefecture and prefecture != found:
        crumbs.append((prefecture.name, prefecture.get_absolute_url()))
    return _browse(
        request,
        Spot.objects.listed().in_area(code),
        _NEWEST,
        heading=found.full_name,
        lead="" if found.is_prefecture else found.kana,
        crumbs=crumbs,
        parts=_parts(found),
        parts_label=_("市町村"),
        map_url=f"/spots/?municipality={code}",
        feed_url=f"/feeds/areas/{code}/",
    )


def _parts(within: Area) -> list[Part]:
    codes = [code for code in codes_within(within.code) if code != within.code]
    if not codes:
        return []
    counts = dict(_counts_by_code(Spot.objects.listed().filter(municipality_code__in=codes)))
    found = ((area_of(code), total) for code, total in sorted(counts.items()))
    return [Part(area.name, area.get_absolute_url(), total) for area, total in found if area]


def _counts_by_code(spots: SpotQuerySet) -> list[tuple[str, int]]:
    rows = spots.order_by().values("municipality_code").annotate(count=Count("pk"))
    return [(row["municipality_code"], row["count"]) for row in rows]
