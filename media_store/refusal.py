"""Why a file is not taken although it may be what it says."""

from __future__ import annotations


class UploadRefused(Exception):
    """`code` for programs, `status` for HTTP, `message` for people; after `retry_seconds` it may be another matter."""

    def __init__(self, code: str, message: str, status: int, retry_seconds: int | None = None) -> None:
        super().__init__(code)
        self.code, self.message, self.status, self.retry_seconds = code, message, status, retry_seconds
