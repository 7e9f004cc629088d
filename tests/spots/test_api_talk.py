"""Writing comments and reports through the API."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Case, Comment, ModerationAction, Report, SavedList, Spot
from tests.spots.asking import ask, codes, fields

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]


@pytest.fixture
def spot(make_spot: MakeSpot, hana: User) -> Spot:
    """A public spot of hana's."""
    return make_spot(created_by=hana)


@pytest.fixture
def writer(sign_in: SignIn, ren: User) -> Client:
    """Ren's browser."""
    return sign_in(ren)


@pytest.fixture
def comment(spot: Spot, ren: User) -> Comment:
    """What ren said."""
    said = Comment(spot=spot, author=ren, body="きれいでした")
    said.post()
    return said


def test_a_comment_and_a_reply(writer: Client, client: Client, spot: Spot) -> None:
    url = f"spots/{spot.pk}/comments/"
    answer = ask(writer, "POST", url, {"body": " いい所\u202eです\n\n"})
    told = answer.json()
    assert (answer.status_code, answer["Location"][-46:]) == (201, f"comments/{told['id']}/")
    assert (told["body"], told["author"]["username"], told["parent"]) == ("いい所です", "ren", None)
    reply = ask(writer, "POST", url, {"body": "どうも", "parent": told["id"]})
    assert (reply.status_code, reply.json()["parent"]) == (201, told["id"])
    assert [one["body"] for one in client.get(f"/api/v1/{url}").json()["results"]] == ["いい所です", "どうも"]
    assert client.get(answer["Location"]).json() == told
    assert Spot.objects.get().comment_count == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"body": ""}, "body"),
        ({"body": "\u200b\u202e \n"}, "body"),
        ({"body": "あ" * 2001}, "body"),
        ({"body": 5}, "body"),
        ({"body": None}, "body"),
        ({"body": "x", "parent": "x"}, "parent"),
        ({"body": "x", "parent": 5}, "parent"),
        ({"body": "x", "parent": str(uuid.uuid4())}, "parent"),
        ({"body": "x", "text": "y"}, "text"),
    ],
)
def test_what_is_no_comment_is_refused(writer: Client, spot: Spot, body: Any, field: str) -> None:
    answer = ask(writer, "POST", f"spots/{spot.pk}/comments/", body)
    assert (answer.status_code, fields(answer)) == (400, [field])
    assert Spot.objects.get().comment_count == 0


def test_a_reply_stands_under_a_comment_of_the_same_spot(
    writer: Client, comment: Comment, make_spot: MakeSpot, ren: User, hana: User, mori: User
) -> None:
    other = Comment(spot=make_spot("別"), author=ren, body="よそ")
    reply = Comment(spot=comment.spot, author=ren, body="返信", parent=comment)
    hidden = Comment(spot=comment.spot, author=hana, body="隠れた")
    for one in (other, reply, hidden):
        one.post()
    hidden.hide(mori, "宣伝")
    url = f"spots/{comment.spot_id}/comments/"
    for parent, code in ((other, "unknown"), (hidden, "unknown"), (reply, "depth")):
        assert codes(ask(writer, "POST", url, {"body": "x", "parent": str(parent.pk)})) == [code]
    comment.delete_softly()
    assert codes(ask(writer, "POST", url, {"body": "x", "parent": str(comment.pk)})) == ["gone"]


def test_where_no_comment_is_taken(
    writer: Client, sign_in: SignIn, make_spot: MakeSpot, hana: User, mori: User
) -> None:
    locked, draft = make_spot(), make_spot(created_by=hana, state="draft")
    locked.lock_comments(mori, "荒れたため")
    assert codes(ask(writer, "POST", f"spots/{locked.pk}/comments/", {"body": "x"})) == ["locked"]
    assert ask(writer, "POST", f"spots/{draft.pk}/comments/", {"body": "x"}).status_code == 404
    assert codes(ask(sign_in(hana), "POST", f"spots/{draft.pk}/comments/", {"body": "x"})) == ["state"]


