"""`Idempotency-Key`: a write that is sent again is stored once and answered as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from machipoke.models import IdempotentAnswer
from spots.models import Case, Comment, Report, SavedList, Spot
from tests.spots.asking import PLACE, ask, codes, fields
from tests.spots.threads import all_at_once, errors_of

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]
KEY = '"8e03978e-40d5-43dd-bc93-6894a57f9324"'


@pytest.fixture
def author(sign_in: SignIn, hana: User) -> Client:
    """Hana's browser."""
    return sign_in(hana)


def whole(answer: Any) -> tuple[int, dict[str, str], bytes]:
    """Everything of an answer that belongs to the row."""
    names = ("Content-Type", "Location", "ETag", "Allow", "Vary", "Cache-Control")
    return answer.status_code, {name: answer.get(name) for name in names}, answer.content


WRITES: list[tuple[str, str, Any]] = [
    ("POST", "spots/", PLACE),
    ("PATCH", "spots/{spot}/", {"name": "一度だけ"}),
    ("DELETE", "spots/{spot}/", None),
    ("POST", "spots/{deleted}/restoration/", {}),
    ("POST", "spots/{spot}/comments/", {"body": "一度だけ"}),
    ("PATCH", "comments/{comment}/", {"body": "一度だけ"}),
    ("DELETE", "comments/{comment}/", None),
    ("POST", "lists/", {"title": "一度だけ"}),
    ("PATCH", "lists/{list}/", {"title": "一度だけ"}),
    ("PUT", "lists/{list}/", {"title": "一度だけ"}),
    ("DELETE", "lists/{list}/", None),
    ("POST", "lists/{list}/items/", {"spot": "{spot}"}),
    ("PUT", "lists/{list}/items/", {"order": []}),
    ("PUT", "lists/{list}/items/{spot}/", {"note": "一度だけ"}),
    ("PATCH", "lists/{list}/items/{kept}/", {"note": "一度だけ"}),
    ("DELETE", "lists/{list}/items/{kept}/", None),
    ("POST", "reports/", {"target": "user:hana", "reason": "spam"}),
    ("PATCH", "me/", {"display_name": "一度だけ"}),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_every_write_is_done_once_and_answered_alike(
    author: Client, make_spot: MakeSpot, hana: User, method: str, path: str, body: Any
) -> None:
    spot, deleted, kept = (make_spot(name, created_by=hana) for name in ("一", "二", "三"))
    comment = Comment(spot=kept, author=hana, body="いい所")
    comment.post()
    deleted.delete_softly()
    saved = SavedList.objects.create(owner=hana, title="旅")
    saved.add(kept)
    ids = {"spot": spot.pk, "deleted": deleted.pk, "kept": kept.pk, "comment": comment.pk, "list": saved.pk}
    if "spot" in (body or {}):
        body = {"spot": str(spot.pk)}
    path = path.format(**ids)
    before = [model.objects.count() for model in (Spot, Comment, SavedList, Report)]
    first = ask(author, method, path, body, idempotency_key=KEY)
    assert first.status_code in (200, 201, 204)
    after = [model.objects.count() for model in (Spot, Comment, SavedList, Report)]
    assert sum(after) - sum(before) in (-1, 0, 1)
    # Whatever becomes of the rows, the same question has the same answer.
    SavedList.objects.update(title="あとで変わった")
    User.objects.update(bio="あとで変わった")
    Comment.objects.update(body="あとで変わった")
    Spot.objects.filter(state="published").update(name="あとで変わった", version=9)
    assert whole(ask(author, method, path, body, idempotency_key=KEY)) == whole(first)
    assert [model.objects.count() for model in (Spot, Comment, SavedList, Report)] == after
    # Without a key it is done again.
    assert whole(ask(author, method, path, body)) != whole(first) or (method, body) == ("PUT", {"order": []})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "spots/", PLACE | {"name": "別の場所"}),
        ("POST", "lists/", {"title": "旅"}),
        ("POST", "spots/?format=geojson", PLACE),
    ],
)
def test_a_key_stands_for_one_content(author: Client, method: str, path: str, body: Any) -> None:
    assert ask(author, "POST", "spots/", PLACE, idempotency_key=KEY).status_code == 201
    refused = ask(author, method, path, body, idempotency_key=KEY)
    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    assert refused.json()["detail"].startswith("同じ Idempotency-Key")
    assert (Spot.objects.count(), SavedList.objects.count()) == (1, 0)


def test_how_the_json_is_written_does_not_matter(author: Client) -> None:
    turned = dict(reversed(PLACE.items()))
    first = ask(author, "POST", "spots/", PLACE, idempotency_key=KEY)
    assert whole(ask(author, "POST", "spots/", turned, idempotency_key=KEY)) == whole(first)


