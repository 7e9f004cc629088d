"""Points of docs/security.md about files, through the doors that people have: S45 to S50, S54, S61, S64."""

from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from media_store import variant_files
from media_store.models import StoredObject
from media_store.stores import store_of
from media_store.upload_handlers import MOST_FORM_BYTES
from media_store.variants import every_variant
from spots.models import Attachment, Spot, SpotPhoto
from tests.attachment_files import gpx
from tests.hostile_pictures import PAYLOAD, WRONG_TYPES
from tests.markup import Page, goes_somewhere_odd
from tests.media_store.photos import add_photo
from tests.pictures import CANARY, make
from tests.spots.pictured import attachment_of, photo_of
from tests.spots.test_xss import HARMLESS, PAIRS

SignIn = Callable[[User], Client]
TRACES = (CANARY.encode(), PAYLOAD, b"35.3622", b"138.7313", b"Exif", b"EXIF", b"http://ns.adobe.com", b"ICC_PROFILE")


@pytest.fixture
def author(sign_in: SignIn, hana: User) -> Client:
    """Hana's browser."""
    return sign_in(hana)


@pytest.fixture
def spot(make_spot: Callable[..., Spot], hana: User) -> Spot:
    """Hana's."""
    return make_spot(created_by=hana)


def file(content: bytes, name: str = "写真.jpg", kind: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def send(client: Client, spot: Spot, content: bytes, name: str = "写真.jpg") -> Any:
    return client.post(f"/api/v1/spots/{spot.pk}/photos/", {"file": file(content, name)})


@pytest.mark.parametrize("name", [name for name in WRONG_TYPES if name != "nothing"])
def test_what_is_no_picture_is_415_whatever_it_is_called(author: Client, spot: Spot, name: str) -> None:
    answer = send(author, spot, WRONG_TYPES[name])
    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")
    assert not StoredObject.objects.exists()


@pytest.mark.parametrize("traits", [{"canary": True}, {}], ids=["with traces", "clean already"])
def test_what_came_with_the_pixels_is_neither_stored_nor_given_out(
    author: Client, spot: Spot, traits: dict[str, Any]
) -> None:
    sent = make((700, 500), **traits) + PAYLOAD
    pixels = sent[len(sent) // 2 :][:400]
    told = send(author, spot, sent).json()
    author.post("/accounts/avatar/", {"file": file(sent)})
    [photo] = SpotPhoto.objects.select_related("image")
    avatar = User.objects.select_related("avatar").get(username="hana").avatar
    assert isinstance(avatar, StoredObject)
    masters = [store_of(row.bucket, row.place).get(row.key) for row in (photo.image, avatar)]
    assert [trace for trace in (*TRACES, pixels) for master in masters if trace in master] == []
    everyone = Client()
    addresses = [address for sizes in told["srcset"].values() for address in sizes.values()]
    addresses += [f"/images/{photo.image.key}", f"/images/{avatar.key}", f"/images/{avatar.key}?w=160&format=jpeg"]
    addresses += [f"/spots/{spot.pk}/", f"/api/v1/spots/{spot.pk}/", f"/api/v1/photos/{photo.pk}/", "/users/hana/"]
    addresses += ["/", "/feeds/spots/", "/sitemap-spots.xml", "/api/v1/spots/?format=geojson", "/api/v1/users/hana/"]
    for address in addresses:
        answer = everyone.get(address.removeprefix("http://127.0.0.1:8000"))
        assert answer.status_code == 200, address
        assert pixels not in answer.content  # all of it was drawn anew
        found = answer.content + repr(answer.headers).encode()
        assert [trace for trace in TRACES if trace in found] == [], address


@pytest.mark.parametrize("door", ["photo", "form", "avatar", "attachment"])
def test_the_name_of_a_file_is_in_no_key_header_or_log(
    author: Client, spot: Spot, caplog: pytest.LogCaptureFixture, door: str
) -> None:
    caplog.set_level(logging.DEBUG)
    name = "himitsu-no-niwa.jpg"
    path, field, content = {
        "photo": (f"/api/v1/spots/{spot.pk}/photos/", "file", make()),
        "form": (f"/spots/{spot.pk}/photos/", "files", make()),
        "avatar": ("/accounts/avatar/", "file", make()),
        "attachment": (f"/spots/{spot.pk}/attachments/", "file", gpx()),
    }[door]
    title = {"title": "道"} if door == "attachment" else {}
    answer = author.post(path, {field: file(content, name)} | title)
    assert answer.status_code in (201, 302)
    rows = list(StoredObject.objects.values())
    assert rows
    [shown] = [row["key"] for row in rows if row["bucket"] == "media"]
    served = Client().get(Attachment.objects.get().path if door == "attachment" else f"/images/{shown}")
    assert served.status_code == 200
    said = [repr(rows), repr(answer.headers), repr(served.headers), *(record.getMessage() for record in caplog.records)]
    assert [text for text in said if "himitsu" in text] == []


@pytest.mark.parametrize("attacks", [PAIRS[:8], PAIRS[8:]])
def test_words_of_photos_and_files_add_no_element_and_no_running_link(
    author: Client, spot: Spot, hana: User, attacks: list[str]
) -> None:
    photo_of(spot, hana)
    attachment_of(spot, hana)
    paths = [f"/spots/{spot.pk}/", f"/en/spots/{spot.pk}/", "/", "/spots/", f"/spots/{spot.pk}/photos/"]
    paths += [f"/spots/{spot.pk}/attachments/", f"/photos/{SpotPhoto.objects.get().pk}/delete/", "/users/hana/"]

    def pages(text: str) -> list[Page]:
        SpotPhoto.objects.update(caption=text, alt=text)
        Attachment.objects.update(title=text)
        return [Page(author.get(path)) for path in paths]

    harmless = [page.shape() for page in pages(HARMLESS)]
    for attack in attacks:
        attacked = pages(attack)
        assert [page.shape() - before for page, before in zip(attacked, harmless, strict=True)] == [{}] * len(paths)
        odd = [found for page in attacked for found in page.addresses() if goes_somewhere_odd(found)]
        assert [found for found in odd if not found.startswith("data:image/webp;base64,")] == []  # the placeholders


class Large(io.RawIOBase):
    """A form with one file, as long as told; it counts what is read, and how large this process becomes meanwhile."""

    def __init__(self, field: str, length: int) -> None:
        head = f'--x1\r\nContent-Disposition: form-data; name="{field}"; filename="a"\r\n\r\n'
        self.pieces = [head.encode(), b"\r\n--x1--\r\n"]
        self.left = length - sum(map(len, self.pieces))
        self.read_bytes, self.peak = 0, resident()

    def read(self, size: int = -1) -> bytes:
        if self.left and len(self.pieces) == 1:
            piece = b"\xff" * min(size, 65_536, self.left)
            self.left -= len(piece)
        else:
            piece = self.pieces.pop(0) if self.pieces else b""
        self.read_bytes += len(piece)
        if self.left % 10_000_000 < 65_536:
            self.peak = max(self.peak, resident())
        return piece


def resident() -> int:
    """Bytes of memory of this process."""
    return int(re.findall(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[0]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("path", ["/spots/new/", "/spots/{spot}/photos/", "/accounts/avatar/"])
def test_a_form_of_the_site_keeps_no_more_of_a_file_than_its_limit(author: Client, spot: Spot, path: str) -> None:
    field = "file" if "avatar" in path else "files"
    for length, read_bytes in ((150_000_000, 150_000_000), (MOST_FORM_BYTES + 1, 0), (1_000_000_000, 0)):
        body = Large(field, length)
        before = body.peak
        extra: dict[str, Any] = {"wsgi.input": body, "CONTENT_LENGTH": str(length)}
        answer = author.generic("POST", path.format(spot=spot.pk), b"x", "multipart/form-data; boundary=x1", **extra)
        assert answer.status_code in (400, 413)
        assert body.read_bytes == read_bytes
        assert body.peak - before < 40_000_000
    assert not StoredObject.objects.exists()


def test_whatever_is_asked_for_only_the_known_sizes_are_made(spot: Spot, hana: User) -> None:
    photo = add_photo(spot, hana, (64, 48))
    key = photo.stored_object.key
    queries = [f"w={width}" for width in range(1, 4097, 61)]
    queries += [f"w=320&q={quality}" for quality in range(1, 4097, 256)]
    queries += [f"w=320&h={height}" for height in range(1, 4097, 256)]
    queries += [f"w=320&size={number}&{number}" for number in range(20)]
    clients = [f"198.51.100.{number % 200}" for number in range(len(queries))]
    statuses = {
        Client(REMOTE_ADDR=address).get(f"/images/{key}?{query}").status_code
        for query, address in zip(queries, clients, strict=True)
    }
    assert statuses == {200}
    made = [path.name for path in (variant_files.folder() / key).iterdir()]
    assert 2 < len(made) <= 6 + 1 + 2  # six widths; one more quality; two more shapes
    assert {*made} <= {variant.name for variant in every_variant()}


SHAPES = (
    "/{key}",
    "/images/{key}",
    "/images/{key}?w=320&format=webp",
    "/images//{key}",
    "/images/./{key}",
    "/images/../{key}",
    "/images/../private/{key}",
    "/images/%2e%2e/private/{key}",
    "/images/..%2fprivate%2f{key}",
    "/images/..%5cprivate%5c{key}",
    "/images/%252e%252e/private/{key}",
    "/images/spots/../../private/{key}",
    "/images/spots/{spot}/../../../private/{key}",
    "/images/private/{key}",
    "/images/backups/{key}",
    "/images/media/{key}",
    "/images/{key}%00.jpg",
    "/images/%EF%BC%8E%EF%BC%8E/private/{key}",
    "/images/spots/{spot}/{photo}",
    "/images/spots/{spot}/originals/{photo}.jpg",
    "/attachments/{key}",
    "/attachments/{photo}/{photo}",
    "/attachments/../private/{key}",
    "/static/../private/{key}",
    "/static/%2e%2e/private/{key}",
    "/static/..%2f..%2fprivate/{key}",
    "/media/{key}",
    "/private/{key}",
    "/backups/{key}",
    "/api/v1/photos/{key}",
    "/api/v1/photos/../{key}",
)


def test_no_shape_of_an_address_reaches_what_is_private(
    author: Client, spot: Spot, hana: User, mori: User, sign_in: SignIn
) -> None:
    """For nobody: what was sent lies in the private store, and a backup in its own."""
    sent = make((64, 48), comment=CANARY)
    photo = photo_of(spot, hana, sent=sent)
    original = StoredObject.objects.get(kind="original").key
    store_of("private", "folder").put(f"incoming/{photo.pk}", sent, "image/jpeg")
    store_of("backups", "folder").put("20261124T000000Z-full/users.json", CANARY.encode(), "application/json")
    assert store_of("private", "folder").get(original) == sent
    keys = (original, f"incoming/{photo.pk}", "20261124T000000Z-full/users.json")
    try:
        for client in (Client(), author, sign_in(mori)):
            for number, shape in enumerate(SHAPES):
                for key in keys:
                    path = shape.format(key=key, spot=spot.pk, photo=photo.pk)
                    answer = client.get(path, REMOTE_ADDR=f"198.51.100.{number}")
                    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
                    assert answer.status_code in (301, 302, 400, 404), path
                    assert CANARY.encode() not in body
                    assert not answer.get("Location", "/").startswith("http")
    finally:
        store_of("backups", "folder").delete_many([keys[2]])
        store_of("private", "folder").delete_many([keys[1]])


def test_what_was_deleted_is_no_object_after_the_sweep(
    author: Client, spot: Spot, django_capture_on_commit_callbacks: Any
) -> None:
    told = send(author, spot, make()).json()
    author.post("/accounts/avatar/", {"file": file(make(seed=2))})
    author.post(f"/spots/{spot.pk}/attachments/", {"file": file(gpx()), "title": "道"})
    rows = list(StoredObject.objects.all())
    assert sorted(row.kind for row in rows) == ["attachment", "avatar", "original", "photo"]
    address = told["url"].removeprefix("http://127.0.0.1:8000")
    assert Client().get(address).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        for path in (f"photos/{told['id']}/", f"attachments/{Attachment.objects.get().pk}/", "me/avatar/"):
            assert author.delete(f"/api/v1/{path}").status_code == 204
    assert {row.state for row in StoredObject.objects.all()} == {"condemned"}
    assert all(store_of(row.bucket, row.place).exists(row.key) for row in rows)  # for as long as it can be undone
    StoredObject.objects.update(delete_after=timezone.now())
    call_command("run_job", "sweep_objects", stdout=io.StringIO())
    assert not any(store_of(row.bucket, row.place).exists(row.key) for row in rows)
    assert not StoredObject.objects.exists()
    assert not SpotPhoto.objects.exists()
    assert not Attachment.objects.exists()
    assert Client().get(address).status_code == 404
