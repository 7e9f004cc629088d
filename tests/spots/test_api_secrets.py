"""A canary in everything that is not public: no answer to an anonymous reader ever sings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Comment, SavedList, Spot

CANARY = "カナリア"
LATITUDE, LONGITUDE = 36.071717, 136.217171


@pytest.fixture
def planted(make_spot: Callable[..., Spot], hana: User, ren: User) -> list[Spot]:
    """One spot for each state that is not public, commented, tagged, saved in a public list."""
    found = []
    saved = SavedList.objects.create(owner=ren, title="公開", visibility="public")
    saved.add(make_spot("見える", created_by=hana, tags=["見える"], latitude=36.08, longitude=136.23))
    SavedList.objects.create(owner=hana, title=CANARY, visibility="private").add(Spot.objects.get())
    for state in ("draft", "pending", "hidden", "deleted"):
        spot = make_spot(
            f"{CANARY}{state}",
            created_by=hana,
            tags=[f"{CANARY}{state}"],
            description=CANARY,
            latitude=LATITUDE,
            longitude=LONGITUDE,
        )
        Comment(spot=spot, author=ren, body=CANARY).post()
        saved.add(spot, note="")
        Spot.objects.filter(pk=spot.pk).update(state=state, deleted_at=timezone.now() if state == "deleted" else None)
        found.append(spot)
    return found


def questions(planted: list[Spot]) -> Iterator[str]:
    """Every door with every question that could reach a planted spot."""
    box, near = "136,36,137,37", f"{LATITUDE},{LONGITUDE}"
    lists = [str(one.pk) for one in SavedList.objects.all()]
    for query in ("", f"?q={CANARY}", f"?tag={CANARY}draft", f"?bbox={box}", f"?near={near}", "?created_by=hana",
                  "?updated_since=2020-01-01", "?sort=saved", "?format=geojson"):  # fmt: skip
        yield f"/api/v1/spots/{query}"
    yield f"/api/v1/spots/nearby/?lat={LATITUDE}&lng={LONGITUDE}"
    for zoom in (3, 12, 22):
        yield f"/api/v1/spots/clusters/?bbox={box}&zoom={zoom}"
        yield f"/api/v1/spots/clusters/?bbox={box}&zoom={zoom}&q={CANARY}"
    for spot in planted:
        yield f"/api/v1/spots/{spot.pk}/"
        yield f"/api/v1/spots/{spot.pk}/comments/"
        yield f"/api/v1/spots/look-alikes/?name={spot.name}&lat={LATITUDE}&lng={LONGITUDE}"
        yield f"/api/v1/comments/{Comment.objects.get(spot=spot).pk}/"
        yield from (f"/api/v1/lists/{saved}/items/{spot.pk}/" for saved in lists)
    yield from (f"/api/v1/lists/?owner={name}" for name in ("hana", "ren"))
    yield from ("/api/v1/tags/", "/api/v1/lists/", "/api/v1/users/hana/", "/api/v1/users/ren/", "/api/v1/categories/")
    for saved in lists:
        yield f"/api/v1/lists/{saved}/"
        yield f"/api/v1/lists/{saved}/items/"
        yield f"/api/v1/lists/{saved}/items/?format=geojson"


def test_nothing_of_what_is_not_public_is_told(client: Client, planted: list[Spot]) -> None:
    told: dict[str, Any] = {url: client.get(url) for url in questions(planted)}
    ids = {str(spot.pk) for spot in planted}
    for url, answer in told.items():
        text = answer.content.decode()
        assert answer.status_code < 500
        assert CANARY not in text, url
        assert "36.0717" not in text, url
        assert not any(id_ in text for id_ in ids), url
    assert told["/api/v1/users/hana/"].json()["spot_count"] == 1
    [mark] = told["/api/v1/spots/clusters/?bbox=136,36,137,37&zoom=3"].json()["features"]
    assert mark["properties"]["name"] == "見える"
