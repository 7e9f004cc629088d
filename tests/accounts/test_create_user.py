"""`create_user`: an account that can sign in at once, or one line that says why not."""

from __future__ import annotations

import io
import json
from typing import Any
from unittest import mock

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from accounts.models import MODERATORS, User

pytestmark = pytest.mark.django_db

PASSWORD = "yama-no-koe-42"


class Typed(io.StringIO):
    """Standard input that is a terminal."""

    def isatty(self) -> bool:
        return True


def create_user(*words: str, password: str = PASSWORD) -> str:
    out = io.StringIO()
    with mock.patch("sys.stdin", io.StringIO(f"{password}\nnot this line\n")):
        call_command("create_user", *words, stdout=out)
    return out.getvalue()


def fails(*words: str, password: str = PASSWORD) -> str:
    with pytest.raises(CommandError) as failed:
        create_user(*words, password=password)
    assert failed.value.returncode == 1
    assert "\n" not in str(failed.value)
    return str(failed.value)


def test_a_person_is_made_who_can_sign_in() -> None:
    assert (
        create_user("kawa", "--email", "Kawa@Example.jp", "--display-name", "川") == "利用者を作りました: 川 (kawa)\n"
    )
    user = User.objects.get(username="kawa")
    assert (user.display_name, user.is_staff, user.is_superuser, user.is_moderator) == ("川", False, False, False)
    assert user.check_password(PASSWORD)
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.verified, address.primary) == ("kawa@example.jp", True, True)
    assert authenticate(username="kawa", password=PASSWORD) == user


def test_the_name_is_shown_where_no_display_name_is_given() -> None:
    create_user("kawa", "--email", "kawa@example.jp")
    assert User.objects.get().display_name == "kawa"


def test_a_moderator_is_staff_in_the_group_and_never_a_superuser() -> None:
    create_user("kawa", "--email", "kawa@example.jp", "--moderator")
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser, user.is_moderator) == (True, False, True)
    assert [group.name for group in user.groups.all()] == [MODERATORS]


def test_a_superuser_is_both() -> None:
    create_user("kawa", "--email", "kawa@example.jp", "--superuser")
    assert (User.objects.get().is_staff, User.objects.get().is_superuser) == (True, True)


def test_programs_read_json() -> None:
    made: dict[str, Any] = json.loads(create_user("kawa", "--email", "k@example.jp", "--moderator", "--json"))
    assert made == {"username": "kawa", "display_name": "kawa", "email": "k@example.jp", "role": "moderator"}


@pytest.mark.parametrize(
    ("words", "password", "reason"),
    [
        (
            ["a", "--email", "a@example.jp"],
            PASSWORD,
            "ユーザー名: ユーザー名は英数字と _ - の 3〜30 文字にしてください。",
        ),
        (["admin", "--email", "a@example.jp"], PASSWORD, "ユーザー名: この名前は使えません"),
        (["kawa", "--email", "nonsense"], PASSWORD, "メールアドレス: "),
        (["kawa", "--email", "a@example.jp", "--display-name", "長" * 31], PASSWORD, "表示名: 30文字以内"),
        (["HANA", "--email", "a@example.jp"], PASSWORD, "ユーザー名: このユーザー名はもう使われています。"),
        (["kawa", "--email", "HANA@example.jp"], PASSWORD, "メールアドレス: このメールアドレスはもう使われています。"),
        (["kawa", "--email", "a@example.jp"], "password", "このパスワードは一般的すぎます。"),
        (["kawa", "--email", "a@example.jp"], "", "このパスワードは短すぎます"),
        (["kawa-no-nagare", "--email", "a@example.jp"], "kawa-no-nagare", "このパスワードは "),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing(
    hana: User, words: list[str], password: str, reason: str
) -> None:
    assert fails(*words, password=password).startswith(reason)
    assert list(User.objects.all()) == [hana]
    assert not EmailAddress.objects.exists()


def test_at_a_terminal_the_password_is_asked_for_twice() -> None:
    answers = [PASSWORD, PASSWORD, PASSWORD, "something else"]
    with mock.patch("sys.stdin", Typed()), mock.patch("getpass.getpass", side_effect=answers):
        call_command("create_user", "kawa", "--email", "kawa@example.jp", stdout=io.StringIO())
        with pytest.raises(CommandError, match="2つのパスワードが違います。"):
            call_command("create_user", "numa", "--email", "numa@example.jp")
    assert User.objects.get().check_password(PASSWORD)


def test_nothing_half_done_stays_when_the_database_refuses() -> None:
    with mock.patch.object(EmailAddress.objects, "create", side_effect=IntegrityError("planted")):
        assert fails("kawa", "--email", "kawa@example.jp") == "データベースに書き込めません（planted）。"
    assert not User.objects.exists()


@pytest.mark.parametrize("words", [["kawa"], ["kawa", "--email", "k@example.jp", "--moderator", "--superuser"]])
def test_wrong_use_says_so(words: list[str]) -> None:
    with pytest.raises(CommandError):  # in a shell argparse itself ends with status 2
        create_user(*words)
    assert not User.objects.exists()
