"""Pages of a list that is ordered by distance: the cursor holds the last distance and id."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework.request import Request

from spots.api.documents import with_parts
from spots.api.keyset import Cursor, Page, link, question_of, read_cursor
from spots.filters import Point
from spots.models import Spot, SpotQuerySet
from spots.nearest import Ranked, as_uuid, ranked

DEEPEST = 1000
"""Further than the thousandth nearest nobody looks; it bounds what one page may cost."""


def nearest_page(
    request: Request, spots: SpotQuerySet, point: Point, reach_km: float, cursor: str, size: int
) -> Page[Spot]:
    """One page of the spots within `reach_km`, nearest first, ties by id; the list ends after `DEEPEST`."""
    question = question_of(request, "near")
    position = read_cursor(cursor, question)
    edge = Ranked(position.values[0], uuid.UUID(position.values[1])) if position else None
    seen = position.values[2] if position else 0
    found = _ranked(spots, point, reach_km, edge, seen, size)
    before = [one for one in found if edge and one < edge]
    after = [one for one in found if not edge or one > edge]
    if position and position.backward:
        first = max(0, len(before) - size)
        chosen, more_before, more_after = before[first:], first > 0, True
    else:
        # The row at the edge itself is always before what follows it.
        first = len(found) - len(after)
        chosen, more_before, more_after = after[:size], edge is not None, len(after) > size

    def beside(row: Ranked, back: bool, ahead: int) -> str:
        values: list[Any] = [row.distance_km, row.id.hex, ahead]
        return link(request, Cursor(question, back, values))

    rows = with_parts(spots, request.user).placed({one.id: one.distance_km for one in chosen})
    following = beside(chosen[-1], False, first + len(chosen)) if chosen and more_after else None
    previous = beside(chosen[0], True, first) if chosen and more_before else None
    return Page(rows, following, previous)


def _ranked(
    spots: SpotQuerySet, point: Point, reach_km: float, edge: Ranked | None, seen: int, size: int
) -> list[Ranked]:
    """Enough of the nearest to fill the page past the edge, also where rows came in before it since."""
    most = min(DEEPEST, seen + size + 2)
    while True:
        found = [Ranked(one.distance_km, as_uuid(one.id)) for one in ranked(spots, *point, reach_km, most)]
        past_the_edge = sum(edge is None or one > edge for one in found)
        if past_the_edge > size or len(found) < most or most == DEEPEST:
            return found
        most = min(DEEPEST, 2 * most)
