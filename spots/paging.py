"""Pages of the site: two dozen at a time, never deeper than a person would go."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from spots.models import Spot, SpotQuerySet

PAGE_SIZE = 24
MOST_COUNTED = 1000
"""Totals above this are shown as "1,000 or more": counting all of 100 k would cost more than the page."""

MOST_PAGES = MOST_COUNTED // PAGE_SIZE


class Pager(NamedTuple):
    """Where one is, and the links around."""

    page: int
    previous_url: str
    next_url: str
    is_last_allowed: bool = False

    @property
    def query(self) -> str:
        """What tells this page from the first in the page's own address."""
        return f"?page={self.page}" if self.page > 1 else ""


def page_number(request: HttpRequest, most: int = MOST_PAGES) -> int:
    """The number in `?page=`; anything but 1 … `most` is a page that does not exist."""
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most):
        raise Http404("no such page")
    return int(text)


def pager(request: HttpRequest, number: int, has_next: bool, most: int = MOST_PAGES) -> Pager:
    """Links to the pages before and after that keep the rest of the question."""
    deeper = has_next and number < most
    return Pager(
        number,
        _url(request, number - 1) if number > 1 else "",
        _url(request, number + 1) if deeper else "",
        has_next and not deeper,
    )


def _url(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    if number > 1:
        query["page"] = str(number)
    return f"?{query.urlencode()}" if query else quote(request.path)


def page_of(request: HttpRequest, spots: SpotQuerySet, ordering: tuple[str, ...]) -> tuple[list[Spot], Pager]:
    """The cards of the asked page; a page past the end does not exist."""
    return rows_of(request, spots.cards().order_by(*ordering))


def rows_of(request: HttpRequest, rows: Any, size: int = 0) -> tuple[list[Any], Pager]:
    """`size` ordered rows (PAGE_SIZE unless told), those of the asked page; a page past the end does not exist."""
    number, size = page_number(request), size or PAGE_SIZE
    start = (number - 1) * size
    found = list(rows[start : start + size + 1])
    if not found and number > 1:
        raise Http404("past the end")
    return found[:size], pager(request, number, len(found) > size)


def counted(spots: SpotQuerySet) -> int:
    """How many there are, or one more than MOST_COUNTED."""
    return spots.order_by().values("pk")[: MOST_COUNTED + 1].count()


def total_label(total: int) -> str:
    """「104 件」 or 「1,000 件以上」."""
    if total > MOST_COUNTED:
        return _("%(count)s 件以上") % {"count": f"{MOST_COUNTED:,}"}
    return ngettext("%(count)s 件", "%(count)s 件", total) % {"count": f"{total:,}"}


def shared_context() -> dict[str, Any]:
    """What every page with cards needs once."""
    from machipoke.templatetags.pages import covers

    return {"sprite": covers()}
