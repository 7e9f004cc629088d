"""One record of a file as what it says about a spot: checked by the model's own rules, not yet compared with a row."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import regex
from django.core.exceptions import ValidationError

from machipoke.text import clean
from spots.area_matching import code_from_cell, municipality_code
from spots.models import Category, Spot
from spots.models.category import validate_tag_names
from spots.models.spot import validate_tag_count
from spots.open_data import values
from spots.open_data.guessing import guess_category
from spots.open_data.table import Record
from spots.open_data.values import RowRefusedError, narrow

MAY_BE_DROPPED = frozenset({"reading", "phone", "website", "status"})
"""A value that breaks one of these fields' rules is left out and the row kept; in any other the row is refused."""

LABELS = {field.name: str(field.verbose_name) for field in Spot._meta.fields}
"""What people call a field."""

_FIELDS = frozenset(LABELS)
_BLANK = Spot()
_TEXTS = ("name", "reading", "name_en", "description", "website")
_REMARK = regex.compile(r"クレジット: (?P<credit>.*?)(?: / ライセンス: (?P<licence>.*))?", regex.DOTALL)


def remark(credit: str, licence: str) -> str:
    """The cell 備考 of our export, which tells whom to credit wherever the file goes; `import` reads it back."""
    return (
        "" if not credit and not licence else f"クレジット: {credit}" + (f" / ライセンス: {licence}" if licence else "")
    )


class Identity(NamedTuple):
    """By what a record is recognised in the next run: our own id, or the id its source gives it."""

    spot_id: str
    source: str
    external_id: str


class Candidate(NamedTuple):
    """What one record says. `stated` holds the fields it carries, `guessed` those it lets us work out; both cleaned."""

    line: int
    identity: Identity
    stated: dict[str, Any]
    guessed: dict[str, Any]
    tags: list[str] | None


@dataclass(frozen=True)
class Origin:
    """What the command says about all rows of a file; an empty text says nothing."""

    source: str
    source_is_told: bool = False
    licence: str = ""
    credit: str = ""


