"""Letters of a site that cannot send any yet: files in a private folder, for people to read with `cat`."""

from __future__ import annotations

import os
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

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
