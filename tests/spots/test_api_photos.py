"""Photos through the API: sent, added, changed, taken away and brought back, and who may do that."""

from __future__ import annotations

import io
import math
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, User
from machipoke.ratelimits import LIMITS
from media_store.models import StoredObject
from spots.models import Spot, SpotPhoto
from tests.pictures import make
from tests.spots.asking import PLACE, ask, codes, fields

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


def test_the_limit_says_when_and_what_is_no_picture_says_so_first(
    author: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "photo", LIMITS["photo"]._replace(amount=1))
    assert [send(author, "photos/", b"no picture").status_code for _ in range(2)] == [415, 415]
    assert send(author, "photos/").status_code == 201
    refused = send(author, "photos/", make((320, 200)))
    minutes = math.ceil(int(refused["Retry-After"]) / 60)
    words = f"回数が多すぎます。あと{minutes}分ほど待って、もう一度お試しください。"
    assert (refused.status_code, refused.json()["detail"]) == (429, words)
    assert send(author, "photos/", b"no picture").status_code == 415


def test_a_photo_is_sent_before_its_spot_is_there(author: Client, hana: User) -> None:
    answer = send(author, "photos/", make((640, 480), gps=(36.05, 136.22)))
    assert answer.status_code == 201
    told, row = answer.json(), StoredObject.objects.get(kind="photo")
    gallery = row.gallery
    assert (told["id"], told["gallery"]) == (str(row.pk), str(gallery))
    assert (told["width"], told["height"]) == (640, 480)
    assert told["url"].endswith(f"/images/spots/{gallery}/{row.pk}.jpg?w=2048&format=jpeg")
    assert {*told["srcset"]} == {"webp", "jpeg"}
    assert {*told["srcset"]["webp"]} == {"160", "320", "640"}
    assert told["placeholder"].startswith("data:image/webp;base64,")
    assert (row.owner_id, row.state) == (hana.pk, "ready")
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


def test_a_spot_is_posted_together_with_its_photos(author: Client) -> None:
    first = send(author, "photos/", make((320, 240), seed=1)).json()
    gallery = first["gallery"]
    ids = [first["id"], send(author, "photos/", make((320, 240), seed=2), gallery=gallery).json()["id"]]
    answer = ask(author, "POST", "spots/", PLACE | {"photo_ids": ids[::-1]})
    assert answer.status_code == 201, answer.content.decode()
    told = answer.json()
    assert (told["id"], [photo["id"] for photo in told["photos"]]) == (gallery, ids[::-1])
    assert [photo["is_primary"] for photo in told["photos"]] == [True, False]


def test_a_gallery_is_one_that_the_site_made_or_a_spot_that_one_may_edit(
    author: Client, sign_in: SignIn, hana: User, ren: User, make_spot: MakeSpot
) -> None:
    foreign = make_spot(created_by=ren)
    draft, hidden = (make_spot(created_by=ren, state=state) for state in ("draft", "hidden"))
    theirs = send(sign_in(ren), "photos/").json()["gallery"]
    refusals = [send(author, "photos/", gallery=pk) for pk in (theirs, uuid.uuid4(), draft.pk, hidden.pk)]
    assert {answer.status_code for answer in refusals} == {400}
    assert [(fields(answer), codes(answer)) for answer in refusals] == [(["gallery"], ["unknown"])] * 4
    details = [{key: value for key, value in answer.json().items() if key != "request_id"} for answer in refusals]
    assert details == details[:1] * 4  # whether there is such a spot cannot be told from it
    assert send(author, "photos/", gallery=foreign.pk).status_code == 403
    own = make_spot(created_by=hana)
    assert send(author, "photos/", gallery=own.pk).json()["gallery"] == str(own.pk)
    assert not StoredObject.objects.filter(owner_id=hana.pk, kind="photo").exclude(gallery=own.pk).exists()


def test_a_gallery_outlives_a_change_of_the_site_s_key(author: Client, settings: Any) -> None:
    gallery = send(author, "photos/").json()["gallery"]
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key, which is as long as a key has to be " * 2
    author.force_login(User.objects.get(username="hana"))
    assert send(author, "photos/", make((64, 48)), gallery=gallery).status_code == 400
    settings.SECRET_KEY_FALLBACKS = [old]
    assert send(author, "photos/", make((64, 48)), gallery=gallery).json()["gallery"] == gallery


