"""A session that is over stays over, whatever the key/value store did at that moment and remembers afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.test import Client

from accounts.models import MODERATORS, User
from tests.accounts.letters import code_for
from tests.accounts.test_devices import browser_of, end_address, is_in
from tests.key_value import Store
from tests.second_factor import superuser

PASSWORD, NEW = "tsubaki-no-michi", "kaze-no-toori-michi"
HUNDRED = 100

Pair = tuple[User, Client, Client]


def flush(store: Store) -> None:
    """Everything is forgotten, as by a restart without its file."""
    caches["sessions"].client.get_client().flushall()  # type: ignore[attr-defined]


def sign_out(person: User, keeper: Client, victim: Client) -> None:
    assert victim.post("/accounts/logout/").status_code == 302


def end_one(person: User, keeper: Client, victim: Client) -> None:
    assert keeper.post(end_address(keeper, "curl")).status_code == 302


def end_others(person: User, keeper: Client, victim: Client) -> None:
    assert keeper.post("/accounts/sessions/end-others/").status_code == 302


def end_by_api(person: User, keeper: Client, victim: Client) -> None:
    [other] = [row["id"] for row in keeper.get("/api/v1/me/sessions/").json()["results"] if not row["is_current"]]
    assert keeper.delete(f"/api/v1/me/sessions/{other}/").status_code == 204


def change_password(person: User, keeper: Client, victim: Client) -> None:
    typed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert keeper.post("/accounts/password/change/", typed)["Location"] == "/accounts/profile/"


def end_all(person: User, keeper: Client, victim: Client) -> None:
    person.end_all_sessions()


WAYS = (sign_out, end_one, end_others, end_by_api, change_password, end_all)


@pytest.mark.parametrize("break_", [Store.hang, Store.kill, flush], ids=["hung", "killed", "flushed"])
def test_of_a_hundred_sessions_revoked_while_the_store_is_away_none_comes_back(
    store: Store, db: None, break_: Callable[[Store], None]
) -> None:
    pairs = [_pair(number) for number in range(HUNDRED)]
    keys = [victim.cookies["sessionid"].value for _person, _keeper, victim in pairs]
    assert all(is_in(victim) for _person, _keeper, victim in pairs)
    break_(store)
    for number, pair in enumerate(pairs):
        WAYS[number % len(WAYS)](*pair)
    store.heal()
    assert sum(_comes_back(key, f"10.0.1.{number}") for number, key in enumerate(keys)) == 0
    kept = [is_in(keeper) for number, (_p, keeper, _v) in enumerate(pairs) if WAYS[number % len(WAYS)] is not end_all]
    assert all(kept)


def _pair(number: int) -> Pair:
    """Somebody with two devices."""
    person = User.objects.create_user(f"person{number}", f"p{number}@example.jp", PASSWORD)
    address = f"10.0.0.{number}"
    return person, browser_of(person, address=address), browser_of(person, "curl/8", address)


def _comes_back(key: str, address: str = "10.0.1.1") -> bool:
    """Whether that cookie, kept by whoever had it, opens anything."""
    client = Client(REMOTE_ADDR=address)
    client.cookies["sessionid"] = key
    return client.get("/api/v1/me/").status_code != 401 or is_in(client)


@pytest.mark.parametrize("way", WAYS)
def test_a_revoked_session_is_dead_on_the_next_request(hana: User, way: Callable[..., None]) -> None:
    keeper, victim = browser_of(hana), browser_of(hana, "curl/8")
    key = victim.cookies["sessionid"].value
    assert is_in(victim)
    way(hana, keeper, victim)
    assert not _comes_back(key)
    assert is_in(keeper) == (way is not end_all)


def test_a_forgotten_password_ends_every_session(client: Client, hana: User) -> None:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    others = [browser_of(hana), browser_of(hana, "curl/8")]
    client.post("/accounts/password/reset/", {"email": hana.email})
    client.post("/accounts/password/reset/confirm/", {"code": code_for(hana.email)})
    answer = client.post("/accounts/password/reset/complete/", {"password1": NEW, "password2": NEW}, follow=True)
    assert answer.status_code == 200
    hana.refresh_from_db()
    assert hana.check_password(NEW)
    assert [is_in(other) for other in others] == [False, False]


def test_a_closed_account_has_no_session_and_gets_none_back(hana: User) -> None:
    """Closed by an operator in the admin; opening it again does not wake what was open before."""
    client, boss = browser_of(hana), browser_of(superuser())
    assert is_in(client)
    _set_in_admin(boss, hana)
    assert not is_in(client)
    key = client.cookies["sessionid"].value
    _set_in_admin(boss, hana, is_active="on")
    hana.refresh_from_db()
    assert hana.is_active
    assert not (key and _comes_back(key))


def _set_in_admin(boss: Client, person: User, **rights: Any) -> None:
    typed = {"display_name": person.display_name, "bio": "", **rights}
    answer = boss.post(f"/admin/accounts/user/{person.pk}/change/", typed)
    assert answer.status_code == 302


@pytest.mark.parametrize("change", ["removed", "added", "cleared", "by the group", "group cleared"])
def test_whose_role_changes_signs_in_again(hana: User, ren: User, change: str) -> None:
    group = Group.objects.get(name=MODERATORS)
    if change != "added":
        hana.groups.add(group)
    client, other = browser_of(hana), browser_of(ren)
    act: dict[str, Callable[[], Any]] = {
        "removed": lambda: hana.groups.remove(group),
        "added": lambda: hana.groups.add(group),
        "cleared": lambda: hana.groups.clear(),
        "by the group": lambda: group.user_set.remove(hana),
        "group cleared": lambda: group.user_set.clear(),
    }
    act[change]()
    assert [is_in(client), is_in(other)] == [False, True]


def test_who_stops_being_staff_in_the_admin_signs_in_again(hana: User) -> None:
    User.objects.filter(pk=hana.pk).update(is_staff=True)
    client, boss = browser_of(hana), browser_of(superuser())
    _set_in_admin(boss, hana, is_active="on", is_staff="on")
    assert is_in(client)
    _set_in_admin(boss, hana, is_active="on")
    assert not is_in(client)


def test_a_suspended_person_goes_on_reading(hana: User) -> None:
    from datetime import timedelta

    from django.utils import timezone

    client = browser_of(hana)
    hana.suspend(timezone.now() + timedelta(days=1), "宣伝のくり返し")
    assert is_in(client)


def test_a_copy_in_the_store_alone_opens_nothing(hana: User) -> None:
    """As an append-only file brings it back after a logout that the store never heard of."""
    client = browser_of(hana)
    assert is_in(client)
    key = client.cookies["sessionid"].value
    copies = caches["sessions"]
    name = f"django.contrib.sessions.cached_db{key}"
    copy = copies.get(name)
    assert copy
    client.post("/accounts/logout/")
    copies.set(name, copy, 3600)
    assert not _comes_back(key)
