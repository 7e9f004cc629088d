"""The addresses of pictures: what pages, feeds and the API link to."""

from __future__ import annotations

from django.conf import settings

from media_store.models import StoredObject
from media_store.variant_files import variants_of
from media_store.variants import FORMATS, QUALITIES, RATIOS, WIDTHS, Variant

PLAIN = "jpeg"
"""The format of an address that says none: every program reads it."""


def address(row: StoredObject, width: int, format: str = "webp", ratio: str = "") -> str:
    """The path of one size of a picture; `ratio` of `RATIOS` crops it. Same host, unless MEDIA_HOST names one."""
    height = ""
    if ratio:
        across, down = RATIOS[ratio] or (1, 1)
        height = f"&h={width * down // across}"
    return f"{settings.MEDIA_HOST}/images/{row.key}?w={width}{height}&format={format}"


def absolute(row: StoredObject, width: int, format: str = PLAIN, ratio: str = "") -> str:
    """The same for those who are not on our pages."""
    return f"{'' if settings.MEDIA_HOST else settings.SITE_URL}{address(row, width, format, ratio)}"


def widths_of(row: StoredObject, most: int = WIDTHS[-1]) -> list[int]:
    """The widths a picture is served in, up to `most`: those below its own, and the one that its own snaps to."""
    own = row.width or 0
    below = [width for width in WIDTHS if width < own]
    at_least = next((width for width in WIDTHS if width >= own), WIDTHS[-1])
    return [width for width in dict.fromkeys([*below, at_least]) if width <= most] or [WIDTHS[0]]


def srcset(row: StoredObject, format: str, most: int = WIDTHS[-1], ratio: str = "") -> str:
    """For the attribute; a picture narrower than the width it snaps to says its true width."""
    own = row.width or 0
    return ", ".join(
        f"{address(row, width, format, ratio)} {min(width, own) if not ratio else width}w"
        for width in widths_of(row, most)
    )


def srcsets(row: StoredObject) -> dict[str, dict[str, str]]:
    """For the API: by format and width."""
    return {
        format: {str(width): absolute(row, width, format) for width in widths_of(row)} for format in reversed(FORMATS)
    }


def every_address(row: StoredObject) -> list[str]:
    """Every address at which pages, feeds and the API may have shown a picture, and whatever else this server made."""
    host = settings.MEDIA_HOST or settings.SITE_URL
    linked = [absolute(row, width, format, ratio) for ratio in RATIOS for width in widths_of(row) for format in FORMATS]
    return list(
        dict.fromkeys([f"{host}/images/{row.key}", *linked, *(_made(row, one) for one in variants_of(row.key))])
    )


def _made(row: StoredObject, one: Variant) -> str:
    host = "" if settings.MEDIA_HOST else settings.SITE_URL
    linked = host + address(row, one.width, one.format, one.ratio)
    return linked if one.quality == QUALITIES[-1] else f"{linked}&q={one.quality}"
