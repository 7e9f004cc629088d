"""Files of a spot by the API: sent as multipart, once however often, taken away and brought back."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from media_store.models import StoredObject
from spots.models import Attachment, Spot
from tests.attachment_files import gpx, opening_with, pdf
from tests.spots.asking import codes
from tests.spots.threads import all_at_once, errors_of

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]


@pytest.fixture
def spot(hana: User, make_spot: MakeSpot) -> Spot:
    return make_spot("川の道", created_by=hana)


def send(
    client: Client, spot: Spot, content: bytes | None = None, title: str | None = "散策マップ", **headers: str
) -> Any:
    body: dict[str, Any] = {} if title is None else {"title": title}
    if content is not None:
        body["file"] = SimpleUploadedFile("写真.exe", content, "text/html")
    return client.post(f"/api/v1/spots/{spot.pk}/attachments/", body, headers=headers)


def test_a_file_is_sent_listed_and_fetched(hana: User, spot: Spot, sign_in: SignIn) -> None:
    sent = send(sign_in(hana), spot, gpx(), "川ぞいの道")
    assert sent.status_code == 201, sent.content
    told = sent.json()
    assert sent.headers["Location"] == f"http://127.0.0.1:8000/api/v1/attachments/{told['id']}/"
    assert {**told, "id": "", "url": "", "created_at": ""} == {
        "id": "",
        "title": "川ぞいの道",
        "format": "gpx",
        "size_bytes": StoredObject.objects.get().size_bytes,
        "kilometres": 0.45,
        "state": "published",
        "created_at": "",
        "url": "",
    }
    assert Client().get(f"/api/v1/spots/{spot.pk}/attachments/").json()["results"] == [told]
    assert Client().get(f"/api/v1/attachments/{told['id']}/").json() == told
    assert b"2026" not in Client().get(told["url"].removeprefix("http://127.0.0.1:8000")).content


@pytest.mark.parametrize(
    ("status", "field", "code", "content", "title"),
    [
        (415, "file", "type", b"<html>", "t"),
        (413, "file", "too_large", pdf() + b"0" * 10_000_001, "t"),
        (400, "file", "active", pdf(opening_with(S="x")) + b"/JavaScript%%EOF", "t"),
        (400, "file", "empty", b"", "t"),
        (400, "file", "required", None, "t"),
        (400, "title", "required", pdf(), None),
        (400, "title", "blank", pdf(), " "),
        (400, "title", "max_length", pdf(), "あ" * 101),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 12 else "",
)
def test_a_refusal_names_the_field(
    status: int,
    field: str,
    code: str,
    content: bytes | None,
    title: str | None,
    hana: User,
    spot: Spot,
    sign_in: SignIn,
) -> None:
    response = send(sign_in(hana), spot, content, title)
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert [(fault["field"], fault["code"]) for fault in response.json()["errors"]] == [(field, code)]
    assert not StoredObject.objects.exists()


def test_who_may_not_is_told_so(hana: User, ren: User, spot: Spot, make_spot: MakeSpot, sign_in: SignIn) -> None:
    assert send(Client(), spot, pdf()).status_code == 401
    assert send(sign_in(ren), spot, pdf()).status_code == 403
    assert send(sign_in(ren), make_spot("隠れ家", created_by=hana, state="pending"), pdf()).status_code == 404
    User.objects.filter(pk=hana.pk).update(suspended_until="2999-01-01T00:00Z", suspended_reason="x")
    assert send(sign_in(hana), spot, pdf()).status_code == 403
    assert not StoredObject.objects.exists()


def test_a_key_makes_one_of_two(hana: User, spot: Spot, sign_in: SignIn) -> None:
    client, key = sign_in(hana), uuid.uuid4().hex
    first = send(client, spot, pdf(), **{"Idempotency-Key": key})
    assert send(client, spot, pdf(), **{"Idempotency-Key": key}).content == first.content
    assert send(client, spot, pdf(pages=2), **{"Idempotency-Key": key}).status_code == 422
    assert spot.attachments.count() == 1


def test_the_same_file_again_is_200(hana: User, spot: Spot, sign_in: SignIn) -> None:
    first = send(sign_in(hana), spot, pdf())
    again = send(sign_in(hana), spot, pdf(), "ほかの名前")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


def test_taken_away_and_brought_back(hana: User, ren: User, mori: User, spot: Spot, sign_in: SignIn) -> None:
    address = f"/api/v1/attachments/{send(sign_in(hana), spot, pdf()).json()['id']}/"
    assert sign_in(ren).delete(address).status_code == 403
    assert Client().delete(address).status_code == 401
    assert sign_in(mori).delete(address).status_code == 400  # without a reason
    assert sign_in(hana).delete(address).status_code == 204
    assert [client.get(address).status_code for client in (Client(), sign_in(hana), sign_in(mori))] == [404] * 3
    assert sign_in(ren).post(f"{address}restoration/", "{}", content_type="application/json").status_code == 404
    assert (
        sign_in(hana).post(f"{address}restoration/", "{}", content_type="application/json").json()["state"]
        == "published"
    )
    reason = json.dumps({"reason": "著作権"})
    assert sign_in(mori).delete(address, reason, content_type="application/json").status_code == 204
    assert sign_in(hana).post(f"{address}restoration/", "{}", content_type="application/json").status_code == 404


def test_one_that_was_sent_again_does_not_come_back(hana: User, spot: Spot, sign_in: SignIn) -> None:
    client = sign_in(hana)
    address = f"/api/v1/attachments/{send(client, spot, pdf()).json()['id']}/"
    assert client.delete(address).status_code == 204
    assert send(client, spot, pdf()).status_code == 201
    refused = client.post(f"{address}restoration/", "{}", content_type="application/json")
    assert (refused.status_code, codes(refused)) == (400, ["sent_again"])
    assert spot.attachments.exclude(state="deleted").count() == 1


def test_a_hidden_spots_files_are_not_told(hana: User, ren: User, spot: Spot, sign_in: SignIn) -> None:
    id = send(sign_in(hana), spot, pdf()).json()["id"]
    Spot.objects.filter(pk=spot.pk).update(state="hidden")
    for client in (Client(), sign_in(ren)):
        assert client.get(f"/api/v1/attachments/{id}/").status_code == 404
        assert client.get(f"/api/v1/spots/{spot.pk}/attachments/").status_code == 404


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eight_at_once_are_five(hana: User, spot: Spot, sign_in: SignIn) -> None:
    client = sign_in(hana)
    cookies = client.cookies

    def job(pages: int) -> Callable[[], object]:
        def run() -> int:
            own = Client()
            own.cookies = cookies
            return int(send(own, spot, pdf(pages=pages)).status_code)

        return run

    answers = all_at_once([job(pages) for pages in range(1, 9)])
    assert errors_of(answers) == []
    assert sorted(map(str, answers)).count("201") == 5
    assert set(answers) <= {201, 400, 503}
    assert Attachment.objects.count() == 5
    assert sorted(Attachment.objects.values_list("position", flat=True)) == [0, 1, 2, 3, 4]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_same_file_eight_times_at_once_is_one(hana: User, spot: Spot, sign_in: SignIn) -> None:
    cookies = sign_in(hana).cookies

    def job() -> int:
        own = Client()
        own.cookies = cookies
        return int(send(own, spot, gpx()).status_code)

    answers = all_at_once([job] * 8)
    assert errors_of(answers) == []
    assert Attachment.objects.count() == 1
    assert StoredObject.objects.filter(state="ready").count() == 1
