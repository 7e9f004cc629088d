"""Who writes on an English page is answered on an English page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from spots.models import Comment, Draft, Spot
from tests.markup import Page
from tests.spots.typed import form

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]


@pytest.fixture
def author(sign_in: SignIn, hana: User) -> Client:
    return sign_in(hana)


def test_a_posted_spot(author: Client) -> None:
    answer = author.post("/en/spots/new/", form())
    assert (answer.status_code, answer["Location"]) == (302, f"/en/spots/{Spot.objects.get().pk}/")


def test_other_words_after_a_posted_spot_lead_to_it(author: Client) -> None:
    sent = form()
    author.post("/en/spots/new/", sent)
    page = Page(author.post("/en/spots/new/", sent | {"name": "となりの桜"}))
    assert page.texts("a", href=f"/en/spots/{Spot.objects.get().pk}/") == ["See the posted spot"]


def test_a_draft_that_lacks_something_and_is_thrown_away(author: Client) -> None:
    answer = author.post("/en/spots/new/", form(category="", latitude="", longitude="", state="draft"))
    assert (answer.status_code, answer["Location"]) == (302, "/en/users/hana/")
    assert "please complete: Category, Place" in Page(author.get("/en/users/hana/")).text
    answer = author.post(f"/en/drafts/{Draft.objects.get().pk}/delete/")
    assert (answer.status_code, answer["Location"]) == (302, "/en/users/hana/")


def test_a_spot_taken_away_and_brought_back(author: Client, hana: User, make_spot: MakeSpot) -> None:
    url = f"/en/spots/{make_spot(created_by=hana).pk}/"
    assert author.post(f"{url}delete/")["Location"] == "/en/users/hana/"
    assert author.post(f"{url}restoration/")["Location"] == url


def test_a_deletion_by_a_moderator_stays(author: Client, hana: User, mori: User, make_spot: MakeSpot) -> None:
    spot = make_spot(created_by=hana)
    spot.delete_softly(mori, "宣伝のため")
    answer = author.post(f"/en/spots/{spot.pk}/restoration/")
    assert (answer.status_code, answer["Location"]) == (302, "/en/users/hana/")
    assert "Reason: 宣伝のため" in Page(author.get("/en/users/hana/")).text


@pytest.mark.parametrize(("others", "said"), [(0, "1 spot"), (1, "2 spots")])
def test_one_spot_is_not_many(author: Client, hana: User, make_spot: MakeSpot, others: int, said: str) -> None:
    for number in range(1 + others):
        make_spot(created_by=hana, name=f"中央公園 {number}")
    assert Page(author.get("/en/users/hana/")).texts("h2", id="posted") == [f"Posted spots {said}"]


def test_the_verbs_of_a_comment(author: Client, hana: User, make_spot: MakeSpot) -> None:
    spot = make_spot()
    Comment(spot=spot, author=hana, body="きれいでした").post()
    page = Page(author.get(f"/en/spots/{spot.pk}/"))
    assert page.texts("p", **{"class": "verbs"}) == ["ReplyEditDelete"]


def test_what_is_reported_is_one_spot(author: Client, make_spot: MakeSpot) -> None:
    page = Page(author.get(f"/en/reports/new/?target=spot:{make_spot().pk}"))
    assert "Spot" in page.texts("p", **{"class": "meta"})
