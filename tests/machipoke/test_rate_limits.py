"""How often: exact at 64 clients, told in headers, one count for site and API; without the store not open nor shut."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.test import Client

from accounts.adapter import AccountAdapter
from accounts.models import ApiToken, User
from machipoke import caching, ratelimits
from machipoke.ratelimits import LIMITS, Usage, consume
from spots.models import Comment, Report, Spot
from tests.key_value import Store
from tests.spots.threads import all_at_once

CLIENTS = 64
at_once = pytest.mark.django_db(transaction=True, serialized_rollback=True)
TABLE = {
    "read": (300, 60),
    "image_asked": (3000, 60),
    "api": (600, 60),
    "login": (5, 300),
    "login_address": (25, 300),
    "signup": (5, 1800),
    "reset": (5, 3600),
    "spot": (20, 3600),
    "comment": (30, 600),
    "photo": (60, 3600),
    "report": (10, 3600),
    "suggest": (120, 60),
    "image": (120, 60),
}
"""The contract's, word for word."""


@pytest.fixture(autouse=True)
def _within_one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's clock stands still: a window that ended meanwhile would let more through."""
    now = time.time()
    monkeypatch.setattr("django_ratelimit.core.time", SimpleNamespace(time=lambda: now))


@pytest.fixture
def hana(hana: User) -> User:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    return hana


def test_the_table_is_the_contract() -> None:
    assert {name: LIMITS[name][:2] for name in TABLE} == TABLE


