"""The doors of the table for people who have no letters in it, and under /en/."""

from __future__ import annotations

import pytest

from tests.doors.matrix import COLUMNS, Codes, Door, Trial, wrong
from tests.doors.routes import group_of, routes, subject_of
from tests.doors.town import SEEN

OPERATORS_OWN = ("/admin/auth/group/", "/admin/spots/category/add/")
CHANGED_BY_OPERATORS = ("/admin/accounts/user/<object_id>/change/", "/admin/spots/category/<object_id>/change/")
"""What moderators look at and operators write."""

JAPANESE_ALONE = (
    *("/admin", "/api/", "/feeds/", "/sitemap", "/healthz", "/readyz", "/metrics", "/robots.txt", "/spots/map.svg"),
    *("/manifest.webmanifest", "/.well-known/", "/images/"),
)
"""For machines and moderators: without a language in their address."""


def doors(*methods: str) -> list[Door]:
    return [Door(route, state, method) for route in routes() for state in SEEN[subject_of(route)] for method in methods]


def test_a_moderator_without_a_second_factor_finds_no_panel(trial: Trial, table: dict[Door, Codes]) -> None:
    """On pages and in the API they are moderators, at their account a person as any other."""

    def code(door: Door) -> str:
        if group_of(door.route).startswith("admin"):
            return "404"
        return table[door]["n" if door.route.startswith("/accounts/") else "m"]

    assert wrong(trial, "w", {door: code(door) for door in doors(*COLUMNS)}) == []


def test_an_operator_is_a_moderator_who_also_keeps_groups_and_categories(
    trial: Trial, table: dict[Door, Codes]
) -> None:
    should = {door: table[door]["m"] for door in doors(*COLUMNS) if not door.route.startswith(OPERATORS_OWN)}
    should |= {Door(route, state, "POST"): "200" for route in CHANGED_BY_OPERATORS for state in SEEN[subject_of(route)]}
    should[Door("/accounts/delete/", "-", "POST")] = "400"  # the last one who can open the door does not leave
    assert wrong(trial, "b", should) == []
    own = {door: trial.tried(door, "b").code for door in doors("GET") if door.route.startswith(OPERATORS_OWN)}
    assert {table[door]["m"] for door in own} <= {"403", "404", "302"}
    assert "200" in own.values()


@pytest.mark.parametrize("who", "aom")
def test_pages_answer_under_en_as_without(trial: Trial, table: dict[Door, Codes], who: str) -> None:
    found = []
    for door in doors("GET", "POST"):
        code = "404" if door.route.startswith(JAPANESE_ALONE) else table[door][who]
        one = trial.tried(door, who, before="/en")
        if one.code != code or (one.is_refused and one.has_written):
            found.append(f"{door.method} /en{door.route} {door.state}: {one.code}, not {code}")
    assert found == []
