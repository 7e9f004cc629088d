"""Every error of the API is a problem with the same seven members, and tells nothing of the inside."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.test import Client
from rest_framework.exceptions import Throttled

from accounts.models import User
from spots.models import Spot

MEMBERS = ["type", "title", "status", "detail", "request_id", "errors"]
DEEP = b"[" * 30_000


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The problem, after looking at its form."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert list(told) == MEMBERS
    assert (told["type"], told["status"]) == ("about:blank", status)
    assert told["request_id"] == answer["X-Request-ID"]
    return told


@pytest.fixture
def spot(make_spot: Callable[..., Spot], hana: User) -> Spot:
    """A spot of hana's."""
    return make_spot(created_by=hana)


@pytest.fixture
def author(sign_in: Callable[[User], Client], hana: User) -> Client:
    """Hana's browser."""
    return sign_in(hana)


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v1/",
        "/api/v1/nothing/",
        "/api/v1/spots",
        "/api/v2/spots/",
        "/api/v1/spots/not-a-uuid/",
        "/api/v1/spots/18446744073709551616/",
        "/api/v1/spots/00000000-0000-4000-8000-000000000000/",
        "/api/v1/lists/00000000-0000-4000-8000-000000000000/items/",
        "/api/v1/users/nobody/",
        "/api/%00/",
        "/api/v1/%ff",
    ],
)
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_what_is_not_there_is_404(client: Client, db: None, path: str, method: str) -> None:
    answer = client.generic(method.upper(), path)
    if method == "post" and path.endswith("/items/"):
        problem(answer, 401)  # as for a list that is there
    elif method == "post" and ("0000-" in path or "users" in path):
        assert answer.status_code == 405
    elif method == "head":
        assert (answer.status_code, answer.content) == (404, b"")
    else:
        assert problem(answer, 404)["title"] == "Not Found"


@pytest.mark.parametrize("method", ["POST", "PUT", "TRACE", "PROPFIND"])
def test_an_unknown_method_is_405_and_names_the_known_ones(client: Client, spot: Spot, method: str) -> None:
    answer = client.generic(method, f"/api/v1/spots/{spot.pk}/")
    problem(answer, 405)
    assert answer["Allow"] == "GET, PATCH, DELETE, HEAD, OPTIONS"


@pytest.mark.parametrize("override", ["X-HTTP-Method-Override", "X-Method-Override"])
def test_a_method_in_a_header_is_ignored(client: Client, spot: Spot, override: str) -> None:
    assert client.get(f"/api/v1/spots/{spot.pk}/", headers={override: "PATCH"}).status_code == 200


def test_another_format_is_406_by_header_and_400_by_parameter(client: Client, db: None) -> None:
    problem(client.get("/api/v1/spots/", headers={"accept": "text/csv"}), 406)
    problem(client.get("/api/v1/tags/", headers={"accept": "application/geo+json"}), 406)
    told = problem(client.get("/api/v1/spots/?format=csv"), 400)
    assert told["errors"][0]["field"] == "format"
    problem(client.get("/api/v1/tags/?format=geojson"), 400)


@pytest.mark.parametrize(
    "path",
    [
        "spots/",
        "spots/nearby/",
        "spots/clusters/",
        "spots/{id}/",
        "spots/{id}/comments/",
        "categories/",
        "tags/",
        "lists/",
        "lists/{id}/",
        "lists/{id}/items/",
        "users/hana/",
        "../schema/",
    ],
)
def test_an_unknown_parameter_is_400_everywhere(client: Client, spot: Spot, path: str) -> None:
    told = problem(client.get(f"/api/v1/{path.format(id=spot.pk)}?raduis=3".replace("/v1/..", "")), 400)
    assert {"field": "raduis", "code": "unknown"}.items() <= told["errors"][0].items()


