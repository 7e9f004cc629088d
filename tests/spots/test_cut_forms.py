"""A form of files that ends before its end is refused whole: what is missing of it may be anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import User
from media_store.models import StoredObject
from spots.models import Spot
from tests.attachment_files import gpx
from tests.markup import Page
from tests.pictures import make
from tests.spots.pictured import photo_of

SignIn = Callable[[User], Client]

END = f"--{BOUNDARY}--\r\n".encode()
PHOTO, WALK = make((64, 48), seed=5), gpx()


@pytest.fixture
def spot(hana: User, make_spot: Callable[..., Spot]) -> Spot:
    return make_spot("川の道", created_by=hana)


def _body(content: bytes, **fields: str) -> bytes:
    body: bytes = encode_multipart(BOUNDARY, {**fields, "file": SimpleUploadedFile("a", content)})
    assert body.endswith(END)
    return body


CUTS: dict[str, Callable[[bytes], bytes]] = {
    "before the last boundary": lambda body: body.removesuffix(b"\r\n" + END),
    "within it": lambda body: body.removesuffix(b"-\r\n"),
    "at another boundary": lambda body: body.removesuffix(END) + f"--{BOUNDARY}\r\n".encode(),
    "within the file": lambda body: body[: -len(END) - 40],
    "within a field": lambda body: body[: body.index(b"title") + 4],
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_of_a_cut_form_nothing_is_stored_on_the_site(
    cut: Callable[[bytes], bytes], hana: User, spot: Spot, sign_in: SignIn
) -> None:
    body = _body(WALK, title="川の道")
    address, client = f"/spots/{spot.pk}/attachments/", sign_in(hana)
    refused = client.generic("POST", address, cut(body), MULTIPART_CONTENT)
    assert refused.status_code == 400
    assert "途中で切れていたため、何も保存していません" in Page(refused).text
    assert not StoredObject.objects.exists()
    assert client.generic("POST", address, body, MULTIPART_CONTENT).status_code == 302
    assert spot.attachments.count() == 1


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("door", ["attachments", "photos"])
def test_of_a_cut_form_nothing_is_stored_by_the_api(
    door: str, cut: Callable[[bytes], bytes], hana: User, spot: Spot, sign_in: SignIn
) -> None:
    body = _body(WALK, title="川の道") if door == "attachments" else _body(PHOTO, alt="title")
    address, client = f"/api/v1/spots/{spot.pk}/{door}/", sign_in(hana)
    refused = client.generic("POST", address, cut(body), MULTIPART_CONTENT)
    assert (refused.status_code, "途中で切れています" in refused.json()["detail"]) == (400, True)
    assert not StoredObject.objects.exists()
    assert client.generic("POST", address, body, MULTIPART_CONTENT).status_code == 201


def test_what_was_behind_the_cut_keeps_its_words(hana: User, spot: Spot, sign_in: SignIn) -> None:
    """The page of photos stores whatever it says, and a caption that did not come is not an empty one."""
    photo, address, client = photo_of(spot, hana), f"/spots/{spot.pk}/photos/", sign_in(hana)
    type(photo).objects.update(caption="朝の川")
    page = Page(client.get(address))
    fields: dict[str, Any] = {one.get("name", ""): one.get("value", "") for one in page.all("input")}
    fields = {name: value for name, value in fields.items() if name not in ("", "files") and "primary" not in name}
    body: bytes = encode_multipart(BOUNDARY, fields)
    for end in range(len(body) - 3, 0, -97):
        if BOUNDARY.encode() in body[:end]:
            assert client.generic("POST", address, body[:end], MULTIPART_CONTENT).status_code == 400
    photo.refresh_from_db()
    assert photo.caption == "朝の川"


def test_what_is_behind_the_end_is_no_reason(hana: User, spot: Spot, sign_in: SignIn) -> None:
    body = _body(WALK, title="川の道") + b"\r\nsome program's last words" * 20
    address = f"/spots/{spot.pk}/attachments/"
    assert sign_in(hana).generic("POST", address, body, MULTIPART_CONTENT).status_code == 302


@pytest.mark.parametrize("size", [1, 7, 64, 70])
def test_an_end_that_comes_in_pieces_is_seen(size: int) -> None:
    from io import BytesIO

    from machipoke.multipart import CutShort, Whole

    def read(body: bytes) -> bytes:
        whole = Whole(BytesIO(body), b"mark")
        return b"".join(iter(lambda: whole.read(size), b""))

    body = b"--mark\r\n\r\nwords\r\n--mark--\r\n"
    assert read(body) == body
    for end in range(len(b"--mark"), len(body) - 2):
        with pytest.raises(CutShort):
            read(body[:end])
