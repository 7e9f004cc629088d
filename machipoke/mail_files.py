"""Letters of a site that cannot send any yet: files in a private folder, for people to read with `cat`."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend

_READ_FIRST = ("Subject:", "From:", "To:", "Date:")


class MailFolder(EmailBackend):
    """One file a letter in EMAIL_FILE_PATH, as UTF-8 throughout; only the site's own user may read them."""

    stream: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        Path(self.file_path).chmod(0o700)

    def open(self) -> bool:
        if self.stream is not None:
            return False
        path: str = super()._get_filename()  # type: ignore[misc]
        self.stream = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
        return True

    def write_message(self, message: EmailMessage) -> None:
        letter = message.message()
        # As it stands a subject in Japanese is base64, which nobody can read.
        headers = [f"{name}: {make_header(decode_header(value))}" for name, value in letter.items()]
        headers.sort(key=lambda header: not header.startswith(_READ_FIRST))
        body = letter.as_bytes().partition(b"\n\n")[2]
        self.stream.write("\n".join(headers).encode() + b"\n\n" + body + b"\n")


def remove_letters(addresses: Collection[str]) -> int:
    """Remove the files in which one of these addresses stands, to or about whom they are; how many."""
    known = "|".join(re.escape(address) for address in addresses if address)
    standing_alone = re.compile(rf"(?<![\w.+-])(?:{known})(?![\w-]|\.\w)".encode(), re.IGNORECASE)
    return _remove(lambda path: bool(known and standing_alone.search(path.read_bytes())))


def remove_old_letters(age: timedelta) -> int:
    """Remove letters older than that, with the addresses and codes in them; how many."""
    oldest = time.time() - age.total_seconds()
    return _remove(lambda path: path.stat().st_mtime < oldest)


def _remove(is_wanted: Callable[[Path], bool]) -> int:
    folder = Path(getattr(settings, "EMAIL_FILE_PATH", None) or Path(settings.DATA_DIR) / "mail")
    removed = 0
    for path in folder.glob("*.log"):
        with contextlib.suppress(FileNotFoundError):  # another run took it
            if is_wanted(path):
                path.unlink()
                removed += 1
    return removed
