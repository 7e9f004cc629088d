"""What comes of a picture that was sent, or why nothing does."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple


class PictureRefused(Exception):
    """Why a file is no picture we take: `code` for programs, `status` for HTTP, `message` for people (lazy)."""

    def __init__(self, code: str, message: Any, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


class Hints(NamedTuple):
    """What the file told of itself, for the person who sent it alone; never stored.

    `place` is (latitude, longitude) in degrees.
    """

    place: tuple[float, float] | None = None
    taken_at: datetime | None = None


class Ingested(NamedTuple):
    """A clean master and what is known of it. `placeholder` is a `data:` address, `colour` like `#8a7f6c`."""

    content: bytes
    content_type: str
    extension: str
    width: int
    height: int
    sha256: str
    original_sha256: str
    placeholder: str
    colour: str
    hints: Hints
