"""Photos through the API: sent, added, changed, taken away and brought back, and who may do that."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from media_store.models import StoredObject
from spots.models import Spot
from tests.pictures import make
from tests.spots.asking import ask

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]


def send(client: Client, path: str, content: bytes | None = None, **sent: Any) -> Any:
    """The answer to a form with this file, or with a small photo; `name` is what the client calls it."""
    headers = {name.removeprefix("http_"): sent.pop(name) for name in [*sent] if name.startswith("http_")}
    file = io.BytesIO(make((320, 240)) if content is None else content)
    file.name = sent.pop("name", "photo.jpg")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(f"/api/v1/{path}", {"file": file, **sent}, headers=named)


@pytest.fixture
def author(sign_in: SignIn, hana: User) -> Client:
    """Hana's browser."""
    return sign_in(hana)


@pytest.fixture
def spot(make_spot: MakeSpot, hana: User) -> Spot:
    """Hana's."""
    return make_spot(created_by=hana)


def test_a_photo_is_sent_before_its_spot_is_there(author: Client, hana: User) -> None:
    gallery = uuid.uuid4()
    answer = send(author, "photos/", make((640, 480), gps=(36.05, 136.22)), gallery=gallery)
    assert answer.status_code == 201
    told = answer.json()
    row = StoredObject.objects.get(kind="photo")
    assert (told["id"], told["gallery"], told["width"], told["height"]) == (str(row.pk), str(gallery), 640, 480)
    assert told["url"].endswith(f"/images/spots/{gallery}/{row.pk}.jpg?w=2048&format=jpeg")
    assert {*told["srcset"]} == {"webp", "jpeg"}
    assert {*told["srcset"]["webp"]} == {"160", "320", "640"}
    assert told["placeholder"].startswith("data:image/webp;base64,")
    assert (row.owner_id, row.gallery, row.state) == (hana.pk, gallery, "ready")
    assert answer["Location"].endswith(f"/api/v1/photos/{row.pk}/")


def test_a_photo_is_added_to_one_s_spot(author: Client, spot: Spot) -> None:
    answer = send(author, f"spots/{spot.pk}/photos/", caption="橋から", alt="川と橋", is_primary="true")
    assert answer.status_code == 201, answer.content.decode()
    told = answer.json()
    assert {*told} == {
        *("id", "url", "width", "height", "placeholder", "caption", "alt", "is_primary", "position", "srcset", "state")
    }
    assert (told["caption"], told["alt"], told["is_primary"], told["position"]) == ("橋から", "川と橋", True, 0)
    assert ask(Client(), "GET", f"spots/{spot.pk}/photos/").json()["results"] == [told]
    assert ask(Client(), "GET", f"photos/{told['id']}/").json() == told
    assert ask(Client(), "GET", f"spots/{spot.pk}/").json()["photos"] == [told]
    assert ask(Client(), "GET", "spots/").json()["results"][0]["photos"] == [told]
