"""The addresses of pictures: what pages, feeds and the API link to."""

from __future__ import annotations

from django.conf import settings

from media_store.models import StoredObject
from media_store.variant_files import variants_of
from media_store.variants import FORMATS, QUALITIES, RATIOS, WIDTHS, Variant

PLAIN = "jpeg"
"""The format of an address that says none: every program reads it."""


def address(row: StoredObject, width: int, format: str = "webp", ratio: str = "", *, is_public: bool = False) -> str:
    """Where one size of a picture is for a page; `ratio` of `RATIOS` crops it.

    On this host, and on MEDIA_HOST where one is named and everyone may see the picture: no session goes there.
    """
    height = ""
    if ratio:
        across, down = RATIOS[ratio] or (1, 1)
        height = f"&h={width * down // across}"
    host = settings.MEDIA_HOST if is_public else ""
    return f"{host}/images/{row.key}?w={width}{height}&format={format}"


def absolute(row: StoredObject, width: int, format: str = PLAIN, ratio: str = "", *, is_public: bool = False) -> str:
    """The same for those who are not on our pages."""
    host = "" if settings.MEDIA_HOST and is_public else settings.SITE_URL
    return host + address(row, width, format, ratio, is_public=is_public)


def widths_of(row: StoredObject, most: int = WIDTHS[-1]) -> list[int]:
    """The widths a picture is served in, up to `most`: those below its own, and the one that its own snaps to."""
    own = row.width or 0
    below = [width for width in WIDTHS if width < own]
    at_least = next((width for width in WIDTHS if width >= own), WIDTHS[-1])
    return [width for width in dict.fromkeys([*below, at_least]) if width <= most] or [WIDTHS[0]]


def srcset(row: StoredObject, format: str, most: int = WIDTHS[-1], ratio: str = "", *, is_public: bool = False) -> str:
    """For the attribute; a picture narrower than the width it snaps to says its true width."""
    own = row.width or 0
    return ", ".join(
        f"{address(row, width, format, ratio, is_public=is_public)} {min(width, own) if not ratio else width}w"
        for width in widths_of(row, most)
    )


def srcsets(row: StoredObject, *, is_public: bool = False) -> dict[str, dict[str, str]]:
    """For the API: by format and width."""
    return {
        format: {str(width): absolute(row, width, format, is_public=is_public) for width in widths_of(row)}
        for format in reversed(FORMATS)
    }


def every_address(row: StoredObject) -> list[str]:
    """Every address at which everyone may have found a picture on pages, in feeds and the API, and whatever else this
    server made of it.
    """
    host = settings.MEDIA_HOST or settings.SITE_URL
    linked = [
        absolute(row, width, format, ratio, is_public=True)
        for ratio in RATIOS
        for width in widths_of(row)
        for format in FORMATS
    ]
    return list(
        dict.fromkeys([f"{host}/images/{row.key}", *linked, *(_made(row, one) for one in variants_of(row.key))])
    )


def _made(row: StoredObject, one: Variant) -> str:
    linked = absolute(row, one.width, one.format, one.ratio, is_public=True)
    return linked if one.quality == QUALITIES[-1] else f"{linked}&q={one.quality}"