def test_one_comment_and_its_version(writer: Client, client: Client, comment: Comment) -> None:
    path = f"comments/{comment.pk}/"
    first = ask(client, "GET", path)
    assert first.json()["body"] == "きれいでした"
    assert ask(client, "GET", path, if_none_match=first["ETag"]).status_code == 304
    changed = ask(writer, "PATCH", path, {"body": "とてもきれいでした"}, if_match=first["ETag"])
    assert (changed.status_code, changed.json()["edited_at"] is not None) == (200, True)
    stale = ask(writer, "PATCH", path, {"body": "別の窓から"}, if_match=first["ETag"])
    assert stale.status_code == 412
    assert ask(writer, "DELETE", path, if_match=first["ETag"]).status_code == 412
    assert ask(client, "GET", path).json()["body"] == "とてもきれいでした"


def test_nothing_asked_is_nothing_corrected(writer: Client, comment: Comment) -> None:
    assert ask(writer, "PATCH", f"comments/{comment.pk}/", {}).json()["edited_at"] is None


def test_after_half_an_hour_a_comment_stays_but_can_go(writer: Client, comment: Comment) -> None:
    Comment.objects.update(created_at=timezone.now() - timedelta(minutes=31))
    path = f"comments/{comment.pk}/"
    refused = ask(writer, "PATCH", path, {"body": "x"})
    assert (refused.status_code, "30分" in refused.json()["detail"]) == (403, True)
    assert ask(writer, "DELETE", path).status_code == 204


def test_a_deleted_comment_is_a_trace_that_tells_nothing_of_its_words(
    writer: Client, client: Client, spot: Spot, ren: User
) -> None:
    tags = []
    for body in ("一つめ", "二つめ"):
        said = Comment(spot=spot, author=ren, body=body)
        said.post()
        assert ask(writer, "DELETE", f"comments/{said.pk}/").status_code == 204
        trace = ask(client, "GET", f"comments/{said.pk}/")
        assert (trace.json()["body"], trace.json()["author"], trace.json()["state"]) == (None, None, "deleted")
        tags.append(trace["ETag"].partition("-")[0])
    assert tags[0] == tags[1]
    assert Spot.objects.get().comment_count == 0
    assert ask(writer, "PATCH", f"comments/{said.pk}/", {"body": "また"}).status_code == 403
    assert ask(writer, "DELETE", f"comments/{said.pk}/").status_code == 403


def test_a_moderator_takes_a_comment_away_with_a_reason(sign_in: SignIn, comment: Comment, mori: User) -> None:
    moderator, path = sign_in(mori), f"comments/{comment.pk}/"
    assert fields(ask(moderator, "DELETE", path)) == ["reason"]
    assert ask(moderator, "PATCH", path, {"body": "x"}).status_code == 403
    assert ask(moderator, "DELETE", path, {"reason": "宣伝です"}).status_code == 204
    line = ModerationAction.objects.get()
    assert (line.actor, line.verb, line.target_kind, line.reason) == (mori, "delete", "comment", "宣伝です")


def test_a_hidden_comment_is_there_for_its_author_alone(
    writer: Client, client: Client, comment: Comment, mori: User
) -> None:
    comment.hide(mori, "いやがらせ")
    path = f"comments/{comment.pk}/"
    assert (ask(writer, "GET", path).json()["state"], ask(client, "GET", path).status_code) == ("hidden", 404)


