"""What this app knows of a person: the account itself, where and with what they sign in, and what they were told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_noop as _

from accounts.belongings import Belonging, Row, leave_out, register
from accounts.models import ApiToken, Export, Notice, User
from media_store.models import StoredObject

_CHUNK = 500


def register_all() -> None:
    register(
        Belonging("profile", _("プロフィールと設定"), ("accounts.User", "accounts.User_groups"), _profile),
        Belonging("avatar", _("プロフィールの写真"), (), _avatar, files=_avatar_file),
        Belonging("addresses", _("メールアドレス"), ("account.EmailAddress",), _addresses),
        Belonging("devices", _("ログインしている端末"), ("usersessions.UserSession",), _devices),
        Belonging(
            "tokens", _("API トークン（トークンそのものは、私たちも知りません）"), ("accounts.ApiToken",), _tokens
        ),
        Belonging("second_factor", _("2段階認証（秘密の値は入れません）"), ("mfa.Authenticator",), _second_factor),
        Belonging("notices", _("モデレーターから届いたお知らせ"), ("accounts.Notice",), _notices),
        Belonging("copies", _("データの写しを頼んだ記録"), ("accounts.Export",), _copies),
        Belonging("admin_log", _("管理画面でした変更の記録"), ("admin.LogEntry",), _admin_log),
    )
    leave_out("accounts.User_user_permissions", "空です。権利はグループだけで決まります。")


def _profile(person: User) -> Iterator[Row]:
    yield {
        "username": person.username,
        "display_name": person.display_name,
        "email": person.email,
        "bio": person.bio,
        "language": person.language,
        "created_at": person.created_at,
        "last_login": person.last_login,
        "groups": list(person.groups.values_list("name", flat=True)),
        "is_staff": person.is_staff,
        "is_superuser": person.is_superuser,
        "suspended_until": person.suspended_until,
        "suspended_reason": person.suspended_reason,
        "deletion_due_at": person.deletion_due_at,
        "deletion_keeps_posts": person.deletion_keeps_posts if person.deletion_due_at else None,
    }


def _avatar(person: User) -> Iterator[Row]:
    for name, row in _avatar_file(person):
        yield {"file": f"avatar/{name}", "width": row.width, "height": row.height, "created_at": row.created_at}


def _avatar_file(person: User) -> Iterator[tuple[str, StoredObject]]:
    if person.avatar is not None:
        yield person.avatar.key.rpartition("/")[2], person.avatar


def _rows(found: Any, *names: str) -> Iterator[Row]:
    return found.order_by("pk").values(*names).iterator(chunk_size=_CHUNK)  # type: ignore[no-any-return]


def _addresses(person: User) -> Iterator[Row]:
    return _rows(EmailAddress.objects.filter(user=person), "email", "verified", "primary")


def _devices(person: User) -> Iterator[Row]:
    """Without the keys, which open the sessions."""
    return _rows(UserSession.objects.filter(user=person), "user_agent", "ip", "created_at", "last_seen_at")


def _tokens(person: User) -> Iterator[Row]:
    return _rows(ApiToken.objects.filter(user=person), "id", "name", "scope", "created", "expiry", "last_used_on")


def _second_factor(person: User) -> Iterator[Row]:
    return _rows(Authenticator.objects.filter(user=person), "type", "created_at", "last_used_at")


def _notices(person: User) -> Iterator[Row]:
    names = ("kind", "subject", "reason", "path", "created_at", "read_at", "mailed_at")
    return _rows(Notice.objects.filter(user=person), *names)


def _copies(person: User) -> Iterator[Row]:
    return _rows(Export.objects.filter(user=person), "id", "state", "size_bytes", "created_at", "ready_at")


def _admin_log(person: User) -> Iterator[Row]:
    """Without names and texts of what was changed, which are other people's."""
    names = ("action_time", "content_type__model", "object_id", "action_flag")
    return _rows(LogEntry.objects.filter(user=person), *names)
