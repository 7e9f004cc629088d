"""System checks: an unsafe mix of settings stops the start, with a number to look up and a way out.

Each number is used once; the letter says how bad it is (E stops the start, W is told). docs/security.md has the table.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import ERROR, CheckMessage, Error, Tags, Warning, register, run_checks
from django.core.checks.security.base import (
    SECRET_KEY_INSECURE_PREFIX,
    SECRET_KEY_MIN_LENGTH,
    SECRET_KEY_MIN_UNIQUE_CHARACTERS,
)


def error_lines() -> list[str]:
    """Run every check but those for deployment; each error in one line, empty when the site may start."""
    # Those for deployment are warnings, and one of them builds the whole API schema each time.
    errors = [message for message in run_checks() if message.is_serious(ERROR)]
    return [" ".join(f"{error.id}: {error.msg} {error.hint or ''}".split()) for error in errors]


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine; a unix socket and an empty host are."""
    host = urlsplit(url).hostname or ""
    if host in ("", "localhost") or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@register(Tags.security)
def check_site(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    """The address, the key and the hosts that the site answers to."""
    found: list[CheckMessage] = []
    if settings.DEBUG and (settings.HTTPS or not is_loopback(settings.SITE_URL)):
        message = "公開するサイト（SITE_URL）で DEBUG が有効です。設定やソースコードが画面に出ます。"
        found.append(Error(message, hint="DEBUG を外してください。", id="machipoke.E001"))
    if _is_weak(settings.SECRET_KEY):
        message = "SECRET_KEY が短いか、見本のままです。"
        hint = "50 文字以上の乱数にするか、SECRET_KEY を外して DATA_DIR に作らせてください。"
        found.append(Error(message, hint=hint, id="machipoke.E002"))
    if "*" in settings.ALLOWED_HOSTS:
        message = "ALLOWED_HOSTS に * があります。だれかの決めたホスト名がメールのリンクに入ります。"
        found.append(Error(message, hint="サイトのホスト名だけを並べてください。", id="machipoke.E003"))
    if not settings.HTTPS and not is_loopback(settings.SITE_URL):
        message = "SITE_URL が http:// です。パスワードと Cookie が暗号化されずに流れます。"
        hint = "TLS を受け持つプロキシを置き、SITE_URL を https:// に、TRUSTED_PROXIES を 1 にしてください。"
        found.append(Warning(message, hint=hint, id="machipoke.W006"))
    if settings.HTTPS and settings.TRUSTED_PROXIES == 0:
        message = (
            "SITE_URL は https:// ですが TRUSTED_PROXIES が 0 です。利用者のアドレスも https かどうかも分かりません。"
        )
        hint = "TLS はプロキシが受け持ちます。その数（ふつう 1）を TRUSTED_PROXIES に入れてください。"
        found.append(Warning(message, hint=hint, id="machipoke.W007"))
    return found


def _is_weak(key: str) -> bool:
    too_short = len(key) < SECRET_KEY_MIN_LENGTH or len(set(key)) < SECRET_KEY_MIN_UNIQUE_CHARACTERS
    return too_short or key.startswith(SECRET_KEY_INSECURE_PREFIX)


@register(Tags.caches)
def check_key_value(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    """A key/value store for several servers: with a database that they share too, and a password."""
    found: list[CheckMessage] = []
    if not is_loopback(settings.REDIS_URL):
        if not settings.DATABASE_URL:
            message = "REDIS_URL がほかのサーバーを指していますが、データベースはこのサーバーだけの SQLite です。"
            hint = "複数のサーバーでは DATABASE_URL に PostgreSQL を、1 台なら REDIS_URL に 127.0.0.1 かソケットを。"
            found.append(Error(message, hint=hint, id="machipoke.E005"))
        if not urlsplit(settings.REDIS_URL).password:
            message = "REDIS_URL がほかのサーバーを指していますが、パスワードがありません。"
            hint = "サーバー側で requirepass か ACL を設定し、redis://:パスワード@ホスト の形にしてください。"
            found.append(Warning(message, hint=hint, id="machipoke.W008"))
    return found


@register(Tags.files)
def check_objects(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    """The buckets: complete, apart from each other, and reached over TLS."""
    found: list[CheckMessage] = []
    if missing := _missing_s3_names():
        message = f"S3_* の設定がそろっていません: {'、'.join(missing)} がありません。"
        hint = "足りないものを入れるか、S3_* をすべて外してください（外すと DATA_DIR のフォルダーを使います）。"
        found.append(Error(message, hint=hint, id="machipoke.E010"))
    if settings.S3_BUCKET and settings.S3_BUCKET == settings.S3_BACKUP_BUCKET:
        message = "S3_BACKUP_BUCKET が S3_BUCKET と同じです。バックアップが写真と一緒に公開されたり消えたりします。"
        hint = "公開しない別のバケットを S3_BACKUP_BUCKET にしてください。"
        found.append(Error(message, hint=hint, id="machipoke.E009"))
    found += _check_private_bucket()
    if settings.S3_ENDPOINT_URL.startswith("http://") and not is_loopback(settings.S3_ENDPOINT_URL):
        message = "S3_ENDPOINT_URL が http:// です。写真とバックアップが暗号化されずに流れます。"
        hint = "https:// のエンドポイントにしてください（このサーバー自身なら http でかまいません）。"
        found.append(Error(message, hint=hint, id="machipoke.E011"))
    return found


def _check_private_bucket() -> Iterator[CheckMessage]:
    """What people sent, with the place it was taken at, is apart from what is shown; new photos go where they can."""
    if settings.S3_PRIVATE_BUCKET and settings.S3_PRIVATE_BUCKET == settings.S3_BUCKET:
        message = "S3_PRIVATE_BUCKET が S3_BUCKET と同じです。撮影地の入った元の写真が公開されるおそれがあります。"
        hint = "公開しない別のバケットを S3_PRIVATE_BUCKET にしてください（S3_BACKUP_BUCKET と同じでかまいません）。"
        yield Error(message, hint=hint, id="machipoke.E013")
    if settings.S3_BUCKET and settings.MEDIA_STORE == "s3" and not settings.S3_PRIVATE_BUCKET:
        message = "写真は S3 に入りますが、送られたままの写真（30日で消えます）はこのサーバーのフォルダーに残ります。"
        hint = "公開しないバケットを S3_PRIVATE_BUCKET か S3_BACKUP_BUCKET にしてください。"
        if settings.DATABASE_URL:
            message = f"{message}データベースを共有するほかのサーバーからは消せません。"
            yield Error(message, hint=hint, id="machipoke.E016")
        else:
            yield Warning(message, hint=hint, id="machipoke.W014")
    if settings.MEDIA_STORE == "s3" and not settings.S3_BUCKET:
        message = "MEDIA_STORE は s3 ですが、S3_BUCKET がありません。写真はこのサーバーのフォルダーに入ります。"
        yield Error(message, hint="S3_BUCKET を入れるか、MEDIA_STORE を外してください。", id="machipoke.E015")


def _missing_s3_names() -> list[str]:
    """What is needed next to what is set: a bucket and both keys; without an endpoint (Amazon's own) also a region."""
    buckets = ("S3_BUCKET", "S3_PRIVATE_BUCKET", "S3_BACKUP_BUCKET")
    names = ("S3_ENDPOINT_URL", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", *buckets)
    if not any(getattr(settings, name) for name in names):
        return []
    missing = [name for name in ("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY") if not getattr(settings, name)]
    if not any(getattr(settings, name) for name in buckets):
        missing.append("S3_BUCKET")
    if not settings.S3_ENDPOINT_URL and settings.S3_REGION == "auto":
        missing.append("S3_ENDPOINT_URL")
    return missing


@register(Tags.files)
def check_folders(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    """What is private must not lie where files are served from."""
    data = Path(settings.DATA_DIR).resolve()
    static = Path(settings.STATIC_ROOT).resolve()
    served = [static, *_static_sources()]
    if not (any(data.is_relative_to(folder) for folder in served) or static.is_relative_to(data)):
        return []
    message = f"DATA_DIR（{data}）と静的ファイルのフォルダーが重なっています。データベースと鍵が公開されます。"
    return [Error(message, hint="DATA_DIR を静的ファイルの外のフォルダーにしてください。", id="machipoke.E012")]


def _static_sources() -> Iterator[Path]:
    for entry in settings.STATICFILES_DIRS:
        yield Path(entry[1] if isinstance(entry, (list, tuple)) else entry).resolve()
    for config in apps.get_app_configs():
        yield (Path(config.path) / "static").resolve()
