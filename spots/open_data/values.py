"""What single cells mean: positions, hours, telephone numbers and addresses as people write them in spreadsheets."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Mapping

import regex
from django.core.exceptions import ValidationError

from spots.models import Spot
from spots.validators import DECIMALS, validate_phone

_NOTHING = regex.compile(r"[-－‐‑–—―ーｰ−・*＊\s]*")
_NEUTRALISED = regex.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_DANGEROUS = regex.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_NUMBER = regex.compile(r"[+-]?\d{1,3}(\.\d+)?")
_DASHES = str.maketrans("‐‑–—―−－", "-------")
_PHONE = regex.compile(r"\+?\d[\d() -]{7,}\d")
_HOST = regex.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?:[/:?#]\S*)?", regex.IGNORECASE | regex.ASCII)
_SPACED_DASH = regex.compile(r"\s*-\s*")
_SPACES = regex.compile(r"[^\S\n]+")

JAPAN_LATITUDES, JAPAN_LONGITUDES = (20.0, 46.0), (122.0, 154.0)
"""沖ノ鳥島 to 択捉島, 与那国島 to 南鳥島, in whole degrees. The ranges do not meet, so a swapped pair is certain."""

_STATUS_WORDS = {
    **{str(status.label): status.value for status in Spot.Status},
    **{status.value: status.value for status in Spot.Status},
    **dict.fromkeys(("営業", "開館中", "開園中"), "open"),
    **dict.fromkeys(("休業", "休業中", "休館", "休館中", "休園中", "休止"), "paused"),
    **dict.fromkeys(("閉店", "閉館", "閉園", "閉業", "廃業", "終了"), "closed"),
    **dict.fromkeys(("移転済み", "移転しました"), "moved"),
}


class RowRefusedError(Exception):
    """A row that cannot become a spot; the message says why, in Japanese."""


def neutral(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula; `cell_text` undoes it.

    >>> neutral("=1+1"), neutral("'=1"), neutral("a=b"), cell_text(neutral("'=1"))
    ("'=1+1", "''=1", 'a=b', "'=1")
    """
    return f"'{text}" if _DANGEROUS.match(text) else text


def cell_text(cell: str, literal: bool = False) -> str:
    """What a cell says; "" for a dash or star that stands for nothing, unless the file is our own (`literal`)."""
    text = (cell[1:] if _NEUTRALISED.match(cell) else cell).strip()
    return "" if not literal and _NOTHING.fullmatch(text) else text


def narrow(text: str) -> str:
    """Full-width digits, letters and signs as ASCII, every dash as one."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES).strip()


def short(text: str) -> str:
    """At most 30 characters of a cell, on one line, to be shown in a message."""
    line = " ".join(text.split())
    return line if len(line) <= 30 else f"{line[:29]}…"


def position(latitude: str, longitude: str) -> tuple[float, float]:
    """Degrees of latitude and longitude. Raises RowRefusedError for none, swapped or impossible ones."""
    if not latitude or not longitude:
        raise RowRefusedError("緯度・経度がありません。")
    lat, lng = _degrees("緯度", latitude), _degrees("経度", longitude)
    if _within(lat, JAPAN_LONGITUDES) and _within(lng, JAPAN_LATITUDES):
        raise RowRefusedError(f"緯度と経度が逆になっています（緯度 {lat:g}、経度 {lng:g}）。")
    if not _within(lat, (-90.0, 90.0)) or not _within(lng, (-180.0, 180.0)):
        raise RowRefusedError(f"緯度は −90〜90、経度は −180〜180 の範囲です（緯度 {lat:g}、経度 {lng:g}）。")
    if round(lat, DECIMALS) == round(lng, DECIMALS) == 0.0:
        raise RowRefusedError("位置が (0, 0) になっています。")
    return lat, lng


def _degrees(label: str, cell: str) -> float:
    number = narrow(cell).rstrip("°")
    if not _NUMBER.fullmatch(number):
        raise RowRefusedError(f"{label}「{short(cell)}」は十進の度数ではありません。")
    return float(number)


def _within(number: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= number <= limits[1]


def phone(number: str, extension: str = "") -> str | None:
    """The telephone number, without words around it; None when there is none in it."""
    plain = _SPACED_DASH.sub("-", narrow(number))
    try:
        validate_phone(plain)
    except ValidationError:
        found = _PHONE.search(plain)
        if not found:
            return None
        plain = found[0]
    return f"{plain} 内線 {narrow(extension)}" if plain and extension else plain


def website(text: str) -> str | None:
    """The first address in the cell, with a scheme; None when there is none."""
    first = text.split()[0] if text else ""
    if not first or first.startswith(("http://", "https://")):
        return first
    return f"http://{first}" if _HOST.fullmatch(first) else None


def status(text: str) -> str | None:
    """The status a word stands for, or None."""
    return _STATUS_WORDS.get(text)


def opening_hours(cells: Mapping[str, str]) -> str:
    """One text from the columns of hours, days, days off and remarks, a line each."""
    opens, closes, days_off = cells.get("opens", ""), cells.get("closes", ""), cells.get("days_off", "")
    span = f"{opens}〜{closes}" if opens or closes else ""
    parts = [cells.get("hours", ""), f"{cells.get('days', '')} {span}", f"定休日: {days_off}" if days_off else ""]
    lines = [_SPACES.sub(" ", part).strip() for part in parts]
    return "\n".join(filter(None, [*lines, cells.get("hours_note", "")]))


def address(cells: Mapping[str, str]) -> str:
    """The address, put together from its parts where they stand apart, with prefecture and municipality in front."""
    parts = [cells.get(part, "") for part in ("prefecture", "municipality", "town", "block")]
    whole = cells.get("address", "") or "".join(parts)
    for part in (parts[1], parts[0]):
        # 丹生郡越前町 stands in front of 越前町厨 already; a prefecture or district may still come before it.
        town = part.rpartition("郡")[2] or part
        if part and cells.get("address") and town not in whole[: len(part) + 12]:
            whole = part + whole
    return " ".join(filter(None, [whole, cells.get("building", "")]))


def spot_id(text: str) -> uuid.UUID | None:
    """The id of a spot of ours; raises RowRefusedError when the cell holds something else."""
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError:
        raise RowRefusedError(f"スポットID「{short(text)}」の形が正しくありません。") from None