@pytest.mark.parametrize(
    "query",
    [
        "near=nan,1",
        "near=91,1",
        "near=1",
        "radius_km=1e999",
        "radius_km=51",
        "bbox=1,2,3,4,5",
        "bbox=1,2,inf,4",
        "page_size=0",
        "page_size=101",
        f"page_size={'9' * 5000}",
        "page_size=9223372036854775808",
        "sort=near",
        "sort=random",
        "category=moon",
        "municipality=182011",
        "status=gone",
        "created_by=nobody",
        "updated_since=yesterday",
        "updated_since=2026-02-30",
        "updated_since=0001-01-01T00:00:00%2B09:00",
        "q=%00",
        "q=%ff",
        "q=%ed%a0%80",
        f"q={'a' * 101}",
        "q=a&q=b",
        "near=36,136&sort=new",
    ],
)
def test_a_question_that_makes_no_sense_names_its_parameter(client: Client, db: None, query: str) -> None:
    told = problem(client.get(f"/api/v1/spots/?{query}"), 400)
    assert told["errors"]
    assert all(fault["code"] and fault["detail"] for fault in told["errors"])


def test_too_many_parameters_are_400(client: Client, db: None) -> None:
    problem(client.get("/api/v1/spots/?" + "&".join(f"p{n}=1" for n in range(500))), 400)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        DEEP,
        b'{"name": ' + DEEP,
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"latitude": NaN}',
        b'{"latitude": -Infinity}',
        b'{"latitude": 1e999}',
        b'{"latitude": ' + b"9" * 5000 + b"}",
        b'{"longitude": 9223372036854775808}',
        b'{"name": "a\\u0000b"}',
        "﻿{}".encode(),
        "{}".encode("utf-16"),
    ],
)
def test_a_body_that_is_not_plain_json_is_400(author: Client, spot: Spot, body: bytes) -> None:
    problem(author.patch(f"/api/v1/spots/{spot.pk}/", body, "application/json"), 400)
    assert Spot.objects.get().version == 1


def test_a_body_over_64_kib_is_413(author: Client, spot: Spot) -> None:
    body = json.dumps({"description": "a" * 65_536})
    problem(author.patch(f"/api/v1/spots/{spot.pk}/", body, "application/json"), 413)


@pytest.mark.parametrize("kind", ["application/xml", "multipart/form-data; boundary=x", "text/plain", "x" * 300])
def test_another_body_is_415(author: Client, spot: Spot, kind: str) -> None:
    problem(author.patch(f"/api/v1/spots/{spot.pk}/", b"<a/>", kind), 415)


def test_who_is_not_signed_in_is_asked_to(client: Client, spot: Spot) -> None:
    answer = client.patch(f"/api/v1/spots/{spot.pk}/", b"{}", "application/json")
    problem(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Token")


def _failing(error: Exception) -> Callable[..., Any]:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise error

    return fail


def test_what_nobody_foresaw_is_500_without_its_cause_but_logged(
    client: Client, spot: Spot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("spots.api.spots.spot_json", _failing(RuntimeError("SELECT secret FROM /srv/x")))
    with pytest.raises(RuntimeError):  # the test client hears Django's signal
        client.get("/api/v1/spots/")
    client.raise_request_exception = False
    caplog.clear()
    with caplog.at_level(logging.ERROR, "django.request"):
        answer = client.get("/api/v1/spots/")
    problem(answer, 500)
    assert answer["Cache-Control"] == "private, no-store"
    for word in ("secret", "SELECT", "/srv", "Traceback", "RuntimeError"):
        assert word not in answer.content.decode()
    [record] = caplog.records
    assert record.exc_info is not None
    assert "secret" in str(record.exc_info[1])


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL])
def test_a_database_that_cannot_be_used_now_is_503(
    client: Client, spot: Spot, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = code
    error = OperationalError("database is locked")
    error.__cause__ = cause
    monkeypatch.setattr("spots.api.spots.spot_json", _failing(error))
    answer = client.get("/api/v1/spots/")
    problem(answer, 503)
    assert answer["Retry-After"] == "30"


def test_too_many_requests_are_429(client: Client, spot: Spot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spots.api.spots.spot_json", _failing(Throttled(wait=12.3)))
    answer = client.get("/api/v1/spots/")
    problem(answer, 429)
    assert answer["Retry-After"] == "13"


def test_a_suspicious_request_is_400(client: Client, spot: Spot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spots.api.spots.spot_json", _failing(SuspiciousOperation("x")))
    problem(client.get("/api/v1/spots/"), 400)
