"""What comes of a file that was sent as an attachment, or why nothing does."""

from __future__ import annotations

from typing import Any, NamedTuple


class AttachmentRefused(Exception):
    """Why a file is no attachment we take: `code` for programs, `status` for HTTP, `message` for people (lazy)."""

    def __init__(self, code: str, message: Any, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


class Checked(NamedTuple):
    """The bytes to store, and what is known of them; `track` is what a map draws of a walk, as JSON."""

    content: bytes
    extension: str
    content_type: str
    sha256: str
    original_sha256: str
    track: str = ""
