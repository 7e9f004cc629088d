"""A walk that is attached to a spot is drawn on its page; files cost a page no more however many they are."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from spots.models import Spot
from tests.attachment_files import add, gpx, pdf
from tests.markup import Page

SignIn = Callable[[User], Client]


@pytest.fixture
def spot(hana: User, make_spot: Callable[..., Spot]) -> Spot:
    return make_spot("川の道", created_by=hana)


def test_a_walk_is_drawn_without_a_script_and_told_to_it(hana: User, spot: Spot, sign_in: SignIn) -> None:
    place = '<wpt lat="36.063" lon="136.22"><name>&lt;/script&gt;&lt;b&gt;泉</name></wpt>'
    add(sign_in(hana), spot, gpx(more=place), title="川ぞいの道")
    response = Client().get(f"/spots/{spot.pk}/")
    page = Page(response)
    assert not page.faults
    points = [way.get("points", "").split() for way in page.all("polyline")]
    assert [len(way) for way in points] == [3]
    assert all(0 <= int(number) <= 1000 for pair in points[0] for number in pair.split(","))
    data = json.loads("".join(page.one("script", id="walks").itertext()))
    assert (len(data["lines"][0]), data["places"][0]["name"]) == (3, "</script><b>泉")
    assert b"</script><b>" not in response.content
    assert not response.cookies


def test_a_spot_without_files_says_nothing_of_them_to_others(spot: Spot, hana: User, sign_in: SignIn) -> None:
    assert "files" not in {
        section.get("aria-labelledby") for section in Page(Client().get(f"/spots/{spot.pk}/")).all("section")
    }
    assert Page(sign_in(hana).get(f"/spots/{spot.pk}/")).all("a", href=f"/spots/{spot.pk}/attachments/")


def test_reading_files_costs_one_query_however_many(hana: User, spot: Spot, sign_in: SignIn) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            Client().get(f"/spots/{spot.pk}/")
        return len(found)

    add(sign_in(hana), spot, gpx())
    cost()
    one = cost()
    for number in range(1, 5):
        add(sign_in(hana), spot, pdf(pages=number))
    assert cost() == one
