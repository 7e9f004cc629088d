"""A spot with a like name within 100 m is shown, with its distance, before anything is stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from spots.models import Spot
from tests.markup import Page, text_of
from tests.spots.typed import form

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]
METRE = 1 / 111_195
"""Degrees of latitude, on the sphere that distances are measured on."""

NAME = "一乗谷朝倉氏遺跡"


def beside(metres: float, name: str = NAME, **fields: str) -> dict[str, str]:
    """The form of a spot that many metres north of the one `make_spot` stores."""
    return form(name=name, latitude=f"{36.0621 + metres * METRE:.6f}", longitude="136.2196", **fields)


@pytest.mark.parametrize(
    "name", [NAME, "特別史跡　一乗谷朝倉氏遺跡", "いちじょうだに 一乗谷朝倉氏遺跡", "一乗谷 朝倉氏 遺跡"]
)
def test_it_is_shown_with_its_distance_and_nothing_is_stored(
    make_spot: MakeSpot, sign_in: SignIn, hana: User, name: str
) -> None:
    there = make_spot(NAME)
    answer = sign_in(hana).post("/spots/new/", beside(40, name))
    page = Page(answer)
    warning = page.one("div", role="alert")
    assert (answer.status_code, Spot.objects.count()) == (200, 1)
    assert "よく似た名前のスポットがあります。" in text_of(warning)
    assert "40 m" in text_of(warning)
    assert "まだ公開していません。" in text_of(warning)
    assert [link.get("href") for link in warning.iter("a")] == [there.get_absolute_url()]
    assert page.one("input", id="id_name").get("value") == name.replace("\u3000", "\u3000")


def test_another_place_goes_on(make_spot: MakeSpot, sign_in: SignIn, hana: User) -> None:
    make_spot(NAME)
    author = sign_in(hana)
    sent = beside(40)
    button = Page(author.post("/spots/new/", sent)).one("button", name="another")
    del sent["state"]
    author.post("/spots/new/", sent | {"another": button.get("value", "")})
    assert [spot.state for spot in Spot.objects.filter(created_by=hana)] == ["published"]


def test_a_look_alike_that_came_meanwhile_is_shown_too(make_spot: MakeSpot, sign_in: SignIn, hana: User) -> None:
    first = make_spot(NAME)
    make_spot(NAME, latitude=36.0622)
    answer = sign_in(hana).post("/spots/new/", beside(40, another=f"{first.pk},"))
    assert (answer.status_code, Spot.objects.count()) == (200, 2)


@pytest.mark.parametrize(
    ("metres", "name", "state"),
    [(101, NAME, "published"), (0, "喫茶ひまわり", "published"), (0, NAME, "draft"), (0, "市立病院", "published")],
)
def test_far_away_unlike_or_only_a_draft_is_no_matter(
    make_spot: MakeSpot, sign_in: SignIn, hana: User, metres: float, name: str, state: str
) -> None:
    make_spot(NAME)
    make_spot("中央公園")
    assert sign_in(hana).post("/spots/new/", beside(metres, name, state=state)).status_code == 302


@pytest.mark.parametrize("state", ["draft", "pending", "hidden", "deleted"])
def test_what_is_not_public_is_not_disclosed(
    make_spot: MakeSpot, sign_in: SignIn, hana: User, ren: User, state: str
) -> None:
    spot = make_spot(NAME, created_by=ren)
    if state == "deleted":
        spot.delete_softly()
    Spot.objects.filter(pk=spot.pk).exclude(state="deleted").update(state=state)
    assert sign_in(hana).post("/spots/new/", beside(0)).status_code == 302


def test_publishing_a_draft_looks_for_others_than_itself(make_spot: MakeSpot, sign_in: SignIn, hana: User) -> None:
    draft = make_spot(NAME, state="draft", created_by=hana)
    edit = f"{draft.get_absolute_url()}edit/"
    there = make_spot(NAME)
    answer = sign_in(hana).post(edit, beside(0, version="1"))
    assert (answer.status_code, Spot.objects.get(pk=draft.pk).state) == (200, "draft")
    sign_in(hana).post(edit, beside(0, version="1", another=f"{there.pk},"))
    assert Spot.objects.get(pk=draft.pk).state == "published"
    # What is public already is corrected without being asked again.
    assert sign_in(hana).post(edit, beside(0, version="2")).status_code == 302


def test_a_name_with_markup_stays_text(make_spot: MakeSpot, sign_in: SignIn, hana: User) -> None:
    name = '<img src=x onerror=alert(1)> "遺跡"'
    make_spot(name)
    page = Page(sign_in(hana).post("/spots/new/", beside(10, name)))
    assert name in text_of(page.one("div", role="alert"))
    assert (page.faults, page.all("img")) == ([], [])