def test_the_address_of_a_spot_that_is_gone_is_nobody_s_to_take(
    author: Client, hana: User, make_spot: MakeSpot
) -> None:
    spot = make_spot(created_by=hana)
    waiting = send(author, "photos/", gallery=spot.pk).json()["id"]
    spot.delete()
    answer = ask(author, "POST", "spots/", PLACE | {"photo_ids": [waiting]})
    assert (answer.status_code, fields(answer), codes(answer)) == (400, ["photo_ids"], ["gone"])
    assert not Spot.objects.exists()


def test_a_photo_that_waits_is_told_to_its_sender_alone(author: Client, sign_in: SignIn, ren: User) -> None:
    called = str(uuid.uuid4())
    answer = send(author, "photos/", make((320, 240), gps=(36.05, 136.22)), client_id=called)
    told, path = answer.json(), answer["Location"].split("/api/v1/")[1]
    for named in (path, f"photos/{called}/"):
        assert ask(author, "GET", named).json() == told | {"suggested_place": None}
        assert [ask(other, "GET", named).status_code for other in (sign_in(ren), Client())] == [404, 404]
    assert ask(author, "DELETE", f"photos/{called}/").status_code == 204
    assert ask(author, "GET", path).status_code == 404


def test_what_is_sent_again_is_told_again_with_its_place(author: Client) -> None:
    body, photo = {"client_id": str(uuid.uuid4())}, make((320, 240), gps=(36.05, 136.22))
    first, again = (send(author, "photos/", photo, **body) for _time in range(2))
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert again.json()["suggested_place"] == {"latitude": 36.05, "longitude": 136.22}
    other = send(author, "photos/", make((64, 48)), **body)
    assert (other.status_code, codes(other)) == (409, ["client_id_used"])


def test_a_file_that_was_chosen_twice_has_two_names_and_is_wanted_until_both_are_taken_back(author: Client) -> None:
    one, two = (str(uuid.uuid4()) for _name in range(2))
    told = send(author, "photos/", client_id=one).json()
    twin = send(author, "photos/", client_id=two, gallery=told["gallery"])
    assert (twin.status_code, twin.json()["id"]) == (200, told["id"])
    assert send(author, "photos/", client_id=two).json()["id"] == told["id"]  # also without its gallery
    assert ask(author, "DELETE", f"photos/{one}/").status_code == 204
    assert ask(author, "GET", f"photos/{told['id']}/").status_code == 200
    assert ask(author, "DELETE", f"photos/{two}/").status_code == 204
    assert ask(author, "GET", f"photos/{told['id']}/").status_code == 404
    again = send(author, "photos/", client_id=one)
    assert (again.status_code, again.json()["id"] == told["id"]) == (201, False)


def test_only_what_waits_is_taken_back_where_that_is_asked(author: Client) -> None:
    waits = send(author, "photos/").json()["id"]
    assert ask(author, "DELETE", f"photos/{waits}/", {"only_waiting": True}).status_code == 204
    posted = send(author, "photos/").json()["id"]
    assert ask(author, "POST", "spots/", PLACE | {"photo_ids": [posted]}).status_code == 201
    kept = ask(author, "DELETE", f"photos/{posted}/", {"only_waiting": True})
    assert (kept.status_code, codes(kept)) == (409, ["attached"])
    assert SpotPhoto.objects.get(pk=posted).state == "published"
    assert ask(author, "DELETE", f"photos/{posted}/", {"only_waiting": False}).status_code == 204


def test_under_an_address_other_bytes_never_lie(author: Client, spot: Spot, hana: User) -> None:
    called = str(uuid.uuid4())
    first = send(author, f"spots/{spot.pk}/photos/", make((320, 240)), client_id=called).json()["id"]
    SpotPhoto.objects.get(pk=first).delete_softly(hana)
    for _time in ("while it may come back", "when it was swept"):
        second = send(author, f"spots/{spot.pk}/photos/", make((64, 48)), client_id=called)
        assert (second.status_code, second.json()["id"] == first) == (201, False)
        StoredObject.objects.all().delete()


