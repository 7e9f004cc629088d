"""Prefectures and municipalities of Japan: 全国地方公共団体コード, names, kana and the town hall's position.

Facts from code4fukui/localgovjp (CC0), in spots/data/municipalities.csv. Read once; nothing here changes while running.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_FILE = Path(__file__).parent / "data" / "municipalities.csv"
_WEIGHTS = (6, 5, 4, 3, 2)


class Area(NamedTuple):
    """A prefecture (`name` == `prefecture`) or a municipality; a ward of a city is `札幌市 中央区`."""

    code: str
    prefecture: str
    name: str
    kana: str
    latitude: float
    longitude: float

    @property
    def is_prefecture(self) -> bool:
        return self.code[2:5] == "000"

    @property
    def full_name(self) -> str:
        """Large to small, as an address begins."""
        return self.name if self.is_prefecture else f"{self.prefecture}{self.name.replace(' ', '')}"

    @property
    def prefecture_code(self) -> str:
        return with_check_digit(f"{self.code[:2]}000")

    def get_absolute_url(self) -> str:
        return f"/areas/{self.code}/"


def with_check_digit(first_five: str) -> str:
    """The 6-digit code: weights 6 5 4 3 2, last digit of 11 - sum mod 11 (総務省; holds for all 1,916 published codes).

    >>> with_check_digit("18000")
    '180009'
    """
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_five, strict=True))
    return first_five + str((11 - total % 11) % 10)


def is_code(value: str) -> bool:
    """Whether `value` is six digits with the right check digit."""
    return len(value) == 6 and value.isascii() and value.isdigit() and with_check_digit(value[:5]) == value


def validate_municipality_code(value: str) -> None:
    """Raise unless `value` is a code with its check digit."""
    if not is_code(value):
        raise ValidationError(_("市区町村コードは検査数字を含む6桁にしてください。"), code="invalid")


@cache
def areas() -> dict[str, Area]:
    """Every prefecture and municipality by code, in the order of the codes."""
    found: dict[str, Area] = {}
    with _FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            area = Area(row["code"], row["prefecture"], row["name"], row["kana"], float(row["lat"]), float(row["lng"]))
            found[area.code] = area
    return found


def area_of(code: str) -> Area | None:
    """The area of that code, or None."""
    return areas().get(code)


def prefectures() -> list[Area]:
    """The 47, from north to south."""
    return [area for area in areas().values() if area.is_prefecture]


@cache
def municipalities_of(prefecture_code: str) -> tuple[Area, ...]:
    """The municipalities of a prefecture, wards included."""
    return tuple(area for code, area in areas().items() if code[:2] == prefecture_code[:2] and not area.is_prefecture)


@cache
def codes_within(code: str) -> tuple[str, ...]:
    """The codes a spot of that area may carry: the area's own, and those of its municipalities or wards."""
    area = area_of(code)
    if area is None:
        return (code,)
    if area.is_prefecture:
        return (code, *(part.code for part in municipalities_of(code)))
    wards = (part.code for part in municipalities_of(code) if part.name.startswith(f"{area.name} "))
    return (code, *wards)
