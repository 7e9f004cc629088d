"""PATCH: who may, which members, which version, and the same rules as the site."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Spot

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]


def patch(client: Client, spot: Spot, changes: Any, **headers: str) -> Any:
    """A PATCH with these members."""
    body = changes if isinstance(changes, str | bytes) else json.dumps(changes)
    return client.patch(f"/api/v1/spots/{spot.pk}/", body, "application/json", headers=headers)


@pytest.fixture
def spot(make_spot: MakeSpot, hana: User) -> Spot:
    """A public spot of hana's."""
    return make_spot("中央公園", created_by=hana, tags=["桜"])


@pytest.fixture
def author(sign_in: SignIn, hana: User) -> Client:
    """Hana's browser."""
    return sign_in(hana)


def test_the_author_changes_some_members(author: Client, spot: Spot) -> None:
    changes = {
        "name": " 新しい　公園 ",
        "reading": "こうえん",
        "category": "cafe",
        "tags": ["水辺", "桜"],
        "latitude": 36.07,
    }
    answer = patch(author, spot, changes)
    told = answer.json()
    assert answer.status_code == 200
    assert (told["name"], told["reading"], told["category"]["slug"]) == ("新しい　公園", "コウエン", "cafe")
    assert (sorted(told["tags"]), told["latitude"], told["version"]) == (["桜", "水辺"], 36.07, 2)
    assert answer["ETag"].startswith('"2-')
    assert author.get(f"/api/v1/spots/{spot.pk}/").json() == told


def test_a_moderator_may_change_it_too(sign_in: SignIn, mori: User, spot: Spot) -> None:
    assert patch(sign_in(mori), spot, {"phone": "0776-20-0000"}).status_code == 200


def test_others_may_not_and_the_unseen_does_not_exist(
    client: Client, sign_in: SignIn, ren: User, spot: Spot, mori: User
) -> None:
    assert patch(client, spot, {"name": "x"}).status_code == 401
    assert patch(sign_in(ren), spot, {"name": "x"}).status_code == 403
    spot.hide(mori, "確認中")
    assert patch(sign_in(ren), spot, {"name": "x"}).status_code == 404
    assert Spot.objects.get().name == "中央公園"


def test_a_suspended_author_may_not(author: Client, hana: User, spot: Spot) -> None:
    User.objects.filter(pk=hana.pk).update(suspended_until=timezone.now() + timedelta(days=1))
    assert patch(author, spot, {"name": "x"}).status_code == 403


def test_a_session_needs_the_csrf_token(hana: User, spot: Spot) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(hana)
    answer = patch(client, spot, {"name": "x"})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert "CSRF" in answer.json()["detail"]
    token = "a" * 32
    client.cookies["csrftoken"] = token
    assert patch(client, spot, {"name": "x"}, **{"x-csrftoken": token}).status_code == 200


def test_of_two_with_the_same_version_the_second_is_refused(
    author: Client, sign_in: SignIn, mori: User, spot: Spot
) -> None:
    tag = author.get(f"/api/v1/spots/{spot.pk}/")["ETag"]
    assert patch(author, spot, {"name": "先"}, **{"if-match": tag}).status_code == 200
    refused = patch(sign_in(mori), spot, {"name": "後"}, **{"if-match": tag})
    assert (refused.status_code, refused["Content-Type"]) == (412, "application/problem+json")
    assert Spot.objects.get().name == "先"


@pytest.mark.parametrize(
    ("tag", "status"),
    [('"1"', 200), ("*", 200), ('"0", W/"1-0123456789ab"', 200), ('"2"', 412), ("x", 412), ('""', 412)],
)
def test_if_match_compares_versions(author: Client, spot: Spot, tag: str, status: int) -> None:
    assert patch(author, spot, {"name": "x"}, **{"if-match": tag}).status_code == status


def test_a_comment_meanwhile_does_not_make_an_edit_stale(author: Client, spot: Spot) -> None:
    tag = author.get(f"/api/v1/spots/{spot.pk}/")["ETag"]
    Spot.objects.update(comment_count=3)
    assert patch(author, spot, {"name": "x"}, **{"if-match": tag}).status_code == 200