@pytest.mark.parametrize("key", ["", " ", "a b", "あ", "\x7f", "a\tb", "k" * 201])
def test_a_key_that_is_none_is_refused(author: Client, key: str) -> None:
    answer = ask(author, "POST", "spots/", PLACE, idempotency_key=key)
    assert (answer.status_code, fields(answer), codes(answer)) == (400, ["Idempotency-Key"], ["invalid"])
    assert not Spot.objects.exists()


@pytest.mark.parametrize("key", ["k", "!", "~" * 200])
def test_a_key_is_any_visible_ascii(author: Client, key: str) -> None:
    for _again in range(2):
        assert ask(author, "POST", "spots/", PLACE, idempotency_key=key).status_code == 201
    assert Spot.objects.count() == 1


def test_a_refusal_leaves_nothing_behind(author: Client) -> None:
    for body in (PLACE | {"name": ""}, PLACE | {"latitude": 0, "longitude": 0}):
        assert ask(author, "POST", "spots/", body, idempotency_key=KEY).status_code == 400
    assert not IdempotentAnswer.objects.exists()
    assert ask(author, "POST", "spots/", PLACE, idempotency_key=KEY).status_code == 201


def test_a_key_is_its_persons_own(author: Client, sign_in: SignIn, ren: User) -> None:
    mine = ask(author, "POST", "spots/", PLACE, idempotency_key=KEY)
    theirs = ask(sign_in(ren), "POST", "spots/", PLACE, idempotency_key=KEY)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert theirs.json()["created_by"]["username"] == "ren"
    assert ask(Client(), "POST", "spots/", PLACE, idempotency_key=KEY).status_code == 401


def test_a_kept_answer_is_not_for_whoever_was_suspended_since(author: Client, hana: User) -> None:
    assert ask(author, "POST", "spots/", PLACE, idempotency_key=KEY).status_code == 201
    hana.suspend(timezone.now() + timedelta(days=1), "宣伝")
    assert ask(author, "POST", "spots/", PLACE, idempotency_key=KEY).status_code == 403


def test_signed_out_reports_share_a_scope(client: Client, hana: User) -> None:
    body = {"target": "user:hana", "reason": "spam"}
    first = ask(client, "POST", "reports/", body, idempotency_key=KEY)
    assert whole(ask(Client(), "POST", "reports/", body, idempotency_key=KEY)) == whole(first)
    assert Case.objects.get().report_count == Report.objects.count() == 1
    assert ask(client, "POST", "reports/", body | {"reason": "abuse"}, idempotency_key=KEY).status_code == 422


def test_after_a_day_a_key_is_new_again(author: Client) -> None:
    ask(author, "POST", "spots/", PLACE, idempotency_key=KEY)
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=23, minutes=59))
    ask(author, "POST", "spots/", PLACE, idempotency_key=KEY)
    assert Spot.objects.count() == 1
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    ask(author, "POST", "spots/", PLACE, idempotency_key=KEY)
    assert Spot.objects.count() == 2
    assert IdempotentAnswer.objects.count() == 1


def test_reading_takes_no_key(author: Client) -> None:
    assert ask(author, "GET", "spots/", idempotency_key="あ").status_code == 200
    assert not IdempotentAnswer.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("path", ["spots/", "reports/"])
def test_of_fifty_at_once_one_is_stored_and_all_are_answered_alike(sign_in: SignIn, hana: User, path: str) -> None:
    body = PLACE if path == "spots/" else {"target": "user:hana", "reason": "spam"}
    clients = [sign_in(hana) if path == "spots/" else Client() for _one in range(50)]
    jobs: list[Callable[[], object]] = [
        partial(ask, client, "POST", path, body, idempotency_key=KEY) for client in clients
    ]
    answers: list[Any] = all_at_once(jobs)
    assert errors_of(answers) == []
    assert {answer.status_code for answer in answers} == {201}
    assert len({(answer.content, answer["Location"], answer.get("ETag")) for answer in answers}) == 1
    assert (Spot.objects.count(), Report.objects.count()) == ((1, 0) if path == "spots/" else (0, 1))


def test_a_key_is_never_the_token_of_a_form(author: Client, hana: User, make_spot: MakeSpot) -> None:
    gone, token = make_spot(created_by=hana), "8e03978e-40d5-43dd-bc93-6894a57f9324"
    assert ask(author, "DELETE", f"spots/{gone.pk}/", idempotency_key=f"form:{token}").status_code == 204
    assert author.post("/lists/new/", {"title": "散歩", "form_token": token}).status_code == 302
    assert SavedList.objects.get().title == "散歩"