def test_photos_of_others_or_of_two_spots_are_not_taken(author: Client, sign_in: SignIn, ren: User) -> None:
    theirs = send(sign_in(ren), "photos/").json()["id"]
    mine = [send(author, "photos/").json()["id"] for _gallery in range(2)]
    for ids in ([theirs], mine, [mine[0], str(uuid.uuid4())]):
        answer = ask(author, "POST", "spots/", PLACE | {"photo_ids": ids})
        assert (answer.status_code, fields(answer), codes(answer)) == (400, ["photo_ids"], ["gone"])
    assert not Spot.objects.exists()


def test_a_spot_s_photos_are_edited_in_words_order_and_cover(author: Client, spot: Spot) -> None:
    ids = [send(author, f"spots/{spot.pk}/photos/", make((320, 240), seed=seed)).json()["id"] for seed in range(3)]
    told = ask(author, "PATCH", f"photos/{ids[2]}/", {"caption": " 夕方\u202e ", "is_primary": True, "position": 0})
    assert told.status_code == 200
    assert (told.json()["caption"], told.json()["is_primary"], told.json()["position"]) == ("夕方", True, 0)
    order = ask(Client(), "GET", f"spots/{spot.pk}/photos/").json()["results"]
    assert [photo["id"] for photo in order] == [ids[2], ids[0], ids[1]]
    assert [photo["position"] for photo in order] == [0, 1, 2]
    assert [photo["is_primary"] for photo in order] == [True, False, False]
    refused = ask(author, "PATCH", f"photos/{ids[2]}/", {"is_primary": False})
    assert (refused.status_code, codes(refused)) == (400, ["cover"])
    long = ask(author, "PATCH", f"photos/{ids[2]}/", {"alt": "あ" * 301})
    assert (long.status_code, fields(long)) == (400, ["alt"])


def test_a_photo_goes_and_comes_back(author: Client, spot: Spot) -> None:
    first, second = (
        send(author, f"spots/{spot.pk}/photos/", make((320, 240), seed=seed)).json()["id"] for seed in range(2)
    )
    assert ask(author, "DELETE", f"photos/{first}/").status_code == 204
    assert ask(author, "GET", f"photos/{first}/").status_code == 404
    assert ask(author, "GET", f"photos/{second}/").json()["is_primary"]
    assert ask(author, "POST", f"photos/{first}/restoration/").json()["id"] == first
    assert {photo["id"] for photo in ask(author, "GET", f"spots/{spot.pk}/").json()["photos"]} == {first, second}


def test_a_photo_that_was_added_again_since_does_not_come_back_twice(author: Client, spot: Spot) -> None:
    first = send(author, f"spots/{spot.pk}/photos/").json()["id"]
    ask(author, "DELETE", f"photos/{first}/")
    second = send(author, f"spots/{spot.pk}/photos/")
    assert (second.status_code, second.json()["id"] == first) == (201, False)
    refused = ask(author, "POST", f"photos/{first}/restoration/")
    assert (refused.status_code, codes(refused)) == (400, ["sent_again"])


def test_ten_photos_are_all(author: Client, spot: Spot) -> None:
    for seed in range(10):
        assert send(author, f"spots/{spot.pk}/photos/", make((64, 64), seed=seed)).status_code == 201
    again = send(author, f"spots/{spot.pk}/photos/", make((64, 64), seed=9))
    assert again.status_code == 200
    eleventh = send(author, f"spots/{spot.pk}/photos/", make((64, 64), seed=10))
    assert (eleventh.status_code, fields(eleventh), codes(eleventh)) == (400, ["photos"], ["max_length"])


def test_what_is_no_picture_is_told_of_every_kind_that_is_taken(author: Client) -> None:
    empty = send(author, "photos/", b"")
    assert (empty.status_code, fields(empty), codes(empty)) == (415, ["file"], ["type"])
    [fault] = empty.json()["errors"]
    kinds = fault["detail"].removeprefix("この形式は使えません。").partition(" の")[0].split("、")
    assert kinds == ["JPEG", "PNG", "WebP", "GIF", "AVIF", "HEIC"]
    for seed, kind in enumerate(kinds[:-1]):
        assert send(author, "photos/", make((64, 64), kind.upper(), seed=seed)).status_code == 201


