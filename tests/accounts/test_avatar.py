"""The picture of a person: a square of their own choosing at an address of its own, gone when it is replaced."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from accounts.models import User
from media_store import quota
from media_store.models import RefusedPicture, Sent, StoredObject
from media_store.stores import store_of
from spots.models import Comment, SavedList, Spot
from tests.markup import Page
from tests.pictures import CANARY, make
from tests.spots.threads import all_at_once, errors_of

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]
ME = "/api/v1/me/avatar/"


def form(content: bytes) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("../写真.html", content, "text/html")}


def choose(client: Client, content: bytes) -> Any:
    return client.post("/accounts/avatar/", form(content))


def put(client: Client, content: bytes | None, **headers: str) -> Any:
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    body = encode_multipart(BOUNDARY, {} if content is None else form(content))
    return client.put(ME, body, content_type=MULTIPART_CONTENT, headers=headers)


def shown(person: User) -> StoredObject:
    person.refresh_from_db()
    assert isinstance(person.avatar, StoredObject)
    return person.avatar


def stored_bytes(row: StoredObject) -> bytes:
    return store_of(row.bucket, row.place).get(row.key)


# --- on the site ---


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "GIF", "AVIF"])
def test_every_kind_that_the_page_names_is_taken(kind: str, hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    page = Page(client.get("/accounts/avatar/"))
    assert kind in page.text
    assert f"image/{kind.lower()}" in str(page.one("input", type="file").get("accept"))
    assert choose(client, make((64, 64), kind.upper())).status_code == 302


def test_a_picture_is_chosen_shown_and_taken_away_without_a_script(
    hana: User, sign_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    client = sign_in(hana)
    assert Page(client.get("/accounts/profile/")).all("a", href="/accounts/avatar/")
    assert choose(client, make((800, 600))).headers["Location"] == "/accounts/profile/"
    row = shown(hana)
    assert row.key == f"users/{hana.pk}/avatar-{row.sha256[:12]}.webp"
    assert (row.state, row.kind, row.owner_id, row.width, row.height) == ("ready", "avatar", hana.pk, 512, 512)
    page = Page(Client().get("/users/hana/"))
    (image,) = [found for found in page.all("img") if "avatar" in found.get("class", "")]
    source = f"/images/{row.key}?w=160&format=webp"
    assert (image.get("src"), image.get("width"), image.get("alt")) == (source, "80", "")
    served = Client().get(source)
    assert served.status_code == 200
    assert Image.open(io.BytesIO(served.content)).size == (160, 160)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/accounts/avatar/removal/").headers["Location"] == "/accounts/profile/"
    assert Client().get(source).status_code == 404
    assert not [found for found in Page(Client().get("/users/hana/")).all("img") if "avatar" in found.get("class", "")]
    assert "花" in Page(Client().get("/users/hana/")).texts("span", **{"class": "avatar large"})


def test_the_one_before_is_at_no_address_once_it_is_replaced(
    hana: User, sign_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    client = sign_in(hana)
    choose(client, make(seed=1))
    first = shown(hana)
    address = f"/images/{first.key}?w=160&format=webp"
    tag = Client().get(address).headers["ETag"]
    with django_capture_on_commit_callbacks(execute=True):
        choose(client, make(seed=2))
    assert shown(hana).key != first.key
    assert Client().get(address).status_code == 404
    assert Client().get(address, headers={"If-None-Match": tag}).status_code == 404
    first.refresh_from_db()
    assert first.state == "condemned"


def test_the_same_picture_again_stays_the_same_row_and_comes_back(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    for seed in (1, 1, 2, 1):
        assert choose(client, make(seed=seed)).status_code == 302
    assert StoredObject.objects.count() == 2
    row = shown(hana)
    assert row.state == "ready"
    assert Client().get(f"/images/{row.key}?w=160&format=webp").status_code == 200


def test_pictures_of_oneself_count_with_the_photos_of_a_day_also_once_replaced(
    hana: User, ren: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(hana)
    monkeypatch.setattr(quota, "PICTURES", quota.PICTURES._replace(files=3))
    Sent.objects.create(owner_id=hana.pk, kind="photo", size_bytes=1)
    assert [choose(client, make(seed=seed)).status_code for seed in (1, 2, 2)] == [302, 302, 429]
    client.post("/accounts/avatar/removal/")
    refused = choose(client, make(seed=3))
    assert refused.status_code == 429
    assert "1日に3枚、合わせて1 GBまで" in "".join(Page(refused).one("p", id="id_file-error").itertext())
    answer = put(client, make(seed=3))
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert choose(sign_in(ren), make(seed=3)).status_code == 302


def test_the_bytes_that_were_sent_count_and_not_what_is_made_of_them(
    hana: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [make((1600, 1200), seed=seed) for seed in (1, 2)]
    monkeypatch.setattr(quota, "PICTURES", quota.PICTURES._replace(size_bytes=len(files[0]) + len(files[1]) - 1))
    assert [choose(sign_in(hana), file).status_code for file in files] == [302, 429]


def test_one_whose_bytes_are_being_swept_is_stored_anew_at_another_address(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    choose(client, make(seed=1))
    first = shown(hana)
    client.post("/accounts/avatar/removal/")
    StoredObject.objects.filter(pk=first.pk).update(delete_after=timezone.now() - timedelta(seconds=1))
    assert choose(client, make(seed=1)).status_code == 302
    row = shown(hana)
    assert (row.pk != first.pk, row.key != first.key, row.sha256) == (True, True, first.sha256)
    assert stored_bytes(row)


def test_nothing_of_the_camera_is_in_it(hana: User, sign_in: SignIn) -> None:
    choose(sign_in(hana), make((800, 600), canary=True, orientation=6))
    content = stored_bytes(shown(hana))
    served = Client().get(f"/images/{shown(hana).key}?w=320&format=webp").content
    for found in (content, served):
        assert not any(word in found for word in (CANARY.encode(), b"EXIF", b"Exif", b"XMP", b"ICCP"))
    assert not StoredObject.objects.filter(kind="original").exists()  # the file that was sent is kept nowhere


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (415, b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        (400, make()[:500]),
        (415, b"%PDF-1.7"),
        (413, b"x" * 20_000_001),
    ],
    ids=["svg", "half", "pdf", "large"],
)
def test_what_is_no_picture_is_refused_beside_its_field(
    status: int, content: bytes, hana: User, sign_in: SignIn
) -> None:
    response = choose(sign_in(hana), content)
    assert response.status_code == status
    assert "".join(Page(response).one("p", id="id_file-error").itertext())
    assert not StoredObject.objects.exists()


def test_a_form_without_a_file_says_so(hana: User, sign_in: SignIn) -> None:
    response = sign_in(hana).post("/accounts/avatar/")
    assert response.status_code == 400
    assert Page(response).one("p", id="id_file-error") is not None


def test_a_picture_that_was_taken_down_is_not_taken_again(hana: User, ren: User, sign_in: SignIn) -> None:
    choose(sign_in(hana), make())
    RefusedPicture.objects.refuse([shown(hana)], "人を傷つける写真")
    response = choose(sign_in(ren), make())
    assert response.status_code == 422
    assert "人を傷つける写真" in Page(response).text


def test_only_its_owner_who_may_write_changes_it(hana: User, sign_in: SignIn) -> None:
    for address in ("/accounts/avatar/", "/accounts/avatar/removal/"):
        assert Client().post(address).headers["Location"].startswith("/accounts/login/")
        assert Client().get(address).headers["Location"].startswith("/accounts/login/")
    client = sign_in(hana)
    choose(client, make())
    User.objects.filter(pk=hana.pk).update(suspended_until="2999-01-01T00:00Z", suspended_reason="x")
    assert choose(client, make(seed=2)).status_code == 403
    assert client.post("/accounts/avatar/removal/").status_code == 403
    assert put(client, make(seed=2)).status_code == 403
    assert client.delete(ME).status_code == 403
    assert StoredObject.objects.count() == 1


def test_a_get_takes_nothing_away(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    choose(client, make())
    assert client.get("/accounts/avatar/removal/").headers["Location"] == "/accounts/avatar/"
    assert shown(hana)


def test_a_store_that_is_away_is_503_and_the_old_picture_stays(
    hana: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    client = sign_in(hana)
    choose(client, make(seed=1))
    before = shown(hana).key
    settings.OBJECT_PLACES = settings.OBJECT_PLACES | {"media": "s3"}  # which is not set up here
    response = choose(client, make(seed=2))
    assert (response.status_code, bool(response.headers["Retry-After"])) == (503, True)
    assert shown(hana).key == before


# --- by the API ---


def test_the_api_puts_tells_and_deletes_it(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    assert client.get("/api/v1/me/").json()["avatar_url"] is None
    response = put(client, make())
    assert response.status_code == 200, response.content
    url = f"http://127.0.0.1:8000/images/{shown(hana).key}?w=160&format=webp"
    assert response.json()["avatar_url"] == url
    assert response.json()["username"] == "hana"
    for address in ("/api/v1/me/", "/api/v1/users/hana/"):
        assert client.get(address).json()["avatar_url"] == url
    assert client.delete(ME).status_code == 204
    assert client.delete(ME).status_code == 204
    assert client.get("/api/v1/users/hana/").json()["avatar_url"] is None


@pytest.mark.parametrize(
    ("status", "code", "content"),
    [(415, "type", b"GIF?"), (400, "required", None), (413, "too_large", b"x" * 20_000_001)],
    ids=["type", "none", "large"],
)
def test_a_refusal_names_the_file(status: int, code: str, content: bytes | None, hana: User, sign_in: SignIn) -> None:
    response = put(sign_in(hana), content)
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    (fault,) = response.json()["errors"]
    assert fault["field"] == "file"
    assert status == 415 or fault["code"] == code
    assert response.headers["Cache-Control"] == "private, no-store"


def test_a_stranger_is_401_and_another_method_405(hana: User, sign_in: SignIn) -> None:
    assert put(Client(), make()).status_code == 401
    assert Client().delete(ME).status_code == 401
    assert sign_in(hana).get(ME).status_code == 405
    assert sign_in(hana).put(ME, b"{}", content_type="application/json").status_code == 415


def test_a_key_answers_again_what_it_answered(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    first = put(client, make(seed=1), **{"Idempotency-Key": "a1"})
    assert put(client, make(seed=1), **{"Idempotency-Key": "a1"}).content == first.content
    assert put(client, make(seed=2), **{"Idempotency-Key": "a1"}).status_code == 422
    assert StoredObject.objects.count() == 1


# --- everywhere a person is told ---


@pytest.fixture
def town(hana: User, ren: User, make_spot: MakeSpot, sign_in: SignIn) -> Spot:
    """Spots, comments and lists of two people with pictures."""
    spot = make_spot("川の道", created_by=hana)
    for number, person in enumerate((hana, ren)):
        choose(sign_in(person), make(seed=number))
        person.refresh_from_db()
        make_spot(f"道{number}", created_by=person)
        Comment(spot=spot, author=person, body="いい道です").post()
        saved = SavedList(owner=person, title=f"道{number}", visibility="public", item_count=1)
        saved.full_clean()
        saved.save()
    return spot


def test_it_stands_by_comments_spots_and_lists(town: Spot, hana: User, ren: User) -> None:
    page = Page(Client().get(f"/spots/{town.pk}/"))
    images = [image.get("src", "") for image in page.all("img") if "avatar" in image.get("class", "")]
    for person in (hana, ren):
        assert f"/images/{shown(person).key}?w=160&format=webp" in images
    url = f"http://127.0.0.1:8000/images/{shown(hana).key}?w=160&format=webp"
    told = Client().get("/api/v1/spots/").json()["results"]
    assert url in [spot["created_by"]["avatar_url"] for spot in told]
    said = Client().get(f"/api/v1/spots/{town.pk}/comments/").json()["results"]
    assert url in [comment["author"]["avatar_url"] for comment in said]
    lists = Client().get("/api/v1/lists/").json()["results"]
    assert url in [one["owner"]["avatar_url"] for one in lists]


@pytest.mark.parametrize(
    "path",
    ["/api/v1/spots/", "/api/v1/spots/{pk}/comments/", "/api/v1/lists/", "/spots/{pk}/", "/spots/{pk}/comments/all/"],
)
def test_it_costs_no_query_a_row(path: str, town: Spot, make_spot: MakeSpot, sign_in: SignIn) -> None:
    def cost() -> int:
        Client().get(path.format(pk=town.pk))
        with CaptureQueriesContext(connection) as found:
            Client().get(path.format(pk=town.pk))
        return len(found)

    before = cost()
    for number in range(3):
        person = User.objects.create_user(f"more{number}", f"more{number}@example.jp", "kawara-no-kaze")
        choose(sign_in(person), make(seed=10 + number))
        make_spot(f"別の道{number}", created_by=person, latitude=35.0 + number)
        Comment(spot=town, author=person, body="そうですね").post()
        SavedList.objects.create(owner=person, title="道", visibility="public", item_count=1)
    assert cost() == before


def test_a_closed_account_shows_none(town: Spot, hana: User) -> None:
    key = shown(hana).key
    hana.is_active = False
    hana.save(update_fields=["is_active"])
    assert Client().get(f"/images/{key}?w=160&format=webp").status_code == 404
    assert key.encode() not in Client().get(f"/spots/{town.pk}/").content


# --- at once ---


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("seeds", [(1, 2, 3, 4), (1, 1, 1, 1)], ids=["four", "the same"])
def test_of_pictures_sent_at_once_one_is_ready_and_shown(seeds: tuple[int, ...], hana: User, sign_in: SignIn) -> None:
    cookies = sign_in(hana).cookies
    contents = [make(seed=seed) for seed in seeds]

    def job(content: bytes) -> Callable[[], object]:
        def run() -> int:
            client = Client()
            client.cookies = cookies
            return int(choose(client, content).status_code)

        return run

    answers = all_at_once([job(content) for content in contents])
    assert errors_of(answers) == []
    assert set(answers) <= {302, 503}
    assert 302 in answers
    ready = StoredObject.objects.filter(state="ready")
    assert [row.pk for row in ready] == [shown(hana).pk]
