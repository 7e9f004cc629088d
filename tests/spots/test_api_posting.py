"""POST and DELETE of spots, their way back, and the look-alikes a program shows before it posts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import ModerationAction, Spot
from tests.spots.asking import PLACE, ask, codes, fields

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]


@pytest.fixture
def author(sign_in: SignIn, hana: User) -> Client:
    """Hana's browser."""
    return sign_in(hana)


def test_a_spot_is_posted_for_everyone(author: Client, client: Client, hana: User) -> None:
    more = {"reading": "あすわやま", "tags": ["桜", "ｻｸﾗ", "桜"], "address": "福井県福井市足羽上町", "status": "open"}
    answer = ask(author, "POST", "spots/", PLACE | more)
    told = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"http://127.0.0.1:8000/api/v1/spots/{told['id']}/")
    assert (told["state"], told["version"], told["created_by"]["username"]) == ("published", 1, "hana")
    assert (told["reading"], sorted(told["tags"])) == ("アスワヤマ", ["桜", "ｻｸﾗ"])
    assert told["municipality_code"] == "182010"
    again = client.get(answer["Location"])
    assert (again.json(), again["ETag"]) == (told, answer["ETag"])
    assert [one["id"] for one in client.get("/api/v1/spots/").json()["results"]] == [told["id"]]


def test_a_draft_is_its_authors_alone(author: Client, client: Client) -> None:
    answer = ask(author, "POST", "spots/", PLACE | {"state": "draft"})
    assert (answer.status_code, answer["Cache-Control"]) == (201, "private, no-store")
    path = f"spots/{answer.json()['id']}/"
    assert (ask(client, "GET", path).status_code, ask(author, "GET", path).status_code) == (404, 200)
    assert ask(author, "PATCH", path, {"state": "published"}).status_code == 200
    assert ask(client, "GET", path).status_code == 200


@pytest.mark.parametrize("missing", PLACE)
def test_what_a_spot_must_have_is_named(author: Client, missing: str) -> None:
    answer = ask(author, "POST", "spots/", {name: value for name, value in PLACE.items() if name != missing})
    assert (answer.status_code, fields(answer), codes(answer)) == (400, [missing], ["required"])
    assert not Spot.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "\u200b"}, "name"),
        ({"name": ["x"]}, "name"),
        ({"latitude": 0, "longitude": 0}, "latitude"),
        ({"latitude": "36"}, "latitude"),
        ({"longitude": 181}, "longitude"),
        ({"category": None}, "category"),
        ({"category": 1}, "category"),
        ({"tags": [f"{n}" for n in range(11)]}, "tags"),
        ({"tags": {"a": 1}}, "tags"),
        ({"state": "pending"}, "state"),
        ({"state": "deleted"}, "state"),
        ({"website": "ftp://a.example/"}, "website"),
        ({"municipality_code": "182011"}, "municipality_code"),
        ({"naem": "x"}, "naem"),
    ],
)
def test_what_a_spot_cannot_be_is_refused_and_leaves_nothing(author: Client, wrong: Any, field: str) -> None:
    answer = ask(author, "POST", "spots/", PLACE | {"tags": ["新しい札"]} | wrong)
    assert (answer.status_code, field in fields(answer)) == (400, True)
    assert not Spot.objects.exists()
    assert not Spot.tags.through.objects.exists()


@pytest.mark.parametrize("body", [None, [], "x", 5])
def test_a_spot_of_nothing_is_refused(author: Client, body: Any) -> None:
    assert ask(author, "POST", "spots/", body).status_code == 400


def test_a_query_parameter_on_a_write_is_refused(author: Client) -> None:
    assert ask(author, "POST", "spots/?dry_run=1", PLACE).status_code == 400


def test_the_answer_can_be_geojson(author: Client) -> None:
    told = ask(author, "POST", "spots/", PLACE, accept="application/geo+json").json()
    assert (told["type"], told["geometry"]["coordinates"]) == ("Feature", [136.2091, 36.0512])


def test_the_author_takes_a_spot_away_and_brings_it_back(
    author: Client, client: Client, make_spot: MakeSpot, hana: User
) -> None:
    spot = make_spot(created_by=hana)
    path = f"spots/{spot.pk}/"
    gone = ask(author, "DELETE", path)
    assert (gone.status_code, gone.content, gone.has_header("Content-Type")) == (204, b"", False)
    assert [ask(who, "GET", path).status_code for who in (author, client)] == [404, 404]
    assert ask(author, "DELETE", path).status_code == 404
    back = ask(author, "POST", f"{path}restoration/", {})
    assert (back.status_code, back.json()["state"], back["ETag"][:3]) == (200, "published", '"3-')
    assert ask(client, "GET", path).status_code == 200
    assert not ModerationAction.objects.exists()


