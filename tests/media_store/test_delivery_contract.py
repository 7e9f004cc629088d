"""`/images/…`: every row of the contract's section 5, with a photo that everyone may see."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from accounts.models import User
from media_store import variant_files
from spots.models import Spot
from spots.models.photo import SpotPhoto
from tests.media_store.photos import add_photo, path_of


@pytest.fixture
def photo(make_spot: Callable[..., Spot], hana: User) -> SpotPhoto:
    """1,200 by 900."""
    return add_photo(make_spot(created_by=hana), hana)


def _shown(response: Any) -> Image.Image:
    return Image.open(io.BytesIO(response.content))


@pytest.mark.parametrize(
    ("query", "size", "format"),
    [
        ("", (1200, 900), "JPEG"),
        ("w=160", (160, 120), "JPEG"),
        ("w=161", (320, 240), "JPEG"),
        ("w=1", (160, 120), "JPEG"),
        ("w=640&format=webp", (640, 480), "WEBP"),
        ("w=640&format=jpeg", (640, 480), "JPEG"),
        ("w=961", (1200, 900), "JPEG"),
        ("w=4096", (1200, 900), "JPEG"),
        ("w=320&q=1", (320, 240), "JPEG"),
        ("w=320&q=4096", (320, 240), "JPEG"),
        ("w=0320", (320, 240), "JPEG"),
        ("w=320&utm_source=feed&x=1&x=2", (320, 240), "JPEG"),
    ],
)
def test_a_picture_is_served_in_the_next_larger_size_and_never_larger_than_its_master(
    photo: SpotPhoto, client: Client, query: str, size: tuple[int, int], format: str
) -> None:
    response = client.get(path_of(photo, query))
    assert response.status_code == 200
    assert _shown(response).size == size
    assert _shown(response).format == format
    assert response["Content-Type"] == f"image/{format.lower()}"


@pytest.mark.parametrize(
    ("query", "shape"),
    [("w=320&h=320", 1.0), ("w=320&h=240", 4 / 3), ("w=320&h=300", 1.0), ("w=320&h=9", 4 / 3), ("h=300", 1.0)],
)
def test_with_a_height_it_is_cropped_to_the_nearest_shape(
    photo: SpotPhoto, client: Client, query: str, shape: float
) -> None:
    across, down = _shown(client.get(path_of(photo, query))).size
    assert across == 320
    assert across / down == pytest.approx(shape, abs=0.01)


@pytest.mark.parametrize(
    "query",
    [
        *("w=", "w=a", "w=0", "w=-1", "w=+1", "w=1.5", "w=4097", "w=1e3", "w=%EF%BC%91", "w=99999999999999999999"),
        *("h=0", "w=320&h=4097", "h=x", "q=0", "q=4097", "q=high", "w=320&w=320", "format=webp&format=webp"),
        *("format=avif", "format=", "format=WEBP", "format=jpg", "&".join(["a=1"] * 40), "w=320%00"),
    ],
)
def test_what_is_no_number_out_of_range_unknown_or_said_twice_is_refused(
    photo: SpotPhoto, client: Client, query: str
) -> None:
    response = client.get(path_of(photo, query))
    assert response.status_code == 400
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("accept", "format"),
    [
        ("image/avif,image/webp,*/*;q=0.8", "WEBP"),
        ("image/webp;q=0.5", "WEBP"),
        ("image/webp;q=0, image/*", "JPEG"),
        ("image/webp;q=0.000", "JPEG"),
        ("*/*", "JPEG"),
        ("", "JPEG"),
    ],
)
def test_auto_follows_accept_and_says_so(photo: SpotPhoto, client: Client, accept: str, format: str) -> None:
    for _kept in range(2):
        response = client.get(path_of(photo, "w=320&format=auto"), headers={"accept": accept})
        assert _shown(response).format == format
        assert response["Vary"] == "Accept"
    assert "Vary" not in client.get(path_of(photo, "w=320&format=webp"), headers={"accept": accept})


SPOT, PHOTO = "5e1d2c3b-1111-4222-8333-444455556666", "0a1b2c3d-1111-4222-8333-444455556666"


@pytest.mark.parametrize(
    "key",
    [
        f"spots/{SPOT}/{PHOTO}.jpg",  # well formed, and of nothing
        f"spots/{SPOT}/{PHOTO}.png",
        f"spots/{SPOT}/{PHOTO}.jpg/",
        f"spots/{SPOT}/{PHOTO}.JPG",
        f"spots/{SPOT}/../{SPOT}/{PHOTO}.jpg",
        f"spots/%2e%2e/{PHOTO}.jpg",
        f"spots//{SPOT}/{PHOTO}.jpg",
        f"/spots/{SPOT}/{PHOTO}.jpg",
        f"spots/{SPOT}/{PHOTO}.jpg%00",
        f"spots/{SPOT}/{PHOTO}.jpg%0A",
        f"spots/{SPOT}%5C{PHOTO}.jpg",
        f"spots/{SPOT}%E2%88%95{PHOTO}.jpg",
        f"spots/{SPOT}/%EF%BC%8F{PHOTO}.jpg",
        f"private/spots/{SPOT}/{PHOTO}.jpg",
        f"variants/spots/{SPOT}/{PHOTO}.jpg",
        f"originals/{PHOTO}",
        f"incoming/{PHOTO}",
        "backups/20261124T000000Z-full/users.json",
        "../db.sqlite3",
        "%2e%2e/secret_key",
        "users/1/avatar.webp",
        "users/0/avatar-0123456789ab.webp",
        "users/1/avatar-0123456789AB.webp",
        "users/1/avatar-0123456789ab.jpg",
        "users/%EF%BC%91/avatar-0123456789ab.webp",
        "users/99999999999999999999/avatar-0123456789ab.webp",
        f"attachments/{SPOT}/{PHOTO}.pdf",
        "",
    ],
)
def test_no_other_address_reaches_anything_and_all_answer_alike(db: None, client: Client, key: str) -> None:
    response = client.get(f"/images/{key}")
    assert (response.status_code, response.content) == (404, b"Not found\n")
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies


def test_the_headers_are_those_of_a_file_for_ever_that_can_do_nothing(photo: SpotPhoto, client: Client) -> None:
    made, kept = (client.get(path_of(photo, "w=320&format=webp")) for _time in range(2))
    for response in (made, kept):
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert response["Content-Disposition"] == f'inline; filename="{photo.pk}.webp"'
        assert response["Content-Length"] == str(len(response.content))
        assert len(response["X-Request-ID"]) == 32
        assert not response.cookies
    assert made["ETag"] == kept["ETag"]
    assert made["ETag"].startswith('"')
    assert made.content == kept.content


def test_each_variant_has_an_etag_of_its_own(photo: SpotPhoto, client: Client) -> None:
    queries = ("w=320", "w=320&q=60", "w=320&format=webp", "w=640", "w=320&h=320")
    assert len({client.get(path_of(photo, query))["ETag"] for query in queries}) == len(queries)
    assert client.get(path_of(photo, "w=300"))["ETag"] == client.get(path_of(photo, "w=320"))["ETag"]


def test_who_has_it_hears_304_with_and_without_a_kept_variant(photo: SpotPhoto, client: Client) -> None:
    path = path_of(photo, "w=320&format=webp")
    tag = client.get(path)["ETag"]
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        response = client.get(path, headers={"if-none-match": given})
        assert (response.status_code, response.content) == (304, b"")
        assert response["ETag"] == tag
        assert response["Cache-Control"].startswith("public")
    variant_files.empty()
    photo.stored_object.refresh_from_db()
    assert client.get(path, headers={"if-none-match": tag}).status_code == 304
    assert not variant_files.variants_of(photo.stored_object.key)  # nothing was made for it
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_head_tells_what_get_would_send(photo: SpotPhoto, client: Client) -> None:
    for _kept in range(2):
        told = client.head(path_of(photo, "w=320"))
        assert (told.status_code, told.content) == (200, b"")
        sent = client.get(path_of(photo, "w=320"))
        assert {**told.headers, "X-Request-ID": ""} == {**sent.headers, "X-Request-ID": ""}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_a_picture_is_only_read(photo: SpotPhoto, client: Client, method: str) -> None:
    response = getattr(client, method)(path_of(photo))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-10", slice(-10, None)),
        ("bytes=5-99999999", slice(5, None)),
        ("bytes=-99999999", slice(0, None)),
    ],
)
def test_a_range_gets_its_part(photo: SpotPhoto, client: Client, asked: str, part: slice) -> None:
    whole = client.get(path_of(photo, "w=320"))
    response = client.get(path_of(photo, "w=320"), headers={"range": asked})
    assert response.status_code == 206
    assert response.content == whole.content[part]
    first = range(len(whole.content))[part]
    assert response["Content-Range"] == f"bytes {first.start}-{first.stop - 1}/{len(whole.content)}"
    assert response["Content-Length"] == str(len(response.content))
    assert whole["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=9-5", "bytes=0-1,4-5", "lines=1-2", "bytes=-", "bytes=a-b", "0-5"])
def test_what_is_no_single_range_gets_the_whole(photo: SpotPhoto, client: Client, asked: str) -> None:
    whole = client.get(path_of(photo, "w=320"))
    response = client.get(path_of(photo, "w=320"), headers={"range": asked})
    assert (response.status_code, response.content) == (200, whole.content)


def test_a_range_past_the_end_is_refused(photo: SpotPhoto, client: Client) -> None:
    size = len(client.get(path_of(photo, "w=320")).content)
    for asked in (f"bytes={size}-", "bytes=99999999-", "bytes=-0"):
        response = client.get(path_of(photo, "w=320"), headers={"range": asked})
        assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{size}")


def test_a_range_of_another_version_gets_the_whole(photo: SpotPhoto, client: Client) -> None:
    tag = client.get(path_of(photo, "w=320"))["ETag"]
    given = {"range": "bytes=0-9"}
    assert client.get(path_of(photo, "w=320"), headers=given | {"if-range": tag}).status_code == 206
    for other in ('"other"', "Tue, 24 Nov 2026 00:00:00 GMT", f"W/{tag}"):
        assert client.get(path_of(photo, "w=320"), headers=given | {"if-range": other}).status_code == 200


def test_a_kept_variant_asks_the_database_nothing(
    photo: SpotPhoto, client: Client, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    path = path_of(photo, "w=320&format=webp")
    with django_assert_max_num_queries(4):  # the withdrawals, who sees it, the same once it is there
        made = client.get(path)
    with django_assert_num_queries(0):
        assert client.get(path).content == made.content
        assert client.get(path, headers={"if-none-match": made["ETag"]}).status_code == 304
        assert client.get(path, headers={"range": "bytes=0-9"}).status_code == 206
        assert client.head(path).status_code == 200


def test_making_is_counted_by_address_and_what_is_kept_is_free(
    photo: SpotPhoto, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from machipoke.ratelimits import LIMITS, Limit

    monkeypatch.setitem(LIMITS, "image", Limit(2, 60, "address"))
    monkeypatch.setitem(LIMITS, "read", Limit(3, 60, "address", is_open=True))
    for width in (160, 320, 160, 320, 160, 320):
        response = client.get(path_of(photo, f"w={width}"))
        assert response.status_code == 200
        assert "RateLimit-Limit" not in response
    refused = client.get(path_of(photo, "w=640"))
    assert (refused.status_code, refused["RateLimit-Remaining"]) == (429, "0")
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused["Cache-Control"] == "no-store"
    assert client.get(path_of(photo, "w=640"), REMOTE_ADDR="198.51.100.7").status_code == 200


def test_asking_for_what_is_not_there_has_an_end_and_what_is_kept_is_free(
    photo: SpotPhoto, client: Client, hana: User, sign_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    from machipoke.ratelimits import LIMITS, Limit

    kept = path_of(photo, "w=160")
    assert client.get(kept).status_code == 200
    monkeypatch.setitem(LIMITS, "image_asked", Limit(4, 60, "address", is_open=True))
    asked = [client.get(f"/images/spots/{uuid.uuid4()}/{uuid.uuid4()}.jpg").status_code for _time in range(5)]
    assert asked == [404, 404, 404, 404, 429]
    for refused in (client.get(path_of(photo, "w=320")), sign_in(hana).get(path_of(photo, "w=320"))):
        assert (refused.status_code, refused["Cache-Control"]) == (429, "no-store")
        assert 0 < int(refused["Retry-After"]) <= 60
    assert client.get(kept).status_code == 200
    assert client.get(path_of(photo, "w=320"), REMOTE_ADDR="198.51.100.7").status_code == 200


def test_a_key_that_is_no_photo_of_ours_makes_no_folder(db: None, client: Client) -> None:
    key = f"spots/{uuid.uuid4()}/{uuid.uuid4()}.jpg"
    assert client.get(f"/images/{key}").status_code == 404
    assert not (variant_files.folder() / key).exists()
