"""Every write of the API against everyone who might try it: who may, who may not, and what nobody can write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Comment, Report, SavedList, Spot
from tests.rows import every_row
from tests.spots.asking import PLACE, ask

SignIn = Callable[[User], Client]


@dataclass(frozen=True)
class Write:
    """One write; `hana` is the author of everything. What each person is answered."""

    method: str
    path: str
    body: Any
    hana: int
    ren: int
    mori: int
    signed_out: int = 401
    suspended: int = 403

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


WRITES = [
    Write("POST", "spots/", PLACE, 201, 201, 201),
    Write("PATCH", "spots/{spot}/", {"name": "別の名前"}, 200, 403, 200),
    Write("DELETE", "spots/{spot}/", {"reason": "重複"}, 204, 403, 204),
    Write("PATCH", "spots/{draft}/", {"name": "別の名前"}, 200, 404, 404),
    Write("DELETE", "spots/{draft}/", {"reason": "重複"}, 204, 404, 404),
    Write("PATCH", "spots/{hidden}/", {"name": "別の名前"}, 200, 404, 200),
    Write("DELETE", "spots/{hidden}/", {"reason": "重複"}, 204, 404, 204),
    Write("PATCH", "spots/{deleted}/", {"name": "別の名前"}, 404, 404, 403),
    Write("POST", "spots/{deleted}/restoration/", {}, 200, 404, 404),
    Write("POST", "spots/{spot}/restoration/", {}, 404, 404, 404),
    Write("POST", "spots/{spot}/comments/", {"body": "いい所"}, 201, 201, 201),
    Write("POST", "spots/{draft}/comments/", {"body": "いい所"}, 400, 404, 404),
    Write("PATCH", "comments/{comment}/", {"body": "直した"}, 200, 403, 403),
    Write("DELETE", "comments/{comment}/", {"reason": "宣伝"}, 204, 403, 204),
    Write("PATCH", "comments/{hidden_comment}/", {"body": "直した"}, 403, 404, 403),
    Write("DELETE", "comments/{hidden_comment}/", {"reason": "宣伝"}, 204, 404, 204),
    Write("POST", "lists/", {"title": "旅"}, 201, 201, 201),
    *(
        Write(method, f"lists/{{{name}}}/{path}", body, yes, no, no)
        for name, no in (("public", 403), ("link", 403), ("private", 404))
        for method, path, body, yes in (
            ("PATCH", "", {"title": "旅"}, 200),
            ("PUT", "", {"title": "旅"}, 200),
            ("DELETE", "", None, 204),
            ("POST", "items/", {"spot": "{other}"}, 201),
            ("PUT", "items/", {"order": ["{spot}"]}, 200),
            ("PUT", "items/{other}/", {}, 201),
            ("PUT", "items/{spot}/", {"note": "朝"}, 200),
            ("PATCH", "items/{spot}/", {"note": "朝"}, 200),
            ("DELETE", "items/{spot}/", None, 204),
        )
    ),
    Write("POST", "reports/", {"target": "spot:{spot}", "reason": "spam"}, 201, 201, 201, 201, 201),
    Write("POST", "reports/", {"target": "spot:{draft}", "reason": "spam"}, 201, 400, 400, 400, 201),
    Write("POST", "reports/", {"target": "list:{private}", "reason": "spam"}, 201, 400, 400, 400, 201),
]


@pytest.fixture
def ids(make_spot: Callable[..., Spot], hana: User, mori: User) -> dict[str, str]:
    """One row of hana's of every kind, by name."""
    spots = {name: make_spot(name, created_by=hana) for name in ("spot", "other", "hidden", "deleted")}
    spots["draft"] = make_spot("draft", created_by=hana, state="draft")
    comments = {name: Comment(spot=spots["spot"], author=hana, body=name) for name in ("comment", "hidden_comment")}
    for comment in comments.values():
        comment.post()
    lists = {name: SavedList(owner=hana, title=name, visibility=name) for name in ("public", "link", "private")}
    for saved in lists.values():
        saved.post()
        saved.add(spots["spot"])
    spots["hidden"].hide(mori, "確認中")
    comments["hidden_comment"].hide(mori, "確認中")
    spots["deleted"].delete_softly()
    rows: dict[str, Any] = {**spots, **comments, **lists}
    return {name: str(row.pk) for name, row in rows.items()}


def attempt(client: Client, write: Write, ids: dict[str, str]) -> Any:
    """The answer, with the ids filled in."""
    return ask(client, write.method, write.path.format(**ids), _filled(write.body, ids))


def _filled(body: Any, ids: dict[str, str]) -> Any:
    if isinstance(body, dict):
        return {name: _filled(value, ids) for name, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, ids) for value in body]
    return body.format(**ids) if isinstance(body, str) else body


@pytest.mark.parametrize("who", ["hana", "ren", "mori", "signed_out", "suspended"])
@pytest.mark.parametrize("write", WRITES, ids=str)
def test_each_write_is_for_those_who_may(
    sign_in: SignIn, ids: dict[str, str], hana: User, ren: User, mori: User, write: Write, who: str
) -> None:
    if who == "suspended":
        hana.suspend(timezone.now() + timedelta(days=1), "宣伝")
    client = Client() if who == "signed_out" else sign_in({"ren": ren, "mori": mori}.get(who, hana))
    before = every_row("django_session", "accounts_user")
    answer = attempt(client, write, ids)
    assert answer.status_code == getattr(write, who), answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert every_row("django_session", "accounts_user") == before


