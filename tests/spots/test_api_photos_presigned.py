"""Photos that go straight to the bucket, on a server that checks signatures."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.test import Client

from accounts.models import User
from media_store import presigned
from media_store.models import StoredObject
from media_store.stores import store_of
from tests.pictures import make
from tests.s3_server import Buckets
from tests.spots.asking import PLACE, ask, codes

SignIn = Callable[[User], Client]


@pytest.fixture
def author(sign_in: SignIn, hana: User) -> Client:
    """Hana's browser."""
    return sign_in(hana)


@pytest.fixture
def bucket(rclone_bucket: Buckets, settings: Any) -> Buckets:
    """New photos go there."""
    rclone_bucket.use(settings)
    return rclone_bucket


def offered(client: Client, content: bytes, **more: Any) -> Any:
    answer = ask(client, "POST", "photos/presigned/", {"size_bytes": len(content)} | more)
    assert answer.status_code == 201, answer.content.decode()
    return answer.json()


def put(offer: Any, content: bytes, url: str = "", **headers: str) -> int:
    """The status of the bucket's answer."""
    named = offer["upload"]["headers"] | {name.replace("_", "-"): value for name, value in headers.items()}
    named.pop("Content-Length")
    request = Request(url or offer["upload"]["url"], content, named, method="PUT")
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def incoming() -> list[str]:
    return [*store_of("private", "s3").keys("incoming/")]


def test_a_photo_is_put_to_the_bucket_and_taken_from_there(author: Client, bucket: Buckets) -> None:
    content = make((320, 240), canary=True)
    offer = offered(author, content)
    assert put(offer, content) == 200
    assert len(incoming()) == 1
    answer = ask(author, "POST", f"photos/presigned/{offer['client_id']}/complete/")
    assert answer.status_code == 201, answer.content.decode()
    told = answer.json()
    assert (told["id"] == offer["client_id"], told["width"]) == (False, 320)
    again = ask(author, "POST", f"photos/presigned/{offer['client_id']}/complete/")
    assert (again.status_code, again.json()) == (200, told | {"suggested_place": None, "taken_at": None})
    assert incoming() == []
    row = StoredObject.objects.get(kind="photo")
    assert (row.place, row.state) == ("s3", "ready")
    assert store_of("private", "s3").get(f"originals/{row.pk}") == content
    posted = ask(author, "POST", "spots/", PLACE | {"photo_ids": [told["id"]]})
    assert [photo["id"] for photo in posted.json()["photos"]] == [told["id"]]


def test_the_same_photo_put_twice_is_one_whichever_is_asked_for(author: Client, bucket: Buckets) -> None:
    content, ids = make((320, 240)), set()
    gallery: dict[str, str] = {}
    for _offer in range(2):
        offer = offered(author, content)
        put(offer, content)
        for _again in range(2):
            answer = ask(author, "POST", f"photos/presigned/{offer['client_id']}/complete/", gallery)
            assert answer.status_code in (200, 201)
            ids.add(answer.json()["id"])
            gallery = {"gallery": answer.json()["gallery"]}
    assert len(ids) == 1


def test_what_was_not_signed_for_is_refused_by_the_bucket(author: Client, bucket: Buckets) -> None:
    content = make((320, 240))
    offer = offered(author, content)
    url = offer["upload"]["url"]
    other = url.replace(offer["client_id"], str(uuid.uuid4()))
    signature = url[-1]
    forged = url[:-1] + ("0" if signature != "0" else "1")
    assert put(offer, content, url=other) == 403
    assert put(offer, content, url=forged) == 403
    assert put(offer, content + b"x") == 403
    assert put(offer, content[:-1]) == 403
    assert put(offer, content, Content_Type="text/html") == 403
    assert incoming() == []
    answer = ask(author, "POST", f"photos/presigned/{offer['client_id']}/complete/")
    assert (answer.status_code, codes(answer)) == (409, ["not_arrived"])


def test_an_address_is_good_for_five_minutes(author: Client, bucket: Buckets, monkeypatch: pytest.MonkeyPatch) -> None:
    content = make((64, 48))
    assert "X-Amz-Expires=300&" in offered(author, content)["upload"]["url"]
    monkeypatch.setattr(presigned, "LIFETIME", presigned.LIFETIME / 300)
    offer = offered(author, content)
    time.sleep(2.1)
    assert put(offer, content) in (400, 403)
    assert incoming() == []


def test_nobody_takes_what_another_put_there(author: Client, bucket: Buckets, sign_in: SignIn, ren: User) -> None:
    content = make((64, 48))
    offer = offered(author, content)
    put(offer, content)
    theirs = ask(sign_in(ren), "POST", f"photos/presigned/{offer['client_id']}/complete/")
    assert (theirs.status_code, codes(theirs)) == (409, ["not_arrived"])
    assert ask(Client(), "POST", "photos/presigned/", {"size_bytes": 9}).status_code == 401


def test_what_is_no_photo_is_refused_and_gone(author: Client, bucket: Buckets) -> None:
    content = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    offer = offered(author, content)
    assert put(offer, content) == 200
    answer = ask(author, "POST", f"photos/presigned/{offer['client_id']}/complete/")
    assert answer.status_code == 415
    assert (incoming(), StoredObject.objects.count()) == ([], 0)


def test_no_address_is_given_for_more_than_a_photo_may_have(author: Client, bucket: Buckets) -> None:
    for size in (0, -1, 20_000_001, "9", True):
        answer = ask(author, "POST", "photos/presigned/", {"size_bytes": size})
        assert answer.status_code == 400


def test_without_a_bucket_the_usual_door_is_named(author: Client) -> None:
    for path, body in (
        ("", {"size_bytes": 9}),
        (f"{uuid.uuid4()}/complete/", {}),
    ):
        answer = ask(author, "POST", f"photos/presigned/{path}", body)
        assert (answer.status_code, codes(answer)) == (404, ["not_here"])
        assert "photos/" in answer.json()["detail"]
