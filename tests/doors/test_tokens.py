"""A token opens what its owner's session opens, as far as its scope goes, and nothing once it is dead."""

from __future__ import annotations

import pytest

from tests.doors.matrix import COLUMNS, Codes, Door, Trial, wrong
from tests.doors.routes import routes, subject_of
from tests.doors.town import SEEN

NOT_ALLOWED, NO_ONE, NOT_YOURS = "405", "401", "403"

READS_ITSELF_ALONE = "/api/v1/tokens/<id>/"
"""What a token that reads sees of tokens is itself: of the owner's others it knows nothing."""

ASKS_NOBODY = {"/api/v1/tokens/", "/api/v1/reports/"}
"""Writes for which nobody needs to be signed in: the first asks for the password, the second for nothing."""

API = [
    Door(route, state, method)
    for route in routes()
    if route.startswith("/api/v1/")
    for state in SEEN[subject_of(route)]
    for method in COLUMNS
]


def test_one_that_writes_is_answered_as_its_owner(trial: Trial, table: dict[Door, Codes]) -> None:
    assert wrong(trial, "writer", {door: table[door]["o"] for door in API}) == []


def test_one_that_writes_is_answered_as_its_suspended_owner(trial: Trial, table: dict[Door, Codes]) -> None:
    assert wrong(trial, "suspended", {door: table[door]["s"] for door in API}) == []


def test_one_that_reads_writes_nothing(trial: Trial, table: dict[Door, Codes]) -> None:
    assert wrong(trial, "reader", {door: _of_a_reader(door, table[door]["o"]) for door in API}) == []


def _of_a_reader(door: Door, code: str) -> str:
    if door.route == READS_ITSELF_ALONE and code != NOT_ALLOWED:
        return "404"
    if door.method == "GET" or code == NOT_ALLOWED or (door.method == "POST" and door.route == "/api/v1/tokens/"):
        return code
    return NOT_YOURS


@pytest.mark.parametrize("who", ["expired", "revoked", "made-up"])
def test_a_dead_one_opens_nothing(trial: Trial, table: dict[Door, Codes], who: str) -> None:
    trial.town.tokens.setdefault(who, "x" * 64)
    should = {door: table[door]["o"] if table[door]["o"] == NOT_ALLOWED else NO_ONE for door in API}
    should[Door("/api/v1/tokens/", "-", "POST")] = "201"
    assert wrong(trial, who, should) == []


def test_a_person_whose_account_is_closed_has_no_live_token(trial: Trial) -> None:
    owner = trial.town.owner
    assert owner
    owner.is_active = False
    owner.save(update_fields=["is_active"])
    for who in ("reader", "writer"):
        for door in (Door("/api/v1/me/", "-", "GET"), Door("/api/v1/spots/", "-", "POST")):
            assert trial.tried(door, who).code == NO_ONE
