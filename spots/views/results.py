"""Results as list and map of the same set; the state is in the URL."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from machipoke.pages import page
from machipoke.text import clean
from spots.areas import area_of
from spots.drawn_map import draw
from spots.filters import SpotFilter
from spots.models import Category, Spot
from spots.nearest import as_uuid, ranked
from spots.paging import (
    MOST_COUNTED,
    PAGE_SIZE,
    Pager,
    counted,
    page_number,
    page_of,
    pager,
    shared_context,
    total_label,
)

_PASSED_ON = ("q", "category", "tag", "municipality", "status", "near", "radius_km")
"""Parameters of the page that the map's own requests carry, so that both show the same set."""


class Chip(NamedTuple):
    """A filter that can be put on or taken off with one link."""

    label: str
    url: str
    is_on: bool = False
    icon: str = ""
    slug: str = ""


def results(request: HttpRequest) -> HttpResponse:
    """`/spots/`: a bad parameter is named on the page with status 400, unknown ones (of other sites) are ignored."""
    question = SpotFilter({name: value for name, value in request.GET.items() if name in SpotFilter.base_fields})
    context: dict[str, Any] = shared_context()
    if question.is_valid():
        spots, around, total = _answer(request, question)
        context |= {"spots": spots, "pager": around, "total_label": total_label(total)}
        context["drawn"] = draw(spots, _kept_in_view(question))
    else:
        context |= {"problems": [(name, errors[0]) for name, errors in question.errors.items()], "drawn": draw([])}
    context |= {
        "heading": _heading(question),
        "order_label": _("近い順") if request.GET.get("near") else "",
        "query": clean(request.GET.get("q", "")),
        "asked": bool(request.GET),
        "chips": _chips(request, question),
        "map_query": _map_query(request),
        "tile_url": settings.MAP_TILE_URL,
        "tile_attribution": settings.MAP_ATTRIBUTION,
    }
    return page(request, "spots/results.html", context, status=200 if question.is_valid() else 400)


def _answer(request: HttpRequest, question: SpotFilter) -> tuple[list[Spot], Pager, int]:
    spots = question.queryset()
    point = question.point
    if point is None:
        found, around = page_of(request, spots, question.ordering)
        return found, around, counted(spots)
    number = page_number(request)
    order = ranked(spots, *point, question.reach_km, MOST_COUNTED + 1)
    start = (number - 1) * PAGE_SIZE
    here = {as_uuid(id_): distance for distance, id_ in order[start : start + PAGE_SIZE]}
    if not here and number > 1:
        raise Http404("past the end")
    around = pager(request, number, len(order) > start + PAGE_SIZE)
    return Spot.objects.listed().cards().placed(here), around, len(order)


def _kept_in_view(question: SpotFilter) -> list[tuple[float, float]]:
    """The asked box's corners, or the point: the map shows what was asked, not only what was found."""
    box, point = question.cleaned_data["bbox"], question.point
    if box:
        return [(box.south, box.west), (box.north, box.east)] if box.west <= box.east else []
    return [(point.latitude, point.longitude)] if point else []


def _heading(question: SpotFilter) -> str:
    asked = question.cleaned_data
    if asked.get("q"):
        return _("「%(words)s」の検索結果") % {"words": clean(asked["q"])}
    if asked.get("municipality") and (area := area_of(asked["municipality"])):
        return _("%(area)sのスポット") % {"area": area.full_name}
    if asked.get("tag"):
        return f"#{clean(asked['tag'])}"
    if asked.get("category"):
        return str(asked["category"].name)
    return _("近くのスポット") if asked.get("near") else _("地図でさがす")


def _chips(request: HttpRequest, question: SpotFilter) -> list[Chip]:
    chips = [
        Chip(label, _without(request, name), is_on=True)
        for name in ("tag", "municipality", "bbox", "near", "status")
        if (label := _label_of(name, clean(request.GET.get(name, ""))))
    ]
    chosen = getattr(question, "cleaned_data", {}).get("category")
    for category in sorted(Category.objects.current(), key=lambda c: (c != chosen, c.position)):
        is_on = category == chosen
        url = _without(request, "category") if is_on else _with(request, "category", category.slug)
        chips.append(Chip(category.name, url, is_on, category.icon, category.slug))
    if not request.GET.get("near"):
        by_gem = request.GET.get("sort") == "gem"
        url = _without(request, "sort") if by_gem else _with(request, "sort", "gem")
        chips.insert(0, Chip(_("隠れ度の高い順"), url, by_gem))
    return chips


def _label_of(name: str, value: str) -> str:
    if not value:
        return ""
    if name == "municipality":
        area = area_of(value)
        return area.name if area else value
    if name == "status":
        return str(dict(Spot.Status.choices).get(value, value))
    if name == "tag":
        return f"#{value}"
    return {"bbox": _("この範囲"), "near": _("近い順")}[name]


def _with(request: HttpRequest, name: str, value: str) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    query[name] = value
    return f"?{query.urlencode()}"


def _without(request: HttpRequest, name: str) -> str:
    query = request.GET.copy()
    for gone in ("page", name, *(["radius_km", "sort"] if name == "near" else [])):
        query.pop(gone, None)
    return f"?{query.urlencode()}" if query else request.path


def _map_query(request: HttpRequest) -> str:
    query = request.GET.copy()
    for name in list(query):
        if name not in _PASSED_ON:
            query.pop(name)
    return query.urlencode()
