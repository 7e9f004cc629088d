"""Which municipality an address or a code column speaks of.

Names repeat (25 of them stand in two or more prefectures), addresses carry 郡 that the names do not, and spreadsheets
drop the leading zero of a code: this module is where those three are known.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import regex

from machipoke.text import fold
from spots.areas import Area, area_of, areas, is_code, prefectures, with_check_digit
from spots.cells import distance_km

FARTHEST_TOWN_HALL_KM = 200.0
"""A name without its prefecture counts only this near its town hall: 中央区 in Osaka is 400 km from the one in Tokyo;
竹富町 is governed from another island, but within 60 km."""

DISTRICT_LETTERS = 8
"""郡, 支庁 and island names before the town (三方上中郡, 八丈島) are at most this long."""

_POSTAL_CODE = regex.compile(r"^〒?\d{7}|^〒")


class _Names(NamedTuple):
    """Folded names to areas, and the lengths that occur, the longest first."""

    areas: dict[str, tuple[Area, ...]]
    lengths: tuple[int, ...]

    def at_start(self, text: str) -> tuple[Area, ...]:
        """The areas whose name `text` begins with; of several names the longest (四日市市, not 四日市)."""
        return self.split(text)[0]

    def split(self, text: str) -> tuple[tuple[Area, ...], str]:
        """Those areas, and what follows their name; none and `text` itself where it begins with no name."""
        for length in self.lengths:
            if found := self.areas.get(text[:length]):
                return found, text[length:]
        return (), text

    def after_district(self, text: str) -> tuple[Area, ...]:
        """The same where 郡, 支庁 or an island's name comes first."""
        for start in range(1, min(DISTRICT_LETTERS, len(text))):
            if text[start - 1] in "郡庁局島" and (found := self.at_start(text[start:])):
                return found
        return ()


def _names(members: list[Area]) -> _Names:
    by_name: dict[str, tuple[Area, ...]] = {}
    for area in members:
        key = fold(area.name)
        by_name[key] = (*by_name.get(key, ()), area)
    return _Names(by_name, tuple(sorted({len(name) for name in by_name}, reverse=True)))


@cache
def _names_in(prefecture: str) -> _Names:
    """The municipalities of one prefecture (its first two digits), or of the whole country for an empty string."""
    return _names([area for area in areas().values() if not area.is_prefecture and area.code.startswith(prefecture)])


@cache
def _prefecture_names() -> _Names:
    return _names(prefectures())


def municipality_code(address: str, code: str = "", position: tuple[float, float] | None = None) -> str:
    """The 6-digit code of the municipality or ward an address lies in, as narrow as the address says; "" if unknown.

    `code` is what a code column holds, in any of the forms it comes in; an address inside that area makes it narrower,
    one outside does not contradict it. `position` (latitude, longitude) decides between places of the same name.
    """
    known, text = _prefecture_names().split(_POSTAL_CODE.sub("", fold(address)))
    given = code_from_cell(code, known[0].code[:2] if known else "")
    within = known[0].code[:2] if known else given[:2]
    found = _pick(text, within, position)
    if found is None:
        return given or (known[0].code if known else "")
    return given if given and not _holds(given, found) else found.code


def nearest_town_hall(latitude: float, longitude: float) -> Area:
    """The municipality whose town hall is nearest: the right one for 78 % of 1,500 spots, so never enough by itself."""
    towns = (area for area in areas().values() if not area.is_prefecture)
    return min(towns, key=lambda area: distance_km(latitude, longitude, area.latitude, area.longitude))


def _pick(text: str, prefecture: str, position: tuple[float, float] | None) -> Area | None:
    names = _names_in(prefecture)
    candidates = names.at_start(text) or names.after_district(text)
    if not candidates or prefecture:
        return candidates[0] if candidates else None
    if position is None:
        return candidates[0] if len(candidates) == 1 else None
    nearest = min(candidates, key=lambda area: distance_km(*position, area.latitude, area.longitude))
    within_reach = distance_km(*position, nearest.latitude, nearest.longitude) <= FARTHEST_TOWN_HALL_KM
    return nearest if within_reach else None


def _holds(code: str, area: Area) -> bool:
    outer = area_of(code)
    if outer is None or outer.code == area.code:
        return outer is not None
    return area.code[:2] == code[:2] and (outer.is_prefecture or area.name.startswith(f"{outer.name} "))


def code_from_cell(cell: str, prefecture: str = "") -> str:
    """The 6-digit code in a spreadsheet's cell: 6 or 5 digits, a prefecture's 1 or 2, leading zeros lost; "" if none.

    `prefecture` (two digits) decides where five digits can be read both ways.

    >>> [code_from_cell(cell) for cell in ("182010", "18201", "1100", "11002", "10006", "18", "1", "182011", "-")]
    ['182010', '182010', '011002', '011002', '010006', '180009', '010006', '', '']
    """
    digits = cell.strip()
    if not (digits.isascii() and digits.isdigit()):
        return ""
    if len(digits) <= 2:
        readings = [with_check_digit(f"{digits:0>2}000")]
    elif len(digits) <= 4:
        readings = [with_check_digit(f"{digits:0>5}")]
    elif len(digits) == 5:
        # 11002 is 札幌市 (011002) without its zero; 18201 is 福井市 without its check digit. 15 numbers can be both.
        readings = [with_check_digit(digits), f"0{digits}"]
    else:
        readings = [digits]
    known = [code for code in readings if code in areas()]
    known.sort(key=lambda code: code[:2] != prefecture)
    return known[0] if known else next((code for code in readings if len(digits) == 6 and is_code(code)), "")
