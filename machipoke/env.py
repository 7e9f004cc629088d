"""Typed reading of environment variables: a value, or the path of a file in `NAME_FILE`.

A bad value raises `ImproperlyConfigured` that begins with the variable's name, so the start stops with one clear
line. Values are never part of a message: they may be secrets.
"""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

declared: set[str] = set()
"""Every name asked for so far; tests/test_docs.py holds README's table against it."""

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


def text(name: str, default: str = "") -> str:
    """The variable's value with outer white space removed, or `default` when it is unset or empty."""
    declared.add(name)
    value = os.environ.get(name)
    path = os.environ.get(f"{name}_FILE")
    if value and path:
        raise ImproperlyConfigured(
            f"{name}: {name} と {name}_FILE の両方が設定されています。どちらか一つにしてください。"
        )
    if path:
        try:
            value = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}_FILE: ファイルを読めません（{type(error).__name__}）。") from error
    return (value or "").strip() or default


def integer(name: str, default: int, minimum: int, maximum: int) -> int:
    """A whole number in [minimum, maximum]."""
    value = text(name, str(default))
    if not _WHOLE_NUMBER.fullmatch(value) or not minimum <= int(value) <= maximum:
        raise ImproperlyConfigured(f"{name}: {minimum} から {maximum} までの整数にしてください。")
    return int(value)


def boolean(name: str, default: bool) -> bool:
    """1/true/yes/on or 0/false/no/off, in any case."""
    value = text(name, "1" if default else "0").lower()
    if value not in _TRUE | _FALSE:
        raise ImproperlyConfigured(f"{name}: true か false にしてください。")
    return value in _TRUE


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of `allowed`, in any case."""
    value = text(name, default).casefold()
    known = {word.casefold(): word for word in allowed}
    if value not in known:
        raise ImproperlyConfigured(f"{name}: {'、'.join(allowed)} のどれかにしてください。")
    return known[value]


def url(name: str, default: str, schemes: tuple[str, ...]) -> str:
    """An absolute URL with one of `schemes`, without a trailing slash, or empty."""
    value = text(name, default).rstrip("/")
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        # Sockets and local databases have a path alone; a web address without a host is none.
        place = parts.hostname or (parts.path if parts.scheme not in ("http", "https") else "")
        usable = parts.scheme in schemes and bool(place) and not any(letter.isspace() for letter in value)
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        raise ImproperlyConfigured(f"{name}: {'、'.join(s + '://' for s in schemes)} で始まる URL にしてください。")
    return value


def time_zone(name: str, default: str) -> str:
    """A zone of the IANA database, such as Asia/Tokyo."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImproperlyConfigured(f"{name}: Asia/Tokyo のような時間帯の名前にしてください。") from error
    return value


def names(name: str, default: str = "") -> list[str]:
    """A comma-separated list without empty entries."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]
