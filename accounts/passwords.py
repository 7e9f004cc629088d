"""Passwords: which ones are taken, and how many are hashed at once."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth import password_validation
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from machipoke.availability import Busy
from machipoke.text import identity

MOST_BYTES = 1024
"""Longer than any phrase a person types or a keyring makes; what is longer is refused unhashed, and never cut."""

SITE_WORDS = ("マチポケ", "まちぽけ", "machipoke")
"""The first guesses at this site (NIST SP 800-63B 5.1.1.2: context-specific words)."""

WAIT_SECONDS = 5.0
"""Ten hashes: who waits longer would rather be told."""

NICENESS = 5
"""How far hashing steps back behind pages when there is more to do than there are cores: to a third of their share."""


def is_overlong(password: str) -> bool:
    """Whether this is too long to be looked at."""
    return len(password) > MOST_BYTES or len(password.encode("utf-8", "surrogatepass")) > MOST_BYTES


def refuse_overlong(password: str | None) -> None:
    """Raise ValidationError for a password that nobody may set."""
    if password is not None and is_overlong(password):
        words = _("パスワードが長すぎます。%(bytes)dバイトまでにしてください。") % {"bytes": MOST_BYTES}
        raise ValidationError(words, code="password_too_long")


class LengthValidator:
    """At most `MOST_BYTES`."""

    def validate(self, password: str, user: Any = None) -> None:
        refuse_overlong(password)

    def get_help_text(self) -> str:
        return _("パスワードは%(bytes)dバイトまでです。") % {"bytes": MOST_BYTES}


class CommonValidator(password_validation.CommonPasswordValidator):
    """Django's list of 20,000, in any width."""

    def validate(self, password: str, user: Any = None) -> None:
        if not is_overlong(password):
            super().validate(identity(password), user)


class SiteWordValidator:
    """Nothing with the site's own name in it."""

    def validate(self, password: str, user: Any = None) -> None:
        if is_overlong(password):
            return
        typed = identity(password)
        if any(identity(word) in typed for word in SITE_WORDS):
            raise ValidationError(_("サイトの名前が入ったパスワードは使えません。"), code="password_site_word")

    def get_help_text(self) -> str:
        return _("サイトの名前が入ったパスワードは使えません。")


class OneAtATime:
    """Mixed into a hasher: this process hashes one password at a time, and one of its threads stays free for pages.

    A hash is half a second of a core, so a hundred people who guess would take both cores and every thread. Whoever
    finds no place, or waits too long, gets Busy.
    """

    def encode(self, *args: Any, **kwargs: Any) -> Any:
        with _turn():
            return _hasher.submit(super().encode, *args, **kwargs).result()  # type: ignore[misc]


class Hasher(OneAtATime, PBKDF2PasswordHasher):
    """Django's PBKDF2."""


def refuse_when_full() -> None:
    """Raise Busy where whoever tries a password would find no place: at once, because pages wait meanwhile."""
    if not _places.acquire(blocking=False):
        raise Busy
    _places.release()


def _step_back() -> None:
    """Of this thread alone, and for good: only root may take it back. Where it would be the whole process, nothing."""
    if sys.platform == "linux":
        os.nice(NICENESS)


_hasher = ThreadPoolExecutor(1, "hashing", _step_back)
_hashing = threading.Lock()
_places = threading.BoundedSemaphore(max(1, settings.WEB_THREADS - 1))


@contextmanager
def _turn() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise Busy
    try:
        if not _hashing.acquire(timeout=WAIT_SECONDS):
            raise Busy
        try:
            yield
        finally:
            _hashing.release()
    finally:
        _places.release()
