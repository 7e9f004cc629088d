"""Leaving: the password, what becomes of the posts, and a week to change one's mind."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, User
from tests import second_factor
from tests.accounts.letters import letters_to
from tests.markup import Page, text_of
from tests.spots.threads import all_at_once

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
PAGE = "/accounts/delete/"
TYPED = {"password": "tsubaki-no-michi", "posts": "keep"}


def erase_accounts() -> dict[str, Any]:
    out = io.StringIO()
    call_command("run_job", "erase_accounts", "--json", stdout=out)
    result: dict[str, Any] = json.loads(out.getvalue())["result"]
    return result


def a_week_later() -> dict[str, Any]:
    User.objects.exclude(deletion_due_at=None).update(deletion_due_at=timezone.now())
    return erase_accounts()


def leave(sign_in: SignIn, person: User, **typed: str) -> Client:
    client = sign_in(person)
    assert client.post(PAGE, TYPED | typed).status_code == 302
    person.refresh_from_db()
    return client


# --- asking, and changing one's mind ---


def test_who_leaves_is_told_when_and_can_still_do_everything(sign_in: SignIn, hana: User) -> None:
    client = leave(sign_in, hana)
    assert hana.deletion_due_at is not None
    week = timedelta(days=settings.DELETION_GRACE_DAYS)
    assert week - timedelta(minutes=1) < hana.deletion_due_at - timezone.now() <= week
    [letter] = letters_to("hana@example.jp")
    assert "http://127.0.0.1:8000/accounts/delete/" in letter.body
    for url in ("/", "/spots/", PAGE, "/accounts/profile/", "/en/"):
        page = Page(client.get(url))
        assert page.all("form", action=f"{'/en' if url == '/en/' else ''}/accounts/delete/undo/"), url
    assert Client().get("/users/hana/").status_code == 200
    assert client.patch("/api/v1/me/", {"bio": "まだいます"}, content_type="application/json").status_code == 200


def test_nobody_else_sees_the_banner(sign_in: SignIn, hana: User, ren: User) -> None:
    leave(sign_in, hana)
    assert "delete/undo" not in sign_in(ren).get("/").content.decode()
    assert "delete/undo" not in Client().get("/users/hana/").content.decode()


def test_other_sessions_and_tokens_end_at_once_and_this_one_stays(sign_in: SignIn, hana: User, ren: User) -> None:
    elsewhere, of_ren = sign_in(hana), sign_in(ren)
    for person in (hana, ren):
        ApiToken.objects.create(user=person, name="script")
    client = leave(sign_in, hana)
    assert client.get("/api/v1/me/").status_code == 200
    assert elsewhere.get("/api/v1/me/").status_code == 401
    assert of_ren.get("/api/v1/me/").status_code == 200
    assert [token.user for token in ApiToken.objects.all()] == [ren]


def test_one_can_sign_in_during_the_week_and_stay(sign_in: SignIn, hana: User) -> None:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    leave(sign_in, hana)
    client = Client()
    client.post("/accounts/login/", {"login": "hana", "password": "tsubaki-no-michi"})
    answer = client.post("/accounts/delete/undo/", follow=True)
    assert "退会を取りやめました" in Page(answer).text
    hana.refresh_from_db()
    assert hana.deletion_due_at is None
    assert "delete/undo" not in client.get("/").content.decode()
    assert len(letters_to("hana@example.jp")) == 2
    assert a_week_later()["erased"] == 0
    assert User.objects.filter(pk=hana.pk).exists()


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"password": ""}, "password"),
        ({"posts": "sell"}, "posts"),
        ({"posts": ""}, "posts"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(sign_in: SignIn, hana: User, typed: dict[str, str], field: str) -> None:
    page = Page(sign_in(hana).post(PAGE, TYPED | typed))
    assert page.response.status_code == 400
    assert text_of(page.one("p", id=f"id_{field}-error"))
    hana.refresh_from_db()
    assert hana.deletion_due_at is None


def test_wrong_passwords_are_counted_apart_from_what_strangers_try(sign_in: SignIn, hana: User) -> None:
    client = sign_in(hana)
    answers = [client.post(PAGE, TYPED | {"password": "wrong"}).status_code for _try in range(6)]
    assert answers == [400] * 5 + [429]
    assert client.post(PAGE, TYPED).status_code == 429
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    answer = Client().post("/accounts/login/", {"login": "hana", "password": "tsubaki-no-michi"})
    assert answer.status_code == 302


def test_a_stranger_who_guesses_does_not_keep_anybody_from_leaving(sign_in: SignIn, hana: User) -> None:
    for _try in range(6):
        stranger = Client(REMOTE_ADDR="198.51.100.7")
        last = stranger.post("/accounts/login/", {"login": "hana", "password": "wrong"})
    assert last.status_code == 429
    assert sign_in(hana).post(PAGE, TYPED).status_code == 302


def test_a_signed_out_visitor_signs_in_first(client: Client) -> None:
    for url in (PAGE, "/accounts/export/"):
        assert client.get(url)["Location"] == f"/accounts/login/?next={url}"
    assert client.post(PAGE, TYPED)["Location"].startswith("/accounts/login/")
    assert client.post("/accounts/delete/undo/")["Location"].startswith("/accounts/login/")
    assert client.get("/accounts/delete/undo/").status_code == 405


def test_a_form_of_another_site_ends_nothing(hana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(hana)
    assert client.post(PAGE, TYPED).status_code == 403
    assert client.post("/accounts/export/").status_code == 403
    hana.refresh_from_db()
    assert hana.deletion_due_at is None


def test_suspended_people_and_moderators_may_leave(sign_in: SignIn, hana: User, mori: User) -> None:
    hana.suspend(timezone.now() + timedelta(days=30), "宣伝")
    leave(sign_in, hana)
    leave(sign_in, mori, password="yama-no-koe-99")
    assert a_week_later()["erased"] == 2


def test_the_last_superuser_stays(sign_in: SignIn) -> None:
    boss = second_factor.superuser()
    typed = TYPED | {"password": "kaze-no-tani-7"}
    page = Page(sign_in(boss).post(PAGE, typed))
    assert page.response.status_code == 400
    assert "管理者" in page.text
    other = User.objects.create_superuser("chief", "chief@example.jp", "kaze-no-tani-8")
    assert sign_in(boss).post(PAGE, typed).status_code == 302
    assert sign_in(other).post(PAGE, TYPED | {"password": "kaze-no-tani-8"}).status_code == 400
    User.objects.filter(pk=other.pk).update(is_active=False)
    assert a_week_later() | {"old_sessions": 0} == {
        "erased": 0,
        "kept": 1,
        "failed": 0,
        "old_letters": 0,
        "old_sessions": 0,
    }
    assert sign_in(boss).get("/api/v1/me/").status_code == 200


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_superusers_who_leave_at_once_one_stays(sign_in: SignIn) -> None:
    people = [User.objects.create_superuser(f"boss{n}", f"boss{n}@example.jp", "kaze-no-tani-7") for n in (1, 2)]
    clients = [sign_in(person) for person in people]

    def ask(client: Client) -> Callable[[], int]:
        return lambda: int(client.post(PAGE, TYPED | {"password": "kaze-no-tani-7"}).status_code)

    answers: Any = all_at_once([ask(client) for client in clients])
    assert sorted(answers) == [302, 400]
    assert User.objects.filter(deletion_due_at=None).count() == 1
