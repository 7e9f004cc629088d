"""Whom to name for the facts on the site: one line per source, and the list of municipalities that ships with it."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count

from spots.areas import areas
from spots.models import Spot


class Credit(NamedTuple):
    """Where facts come from, whom to name, under which licence, and how many spots (or municipalities) they are."""

    source: str
    credit: str
    licence: str
    facts: int

    @property
    def line(self) -> str:
        """The credit as it is shown, with the licence in brackets where there is one."""
        name = self.credit or self.source
        return f"{name}（{self.licence}）" if self.licence else name


def municipality_facts() -> Credit:
    """The credit of codes, names and town halls' positions of all municipalities."""
    return Credit("全国地方公共団体コード・市区町村名・役場の位置", "code4fukui/localgovjp", "CC0", len(areas()))


def credited_sources() -> list[Credit]:
    """The sources of the listed spots, the one with the most spots first; one query."""
    imported = Spot.objects.listed().exclude(source="").order_by()
    rows = imported.values_list("source", "credit", "licence").annotate(facts=Count("pk"))
    return sorted((Credit(*row) for row in rows), key=lambda credit: (-credit.facts, credit))
