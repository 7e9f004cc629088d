"""Making, changing and filling saved lists through the API."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db.models import Count, F
from django.test import Client

from accounts.models import User
from spots.models import SavedItem, SavedList, Spot
from tests.spots.asking import ask, fields
from tests.spots.threads import all_at_once, errors_of

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]


@pytest.fixture
def owner(sign_in: SignIn, hana: User) -> Client:
    """Hana's browser."""
    return sign_in(hana)


@pytest.fixture
def saved(hana: User) -> SavedList:
    """An empty public list of hana's."""
    return SavedList.objects.create(owner=hana, title="春の散歩", description="川ぞい", visibility="public")


def filled(saved: SavedList, make_spot: MakeSpot, names: str) -> dict[str, str]:
    """A spot for each character, put into the list; the ids by name."""
    spots = [make_spot(name) for name in names]
    for spot in spots:
        saved.add(spot)
    return {spot.name: str(spot.pk) for spot in spots}


def names_in(client: Client, saved: SavedList) -> str:
    """The order of a list of one-character spots; each position is its index."""
    results = ask(client, "GET", f"lists/{saved.pk}/items/").json()["results"]
    assert [item["position"] for item in results] == list(range(len(results)))
    return "".join(item["name"] for item in results)


def test_a_list_is_made_private_unless_said_otherwise(owner: Client, client: Client) -> None:
    answer = ask(owner, "POST", "lists/", {"title": " 旅\u202e行 "})
    told = answer.json()
    assert (answer.status_code, told["title"], told["visibility"], told["item_count"]) == (201, "旅行", "private", 0)
    assert (owner.get(answer["Location"]).json(), client.get(answer["Location"]).status_code) == (told, 404)
    shared = ask(owner, "POST", "lists/", {"title": "旅", "description": "ふたりで", "visibility": "link"})
    assert client.get(shared["Location"]).json()["description"] == "ふたりで"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": "\u200b"}, "title"),
        ({"title": "あ" * 61}, "title"),
        ({"title": 5}, "title"),
        ({"title": "x", "description": "あ" * 501}, "description"),
        ({"title": "x", "description": None}, "description"),
        ({"title": "x", "visibility": "friends"}, "visibility"),
        ({"title": "x", "visibility": True}, "visibility"),
        ({"title": "x", "name": "y"}, "name"),
    ],
)
def test_what_is_no_list_is_refused(owner: Client, saved: SavedList, body: Any, field: str) -> None:
    for method, path in (("POST", "lists/"), ("PUT", f"lists/{saved.pk}/")):
        answer = ask(owner, method, path, body)
        assert (answer.status_code, fields(answer)) == (400, [field])
    assert [one.title for one in SavedList.objects.all()] == ["春の散歩"]


def test_ones_own_lists_are_all_there_and_those_of_others_where_they_are_public(
    owner: Client, client: Client, sign_in: SignIn, saved: SavedList, hana: User, ren: User, make_spot: MakeSpot
) -> None:
    SavedList.objects.create(owner=ren, title="蓮の", visibility="public").add(make_spot())
    SavedList.objects.create(owner=hana, title="自分だけ").add(make_spot())
    SavedList.objects.create(owner=hana, title="公開", visibility="public").add(make_spot())

    def titles(who: Client, query: str = "?owner=HANA") -> set[str]:
        return {one["title"] for one in who.get(f"/api/v1/lists/{query}").json()["results"]}

    assert titles(owner) == {"春の散歩", "自分だけ", "公開"}
    assert titles(client) == titles(sign_in(ren)) == {"公開"}
    assert titles(owner, "") == {"公開", "蓮の"}
    assert client.get("/api/v1/lists/?owner=nobody").status_code == 400


