"""What an address below /images/ asks for: CONTRACT section 5, word for word."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from media_store.variants import FORMATS, QUALITIES, RATIOS, RECIPE, WIDTHS, Variant

PREFIX = "/images/"

_ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEY = re.compile(rf"spots/{_ID}/{_ID}\.(?:jpg|webp)|users/[1-9][0-9]{{0,18}}/avatar-[0-9a-f]{{12}}\.webp")
_NUMBER = re.compile(r"[0-9]{1,6}")
_LARGEST = 4096
_KNOWN = ("w", "h", "format", "q")
_MOST_PARAMETERS = 32
_REMEMBERED_LETTERS = 300
"""The longest address that is remembered: the twenty of ours are shorter, a stranger's megabytes are not kept."""


class BadParameter(Exception):
    """A parameter that no variant answers; the message says why."""


class Asked(NamedTuple):
    """One variant of one picture; `by_accept` when the format was left to the header `Accept`."""

    key: str
    variant: Variant
    by_accept: bool

    @property
    def etag(self) -> str:
        """Strong: a key's master never changes, and the same recipe makes the same bytes of it."""
        return etag_of(self.key, self.variant.name)

    @property
    def file_name(self) -> str:
        """Under which a browser saves it."""
        stem = self.key.rpartition("/")[2].rpartition(".")[0]
        return f"{stem}.{'jpg' if self.variant.format == 'jpeg' else 'webp'}"


@lru_cache(4096)
def etag_of(key: str, name: str) -> str:
    """Of the variant `name` of the picture `key`, without reading either."""
    return f'"{blake2b(f"{RECIPE} {key} {name}".encode(), digest_size=12).hexdigest()}"'


def asked(environ: Mapping[str, Any]) -> Asked | None:
    """What a request below `PREFIX` asks for; None where no picture can have that address. Raises BadParameter."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    is_short = len(path) + len(query) <= _REMEMBERED_LETTERS
    found = _remembered(path, query) if is_short else _understood(path, query)
    if found is None or not found.by_accept:
        return found
    format = "webp" if _takes_webp(environ.get("HTTP_ACCEPT", "")) else "jpeg"
    return found._replace(variant=found.variant._replace(format=format))


def _understood(path: str, query: str) -> Asked | None:
    key = path[len(PREFIX) :]
    if not path.startswith(PREFIX) or not _KEY.fullmatch(key):
        return None
    given = _parameters(query)
    width, height = _number(given, "w"), _number(given, "h")
    quality = _number(given, "q") or QUALITIES[-1]
    format = given.get("format", "jpeg")
    if format != "auto" and format not in FORMATS:
        raise BadParameter(f"format: webp, jpeg or auto, not {format[:20]!r}")
    ratio = _nearest_ratio(width or height, height) if height else ""
    wanted = width or height or WIDTHS[-1]
    variant = Variant(_snapped(wanted, WIDTHS), format, _snapped(quality, QUALITIES), ratio)
    return Asked(key, variant, format == "auto")


_remembered = lru_cache(4096)(_understood)


def _parameters(query: str) -> dict[str, str]:
    """Those that we know; a foreign one makes no variant of its own."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError as error:
        raise BadParameter(f"at most {_MOST_PARAMETERS} parameters") from error
    given = [(name, value) for name, value in pairs if name in _KNOWN]
    if len(dict(given)) < len(given):
        raise BadParameter("each parameter once")
    return dict(given)


def _number(given: dict[str, str], name: str) -> int:
    """0 where it was not given."""
    text = given.get(name)
    if text is None:
        return 0
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= _LARGEST:
        raise BadParameter(f"{name}: a whole number from 1 to {_LARGEST}")
    return int(text)


def _snapped(wanted: int, steps: tuple[int, ...]) -> int:
    """The next larger step, so that nothing is blown up; the largest for what is above all."""
    return steps[min(bisect_left(steps, wanted), len(steps) - 1)]


def _nearest_ratio(width: int, height: int) -> str:
    shapes = {name: across / down for name, (across, down) in ((n, r) for n, r in RATIOS.items() if r)}
    return min(shapes, key=lambda name: max(shapes[name] * height / width, width / height / shapes[name]))


def _takes_webp(accept: str) -> bool:
    """Whether `Accept` names WebP; `*/*` alone is said by programs that do not."""
    for part in accept.lower().split(","):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        if media_type == FORMATS["webp"]:
            return not any(re.fullmatch(r"q\s*=\s*0(\.0*)?", parameter) for parameter in parameters)
    return False