def test_a_reason_for_ones_own_is_no_line_in_the_log(author: Client, make_spot: MakeSpot, hana: User) -> None:
    spot = make_spot(created_by=hana)
    assert ask(author, "DELETE", f"spots/{spot.pk}/", {"reason": "まちがえた"}).status_code == 204
    assert not ModerationAction.objects.exists()
    assert ask(author, "POST", f"spots/{spot.pk}/restoration/").status_code == 200


def test_a_moderator_needs_a_reason_and_its_author_cannot_undo_it(
    author: Client, sign_in: SignIn, make_spot: MakeSpot, hana: User, mori: User
) -> None:
    spot = make_spot(created_by=hana)
    path, moderator = f"spots/{spot.pk}/", sign_in(mori)
    for body in (None, {}, {"reason": ""}, {"reason": " \u200b"}, {"reason": "長" * 201}, {"reason": 5}, {"why": "x"}):
        assert ask(moderator, "DELETE", path, body).status_code == 400
    assert fields(ask(moderator, "DELETE", path)) == ["reason"]
    assert ask(moderator, "DELETE", path, {"reason": "\u202e個人の家です"}).status_code == 204
    line = ModerationAction.objects.get()
    assert (line.actor, line.verb, line.before, line.reason) == (mori, "delete", "published", "個人の家です")
    refused = ask(author, "POST", f"{path}restoration/", {})
    assert (refused.status_code, codes(refused)) == (400, ["moderated"])
    assert ask(moderator, "GET", path).json()["state"] == "deleted"
    assert ask(moderator, "DELETE", path, {"reason": "もう一度"}).status_code == 403


def test_a_hidden_spot_comes_back_hidden(
    author: Client, client: Client, make_spot: MakeSpot, hana: User, mori: User
) -> None:
    spot = make_spot(created_by=hana)
    spot.hide(mori, "確認中")
    assert ask(author, "DELETE", f"spots/{spot.pk}/").status_code == 204
    assert ask(author, "POST", f"spots/{spot.pk}/restoration/").json()["state"] == "hidden"
    assert ask(client, "GET", f"spots/{spot.pk}/").status_code == 404


def test_after_thirty_days_nothing_comes_back(author: Client, make_spot: MakeSpot, hana: User) -> None:
    spot = make_spot(created_by=hana)
    spot.delete_softly()
    Spot.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    assert ask(author, "POST", f"spots/{spot.pk}/restoration/").status_code == 404


@pytest.mark.parametrize(("tag", "status"), [('"1"', 204), ("*", 204), ('"2"', 412), ("x", 412)])
def test_a_spot_goes_only_as_it_was_read(
    author: Client, make_spot: MakeSpot, hana: User, tag: str, status: int
) -> None:
    spot = make_spot(created_by=hana)
    assert ask(author, "DELETE", f"spots/{spot.pk}/", if_match=tag).status_code == status


def test_look_alikes_are_near_and_named_alike(client: Client, make_spot: MakeSpot) -> None:
    near = make_spot("足羽山 公園", latitude=36.0513, longitude=136.2091)
    make_spot("足羽山公園", latitude=36.0542, longitude=136.2091)
    make_spot("郵便局", latitude=36.0513, longitude=136.2091)
    make_spot("足羽山公園", latitude=36.0513, longitude=136.2091, state="draft")
    url = "/api/v1/spots/look-alikes/?name=足羽山公園&lat=36.0512&lng=136.2091"
    [found] = client.get(url).json()["results"]
    assert found["id"] == str(near.pk)
    assert found["distance_km"] == pytest.approx(0.0111, abs=0.0005)
    assert client.get(url, headers={"accept": "application/geo+json"}).json()["features"][0]["id"] == str(near.pk)


def test_look_alikes_cost_the_same_however_many(
    client: Client, make_spot: MakeSpot, django_assert_num_queries: Any
) -> None:
    for _one in range(7):
        make_spot("足羽山公園", latitude=36.0512, longitude=136.2091, tags=["桜"])
    with django_assert_num_queries(5):
        told = client.get("/api/v1/spots/look-alikes/?name=足羽山公園&lat=36.0512&lng=136.2091").json()
    assert len(told["results"]) == 5


@pytest.mark.parametrize("query", ["lat=36&lng=136", "name=x&lng=136", "name=x&lat=91&lng=1", "name=%00&lat=1&lng=1"])
def test_look_alikes_of_nothing_are_refused(client: Client, db: None, query: str) -> None:
    assert client.get(f"/api/v1/spots/look-alikes/?{query}").status_code == 400
