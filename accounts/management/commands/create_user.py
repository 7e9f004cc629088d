"""`manage.py create_user NAME --email E`: an account without the mail loop, for the first moderator and for tests."""

from __future__ import annotations

import getpass
import json
import sys
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, transaction
from django.utils import translation

from accounts.models import MODERATORS, User

ROLES = {"user": "利用者", "moderator": "モデレーター", "superuser": "管理者"}


class Command(BaseCommand):
    help = (
        "利用者を作ります。パスワードは標準入力の1行目か、たずねられたときに入力します。アドレスは確認済みになります。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="NAME", help="ユーザー名（英数字と _ - の 3〜30 文字）")
        parser.add_argument("--email", required=True, help="メールアドレス")
        parser.add_argument("--display-name", default="", help="表示名。既定はユーザー名")
        roles = parser.add_mutually_exclusive_group()
        roles.add_argument("--moderator", dest="role", action="store_const", const="moderator", default="user")
        roles.add_argument("--superuser", dest="role", action="store_const", const="superuser", default="user")
        parser.add_argument("--json", action="store_true", help="結果を JSON で出します")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("ja"):
            try:
                user = _create(options["username"], options["email"], options["display_name"], options["role"])
            except ValidationError as error:
                raise CommandError(_line(error)) from error
            except DatabaseError as error:
                reason = (str(error).splitlines() or [type(error).__name__])[0]
                raise CommandError(f"データベースに書き込めません（{reason}）。") from error
        if options["json"]:
            made = {"username": user.username, "display_name": user.display_name, "email": user.email}
            self.stdout.write(json.dumps(made | {"role": options["role"]}, ensure_ascii=False))
        else:
            self.stdout.write(f"{ROLES[options['role']]}を作りました: {user.display_name} ({user.username})")


def _create(username: str, email: str, display_name: str, role: str) -> User:
    """Raises ValidationError before anything is stored."""
    rights = {"is_staff": role != "user", "is_superuser": role == "superuser"}
    person = User(username=username, email=email, display_name=display_name, **rights)
    person.set_unusable_password()
    person.full_clean()
    password = _password()
    validate_password(password, person)
    with transaction.atomic():
        user = User.objects.create_user(username, email, password, display_name=person.display_name, **rights)
        if role == "moderator":
            user.groups.add(Group.objects.get(name=MODERATORS))
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _password() -> str:
    """The first line of standard input, or what is typed twice the same at a terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed = getpass.getpass("パスワード: ")
    if getpass.getpass("パスワード（もう一度）: ") != typed:
        raise ValidationError("2つのパスワードが違います。")
    return typed


def _line(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    labels = {field.name: str(field.verbose_name) for field in User._meta.fields}
    return " ".join(f"{labels.get(name, name)}: {' '.join(words)}" for name, words in error.message_dict.items())