def test_a_site_without_its_reader_names_no_heic(author: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert "HEIC" not in send(author, "photos/", b"").content.decode()


def test_a_photo_that_waits_is_taken_back_by_its_sender_alone(author: Client, sign_in: SignIn, ren: User) -> None:
    id = send(author, "photos/").json()["id"]
    assert ask(sign_in(ren), "DELETE", f"photos/{id}/").status_code == 404
    assert ask(author, "DELETE", f"photos/{id}/").status_code == 204
    assert {row.state for row in StoredObject.objects.all()} == {"condemned"}
    assert ask(author, "DELETE", f"photos/{id}/").status_code == 404


WRITES: list[tuple[str, str, Any]] = [
    ("PATCH", "photos/{photo}/", {"caption": "x"}),
    ("DELETE", "photos/{photo}/", None),
    ("POST", "spots/{spot}/photos/", "file"),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_only_who_may_change_the_spot_may_change_its_photos(
    author: Client, sign_in: SignIn, spot: Spot, hana: User, ren: User, mori: User, method: str, path: str, body: Any
) -> None:
    photo = send(author, f"spots/{spot.pk}/photos/").json()["id"]
    url = path.format(photo=photo, spot=spot.pk)

    def write(client: Client, **headers: str) -> int:
        if body == "file":
            return int(send(client, url, make((64, 64), seed=7), **headers).status_code)
        return int(
            ask(client, method, url, body, **{n.removeprefix("http_"): v for n, v in headers.items()}).status_code
        )

    assert write(Client()) == 401
    assert write(sign_in(ren)) == 403
    _row, token = ApiToken.make(hana, "読む", "read")
    assert write(Client(), http_authorization=f"Token {token}") == 403
    Spot.objects.filter(pk=spot.pk).update(state="draft", published_at=None)
    assert write(sign_in(ren)) == 404
    Spot.objects.filter(pk=spot.pk).update(state="published", published_at=timezone.now())
    assert write(sign_in(mori)) in ((400,) if method == "DELETE" else (200, 201))
    hana.suspend(timezone.now() + timedelta(days=1), "宣伝")
    assert write(author) == 403


def test_of_a_hidden_photo_only_its_author_and_moderators_know(
    author: Client, sign_in: SignIn, spot: Spot, ren: User, mori: User
) -> None:
    id = send(author, f"spots/{spot.pk}/photos/").json()["id"]
    SpotPhoto.objects.get(pk=id).hide(mori, "人の顔")
    for client, seen in ((author, ["hidden"]), (sign_in(mori), ["hidden"]), (sign_in(ren), []), (Client(), [])):
        assert [photo["state"] for photo in ask(client, "GET", f"spots/{spot.pk}/").json()["photos"]] == seen
        assert [photo["state"] for photo in ask(client, "GET", f"spots/{spot.pk}/photos/").json()["results"]] == seen
        assert ask(client, "GET", f"photos/{id}/").status_code == (200 if seen else 404)


def test_a_key_stands_for_the_bytes_of_a_file(author: Client, spot: Spot) -> None:
    path, key = f"spots/{spot.pk}/photos/", "k1"
    first = send(author, path, make((64, 64), seed=1), caption="橋", http_idempotency_key=key)
    assert first.status_code == 201
    again = send(author, path, make((64, 64), seed=1), caption="橋", name="other.png", http_idempotency_key=key)
    assert (again.status_code, again.content) == (201, first.content)
    for seed, caption in ((2, "橋"), (1, "川")):
        other = send(author, path, make((64, 64), seed=seed), caption=caption, http_idempotency_key=key)
        assert other.status_code == 422
    assert SpotPhoto.objects.count() == 1


def test_a_page_of_spots_costs_as_much_with_photos(
    author: Client, make_spot: MakeSpot, hana: User, django_assert_num_queries: Any
) -> None:
    for number in range(4):
        spot = make_spot(f"{number}", created_by=hana)
        send(author, f"spots/{spot.pk}/photos/", make((64, 64), seed=number))
    with django_assert_num_queries(3):
        told = Client().get("/api/v1/spots/").json()
    assert [len(one["photos"]) for one in told["results"]] == [1, 1, 1, 1]
