"""Which passwords are taken, by every door that sets one; and that many who guess do not take the site's threads."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar
from unittest import mock

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher, identify_hasher
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import passwords
from accounts.models import User
from accounts.passwords import OneAtATime
from tests.markup import Page
from tests.spots.threads import all_at_once

PASSWORD = "tsubaki-no-michi"
TOO_LONG = ["k" * 1025, "川" * 342, "k" * 400_000]
REFUSED = [
    ("kawa-no", "短"),
    ("かわのみち", "短"),
    ("password1", "一般的"),
    ("PassWord1", "一般的"),
    ("ｐａｓｓｗｏｒｄ１", "一般的"),
    ("12345678", "一般的"),
    ("machipoke-2026", "サイトの名前"),
    ("MACHIPOKE.kawa", "サイトの名前"),
    ("ｍａｃｈｉｐｏｋｅ", "サイトの名前"),
    ("私のマチポケです", "サイトの名前"),
    ("ﾏﾁﾎﾟｹﾏﾁﾎﾟｹ", "サイトの名前"),
    ("まちぽけまちぽけ", "サイトの名前"),
    ("hana-example.jp", "似"),
    ("hana@example.jp", "似"),
    *((password, "長すぎ") for password in TOO_LONG),
]
TAKEN = [
    "tsubaki!",
    "kawaberi",
    "つばきのさくみち",
    "🌸" * 8,
    "   kaze x  ",
    " kawa no kaze ",
    "k" * 64 + "aze",
    "川と風" * 100,
    "kawa" + "x" * 1020,
]


@pytest.fixture
def browser(client: Client, hana: User) -> Client:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    client.post("/accounts/login/", {"login": "hana", "password": PASSWORD})
    return client


def change(client: Client, new: str, old: str = PASSWORD) -> Any:
    return client.post("/accounts/password/change/", {"oldpassword": old, "password1": new, "password2": new})


@pytest.mark.parametrize(("password", "words"), REFUSED)
def test_what_is_easy_to_guess_or_endless_is_refused_beside_its_field(
    browser: Client, hana: User, password: str, words: str
) -> None:
    page = Page(change(browser, password))
    [error] = page.texts("p", **{"class": "error"})
    assert words in error
    assert page.one("p", id="id_password1-error") is not None
    hana.refresh_from_db()
    assert hana.check_password(PASSWORD)


@pytest.mark.parametrize("password", TAKEN)
def test_anything_else_is_taken_as_it_is_typed_and_signs_in(browser: Client, hana: User, password: str) -> None:
    assert change(browser, password).status_code == 302
    login = {"login": "hana", "password": password}
    assert Client().post("/accounts/login/", login).status_code == 302
    for other in (password.strip(), password[:-1], password + " "):
        if other != password:
            assert not User.objects.get().check_password(other)


@pytest.mark.parametrize("door", ["command", "sign-up", "create_user"])
@pytest.mark.parametrize("password", ["password1", "machipoke-2026", TOO_LONG[0]])
def test_every_door_has_the_same_rules(client: Client, db: None, door: str, password: str) -> None:
    if door == "command":
        with mock.patch("sys.stdin", io.StringIO(f"{password}\n")), pytest.raises(CommandError):
            call_command("create_user", "kawa", "--email", "kawa@example.jp", stdout=io.StringIO())
    elif door == "sign-up":
        typed = {"username": "kawa", "email": "kawa@example.jp", "password1": password, "password2": password}
        answer = client.post("/accounts/signup/", typed)
        assert (answer.status_code, "signup" in client.session) == (200, False)
    elif password == TOO_LONG[0]:
        with pytest.raises(ValidationError):
            User.objects.create_user("kawa", "kawa@example.jp", password)
    assert not User.objects.exists()


def test_a_password_changes_only_for_who_knows_the_old_one(browser: Client, hana: User) -> None:
    for old in ("", "wrong", PASSWORD + " ", TOO_LONG[0]):
        page = Page(change(browser, "kaze-no-toori", old))
        assert page.one("p", id="id_oldpassword-error") is not None
    hana.refresh_from_db()
    assert hana.check_password(PASSWORD)


class Counted(MD5PasswordHasher):
    """Says how often it was asked."""

    asked: ClassVar[list[int]] = []

    def encode(self, password: str, salt: str) -> str:
        self.asked.append(len(password))
        return str(super().encode(password, salt))


@pytest.mark.parametrize("password", TOO_LONG)
@pytest.mark.parametrize("login", ["hana", "nobody", "hana@example.jp"])
def test_an_endless_password_is_refused_unhashed(
    client: Client, hana: User, settings: Any, login: str, password: str
) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.test_passwords.Counted"]
    Counted.asked.clear()
    answer = client.post("/accounts/login/", {"login": login, "password": password})
    assert (answer.status_code, Counted.asked) == (200, [])
    client.post("/accounts/login/", {"login": login, "password": "wrong"})
    assert set(Counted.asked) == {5}


class Slowness(MD5PasswordHasher):
    """What stands in for half a second of PBKDF2."""

    running: ClassVar[list[int]] = []
    most: ClassVar[list[int]] = []

    def encode(self, password: str, salt: str) -> str:
        self.running.append(1)
        self.most.append(len(self.running))
        time.sleep(0.2)
        self.running.pop()
        return str(super().encode(password, salt))


class SlowOneAtATime(OneAtATime, Slowness):
    """As the site's own hasher is made, of a slower part."""


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_password_is_hashed_at_a_time_and_the_rest_is_told_to_come_back(
    hana: User, settings: Any, make_spot: Callable[..., Any]
) -> None:
    """Three of four threads may hash or wait; the others are answered at once, and pages meanwhile as ever."""
    settings.PASSWORD_HASHERS = [
        "tests.accounts.test_passwords.SlowOneAtATime",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    Slowness.most.clear()

    def guess(number: int) -> Callable[[], Any]:
        login = {"login": f"nobody{number}", "password": "wrong"}
        return lambda: Client(REMOTE_ADDR=f"10.0.0.{number}").post("/accounts/login/", login)

    answers: Any = all_at_once([guess(number) for number in range(12)])
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 503}
    assert 3 <= statuses.count(200) < 12
    assert max(Slowness.most) == 1
    busy = next(answer for answer in answers if answer.status_code == 503)
    assert int(busy["Retry-After"]) > 0
    assert "nobody" in busy.content.decode()
    assert "wrong" not in busy.content.decode()
    assert guess(99)().status_code == 200


