"""Versions in HTTP: `ETag: "3-5f1c…"` is the row's version, then a digest of this form of it."""

from __future__ import annotations

import hashlib
import re

from django.utils.http import parse_etags
from rest_framework.request import Request

_OURS = re.compile(r'(?:W/)?"([0-9a-f]{1,12})(?:-[0-9a-f]{12})?"')


def etag(version: int | str, body: bytes) -> str:
    """The digest tells apart JSON and GeoJSON, and answers between which a counter changed but not the version.

    `version` is a number, or the token of `machipoke.versions.version_of`.
    """
    return f'"{version}-{hashlib.sha256(body).hexdigest()[:12]}"'


def is_unchanged(request: Request, tag: str) -> bool:
    """Whether `If-None-Match` holds the tag (weak comparison, RFC 9110 13.1.2)."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or tag in [one.removeprefix("W/") for one in known]


def matches(request: Request, version: int | str) -> bool:
    """Whether the write may go on: no `If-Match`, `*`, or one with this version.

    Only the version is compared: a comment that came in meanwhile does not make an edit of the name stale.
    """
    given = request.headers.get("If-Match")
    if given is None:
        return True
    found = [_OURS.fullmatch(one.strip()) for one in given.split(",")]
    return given.strip() == "*" or any(one is not None and one[1] == str(version) for one in found)