class RowReader:
    """Reads the records of one file."""

    def __init__(self, places: dict[str, int], width: int, origin: Origin) -> None:
        self._places, self._width, self._origin = places, width, origin
        self._is_own = "spot_id" in places
        self._categories = {
            word: slug
            for slug, *words in Category.objects.values_list("slug", "slug", "name_ja", "name_en")
            for word in words
        }
        self.dropped: dict[str, int] = {}
        """How many values of each field were left out."""

    def cells(self, record: Record) -> dict[str, str]:
        """The record's texts by meaning. Raises RowRefusedError where it has more cells than the file has headings."""
        if any(cell.strip() for cell in record.cells[self._width :]):
            raise RowRefusedError(
                f"列の数（{len(record.cells)}）が見出し（{self._width}）より多くなっています。"
                "カンマを含む値は引用符で囲んでください。"
            )
        have = len(record.cells)
        return {
            meaning: values.cell_text(record.cells[at], self._is_own)
            for meaning, at in self._places.items()
            if at < have
        }

    def identify(self, cells: dict[str, str]) -> Identity:
        """Our own id, else 外部ID, NO, 親番号-子番号, jhno-pno, else name and place, within the source."""
        own_id = values.spot_id(cells.get("spot_id", ""))
        source, external_id = self._origin.source, cells.get("external_id", "")
        if self._is_own and not self._origin.source_is_told:
            source = cells.get("source", "") or (source if own_id is None else "")
        if not external_id and (own_id is None or self._origin.source_is_told):
            external_id = _numbers(cells) or (str(own_id) if own_id else _name_and_place(cells))
        return Identity(str(own_id or ""), clean(source), clean(external_id))

    def read(self, line: int, identity: Identity, cells: dict[str, str]) -> Candidate:
        """The checked candidate. Raises RowRefusedError with the first reason against it."""
        stated = self._stated(identity, cells)
        guessed = self._guessed(cells, stated)
        tags = self._tags(cells.get("tags", ""))
        return Candidate(line, identity, self._checked(stated), guessed, tags)

    def _stated(self, identity: Identity, cells: dict[str, str]) -> dict[str, Any]:
        if not clean(cells.get("name", "")):
            raise RowRefusedError("名称がありません。")
        latitude, longitude = values.position(cells.get("latitude", ""), cells.get("longitude", ""))
        said: dict[str, Any] = {field: cells.get(field, "") for field in _TEXTS}
        said |= self._as_written(cells) if self._is_own else self._tidied(cells)
        said |= {"category": self._categories.get(cells.get("category", "")), "external_id": identity.external_id}
        said |= {"source": identity.source, "licence": self._origin.licence, "credit": self._origin.credit}
        if self._is_own and (found := _REMARK.fullmatch(cells.get("remarks", ""))):
            said |= {key: said[key] or text or "" for key, text in found.groupdict().items()}
        carried = {field: value for field, value in said.items() if value}
        return carried | {"latitude": latitude, "longitude": longitude}

    def _as_written(self, cells: dict[str, str]) -> dict[str, Any]:
        return {
            "address": cells.get("address", ""),
            "opening_hours": cells.get("hours_note", ""),
            "phone": cells.get("phone", ""),
            "municipality_code": code_from_cell(cells.get("publisher_code", "")),
            "status": self._unless_none("status", values.status(cells.get("status", "")), cells.get("status", "")),
        }

    def _tidied(self, cells: dict[str, str]) -> dict[str, Any]:
        number, site = cells.get("phone", ""), cells.get("website", "")
        word = cells.get("status", "")
        return {
            "address": values.address(cells),
            "opening_hours": values.opening_hours(cells),
            "phone": self._unless_none("phone", values.phone(number, cells.get("extension", "")), number),
            "website": self._unless_none("website", values.website(site), site),
            "status": self._unless_none("status", values.status(word), word),
        }

    def _unless_none(self, field: str, value: str | None, cell: str) -> str:
        if value is None and cell:
            self.dropped[field] = self.dropped.get(field, 0) + 1
        return value or ""

    def _guessed(self, cells: dict[str, str], stated: dict[str, Any]) -> dict[str, Any]:
        guessed: dict[str, Any] = {}
        if "category" not in stated:
            words = f"{cells.get('category', '')} {cells['name']}"
            guessed["category"] = guess_category(words, cells.get("designation", ""))
        if "municipality_code" not in stated and not self._is_own:
            code = cells.get("place_code") or cells.get("publisher_code", "")
            position = (stated["latitude"], stated["longitude"])
            if found := municipality_code(stated.get("address", ""), code, position):
                guessed["municipality_code"] = found
        return guessed

    def _tags(self, cell: str) -> list[str] | None:
        names = list(dict.fromkeys(filter(None, map(clean, cell.split(";")))))
        try:
            validate_tag_count(names)
            validate_tag_names(names)
        except ValidationError as error:
            raise RowRefusedError(f"タグ: {' '.join(error.messages)}") from error
        return names or None

    def _checked(self, stated: dict[str, Any]) -> dict[str, Any]:
        """The values as the model stores them; what may be dropped and breaks a rule is."""
        texts = {field: value for field, value in stated.items() if field != "category"}
        spot = Spot(**texts)
        try:
            spot.clean_fields(exclude=_FIELDS - texts.keys())
        except ValidationError as error:
            for field in error.error_dict.keys() & MAY_BE_DROPPED:
                self._unless_none(field, None, texts.pop(field))
                setattr(spot, field, getattr(_BLANK, field))
            _refuse(error, error.error_dict.keys() - MAY_BE_DROPPED)
        try:
            spot.clean()
        except ValidationError as error:
            _refuse(error, error.error_dict.keys())
        kept = {field: getattr(spot, field) for field in texts}
        return kept | ({"category": stated["category"]} if "category" in stated else {})


def _refuse(error: ValidationError, fields: Iterable[str]) -> None:
    for field in sorted(fields):
        raise RowRefusedError(f"{LABELS[field]}: {' '.join(error.message_dict[field])}") from error


def _numbers(cells: dict[str, str]) -> str:
    if number := narrow(cells.get("number", "")):
        return number
    for pair in (("parent_number", "child_number"), ("story_number", "property_number")):
        parts = [narrow(cells.get(part, "")) for part in pair]
        if parts[0]:
            return "-".join(filter(None, parts))
    return ""


def _name_and_place(cells: dict[str, str]) -> str:
    place = cells.get("address") or ",".join(cells.get(axis, "")[:8] for axis in ("latitude", "longitude"))
    text = clean(f"{cells.get('name', '')} {place}") if cells.get("name") else ""
    if len(text) <= 200:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{text[:180]} {digest}"


def new_id(identity: Identity) -> uuid.UUID:
    """The primary key of a spot made from a record: the one in our own export, so that its URL survives a move."""
    return uuid.UUID(identity.spot_id) if identity.spot_id else uuid.uuid4()
