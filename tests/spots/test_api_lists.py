"""Saved lists: who reaches which, and placeholders for spots that are gone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from spots.models import SavedList, Spot

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]


@pytest.fixture
def make_list(hana: User) -> Callable[..., SavedList]:
    """A list of hana's with these spots."""

    def make(title: str = "春の散歩", visibility: str = "public", spots: tuple[Spot, ...] = ()) -> SavedList:
        saved = SavedList.objects.create(owner=hana, title=title, visibility=visibility)
        for spot in spots:
            saved.add(spot, note=f"{spot.name}へ")
        saved.refresh_from_db()
        return saved

    return make


def test_everyone_sees_public_lists_with_something_in_them(
    client: Client, make_list: Callable[..., SavedList], make_spot: MakeSpot
) -> None:
    spot = make_spot()
    saved = make_list(spots=(spot,))
    make_list("空")
    make_list("自分だけ", "private", (spot,))
    make_list("リンク", "link", (spot,))
    told = client.get("/api/v1/lists/").json()
    assert [one["title"] for one in told["results"]] == ["春の散歩"]
    assert told["results"][0] == client.get(f"/api/v1/lists/{saved.pk}/").json()
    assert told["results"][0]["owner"]["username"] == "hana"
    assert told["results"][0]["item_count"] == 1


@pytest.mark.parametrize(("visibility", "status"), [("public", 200), ("link", 200), ("private", 404)])
def test_a_list_answers_those_it_is_meant_for(
    client: Client,
    make_list: Callable[..., SavedList],
    sign_in: SignIn,
    hana: User,
    mori: User,
    visibility: str,
    status: int,
) -> None:
    saved = make_list(visibility=visibility)
    for path in ("", "items/"):
        url = f"/api/v1/lists/{saved.pk}/{path}"
        assert client.get(url).status_code == status
        assert sign_in(mori).get(url).status_code == status
        assert sign_in(hana).get(url).status_code == 200
    missing = client.get(f"/api/v1/lists/{uuid.uuid4()}/")
    if status == 404:
        refused = client.get(f"/api/v1/lists/{saved.pk}/").json()
        assert refused | {"request_id": ""} == missing.json() | {"request_id": ""}


def test_items_come_in_the_owners_order_with_their_spots(
    client: Client, make_list: Callable[..., SavedList], make_spot: MakeSpot, django_assert_num_queries: Any
) -> None:
    saved = make_list(spots=tuple(make_spot(name, tags=["桜"]) for name in "はひふへほ"))
    with django_assert_num_queries(5):
        told = client.get(f"/api/v1/lists/{saved.pk}/items/").json()
    assert [item["spot"]["name"] for item in told["results"]] == [*"はひふへほ"]
    assert [item["note"] for item in told["results"]][:2] == ["はへ", "ひへ"]
    pages = client.get(f"/api/v1/lists/{saved.pk}/items/?page_size=3").json()
    assert [item["name"] for item in client.get(pages["next"]).json()["results"]] == [*"へほ"]


def test_an_item_outlives_its_spot_by_name(
    client: Client, make_list: Callable[..., SavedList], make_spot: MakeSpot
) -> None:
    spot = make_spot("消えた店")
    saved = make_list(spots=(spot,))
    spot.delete()
    [item] = client.get(f"/api/v1/lists/{saved.pk}/items/").json()["results"]
    assert (item["spot"], item["name"]) == (None, "消えた店")


def test_the_name_of_a_hidden_spot_is_for_the_owner_of_the_list_alone(
    client: Client, make_list: Callable[..., SavedList], make_spot: MakeSpot, sign_in: SignIn, hana: User, mori: User
) -> None:
    spot = make_spot("だれかの家")
    saved = make_list(spots=(spot,))
    spot.hide(mori, "個人の家")
    url = f"/api/v1/lists/{saved.pk}/items/"
    [seen] = client.get(url).json()["results"]
    assert (seen["spot"], seen["name"]) == (None, None)
    [own] = sign_in(hana).get(url).json()["results"]
    assert (own["spot"], own["name"]) == (None, "だれかの家")


def test_items_as_geojson(client: Client, make_list: Callable[..., SavedList], make_spot: MakeSpot) -> None:
    kept, gone = make_spot("残る"), make_spot("消える")
    saved = make_list(spots=(kept, gone))
    gone.delete()
    told = client.get(f"/api/v1/lists/{saved.pk}/items/", headers={"accept": "application/geo+json"}).json()
    first, second = told["features"]
    assert first["geometry"]["coordinates"] == [136.2196, 36.0621]
    assert (first["properties"]["name"], first["properties"]["note"]) == ("残る", "残るへ")
    assert (second["geometry"], second["properties"]["name"]) == (None, "消える")
