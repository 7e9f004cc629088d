"""Where listed spots come from: sources with their credit and licence."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count

from spots.models import Spot


class CreditedSource(NamedTuple):
    """A source of imported spots and how many listed ones it has."""

    source: str
    credit: str
    licence: str
    spots: int


def credited_sources() -> list[CreditedSource]:
    """Every source with listed spots, the largest first."""
    rows = Spot.objects.listed().exclude(source="").order_by().values("source", "credit", "licence")
    found = [CreditedSource(**row) for row in rows.annotate(spots=Count("pk"))]
    return sorted(found, key=lambda source: (-source.spots, source.credit))
