"""Who is answered what, at every route, for every kind and state of row, with every method: `expectations.txt`."""

from __future__ import annotations

import pytest

from tests.doors.matrix import COLUMNS, TABLE, Codes, Door, Trial, expected, line_of, read, written
from tests.doors.routes import group_of, routes, subject_of
from tests.doors.town import PEOPLE, SEEN

GROUPS = sorted({group_of(route) for route in routes()})
SAFE = ("GET", "HEAD")


def doors_of(group: str) -> list[Door]:
    return [
        Door(route, state, method)
        for route in routes()
        if group_of(route) == group
        for state in SEEN[subject_of(route)]
        for method in COLUMNS
    ]


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    asked = {(door.route, door.state) for group in GROUPS for door in doors_of(group)}
    text = TABLE.read_text()
    without = missing(text, asked)
    assert not without, "Add a line for each to tests/doors/expectations.txt; its head says how:\n" + "\n".join(without)
    assert {(door.route, door.state) for door in expected(text)} == asked, "no such route, or no such state"
    for route, state in (("/spots/<pk>/", "hidden"), ("/lists/new/", "-")):
        lines = [line for line in text.splitlines() if not line.startswith(f"{route} ")]
        assert f"{route}  {state}" in missing("\n".join(lines), asked)


def missing(text: str, asked: set[tuple[str, str]]) -> list[str]:
    """Routes and states of which the table says nothing."""
    there = {(door.route, door.state) for door in expected(text)}
    return [f"{route}  {state}" for route, state in sorted(asked - there)]


@pytest.mark.parametrize("group", GROUPS)
def test_everyone_is_answered_as_the_table_says(trial: Trial, group: str) -> None:
    wrong, lines = faults_in(trial, group, expected(TABLE.read_text()))
    assert not wrong, "\n".join([*wrong, "", "As it is now:", *lines])


def test_a_line_that_says_something_else_is_found(trial: Trial) -> None:
    table = expected(TABLE.read_text())
    door = Door("/drafts/<pk>/delete/", "own", "POST")
    wrong, _lines = faults_in(trial, "drafts", table | {door: table[door] | {"s": "302"}})
    assert wrong == ["POST /drafts/<pk>/delete/ own: a=in,s=403,302"]


def faults_in(trial: Trial, group: str, table: dict[Door, Codes]) -> tuple[list[str], list[str]]:
    """What is not as it should be, and the lines that would say what is."""
    wrong, lines = [], []
    for route, state in dict.fromkeys((door.route, door.state) for door in doors_of(group)):
        cells = []
        for method in COLUMNS:
            door = Door(route, state, method)
            codes, faults = tried_by_everyone(trial, door)
            wrong += [f"{method} {route} {state}: {fault}" for fault in faults]
            wrong += [f"{method} {route} {state}: {written(codes)}"] if codes != table.get(door) else []
            cells.append(written(codes))
        lines.append(line_of(route, state, cells))
    return wrong, lines


def tried_by_everyone(trial: Trial, door: Door) -> tuple[Codes, list[str]]:
    """What each person is answered, and what is wrong with it whatever the table says."""
    codes, faults = {}, []
    for who in PEOPLE:
        one = trial.tried(door, who)
        codes[who] = one.code
        if one.has_written and (one.is_refused or door.method in SAFE):
            faults.append(f"{who} is answered {one.code}, and rows changed")
        if door.method == "GET" and trial.tried(door._replace(method="HEAD"), who).code != one.code:
            faults.append(f"HEAD differs from GET for {who}")
        if who not in SEEN[door.subject][door.state]:
            none = trial.tried(door, who, is_there=False)
            if trial.told(door, one.response, True) != trial.told(door, none.response, False):
                faults.append(f"{who} can tell it from an address where nothing is")
    return codes, faults


@pytest.mark.parametrize("cell", ["404", "osm=200,404", "a=in,s=403,om=302,404"])
def test_a_cell_says_what_it_was_written_for(cell: str) -> None:
    assert read(written(read(cell))) == read(cell)
