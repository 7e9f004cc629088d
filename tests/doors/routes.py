"""Every route of the URLconf, as the table of expectations writes it: `/spots/<pk>/edit/`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.urls import URLResolver, get_resolver

_CONVERTER = re.compile(r"<\w+:(\w+)>")
_NAMED = re.compile(r"\(\?P<(\w+)>[^)]*\)")

SUBJECTS = {
    "/admin/spots/spot/<": "spot",
    "/admin/spots/comment/<": "comment",
    "/admin/spots/savedlist/<": "list",
    "/admin/spots/spotphoto/<": "photo",
    "/admin/spots/attachment/<": "attachment",
    "/admin/accounts/user/<": "person",
    "/items/<": "item",
    "/sessions/<": "device",
    "/tokens/<": "token",
    "/export/<": "export",
    "/spots/<": "spot",
    "/comments/<": "comment",
    "/lists/<": "list",
    "/users/<": "person",
    "/tags/<": "tag",
    "/drafts/<": "draft",
    "/photos/<": "photo",
    "/images/<": "photo",
    "/attachments/<": "attachment",
}
"""What kind of row the first part of an address in brackets names, by what stands before it."""


def routes() -> list[str]:
    """Each once, in the order in which Django asks them; pages by their Japanese address, /en/ has the same views."""
    return list(dict.fromkeys(_walk(get_resolver().url_patterns, "/")))


def _walk(patterns: Any, before: str) -> Iterator[str]:
    for entry in patterns:
        written = before + _NAMED.sub(r"<\1>", _CONVERTER.sub(r"<\1>", str(entry.pattern))).strip("^$")
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, written)
        else:
            yield re.sub(r"[\^$]", "", written)


def subject_of(route: str) -> str:
    """The kind of row that the route is about; `-` where there is none, or one that everyone sees."""
    return next((kind for before, kind in SUBJECTS.items() if before in route), "-")


def filled(route: str, values: dict[str, Any]) -> str:
    """The address with a value in each pair of brackets."""
    return re.sub(r"<(\w+)>", lambda found: quote(str(values[found[1]]), safe=""), route)


def group_of(route: str) -> str:
    """Routes that are tried together: those of one app, of one kind of row in the panel and in the API."""
    parts = route.strip("/").split("/")
    depth = {"admin": 3, "api": 3, "accounts": 2}.get(parts[0], 1)
    return "/".join(part for part in parts[:depth] if "<" not in part)