def test_a_list_is_changed_in_part_or_as_a_whole(owner: Client, saved: SavedList, make_spot: MakeSpot) -> None:
    saved.add(make_spot())
    path = f"lists/{saved.pk}/"
    changed = ask(owner, "PATCH", path, {"title": "秋の散歩"})
    assert (changed.status_code, changed.json()["title"], changed.json()["description"]) == (200, "秋の散歩", "川ぞい")
    whole = ask(owner, "PUT", path, {"title": "冬の散歩"}).json()
    assert (whole["title"], whole["description"], whole["visibility"]) == ("冬の散歩", "", "private")
    assert whole["item_count"] == 1
    before = SavedList.objects.get().updated_at
    assert ask(owner, "PATCH", path, {}).status_code == 200
    assert SavedList.objects.get().updated_at == before


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_list_changes_only_as_it_was_read(owner: Client, saved: SavedList, make_spot: MakeSpot, method: str) -> None:
    path = f"lists/{saved.pk}/"
    tag = ask(owner, "GET", path)["ETag"]
    assert ask(owner, "GET", path, if_none_match=tag).status_code == 304
    saved.edit({"title": "先に直した"})
    body = None if method == "DELETE" else {"title": "あと"}
    assert ask(owner, method, path, body, if_match=tag).status_code == 412
    assert SavedList.objects.get().title == "先に直した"
    saved.add(make_spot())  # does not make the words of the list stale
    assert ask(owner, method, path, body, if_match=ask(owner, "GET", path)["ETag"]).status_code in (200, 204)


def test_a_list_goes_and_its_spots_stay(owner: Client, saved: SavedList, make_spot: MakeSpot) -> None:
    saved.add(make_spot())
    assert ask(owner, "DELETE", f"lists/{saved.pk}/").status_code == 204
    assert (SavedList.objects.count(), Spot.objects.get().save_count) == (0, 0)


def test_a_spot_is_put_in_once(owner: Client, saved: SavedList, make_spot: MakeSpot) -> None:
    spot, url = make_spot(), f"lists/{saved.pk}/items/"
    first = ask(owner, "POST", url, {"spot": str(spot.pk), "note": "朝に"})
    assert (first.status_code, first["Location"]) == (201, f"http://127.0.0.1:8000/api/v1/{url}{spot.pk}/")
    assert (first.json()["spot"]["save_count"], first.json()["spot_id"]) == (1, str(spot.pk))
    assert owner.get(first["Location"]).json() == first.json()
    again = ask(owner, "POST", url, {"spot": str(spot.pk)})
    assert (again.status_code, again.json()["note"], again.has_header("Location")) == (200, "朝に", False)
    assert ask(owner, "POST", url, {"spot": str(spot.pk), "note": "夕方に"}).json()["note"] == "夕方に"
    assert SavedItem.objects.count() == Spot.objects.get().save_count == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "spot"),
        ({"spot": "x"}, "spot"),
        ({"spot": 5}, "spot"),
        ({"spot": str(uuid.uuid4())}, "spot"),
        ({"spot": None}, "spot"),
        ({"spot": str(uuid.uuid4()), "memo": "x"}, "memo"),
    ],
)
def test_what_is_no_spot_cannot_be_put_in(owner: Client, saved: SavedList, body: Any, field: str) -> None:
    answer = ask(owner, "POST", f"lists/{saved.pk}/items/", body)
    assert (answer.status_code, fields(answer)) == (400, [field])


def test_only_what_one_may_see_can_be_put_in(
    owner: Client, saved: SavedList, make_spot: MakeSpot, hana: User, ren: User
) -> None:
    own, others = make_spot(created_by=hana, state="draft"), make_spot(created_by=ren, state="draft")
    url = f"lists/{saved.pk}/items/"
    assert ask(owner, "POST", url, {"spot": str(others.pk)}).status_code == 400
    assert ask(owner, "PUT", f"{url}{others.pk}/", {}).status_code == 404
    assert ask(owner, "PUT", f"{url}{own.pk}/", {}).status_code == 201


def test_put_makes_or_replaces(owner: Client, saved: SavedList, make_spot: MakeSpot) -> None:
    ids = filled(saved, make_spot, "あいう")
    spot = make_spot("え")
    path = f"lists/{saved.pk}/items/{spot.pk}/"
    made = ask(owner, "PUT", path, {"note": "はじめに", "position": 0})
    assert (made.status_code, made.json()["position"], made["Location"][-len(path) :]) == (201, 0, path)
    assert names_in(owner, saved) == "えあいう"
    replaced = ask(owner, "PUT", path, {})
    assert (replaced.status_code, replaced.json()["note"], replaced.json()["position"]) == (200, "", 0)
    assert ask(owner, "PUT", f"lists/{saved.pk}/items/{ids['あ']}/", {"position": 99}).json()["position"] == 3
    assert names_in(owner, saved) == "えいうあ"


