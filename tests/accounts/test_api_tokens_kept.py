"""`tokens/` and `tokens/<id>/`: how many there are, who sees them, and who revokes which."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, User
from accounts.models.token import MOST_TOKENS
from tests.accounts.token_asking import by_token, many_tries, program, signing, token_of  # noqa: F401 - a fixture
from tests.spots.asking import ask, codes, fields
from tests.spots.threads import all_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("many_tries")]

SignIn = Callable[[User], Client]


def post(body: Any) -> Any:
    return ask(program(), "POST", "tokens/", body)


def test_there_are_at_most_fifty_and_what_expired_makes_room(hana: User, ren: User) -> None:
    for number in range(MOST_TOKENS):
        token_of(hana, name=f"{number}")
    answer = post(signing("hana"))
    assert (answer.status_code, codes(answer), "50個まで" in answer.content.decode()) == (400, ["too_many"], True)
    assert post(signing("ren")).status_code == 201
    old = ApiToken.objects.filter(user=hana, name__in=["1", "2"])
    old.update(expiry=timezone.now() - timedelta(seconds=1))
    assert post(signing("hana")).status_code == 201
    assert (old.exists(), ApiToken.objects.filter(user=hana).count()) == (False, MOST_TOKENS - 1)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_many_at_once_no_one_is_too_many(hana: User) -> None:
    for number in range(MOST_TOKENS - 3):
        token_of(hana, name=f"{number}")
    answers = all_at_once([lambda: int(post(signing("hana")).status_code)] * 8)
    assert sorted(map(str, answers)) == ["201"] * 3 + ["400"] * 5
    assert ApiToken.objects.count() == MOST_TOKENS


def test_whoever_is_suspended_makes_none_that_writes(hana: User) -> None:
    hana.suspend(timezone.now() + timedelta(days=1), "宣伝")
    refused = post(signing("hana"))
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    assert refused.json()["detail"] == "利用停止中は、書けるトークンを作れません。"
    assert not ApiToken.objects.exists()
    assert post(signing("hana", scope="read")).status_code == 201


# --- seeing and revoking ---


def test_the_list_tells_everything_but_the_text(hana: User, ren: User, sign_in: SignIn) -> None:
    token_of(ren, name="蓮の")
    text = token_of(hana, "read", "古い")
    token_of(hana, name="新しい")
    by_token(text, "GET", "me/")
    told = ask(sign_in(hana), "GET", "tokens/").json()
    assert (told["next"], told["previous"]) == (None, None)
    assert [(one["name"], one["scope"]) for one in told["results"]] == [("新しい", "write"), ("古い", "read")]
    for one in told["results"]:
        assert {*one} == {"id", "name", "scope", "created_at", "expires_at", "last_used_on"}
        assert one["created_at"].endswith("Z")
        assert one["expires_at"].endswith("Z")
    assert [one["last_used_on"] for one in told["results"]] == [None, timezone.localdate().isoformat()]


def test_a_list_costs_one_query_more_whatever_it_holds(
    hana: User, sign_in: SignIn, django_assert_num_queries: Callable[[int], Any]
) -> None:
    text = token_of(hana)
    for number in range(20):
        token_of(hana, name=f"{number}")
    by_token(text, "GET", "tokens/")
    with django_assert_num_queries(2):
        assert len(by_token(text, "GET", "tokens/").json()["results"]) == 21


def test_a_token_that_writes_sees_and_revokes_all_of_its_owner(hana: User) -> None:
    text, other = token_of(hana), token_of(hana, "read", "ほか")
    assert len(by_token(text, "GET", "tokens/").json()["results"]) == 2
    row = ApiToken.objects.get(name="ほか")
    assert by_token(text, "GET", f"tokens/{row.id}/").json()["name"] == "ほか"
    assert by_token(text, "DELETE", f"tokens/{row.id}/").status_code == 204
    assert by_token(other, "GET", "me/").status_code == 401
    own = ApiToken.objects.get()
    assert by_token(text, "DELETE", f"tokens/{own.id}/").status_code == 204
    assert by_token(text, "GET", "me/").status_code == 401


def test_a_token_that_reads_sees_and_revokes_itself_alone(hana: User) -> None:
    text, _other = token_of(hana, "read", "自分"), token_of(hana, name="ほか")
    own, other = ApiToken.objects.get(name="自分"), ApiToken.objects.get(name="ほか")
    assert [one["name"] for one in by_token(text, "GET", "tokens/").json()["results"]] == ["自分"]
    for method in ("GET", "DELETE"):
        assert by_token(text, method, f"tokens/{other.id}/").status_code == 404
    assert by_token(text, "DELETE", f"tokens/{own.id}/").status_code == 204
    assert [*ApiToken.objects.values_list("name", flat=True)] == ["ほか"]


@pytest.mark.parametrize("who", ["ren", "mori", "signed_out"])
def test_others_are_not_there(hana: User, ren: User, mori: User, sign_in: SignIn, who: str) -> None:
    token_of(hana)
    row = ApiToken.objects.get()
    client = Client() if who == "signed_out" else sign_in({"ren": ren, "mori": mori}[who])
    missing = "00000000-0000-4000-8000-000000000000"
    for method in ("GET", "DELETE"):
        one, other = ask(client, method, f"tokens/{row.id}/"), ask(client, method, f"tokens/{missing}/")
        assert one.status_code == (401 if who == "signed_out" else 404)
        assert one.json() | {"request_id": ""} == other.json() | {"request_id": ""}
    if who != "signed_out":
        assert by_token(token_of(ren if who == "ren" else mori), "DELETE", f"tokens/{row.id}/").status_code == 404
        assert ask(client, "GET", "tokens/").json()["results"][-1:] != [str(row.id)]
    assert ApiToken.objects.filter(pk=row.pk).exists()


def test_a_session_revokes_with_the_csrf_token_alone(hana: User, sign_in: SignIn) -> None:
    token_of(hana)
    path = f"tokens/{ApiToken.objects.get().id}/"
    careless = Client(enforce_csrf_checks=True)
    careless.force_login(hana)
    assert ask(careless, "DELETE", path).status_code == 403
    assert ask(sign_in(hana), "DELETE", path).status_code == 204
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("scope", ["read", "write"])
def test_whoever_is_suspended_still_revokes(hana: User, sign_in: SignIn, scope: str) -> None:
    text = token_of(hana, scope)
    token_of(hana, scope, "ほか")
    hana.suspend(timezone.now() + timedelta(days=1), "宣伝")
    assert by_token(text, "DELETE", f"tokens/{ApiToken.objects.get(name='台所の電話').id}/").status_code == 204
    assert ask(sign_in(hana), "DELETE", f"tokens/{ApiToken.objects.get().id}/").status_code == 204


def test_revoking_takes_no_words_and_a_key(hana: User, sign_in: SignIn) -> None:
    token_of(hana)
    client, path = sign_in(hana), f"tokens/{ApiToken.objects.get().id}/"
    assert fields(ask(client, "DELETE", path, {"reason": "x"})) == ["reason"]
    answers = [ask(client, "DELETE", path, idempotency_key="k").status_code for _ in range(2)]
    assert answers == [204, 204]
    assert ask(client, "DELETE", path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "tokens/"), ("PATCH", "tokens/"), ("DELETE", "tokens/"), ("POST", "tokens/{id}/")]
)
def test_other_methods_are_405(hana: User, sign_in: SignIn, method: str, path: str) -> None:
    token_of(hana)
    answer = ask(sign_in(hana), method, path.format(id=ApiToken.objects.get().id), {})
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")


def test_a_query_parameter_is_400(hana: User, sign_in: SignIn) -> None:
    assert fields(ask(sign_in(hana), "GET", "tokens/?user=ren")) == ["user"]
    assert fields(ask(program(), "POST", "tokens/?username=hana", signing("hana"))) == ["username"]