@pytest.fixture
def patient(settings: Any) -> Iterator[None]:
    """Threads by the dozen on a busy machine wait longer than a page would, and the breaker would open."""
    usual = settings.CACHES
    settings.CACHES = {
        name: one | {"OPTIONS": one["OPTIONS"] | {"SOCKET_TIMEOUT": 10.0}} for name, one in usual.items()
    }
    yield
    settings.CACHES = usual


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("name", LIMITS)
def test_64_clients_at_once_get_exactly_the_limit(name: str) -> None:
    limit = LIMITS[name]
    tries = limit.amount + CLIENTS
    answers = all_at_once([lambda: [consume(name, "someone") for _ in range(-(-tries // CLIENTS))]] * CLIENTS)
    allowed = [usage for batch in answers for usage in cast(list[Usage], batch) if usage.is_allowed]
    assert len(allowed) == limit.amount
    assert sorted(usage.remaining for usage in allowed) == list(range(limit.amount))
    assert consume(name, "someone else").is_allowed


def sign_in(password: str, login: str = "hana", **more: Any) -> int:
    return Client(**more).post("/accounts/login/", {"login": login, "password": password}).status_code


@at_once
@pytest.mark.usefixtures("patient")
def test_64_wrong_passwords_at_once_are_5_tries(hana: User) -> None:
    answers = all_at_once([lambda: sign_in("wrong-password")] * CLIENTS)
    assert Counter(answers) == {200: 5, 429: 59}


def test_the_right_password_does_not_help_either_then_and_other_people_are_not_touched(hana: User, ren: User) -> None:
    EmailAddress.objects.create(user=ren, email=ren.email, verified=True, primary=True)
    assert [sign_in("wrong-password") for _ in range(6)] == [200] * 5 + [429]
    assert sign_in("tsubaki-no-michi") == 429
    assert sign_in("kawara-no-kaze", "ren") == 302


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("hana", "HANA"),
        ("hana", "ｈａｎａ"),
        ("hana", " hana "),
        ("hana", "ha\u200bna"),
        ("hana@example.jp", "Hana@Example.JP"),
    ],
)
def test_a_name_has_one_count_however_it_is_spelled(hana: User, first: str, then: str) -> None:
    assert [sign_in("wrong-password", first) for _ in range(4)] == [200] * 4
    assert [sign_in("wrong-password", then) for _ in range(2)] == [200, 429]


def test_the_count_does_not_tell_which_address_belongs_to_which_name(hana: User, ren: User) -> None:
    assert [sign_in("wrong-password", "hana") for _ in range(6)] == [200] * 5 + [429]
    for address in ("hana@example.jp", "ren@example.jp", "nobody@example.jp"):
        answer = Client().post("/accounts/login/", {"login": address, "password": "wrong-password"})
        assert (answer.status_code, answer["RateLimit-Remaining"]) == (200, "4")


def test_a_name_that_nobody_has_is_counted_alike(hana: User) -> None:
    assert [sign_in("wrong-password", "nobody") for _ in range(6)] == [200] * 5 + [429]


def test_signing_in_on_many_devices_is_no_attack(hana: User) -> None:
    assert [sign_in("tsubaki-no-michi") for _ in range(9)] == [302] * 9
    assert [sign_in("wrong-password") for _ in range(6)] == [200] * 5 + [429]


def test_an_address_has_25_tries_over_all_accounts_and_locks_none_after_that(hana: User) -> None:
    assert [sign_in("wrong-password", f"somebody{n}") for n in range(26)] == [200] * 25 + [429]
    assert [sign_in("wrong-password") for _ in range(6)] == [429] * 6
    assert sign_in("tsubaki-no-michi", REMOTE_ADDR="198.51.100.7") == 302


def test_an_address_made_up_in_a_header_is_no_other_address(hana: User) -> None:
    answers = [sign_in("wrong-password", f"somebody{n}", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}") for n in range(26)]
    assert answers == [200] * 25 + [429]


def test_behind_one_proxy_the_address_is_the_one_that_the_proxy_saw(hana: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    hops = [f"203.0.113.{n}, 198.51.100.9" for n in range(26)]
    assert [sign_in("wrong-password", f"a{n:02}", HTTP_X_FORWARDED_FOR=hops[n]) for n in range(26)][-1] == 429
    assert sign_in("wrong-password", "other", HTTP_X_FORWARDED_FOR="198.51.100.10") == 200


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
        ("198.51.100.7", "198.51.100.8", False),
        ("", "unix:", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
def test_who_one_address_is(rf: Any, one: str, other: str, same: bool) -> None:
    keys = [ratelimits.address_of(rf.get("/", REMOTE_ADDR=address)) for address in (one, other)]
    assert (keys[0] == keys[1]) is same


def test_a_right_code_of_a_second_factor_is_asked_for_only_five_times(mori: User) -> None:
    EmailAddress.objects.create(user=mori, email=mori.email, verified=True, primary=True)
    client = Client()
    client.post("/accounts/login/", {"login": "mori", "password": "yama-no-koe-99"})
    bodies = [client.post("/accounts/2fa/authenticate/", {"code": "000000"}).content.decode() for _ in range(6)]
    told = str(AccountAdapter.error_messages["too_many_login_attempts"])
    assert [told in body for body in bodies] == [False] * 5 + [True]


# --- reading ---


def test_300_pages_a_minute_from_one_address_and_the_headers_count_down(db: None) -> None:
    client = Client()
    answers = [client.get("/about/") for _ in range(301)]
    assert [answer.status_code for answer in answers] == [200] * 300 + [429]
    assert [answers[n]["RateLimit-Remaining"] for n in (0, 1, 299, 300)] == ["299", "298", "0", "0"]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"300"}
    last = answers[-1]
    assert 1 <= int(last["RateLimit-Reset"]) <= 60
    assert last["Retry-After"] == last["RateLimit-Reset"]
    assert "Retry-After" not in answers[0]
    assert last["Cache-Control"] == "private, no-store"
    assert not last.cookies
    assert client.get("/about/", REMOTE_ADDR="198.51.100.7").status_code == 200
    assert client.get("/healthz").status_code == 200


def test_the_api_says_it_as_a_problem(db: None) -> None:
    for _ in range(300):
        consume("read", "127.0.0.1")
    answer = Client().get("/api/v1/categories/")
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == answer["RateLimit-Reset"]
    assert answer.json()["status"] == 429


def test_a_refused_page_of_the_english_site_is_in_english(db: None) -> None:
    for _ in range(300):
        consume("read", "127.0.0.1")
    answer = Client().get("/en/about/")
    assert answer.status_code == 429
    assert 'lang="en"' in answer.content.decode()


def test_a_token_has_its_own_600_and_a_made_up_one_is_counted_by_address(hana: User) -> None:
    row, text = ApiToken.objects.create(hana, name="試し")
    client = Client(HTTP_AUTHORIZATION=f"Token {text}")
    first = client.get("/api/v1/me/")
    assert (first.status_code, first["RateLimit-Limit"], first["RateLimit-Remaining"]) == (200, "600", "599")
    for _ in range(599):
        consume("api", row.pk)
    assert client.get("/api/v1/me/").status_code == 429
    made_up = Client(HTTP_AUTHORIZATION="Token " + "f" * 64)
    assert made_up.get("/api/v1/me/").status_code == 401
    for _ in range(299):
        consume("read", "127.0.0.1")
    assert made_up.get("/api/v1/me/").status_code == 429


@pytest.mark.parametrize("path", ["/api/docs/", "/api/v1/nothing/"])
def test_the_name_of_a_token_alone_makes_nothing_free(db: None, path: str) -> None:
    client = Client(HTTP_AUTHORIZATION="Token x")
    assert client.get(path)["RateLimit-Remaining"] == "299"
    for _ in range(299):
        consume("read", "127.0.0.1")
    assert client.get(path).status_code == 429


# --- writing ---


def test_20_spots_an_hour_by_site_and_api_together(hana: User, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(hana)
    spot = {"name": "社", "latitude": 36.06, "longitude": 136.22, "category": "nature"}
    api = [client.post("/api/v1/spots/", {**spot, "name": f"社{n}"}, "application/json") for n in range(10)]
    assert {answer.status_code for answer in api} == {201}
    assert api[-1]["RateLimit-Remaining"] == "10"
    page = [client.post("/spots/new/", {**spot, "name": f"滝{n}", "latitude": 35 + n / 10}) for n in range(11)]
    assert [answer.status_code for answer in page] == [302] * 10 + [429]
    assert "滝10" in page[-1].content.decode()
    assert client.post("/api/v1/spots/", spot, "application/json").status_code == 429
    assert Spot.objects.count() == 20


def test_what_is_refused_for_its_content_costs_nothing(hana: User, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(hana)
    for _ in range(25):
        assert client.post("/api/v1/spots/", {"name": ""}, "application/json").status_code == 400
    good = {"name": "社", "latitude": 36.06, "longitude": 136.22, "category": "nature"}
    assert client.post("/api/v1/spots/", good, "application/json").status_code == 201


def test_what_is_sent_twice_counts_once(hana: User, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(hana)
    good = {"name": "社", "latitude": 36.06, "longitude": 136.22, "category": "nature"}
    for _ in range(25):
        answer = client.post("/api/v1/spots/", good, "application/json", HTTP_IDEMPOTENCY_KEY="same")
        assert answer.status_code == 201
    assert Spot.objects.count() == 1


def test_30_comments_in_ten_minutes(
    hana: User, make_spot: Callable[..., Spot], sign_in: Callable[[User], Client]
) -> None:
    client, spot = sign_in(hana), make_spot()
    url = f"/api/v1/spots/{spot.pk}/comments/"
    api = [client.post(url, {"body": f"{n}"}, "application/json").status_code for n in range(15)]
    page = [client.post(f"/spots/{spot.pk}/comments/", {"body": f"p{n}"}).status_code for n in range(16)]
    assert api + page == [201] * 15 + [302] * 15 + [429]
    assert Comment.objects.count() == 30


def test_10_reports_an_hour_from_an_address_signed_in_or_not(
    hana: User, make_spot: Callable[..., Spot], sign_in: Callable[[User], Client]
) -> None:
    spot = make_spot()
    sent = {"target": f"spot:{spot.pk}", "reason": "wrong"}
    api = [Client().post("/api/v1/reports/", sent, "application/json").status_code for _ in range(5)]
    page = [sign_in(hana).post("/reports/new/", sent).status_code for _ in range(6)]
    assert api + page == [201] * 10 + [429]
    assert Report.objects.count() == 10


def test_5_sign_ups_in_half_an_hour_from_an_address(db: None) -> None:
    answers = []
    for number in range(6):
        typed = {"username": f"kaze{number}", "email": f"kaze{number}@example.jp"}
        words = dict.fromkeys(("password1", "password2"), "mizu-no-oto-2026")
        answers.append(Client().post("/accounts/signup/", typed | words).status_code)
    assert answers == [302] * 5 + [429]


@pytest.mark.parametrize("email", ["hana@example.jp", "nobody@example.jp"])
def test_5_letters_an_hour_for_a_forgotten_password_known_or_not(hana: User, email: str) -> None:
    typed = [email, email.upper(), email, email, email, email]
    answers = [Client().post("/accounts/password/reset/", {"email": one}).status_code for one in typed]
    assert answers == [302] * 5 + [429]


def test_20_letters_an_hour_from_an_address_to_whomever(db: None, mailoutbox: list[Any]) -> None:
    addresses = [f"kaze{number}@example.jp" for number in range(22)]
    answers = [Client().post("/accounts/password/reset/", {"email": one}).status_code for one in addresses]
    assert answers == [302] * 20 + [429] * 2
    assert len(mailoutbox) == 20


def test_strangers_make_no_more_than_60_rows_of_kept_forms(db: None) -> None:
    answers = {Client().post("/accounts/profile/", {"bio": "x" * 9000}).status_code for _ in range(64)}
    assert (answers, Session.objects.count()) == ({302}, 60)


# --- without the store ---


@pytest.mark.parametrize("break_", [Store.kill, Store.hang], ids=["killed", "hung"])
def test_without_the_store_reads_are_open_and_tries_are_still_few(
    hana: User, store: Store, break_: Callable[[Store], None], settings: Any
) -> None:
    settings.WEB_WORKERS = 2
    break_(store)
    assert {Client().get("/about/").status_code for _ in range(302)} == {200}
    tried = [sign_in("wrong-password", REMOTE_ADDR=f"198.51.100.{n}") for n in range(8)]
    assert tried == [200] * 3 + [429] * 5, "5 for all workers, 3 for each of two"
    assert sign_in("wrong-password", "somebody-else") == 200, "never everybody"
    store.heal()
    caches["limits"].clear()
    assert sign_in("tsubaki-no-michi") == 302


def test_without_the_store_the_right_password_is_given_back(hana: User, store: Store) -> None:
    store.kill()
    assert [sign_in("tsubaki-no-michi") for _ in range(9)] == [302] * 9


def test_the_breaker_is_what_tells_that_the_store_is_away(store: Store) -> None:
    store.kill()
    assert consume("spot", 1).is_allowed
    assert caching.BreakerCache._open_until > 0