def test_patch_moves_and_notes(owner: Client, client: Client, saved: SavedList, make_spot: MakeSpot) -> None:
    ids = filled(saved, make_spot, "あいうえ")
    path = f"lists/{saved.pk}/items/{ids['え']}/"
    assert ask(owner, "PATCH", path, {"note": "桜"}).json()["note"] == "桜"
    moved = ask(owner, "PATCH", path, {"position": 1}).json()
    assert (moved["position"], moved["note"]) == (1, "桜")
    assert names_in(client, saved) == "あえいう"
    assert ask(owner, "PATCH", f"lists/{saved.pk}/items/{uuid.uuid4()}/", {"note": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"position": -1}, "position"),
        ({"position": 1.5}, "position"),
        ({"position": "1"}, "position"),
        ({"position": True}, "position"),
        ({"position": 2**63}, "position"),
        ({"note": "あ" * 201}, "note"),
        ({"note": 5}, "note"),
        ({"order": []}, "order"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_an_item_cannot_be_is_refused(
    owner: Client, saved: SavedList, make_spot: MakeSpot, method: str, body: Any, field: str
) -> None:
    ids = filled(saved, make_spot, "あい")
    answer = ask(owner, method, f"lists/{saved.pk}/items/{ids['あ']}/", body)
    assert (answer.status_code, fields(answer)) == (400, [field])
    assert names_in(owner, saved) == "あい"


def test_the_whole_order_at_once(owner: Client, saved: SavedList, make_spot: MakeSpot) -> None:
    ids = filled(saved, make_spot, "あいうえ")
    wanted = [ids[name] for name in "えあうい"]
    answer = ask(owner, "PUT", f"lists/{saved.pk}/items/", {"order": [*wanted, str(uuid.uuid4()), wanted[0]]})
    assert [item["name"] for item in answer.json()["results"]] == [*"えあうい"]
    assert names_in(owner, saved) == "えあうい"
    wrong: Any
    for wrong in ({}, {"order": "x"}, {"order": [1]}, {"order": ["x"]}, {"order": {}}):
        assert ask(owner, "PUT", f"lists/{saved.pk}/items/", wrong).status_code == 400


def test_a_spot_is_taken_out_and_the_others_close_up(owner: Client, saved: SavedList, make_spot: MakeSpot) -> None:
    ids = filled(saved, make_spot, "あいう")
    path = f"lists/{saved.pk}/items/{ids['い']}/"
    assert ask(owner, "DELETE", path).status_code == 204
    assert [ask(owner, method, path).status_code for method in ("DELETE", "GET")] == [404, 404]
    assert names_in(owner, saved) == "あう"
    assert Spot.objects.get(pk=ids["い"]).save_count == 0


def test_a_spot_that_is_hidden_can_still_be_taken_out_by_the_owner(
    owner: Client, client: Client, saved: SavedList, make_spot: MakeSpot, mori: User
) -> None:
    spot = make_spot("だれかの家")
    saved.add(spot)
    spot.hide(mori, "個人の家")
    path = f"lists/{saved.pk}/items/"
    assert [one["spot_id"] for one in ask(client, "GET", path).json()["results"]] == [None]
    assert ask(client, "GET", f"{path}{spot.pk}/").status_code == 404
    [item] = ask(owner, "GET", path).json()["results"]
    assert (item["spot"], item["spot_id"], item["name"]) == (None, str(spot.pk), "だれかの家")
    assert ask(owner, "PATCH", f"{path}{spot.pk}/", {"note": "もうない"}).json()["note"] == "もうない"
    assert ask(owner, "DELETE", f"{path}{spot.pk}/").status_code == 204


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_32_writers_at_once_leave_counts_and_order_whole(hana: User, sign_in: SignIn, make_spot: MakeSpot) -> None:
    saved = SavedList.objects.create(owner=hana, title="旅")
    spots = [make_spot(f"地点{n}") for n in range(8)]
    clients = [sign_in(hana) for _one in range(32)]
    jobs: list[Callable[[], object]] = []
    for number, client in enumerate(clients):
        method, body = [("PUT", {"position": 0, "note": f"{number}"}), ("PUT", {}), ("DELETE", None)][number % 3]
        jobs.append(partial(ask, client, method, f"lists/{saved.pk}/items/{spots[number % 8].pk}/", body))
    results: list[Any] = all_at_once(jobs)
    assert errors_of(results) == []
    assert {answer.status_code for answer in results} <= {200, 201, 204, 404}
    assert not SavedList.objects.annotate(now=Count("items")).exclude(item_count=F("now")).exists()
    assert not Spot.objects.annotate(now=Count("saved_items")).exclude(save_count=F("now")).exists()
    positions = list(saved.items.values_list("position", flat=True))
    assert positions == list(range(len(positions)))
