"""`me/sessions/`: where one is signed in, by the API, for its owner alone."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.accounts.test_devices import IPHONE, browser_of, is_in

URL = "/api/v1/me/sessions/"


def rows(client: Client) -> list[dict[str, Any]]:
    answer = client.get(URL)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    assert {*told} == {"next", "previous", "results"}
    assert (told["next"], told["previous"]) == (None, None)
    results: list[dict[str, Any]] = told["results"]
    return results


def end(client: Client, id: Any) -> Any:
    return client.delete(f"{URL}{id}/")


def test_devices_are_told_without_key_or_address(hana: User) -> None:
    here, there = browser_of(hana), browser_of(hana, IPHONE)
    mine, other = rows(here)
    assert {*mine} == {"id", "device", "created_at", "last_seen_at", "is_current"}
    assert [(row["device"], row["is_current"]) for row in (mine, other)] == [
        ("Chrome・Windows", True),
        ("Safari・iPhone", False),
    ]
    assert mine["created_at"].endswith("Z")
    text = here.get(URL).content.decode()
    assert "127.0.0.1" not in text
    for client in (here, there):
        key = client.cookies["sessionid"].value
        assert key not in text
    assert [row["id"] for row in rows(there)] == [other["id"], mine["id"]]


def test_one_is_ended(hana: User) -> None:
    here, there, third = browser_of(hana), browser_of(hana, IPHONE), browser_of(hana, "curl/8")
    [id] = [row["id"] for row in rows(here) if row["device"] == "Safari・iPhone"]
    assert (end(here, id).status_code, end(here, id).status_code) == (204, 404)
    assert [is_in(client) for client in (here, there, third)] == [True, False, True]


def test_all_others_are_ended_and_the_asking_one_lives(hana: User, ren: User) -> None:
    here, *others = [browser_of(hana) for _ in range(4)]
    stranger = browser_of(ren)
    assert here.delete(URL).status_code == 204
    assert [is_in(client) for client in (here, stranger, *others)] == [True, True, False, False, False]
    assert len(rows(here)) == 1
    assert here.delete(URL).status_code == 204


def test_ending_the_asking_one_is_signing_out(hana: User) -> None:
    here, there = browser_of(hana), browser_of(hana, IPHONE)
    [id] = [row["id"] for row in rows(here) if row["is_current"]]
    answer = end(here, id)
    assert answer.status_code == 204
    assert answer.cookies["sessionid"].value == ""
    assert [is_in(here), is_in(there)] == [False, True]


def test_anothers_is_404_as_an_unknown_one(hana: User, ren: User, mori: User) -> None:
    theirs = browser_of(ren)
    [row] = rows(theirs)
    for client in (browser_of(hana), browser_of(mori)):
        answers = [end(client, row["id"]), end(client, uuid.uuid4())]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert [answer["Content-Type"] for answer in answers] == ["application/problem+json"] * 2
    assert is_in(theirs)


def test_the_number_of_a_row_is_no_id(hana: User) -> None:
    client = browser_of(hana)
    row = UserSession.objects.get()
    for id in (row.pk, uuid.UUID(int=row.pk), row.session_key, "current"):
        assert end(client, id).status_code == 404
    assert is_in(client)


def test_a_stranger_is_401(client: Client, hana: User) -> None:
    [row] = rows(browser_of(hana))
    answers = [client.get(URL), client.delete(URL), end(client, row["id"])]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert all(answer["Cache-Control"] == "private, no-store" for answer in answers)


def test_without_the_csrf_token_nothing_is_ended(hana: User) -> None:
    other = browser_of(hana)
    client = Client(enforce_csrf_checks=True)
    client.force_login(hana)
    ids = [row["id"] for row in rows(client)]
    assert {answer.status_code for answer in (client.delete(URL), *(end(client, id) for id in ids))} == {403}
    assert is_in(other)
    assert is_in(client)


def test_suspended_people_may_end_their_sessions(hana: User) -> None:
    here, there, third = browser_of(hana), browser_of(hana, IPHONE), browser_of(hana, "curl/8")
    hana.suspend(timezone.now() + timedelta(days=3), "宣伝のくり返し")
    [id] = [row["id"] for row in rows(here) if row["device"] == "Safari・iPhone"]
    assert end(here, id).status_code == 204
    assert here.delete(URL).status_code == 204
    assert [is_in(client) for client in (here, there, third)] == [True, False, False]


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_other_methods_are_405_and_unknown_parameters_400(hana: User, method: str) -> None:
    client = browser_of(hana)
    assert getattr(client, method)(URL, {}, content_type="application/json").status_code == 405
    assert client.get(f"{URL}{uuid.uuid4()}/").status_code == 405
    assert client.get(f"{URL}?user=ren").status_code == 400
    assert client.delete(URL, {"id": 1}, content_type="application/json").status_code == 400
