"""The first page, and the plain texts."""

from __future__ import annotations

import uuid
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from machipoke.pages import page
from spots.credits import credited_sources
from spots.list_covers import with_covers
from spots.models import Category, Report, SavedList, Spot, SpotPhoto
from spots.models.spot_query import fetch_covers
from spots.paging import MOST_COUNTED, counted, shared_context

SHELF = 8
"""Cards of a shelf: two rows on a desk, a short way to swipe on a phone."""


def home(request: HttpRequest) -> HttpResponse:
    """Search, near me, categories, today's spot, new ones, hidden gems, lists."""
    listed = Spot.objects.listed()
    total = counted(listed)
    cards = listed.cards(with_covers=False)
    newest = list(cards.order_by("-published_at", "-id")[:SHELF])
    gems = list(cards.filter(hidden_gem_score__gte=50).order_by("-hidden_gem_score", "-id")[:SHELF])
    today = _spot_of_today()
    fetch_covers(newest, gems, [today] if today else [])
    context = shared_context() | {
        "categories": Category.objects.current(),
        "total": min(total, MOST_COUNTED),
        "is_more": total > MOST_COUNTED,
        "date": timezone.localdate(),
        "today": today,
        "newest": newest,
        "gems": gems,
        "lists": with_covers(SavedList.objects.public().select_related("owner")[:6]),
    }
    return page(request, "spots/home.html", context)


def _spot_of_today() -> Spot | None:
    """The first spot with a photo after a point in the ids that the date decides; the same for everyone all day.

    Asked of the photos: where only a few spots have one, looking for them among all spots would take long.
    """
    start = uuid.UUID(bytes=sha256(timezone.localdate().isoformat().encode()).digest()[:16])
    covers = SpotPhoto.objects.visible_to(None).covers().order_by("spot_id")
    cover = covers.filter(spot_id__gte=start).first() or covers.first()
    spots = Spot.objects.listed().cards(with_covers=False).order_by("id")
    if cover is not None:
        return spots.filter(pk=cover.spot_id).first()
    return spots.filter(id__gte=start).first() or spots.first()


def about(request: HttpRequest) -> HttpResponse:
    """What this is."""
    return page(request, "texts/about.html")


def guidelines(request: HttpRequest) -> HttpResponse:
    """What may be posted, and for which reasons something is hidden."""
    return page(request, "texts/guidelines.html", {"reasons": Report.Reason.choices})


def terms(request: HttpRequest) -> HttpResponse:
    """The terms of use."""
    return page(request, "texts/terms.html")


def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about people."""
    return page(request, "texts/privacy.html")


def credits_(request: HttpRequest) -> HttpResponse:
    """Where the data comes from, and under which licence."""
    return page(request, "texts/credits.html", {"sources": credited_sources()})