def test_who_finds_no_place_is_told_before_anything_is_counted(hana: User, settings: Any) -> None:
    """The 25 tries of an address are not used up by waiting, and a hundred who guess cost little."""
    settings.PASSWORD_HASHERS = ["tests.accounts.test_passwords.SlowOneAtATime"]
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    hana.set_password(PASSWORD)
    hana.save()
    Slowness.most.clear()
    places = [passwords._places.acquire(blocking=False) for _ in range(3)]
    try:
        answers = [Client().post("/accounts/login/", {"login": "hana", "password": "wrong"}) for _ in range(9)]
    finally:
        for _place in places:
            passwords._places.release()
    assert [answer.status_code for answer in answers] == [503] * 9
    assert Slowness.most == []
    assert Client().post("/accounts/login/", {"login": "hana", "password": PASSWORD}).status_code == 302


class Watched(OneAtATime, MD5PasswordHasher):
    """Asked in its turn."""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread has no priority of its own")
def test_hashing_steps_back_behind_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    nice: list[int] = []
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def encode(self: Any, password: str, salt: str) -> str:
        nice.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return "x"

    monkeypatch.setattr(MD5PasswordHasher, "encode", encode)
    assert Watched().encode("kawa", "salt") == "x"
    assert nice == [min(19, own + passwords.NICENESS)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == own


def test_the_sites_own_hasher_is_djangos_with_its_turn() -> None:
    from django.test.utils import override_settings

    with override_settings(PASSWORD_HASHERS=["accounts.passwords.Hasher"]):
        person = User(username="kawa")
        person.set_password(PASSWORD)
        assert person.password.startswith("pbkdf2_sha256$1000000$")
        assert isinstance(identify_hasher(person.password), OneAtATime)
        assert person.check_password(PASSWORD)
        assert not person.check_password(PASSWORD + " ")