@pytest.mark.parametrize("write", [write for write in WRITES if write.hana < 300], ids=str)
def test_a_session_needs_the_csrf_token(ids: dict[str, str], hana: User, write: Write) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(hana)
    refused = attempt(client, write, ids)
    assert (refused.status_code, "CSRF" in refused.json()["detail"]) == (403, True)


def test_a_report_without_a_session_needs_none(ids: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = ask(client, "POST", "reports/", {"target": f"spot:{ids['spot']}", "reason": "spam"})
    assert (answer.status_code, dict(answer.cookies)) == (201, {})


NOT_THERE = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("write", [write for write in WRITES if write.ren == 404], ids=str)
def test_what_is_not_visible_is_answered_like_what_is_not_there(
    sign_in: SignIn, ids: dict[str, str], ren: User, write: Write
) -> None:
    client = sign_in(ren)
    one, other = attempt(client, write, ids), attempt(client, write, dict.fromkeys(ids, NOT_THERE))
    assert one.json() | {"request_id": ""} == other.json() | {"request_id": ""}
    same = [{name: value for name, value in a.headers.items() if name != "X-Request-ID"} for a in (one, other)]
    assert same[0] == same[1]


FORGED: dict[str, Any] = {
    "id": NOT_THERE,
    "url": "https://evil.example/",
    "created_at": "2000-01-01T00:00:00.000000Z",
    "updated_at": "2000-01-01T00:00:00.000000Z",
}
FORGED_SPOT = FORGED | {
    "created_by": {"username": "mori"},
    "source": "福井市",
    "licence": "x",
    "credit": "x",
    "hidden_gem_score": 100,
    "version": 99,
    "comment_count": 99,
    "save_count": 99,
    "photos": [{"id": NOT_THERE}],
    "distance_km": 0,
}
FORGED_COMMENT = FORGED | {"spot": NOT_THERE, "author": {"username": "mori"}, "state": "hidden", "edited_at": None}
FORGED_COMMENT.pop("updated_at")
FORGED_LIST = FORGED | {"owner": {"username": "mori"}, "item_count": 99}
FORGED_ITEM = {"name": "偽の名前", "created_at": FORGED["created_at"], "spot_id": NOT_THERE}


@pytest.mark.parametrize(
    ("write", "forged"),
    [
        (WRITES[0], FORGED_SPOT),
        (WRITES[1], FORGED_SPOT),
        (Write("POST", "spots/{spot}/comments/", {"body": "いい所"}, 201, 201, 201), FORGED_COMMENT),
        (
            Write("PATCH", "comments/{comment}/", {"body": "直した"}, 200, 403, 403),
            FORGED_COMMENT | {"parent": NOT_THERE},
        ),
        (Write("POST", "lists/", {"title": "旅"}, 201, 201, 201), FORGED_LIST),
        (Write("PATCH", "lists/{public}/", {"title": "旅"}, 200, 403, 403), FORGED_LIST),
        (Write("PUT", "lists/{public}/", {"title": "旅"}, 200, 403, 403), FORGED_LIST),
        (Write("POST", "lists/{public}/items/", {"spot": "{other}"}, 201, 403, 403), FORGED_ITEM | {"position": 99}),
        (Write("PUT", "lists/{public}/items/{spot}/", {}, 200, 403, 403), FORGED_ITEM | {"spot": {"id": NOT_THERE}}),
        (Write("PATCH", "lists/{public}/items/{spot}/", {}, 200, 403, 403), FORGED_ITEM | {"spot": {"id": NOT_THERE}}),
    ],
    ids=str,
)
def test_what_is_read_only_is_never_stored(
    sign_in: SignIn, ids: dict[str, str], hana: User, write: Write, forged: dict[str, Any]
) -> None:
    answer = attempt(sign_in(hana), write, ids)
    honest = answer.json()
    Spot.objects.filter(name=PLACE["name"]).delete()
    forger = Write(write.method, write.path, write.body | forged, write.hana, write.ren, write.mori)
    answer = attempt(sign_in(hana), forger, ids)
    assert answer.status_code in (200, 201)
    told = answer.json()
    changing = {"id", "url", "created_at", "updated_at", "edited_at", "version", "comment_count", "save_count"}
    assert _without(told, changing) == _without(honest, changing)
    for name in changing & set(told) & set(forged) - {"edited_at"}:
        assert told[name] != forged[name], name


def _without(document: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {
        name: _without(value, names) if isinstance(value, dict) else value
        for name, value in document.items()
        if name not in names
    }


@pytest.mark.parametrize("state", ["hidden", "pending", "deleted", "PUBLISHED", "", None, 1])
@pytest.mark.parametrize("write", WRITES[:2], ids=str)
def test_no_state_but_draft_and_published_can_be_written(
    sign_in: SignIn, ids: dict[str, str], hana: User, write: Write, state: Any
) -> None:
    answer = attempt(sign_in(hana), Write(write.method, write.path, write.body | {"state": state}, 0, 0, 0), ids)
    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["errors"]] == ["state"]


def test_a_report_says_nothing_of_who_it_is_from_but_the_session(client: Client, ids: dict[str, str]) -> None:
    body = {"target": f"spot:{ids['spot']}", "reason": "spam", "receipt": "AAAA-AAAA", "state": "done"}
    told = ask(client, "POST", "reports/", body | {"created_at": FORGED["created_at"]}).json()
    assert (told["receipt"] != "AAAA-AAAA", told["state"]) == (True, "open")
    assert ask(client, "POST", "reports/", body | {"reporter": "hana"}).status_code == 400
    assert Report.objects.get().reporter is None