@pytest.mark.parametrize("signed_in", [True, False])
def test_anyone_reports_what_they_see(
    writer: Client, client: Client, comment: Comment, hana: User, ren: User, signed_in: bool
) -> None:
    saved = SavedList.objects.create(owner=hana, title="旅", visibility="link")
    for target in (f"spot:{comment.spot_id}", f"comment:{comment.pk}", "user:HANA", f"list:{saved.pk}"):
        answer = ask(writer if signed_in else client, "POST", "reports/", {"target": target, "reason": "spam"})
        told = answer.json()
        assert (answer.status_code, told["state"], told["target"]) == (201, "open", target.replace("HANA", "hana"))
        assert answer["Location"] == f"http://127.0.0.1:8000/api/v1/reports/{told['receipt']}/"
        assert client.get(answer["Location"]).json() == told
        assert set(told) == {"receipt", "reason", "target", "state", "created_at"}
    assert {report.reporter for report in Report.objects.all()} == {ren if signed_in else None}
    assert Case.objects.count() == 4


def test_what_becomes_of_a_report_is_told_to_whoever_has_the_receipt(
    client: Client, spot: Spot, hana: User, mori: User
) -> None:
    ask(client, "POST", "reports/", {"target": "user:hana", "reason": "other", "text": "カナリア"})
    receipt = Report.objects.get().receipt
    Case.objects.get().settle("done", mori, "対応しました")
    for typed in (receipt, receipt.lower(), receipt.replace("-", "")):
        told = ask(client, "GET", f"reports/{typed}/")
        assert (told.status_code, told.json()["state"], "カナリア" in told.content.decode()) == (200, "done", False)
    User.objects.filter(pk=hana.pk).update(is_active=False)
    assert ask(client, "GET", f"reports/{receipt}/").json()["target"] is None
    for unknown in ("AAAA-AAAA", "x", "%00", "あ"):
        assert ask(client, "GET", f"reports/{unknown}/").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "spam"}, "target"),
        ({"target": "spot", "reason": "spam"}, "target"),
        ({"target": "spot:x", "reason": "spam"}, "target"),
        ({"target": f"spot:{uuid.uuid4()}", "reason": "spam"}, "target"),
        ({"target": "user:nobody", "reason": "spam"}, "target"),
        ({"target": "photo:1", "reason": "spam"}, "target"),
        ({"target": ["spot"], "reason": "spam"}, "target"),
        ({"target": "user:hana"}, "reason"),
        ({"target": "user:hana", "reason": "dislike"}, "reason"),
        ({"target": "user:hana", "reason": "other"}, "text"),
        ({"target": "user:hana", "reason": "other", "text": " \u200b"}, "text"),
        ({"target": "user:hana", "reason": "spam", "text": "あ" * 2001}, "text"),
        ({"target": "user:hana", "reason": "spam", "text": 5}, "text"),
        ({"target": "user:hana", "reason": "spam", "severity": 5}, "severity"),
    ],
)
def test_what_is_no_report_is_refused(client: Client, hana: User, body: Any, field: str) -> None:
    answer = ask(client, "POST", "reports/", body)
    assert (answer.status_code, field in fields(answer)) == (400, True)
    assert not Report.objects.exists()
    assert not Case.objects.exists()


def test_what_is_not_visible_cannot_be_reported(client: Client, comment: Comment, hana: User, mori: User) -> None:
    private = SavedList.objects.create(owner=hana, title="自分だけ")
    comment.spot.hide(mori, "確認中")
    unseen = [f"spot:{comment.spot_id}", f"comment:{comment.pk}", f"list:{private.pk}"]
    missing = [f"{kind}:{uuid.uuid4()}" for kind in ("spot", "comment", "list")]
    for one, other in zip(unseen, missing, strict=True):
        refused, unknown = (ask(client, "POST", "reports/", {"target": t, "reason": "spam"}) for t in (one, other))
        assert refused.status_code == 400
        assert refused.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}


def test_that_a_place_is_closed_is_said_of_spots_alone(client: Client, comment: Comment, spot: Spot) -> None:
    answer = ask(client, "POST", "reports/", {"target": f"comment:{comment.pk}", "reason": "closed"})
    assert (answer.status_code, fields(answer)) == (400, ["reason"])
    assert ask(client, "POST", "reports/", {"target": f"spot:{spot.pk}", "reason": "closed"}).status_code == 201
    assert Report.objects.count() == 1
