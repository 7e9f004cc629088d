"""`Authorization: Token …` at every door of the API: who is let in, to what, at what price, and who is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiToken, User
from spots.models import SavedList, Spot
from tests.accounts.token_asking import by_token, program, token_of
from tests.key_value import Store
from tests.rows import every_row
from tests.spots.asking import PLACE, ask

pytestmark = pytest.mark.django_db

NEARBY = "spots/nearby/?lat=36.0621&lng=136.2196"
PUBLIC = [
    "spots/",
    NEARBY,
    "categories/",
    "tags/",
    "lists/",
    "users/hana/",
    "spots/clusters/?bbox=136,36,137,37&zoom=9",
]
UNKNOWN = "mp_" + "0" * 64


def is_unknown(answer: Any) -> bool:
    """Refused as every token is that opens nothing."""
    return bool(
        answer.status_code == 401
        and answer["Content-Type"] == "application/problem+json"
        and answer["WWW-Authenticate"] == "Token"
        and answer["Cache-Control"] == "private, no-store"
        and answer.json()["detail"] == "このトークンは使えません。まちがいか、取り消したものか、期限切れです。"
    )


def test_a_token_reads_and_writes_as_its_owner_without_csrf(hana: User) -> None:
    text = token_of(hana)
    assert re.fullmatch(r"mp_[0-9a-f]{64}", text)
    assert by_token(text, "GET", "me/").json()["username"] == "hana"
    made = by_token(text, "POST", "spots/", PLACE)
    assert (made.status_code, made.json()["created_by"]["username"]) == (201, "hana")
    assert Spot.objects.get().created_by == hana
    assert made["Cache-Control"] == "private, no-store"
    assert not made.cookies


def test_a_token_sees_what_its_owner_sees_and_nothing_more(
    hana: User, ren: User, make_spot: Callable[..., Spot]
) -> None:
    draft = make_spot(created_by=hana, state="draft")
    private = SavedList.objects.create(owner=hana, title="内緒")
    for path in (f"spots/{draft.pk}/", f"lists/{private.pk}/"):
        assert [by_token(token_of(who), "GET", path).status_code for who in (hana, ren)] == [200, 404]
    assert by_token(token_of(ren), "PATCH", f"lists/{private.pk}/", {"title": "x"}).status_code == 404


def test_a_token_that_only_reads_is_told_so_at_every_write(hana: User, make_spot: Callable[..., Spot]) -> None:
    text, spot = token_of(hana, "read"), make_spot(created_by=hana)
    assert by_token(text, "GET", "me/").status_code == 200
    before = every_row("accounts_apitoken")
    for method, path, body in (
        ("POST", "spots/", PLACE),
        ("PATCH", f"spots/{spot.pk}/", {"name": "x"}),
        ("DELETE", f"spots/{spot.pk}/", None),
        ("POST", "lists/", {"title": "旅"}),
        ("PATCH", "me/", {"bio": "x"}),
        ("POST", "reports/", {"target": f"spot:{spot.pk}", "reason": "spam"}),
    ):
        answer = by_token(text, method, path, body)
        assert (answer.status_code, answer.json()["detail"]) == (403, "このトークンは読むだけのものです。")
    assert every_row("accounts_apitoken") == before


@pytest.mark.parametrize("path", PUBLIC)
def test_an_answer_to_a_token_is_nobody_elses_and_the_public_one_says_why(
    client: Client, hana: User, path: str
) -> None:
    assert by_token(token_of(hana), "GET", path)["Cache-Control"] == "private, no-store"
    public = client.get(f"/api/v1/{path}")
    assert public["Cache-Control"].startswith("public")
    assert {"Authorization", "Cookie"} <= {name.strip() for name in public["Vary"].split(",")}


@pytest.mark.parametrize("path", [*PUBLIC, "me/", "tokens/"])
def test_a_token_that_is_none_is_401_on_public_reads_too(hana: User, path: str) -> None:
    assert is_unknown(by_token(UNKNOWN, "GET", path))


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        "Token",
        "Token ",
        "mp_" + "0" * 64,
        "Bearer {text}",
        "Basic aGFuYTp0c3ViYWtp",
        "Token {text} {text}",
        "Token {text}, Token {text}",
        "Token {text}x",
        'Token "{text}"',
        "Token {upper}",
        "Token mp_" + "0" * 63,
        "Token " + "a" * 10_000,
        "Token mp_" + "é" * 64,
        "Token \xff\xfe",
        "Token \u00a0{text}",
        "Token\t{text}",
        "Token mp_" + "0" * 63 + "\x00",
    ],
)
def test_a_malformed_header_is_401_and_costs_no_query(
    hana: User, header: str, django_assert_num_queries: Callable[[int], Any]
) -> None:
    text = token_of(hana)
    with django_assert_num_queries(0):
        answer = program().get(
            "/api/v1/spots/nearby/?lat=36&lng=136",
            HTTP_AUTHORIZATION=header.format(text=text, upper=text.upper()),
        )
    assert is_unknown(answer)


def test_the_scheme_is_read_in_any_case(hana: User) -> None:
    text = token_of(hana)
    for scheme in ("Token", "token", "TOKEN"):
        assert ask(program(), "GET", "me/", authorization=f"{scheme} {text}").status_code == 200


def test_a_hundred_tokens_with_one_sign_changed_open_nothing(hana: User) -> None:
    text = token_of(hana)
    body = text.removeprefix("mp_")
    for place in range(100):
        at = place % len(body)
        other = f"{(int(body[at], 16) + 1 + place // len(body)) % 16:x}"
        assert is_unknown(by_token(f"mp_{body[:at]}{other}{body[at + 1 :]}", "GET", "spots/"))
    assert by_token(text, "GET", "me/").status_code == 200


def test_the_session_is_not_looked_at_beside_a_token(hana: User, ren: User, sign_in: Callable[[User], Client]) -> None:
    browser = sign_in(ren)
    assert ask(browser, "GET", "me/", authorization=f"Token {token_of(hana)}").json()["username"] == "hana"
    assert is_unknown(ask(browser, "GET", "me/", authorization=f"Token {UNKNOWN}"))
    assert ask(browser, "GET", "me/").json()["username"] == "ren"


@pytest.mark.parametrize("end", ["expired", "revoked", "closed", "gone"])
def test_a_token_is_dead_from_the_next_request_on(hana: User, end: str) -> None:
    text = token_of(hana)
    assert by_token(text, "GET", "me/").status_code == 200
    if end == "expired":
        ApiToken.objects.update(expiry=timezone.now())
    elif end == "revoked":
        ApiToken.objects.all().delete()
    elif end == "closed":
        User.objects.filter(pk=hana.pk).update(is_active=False)
    else:
        hana.delete()
    before = every_row()
    assert is_unknown(by_token(text, "GET", "me/"))
    assert is_unknown(by_token(text, "POST", "spots/", PLACE))
    assert every_row() == before


def test_it_is_dead_at_once_while_the_key_value_store_hangs_and_stays_so(store: Store, hana: User) -> None:
    text = token_of(hana)
    assert by_token(text, "GET", "me/").status_code == 200
    store.hang()
    ApiToken.objects.all().delete()
    assert is_unknown(by_token(text, "GET", "me/"))
    store.heal()
    assert is_unknown(by_token(text, "GET", "me/"))


def test_whoever_is_suspended_reads_and_does_not_write(hana: User) -> None:
    text = token_of(hana)
    hana.suspend(timezone.now() + timedelta(days=1), "宣伝")
    assert by_token(text, "GET", "me/").json()["suspended_reason"] == "宣伝"
    assert by_token(text, "POST", "spots/", PLACE).status_code == 403
    assert not Spot.objects.exists()


def test_a_moderators_token_moderates_but_does_not_enter_the_admin(
    mori: User, hana: User, make_spot: Callable[..., Spot]
) -> None:
    text, spot = token_of(mori), make_spot(created_by=hana)
    assert by_token(text, "PATCH", f"spots/{spot.pk}/", {"name": "直した"}).status_code == 200
    assert program().get("/admin/", HTTP_AUTHORIZATION=f"Token {text}").status_code == 404
    assert program().get("/accounts/tokens/", HTTP_AUTHORIZATION=f"Token {text}").status_code == 302


def test_a_read_costs_one_query_more_than_an_anonymous_one(
    client: Client, hana: User, make_spot: Callable[..., Spot]
) -> None:
    make_spot(created_by=hana)
    text = token_of(hana)
    for number in range(20):
        token_of(hana, name=f"{number}")
    by_token(text, "GET", NEARBY)  # the first of the day writes the day
    client.get(f"/api/v1/{NEARBY}")
    with CaptureQueriesContext(connection) as anonymous:
        assert client.get(f"/api/v1/{NEARBY}").status_code == 200
    with CaptureQueriesContext(connection) as named:
        assert by_token(text, "GET", NEARBY).status_code == 200
    assert len(named) == len(anonymous) + 1


def test_the_day_of_the_last_use_is_written_once_a_day(hana: User) -> None:
    text = token_of(hana)
    assert ApiToken.objects.get().last_used_on is None
    by_token(text, "GET", "me/")
    today = timezone.localdate()
    assert ApiToken.objects.get().last_used_on == today
    with CaptureQueriesContext(connection) as queries:
        by_token(text, "GET", "me/")
    assert not [query["sql"] for query in queries if "UPDATE" in query["sql"]]
    ApiToken.objects.update(last_used_on=today - timedelta(days=1))
    by_token(text, "GET", "me/")
    assert ApiToken.objects.get().last_used_on == today


def test_a_write_with_a_key_is_done_once(hana: User) -> None:
    text = token_of(hana)
    first, again = (by_token(text, "POST", "spots/", PLACE, idempotency_key="k") for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert Spot.objects.count() == 1
