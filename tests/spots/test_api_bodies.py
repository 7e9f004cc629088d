"""Bodies that are no plain JSON: refused by every write with 400 or 413, soon, and nothing is stored."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from machipoke.rest import MOST_JSON_BYTES, MOST_LEVELS
from spots.models import Spot
from tests.rows import every_row
from tests.spots.asking import PLACE
from tests.test_api_schema import WRITES, Doors

JSON_WRITES = {write: sent for write, sent in WRITES.items() if "file" not in (sent[0] or {})}
"""All but those that take a form with a file."""

DEEP = 100_000
CHANGING = ("django_session", "accounts_user")
"""Signing in writes these."""


def nested(levels: int, kind: str) -> bytes:
    """That many arrays, objects, or both in turn, in each other."""
    opening, closing = {"array": ("[", "]"), "object": ('{"a":', "}"), "mixed": ('[{"a":', "}]")}[kind]
    many = levels // (2 if kind == "mixed" else 1)
    return (opening * many + "1" + closing * many).encode()


BODIES = {
    **{f"{DEEP} {kind}s": nested(DEEP, kind) for kind in ("array", "object", "mixed")},
    "open arrays": b"[" * DEEP,
    "deep in a member": b'{"name": "a", "title": "a", "body": "a", "tags": ' + nested(5_000, "mixed") + b"}",
    "deep in what is ignored": b'{"created_at": ' + nested(900, "array") + b"}",
    "a name twice": b'{"title": "a", "title": "b"}',
    "a name twice, escaped": b'{"title": "a", "\\u0074itle": "b"}',
    "NaN": b'{"created_at": NaN}',
    "an infinity": b'{"created_at": 1e999}',
    "half a pair": b'{"created_at": "\\ud83d"}',
    "5,000 digits": b'{"created_at": ' + b"7" * 5_000 + b"}",
    "a BOM": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "not UTF-8": b'{"created_at": "\x80"}',
    "two documents": b"{}{}",
    "a comment": b"{} // a",
    "a text that does not end": b'{"created_at": "' + b'\\"' * 30_000,
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
}


FILES = {
    ("post", "photos/"),
    ("post", "spots/{id}/photos/"),
    ("post", "spots/{id}/attachments/"),
    ("put", "me/avatar/"),
}
"""These take a form with a file, and nothing else."""


@pytest.fixture
def doors(make_spot: Callable[..., Spot], hana: User, sign_in: Callable[[User], Client]) -> Doors:
    """One row of everything, and hana's browser."""
    return Doors(make_spot, hana, sign_in(hana))


def send(doors: Doors, method: str, path: str, body: bytes, kind: str = "application/json") -> Any:
    """The answer to these bytes."""
    return doors.client.generic(method.upper(), f"/api/v1/{doors.url(path)}", body, kind)


@pytest.mark.parametrize(("method", "path"), JSON_WRITES)
def test_no_write_takes_what_is_no_plain_object(doors: Doors, method: str, path: str) -> None:
    doors.prepare(method, path)
    before = every_row(*CHANGING)
    for name, body in BODIES.items():
        start = time.thread_time()
        answer = send(doors, method, path, body)
        refused = 415 if (method, path) in FILES else 400
        assert (answer.status_code, answer["Content-Type"]) == (refused, "application/problem+json"), name
        assert time.thread_time() - start < 2, name  # of computing, however busy the machine is
    assert every_row(*CHANGING) == before


@pytest.mark.parametrize(("method", "path"), JSON_WRITES)
def test_no_write_takes_a_form_or_a_type_it_does_not_know(doors: Doors, method: str, path: str) -> None:
    doors.prepare(method, path)
    before = every_row(*CHANGING)
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "json", ""):
        refused = 400 if (method, path) in FILES and kind.startswith("multipart") else 415
        assert send(doors, method, path, b"title=a&_method=DELETE", kind).status_code == refused, kind
    assert every_row(*CHANGING) == before


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_by_any_spelling_of_its_type(doors: Doors, kind: str) -> None:
    assert send(doors, "post", "lists/", b'{"title": "a"}', kind).status_code == 201


def test_64_kib_are_taken_and_one_byte_more_is_not(doors: Doors) -> None:
    body = json.dumps({"title": "旅"}).encode()
    assert send(doors, "post", "lists/", body.ljust(MOST_JSON_BYTES)).status_code == 201
    assert send(doors, "post", "lists/", body.ljust(MOST_JSON_BYTES + 1)).status_code == 413


def test_brackets_count_where_they_nest_and_not_in_texts(doors: Doors) -> None:
    text = '[{"' * 100 + "\\"
    made = send(doors, "post", "lists/", json.dumps({"title": "旅", "description": text}).encode())
    assert made.json()["description"] == text
    inside = json.loads(nested(MOST_LEVELS - 1, "array"))
    assert send(doors, "post", "lists/", json.dumps({"title": "旅", "owner": inside}).encode()).status_code == 201
    assert send(doors, "post", "lists/", json.dumps({"title": "旅", "owner": [inside]}).encode()).status_code == 400
    wide = json.dumps({"title": "旅", "owner": [[]] * 5_000}).encode()
    assert send(doors, "post", "lists/", wide).status_code == 201


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"latitude": True}, "latitude"),
        ({"latitude": "36.05"}, "latitude"),
        ({"latitude": 10**4000}, "latitude"),
        ({"longitude": [136]}, "longitude"),
        ({"name": 5}, "name"),
        ({"name": ["橋"]}, "name"),
        ({"name": None}, "name"),
        ({"name": "a\0"}, "name"),
        ({"tags": "桜"}, "tags"),
        ({"tags": {"0": "桜"}}, "tags"),
        ({"tags": [True]}, "tags"),
        ({"category": {"slug": "park"}}, "category"),
        ({"status": True}, "status"),
        ({"state": ["draft"]}, "state"),
    ],
)
def test_another_type_is_refused_by_name(doors: Doors, wrong: dict[str, Any], field: str) -> None:
    answer = send(doors, "post", "spots/", json.dumps(PLACE | wrong).encode())
    assert answer.status_code == 400, answer.json()
    assert {fault["field"].partition(".")[0] for fault in answer.json()["errors"]} == {field}


@pytest.mark.parametrize("position", [True, 1.5, 1e3, "1", -1, 2**31, 10**4000, None, [1]])
def test_a_place_is_a_whole_number(doors: Doors, position: Any) -> None:
    doors.saved.add(doors.spot)
    path = "lists/{id}/items/{spot_id}/"
    assert send(doors, "patch", path, json.dumps({"position": position}).encode()).status_code == 400
