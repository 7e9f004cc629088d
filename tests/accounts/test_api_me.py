"""`me/`: one's own account by the API, for its owner alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Spot
from tests.spots.threads import all_at_once

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
URL = "/api/v1/me/"
KEYS = {
    *("username", "display_name", "bio", "language", "email", "avatar_url", "is_moderator", "suspended_until"),
    *("suspended_reason", "created_at", "url", "spot_count"),
}


def patch(client: Client, body: Any, **headers: str) -> Any:
    return client.patch(URL, body, content_type="application/json", headers=headers)


def fields_of(answer: Any) -> list[str]:
    assert answer["Content-Type"] == "application/problem+json"
    return [fault["field"] for fault in answer.json()["errors"]]


def test_an_account_is_told_to_its_owner(hana: User, sign_in: SignIn, make_spot: Callable[..., Spot]) -> None:
    make_spot(created_by=hana)
    make_spot(created_by=hana, state="draft")
    answer = sign_in(hana).get(URL)
    told = answer.json()
    assert (answer.status_code, {*told}) == (200, KEYS)
    assert told | {"created_at": ""} == {
        "username": "hana",
        "display_name": "花",
        "bio": "",
        "language": "ja",
        "email": "hana@example.jp",
        "avatar_url": None,
        "is_moderator": False,
        "suspended_until": None,
        "suspended_reason": "",
        "created_at": "",
        "url": "http://127.0.0.1:8000/users/hana/",
        "spot_count": 1,
    }
    assert told["created_at"].endswith("Z")


def test_a_moderator_is_told_so(mori: User, sign_in: SignIn) -> None:
    assert sign_in(mori).get(URL).json()["is_moderator"] is True


def test_a_stranger_is_401_and_nobody_keeps_any_answer(client: Client, hana: User, sign_in: SignIn) -> None:
    answers = [client.get(URL), patch(client, {"bio": "x"}), client.get(URL, headers={"cookie": "sessionid=unknown"})]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert all(answer["WWW-Authenticate"] for answer in answers)
    mine = sign_in(hana)
    known = mine.get(URL)["ETag"]
    answers += [mine.get(URL), patch(mine, {}), patch(mine, {"x": 1}), mine.get(URL, headers={"if-none-match": known})]
    assert {answer["Cache-Control"] for answer in answers} == {"private, no-store"}


def test_a_closed_account_is_401(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    User.objects.filter(pk=hana.pk).update(is_active=False)
    assert (client.get(URL).status_code, patch(client, {"bio": "x"}).status_code) == (401, 401)


def test_members_are_changed_and_the_others_stay(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    answer = patch(client, {"display_name": " 花\u202e子 ", "bio": "一行\r\n二行"})
    told = answer.json()
    assert (answer.status_code, told["display_name"], told["bio"], told["language"]) == (
        200,
        "花子",
        "一行\n二行",
        "ja",
    )
    assert patch(client, {"language": "en"}).json()["display_name"] == "花子"
    assert client.get(URL).json()["language"] == "en"
    assert patch(client, {}).json() == client.get(URL).json()


def test_read_only_members_are_ignored(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    before = client.get(URL).json()
    answer = patch(client, before | {"username": "admin2", "email": "x@example.jp", "is_moderator": True, "bio": "新"})
    assert answer.json() == before | {"bio": "新"}
    hana.refresh_from_db()
    assert (hana.username, hana.email, hana.is_staff) == ("hana", "hana@example.jp", False)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"display_name": ""}, "display_name"),
        ({"display_name": "　"}, "display_name"),
        ({"display_name": "\u202e\u200b"}, "display_name"),
        ({"display_name": "長" * 31}, "display_name"),
        ({"display_name": None}, "display_name"),
        ({"display_name": 5}, "display_name"),
        ({"display_name": ["花"]}, "display_name"),
        ({"bio": "長" * 501}, "bio"),
        ({"bio": False}, "bio"),
        ({"bio": None}, "bio"),
        ({"bio": {"a": 1}}, "bio"),
        ({"language": "fr"}, "language"),
        ({"language": None}, "language"),
        ({"language": ["ja"]}, "language"),
        ({"password": "atarashii-kotoba"}, "password"),
        ({"is_staff": True}, "is_staff"),
        ({"session_epoch": 1}, "session_epoch"),
        ([], None),
        ("花", None),
        (None, None),
    ],
)
def test_what_cannot_be_is_400_and_leaves_everything(hana: User, sign_in: SignIn, body: Any, field: str | None) -> None:
    client = sign_in(hana)
    before = client.get(URL).content
    sent = {"bio": "ほかの項目", **body} if isinstance(body, dict) and "bio" not in body else body
    answer = patch(client, json.dumps(sent))
    assert (answer.status_code, fields_of(answer)) == (400, [field])
    assert client.get(URL).content == before


def test_a_query_parameter_is_400(hana: User, sign_in: SignIn) -> None:
    assert fields_of(sign_in(hana).get(f"{URL}?username=ren")) == ["username"]


def test_a_version_is_kept_and_only_written_upon_when_it_is_the_last(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    tag = client.get(URL)["ETag"]
    same = client.get(URL, headers={"if-none-match": tag})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
    assert client.get(URL, headers={"if-none-match": f'W/{tag}, "x"'}).status_code == 304
    changed = patch(client, {"bio": "ひとつめ"}, **{"if-match": tag})
    assert (changed.status_code, changed["ETag"] != tag) == (200, True)
    assert client.get(URL, headers={"if-none-match": tag}).status_code == 200
    late = patch(client, {"bio": "ふたつめ"}, **{"if-match": tag})
    assert (late.status_code, late["Content-Type"]) == (412, "application/problem+json")
    assert client.get(URL).json()["bio"] == "ひとつめ"
    for fresh in (changed["ETag"], "*", f'"x", {changed["ETag"]}'):
        assert patch(client, {"bio": "ひとつめ"}, **{"if-match": fresh}).status_code == 200


@pytest.mark.parametrize("tag", ["", '"', '"1"', "nonsense", '"000000000000"', 'W/"x"'])
def test_an_unknown_version_is_412(hana: User, sign_in: SignIn, tag: str) -> None:
    assert patch(sign_in(hana), {"bio": "x"}, **{"if-match": tag}).status_code == 412
    assert User.objects.get().bio == ""


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_many_writers_on_one_version_one_succeeds(hana: User, sign_in: SignIn) -> None:
    clients = [sign_in(hana) for _ in range(6)]
    tag = clients[0].get(URL)["ETag"]

    def write(client: Client, number: int) -> Callable[[], int]:
        return lambda: int(patch(client, {"bio": f"文{number}"}, **{"if-match": tag}).status_code)

    answers: Any = all_at_once([write(client, number) for number, client in enumerate(clients)])
    assert sorted(answers) == [200] + [412] * 5


def test_whoever_is_suspended_reads_why_and_changes_nothing(hana: User, sign_in: SignIn) -> None:
    client = sign_in(hana)
    until = timezone.now() + timedelta(days=3)
    hana.suspend(until, "宣伝のくり返し")
    told = client.get(URL).json()
    assert (told["suspended_until"][:19], told["suspended_reason"]) == (
        until.astimezone(UTC).isoformat()[:19],
        "宣伝のくり返し",
    )
    assert patch(client, {"bio": "停止中"}).status_code == 403
    assert User.objects.get().bio == ""
    hana.suspend(timezone.now() - timedelta(seconds=1), "終わった")
    told = client.get(URL).json()
    assert (told["suspended_until"], told["suspended_reason"]) == (None, "")


def test_a_write_without_the_csrf_token_is_403(hana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(hana)
    assert patch(client, {"bio": "x"}).status_code == 403
    assert User.objects.get().bio == ""


@pytest.mark.parametrize("method", ["put", "post", "delete"])
def test_other_methods_are_405(hana: User, sign_in: SignIn, method: str) -> None:
    answer = getattr(sign_in(hana), method)(URL, {}, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")


def test_others_learn_nothing_new_of_a_person(client: Client, hana: User) -> None:
    told = client.get("/api/v1/users/hana/").json()
    assert {*told} == {"username", "display_name", "avatar_url", "bio", "spot_count", "created_at", "url"}