def test_what_was_read_may_be_sent_back_and_read_only_members_stay(author: Client, spot: Spot, ren: User) -> None:
    told = author.get(f"/api/v1/spots/{spot.pk}/").json()
    forged = {"id": str(ren.pk), "created_by": "ren", "version": 99, "hidden_gem_score": 100, "save_count": 9}
    forged |= {"source": "x", "licence": "x", "credit": "x", "created_at": "2000-01-01T00:00:00Z", "photos": [1]}
    answer = patch(author, spot, told | forged | {"category": "park"})
    assert answer.status_code == 200
    assert answer.json() | {"version": 1, "updated_at": ""} == told | {"version": 1, "updated_at": ""}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "\u200b\u202e"}, "name"),
        ({"name": "あ" * 81}, "name"),
        ({"name": 5}, "name"),
        ({"name": None}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"reading": "漢字"}, "reading"),
        ({"latitude": 91}, "latitude"),
        ({"latitude": "36.0"}, "latitude"),
        ({"latitude": True}, "latitude"),
        ({"latitude": 10**400}, "latitude"),
        ({"longitude": 2**63}, "longitude"),
        ({"latitude": 0, "longitude": 0}, "latitude"),
        ({"category": "moon"}, "category"),
        ({"category": {"slug": "park"}}, "category"),
        ({"tags": "桜"}, "tags"),
        ({"tags": [1]}, "tags.0"),
        ({"tags": ["あ" * 31]}, "tags"),
        ({"tags": ["\ufdfa" * 30]}, "tags"),
        ({"tags": [" "]}, "tags"),
        ({"tags": [f"{n}" for n in range(11)]}, "tags"),
        ({"municipality_code": "182011"}, "municipality_code"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"status": "gone"}, "status"),
        ({"state": "hidden"}, "state"),
        ({"naem": "x"}, "naem"),
        ([], None),
        (None, None),
        ("文字", None),
    ],
)
def test_what_a_spot_cannot_be_is_refused_with_the_field(
    author: Client, spot: Spot, changes: Any, field: str | None
) -> None:
    answer = patch(author, spot, json.dumps(changes))
    assert answer.status_code == 400
    assert field in [fault["field"] for fault in answer.json()["errors"]]
    assert Spot.objects.get().version == 1


def test_the_author_moves_between_draft_and_published(author: Client, client: Client, spot: Spot) -> None:
    assert patch(author, spot, {"state": "draft"}).json()["state"] == "draft"
    assert client.get(f"/api/v1/spots/{spot.pk}/").status_code == 404
    assert patch(author, spot, {"state": "published", "name": "再開"}).json()["state"] == "published"
    assert client.get(f"/api/v1/spots/{spot.pk}/").json()["name"] == "再開"


def test_a_first_draft_gets_its_time_of_publication(author: Client, make_spot: MakeSpot, hana: User) -> None:
    draft = make_spot(created_by=hana, state="draft")
    assert patch(author, draft, {"state": "published"}).status_code == 200
    assert Spot.objects.get(pk=draft.pk).published_at is not None


@pytest.mark.parametrize("state", ["hidden", "pending"])
def test_what_a_moderator_holds_back_the_author_cannot_publish(
    author: Client, make_spot: MakeSpot, hana: User, state: str
) -> None:
    held = make_spot(created_by=hana, state=state)
    assert patch(author, held, {"state": "published"}).status_code == 400
    assert patch(author, held, {"name": "直した"}).status_code == 200
    assert Spot.objects.get(pk=held.pk).state == state


def test_a_moderator_cannot_make_someones_spot_a_draft(sign_in: SignIn, mori: User, spot: Spot) -> None:
    assert patch(sign_in(mori), spot, {"state": "draft"}).status_code == 400


def test_nothing_asked_is_nothing_changed(author: Client, spot: Spot) -> None:
    assert patch(author, spot, {}).json()["version"] == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_many_at_once_with_one_version_exactly_one_is_stored(make_spot: MakeSpot, hana: User) -> None:
    spot, statuses = make_spot(created_by=hana), []
    clients = [Client() for _one in range(6)]
    for client in clients:
        client.force_login(hana)
    start = threading.Barrier(len(clients))

    def change(client: Client, name: str) -> None:
        start.wait()
        statuses.append(patch(client, spot, {"name": name}, **{"if-match": '"1"'}).status_code)
        connection.close()

    threads = [threading.Thread(target=change, args=(client, f"{n}")) for n, client in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 412, 412, 412, 412, 412]
    assert Spot.objects.get().version == 2
