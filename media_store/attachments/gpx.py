"""A GPX file as a way on the map: positions, heights and names are kept, when and by whom it was walked is not."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NamedTuple, NoReturn
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError
from django.utils.translation import gettext_lazy as _

from machipoke.text import clean
from media_store.attachments.checked import AttachmentRefused
from media_store.attachments.lines import length_km, simplified

MOST_POINTS = 100_000
"""28 hours at a point a second."""

MOST_LINES = 1_000
MOST_PLACES = 500
MOST_LEVELS = 20
MOST_ELEMENTS = 1_000_000
"""Ten for each point: what a watch writes beside it."""

MOST_NAME = 100
DRAWN_POINTS = 500
DRAWN_PLACES = 50

_LINES, _PLACE = ("trkseg", "rte"), "wpt"
_POINTS = ("trkpt", "rtept", _PLACE)
_PARENTS = {
    "trkseg": ["gpx", "trk"],
    "rte": ["gpx"],
    "wpt": ["gpx"],
    "trkpt": ["gpx", "trk", "trkseg"],
    "rtept": ["gpx", "rte"],
}
"""Where the format puts what is kept; the same names in somebody's extensions are not the way."""

_HEIGHT = re.compile(r"\s*[+-]?\d{1,5}(\.\d{1,12})?\s*")


class Point(NamedTuple):
    """In degrees; `height` in metres, where the file tells it."""

    latitude: float
    longitude: float
    height: float | None = None
    name: str = ""


class Way(NamedTuple):
    """What is kept: lines in the order of the file, and places with a name."""

    name: str
    lines: list[list[Point]]
    places: list[Point]


def is_xml(content: bytes) -> bool:
    """Whether it begins as XML does, in one of the encodings that its parser knows."""
    start = content[:200].replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe \t\r\n")
    return start.startswith((b"<?xml", b"<gpx", b"<!--", b"<!DOCTYPE"))


def read(content: bytes) -> Way:
    """The way in a GPX file. Raises AttachmentRefused; entities and document types are not looked at but refused."""
    reader = _Reader()
    parser: Any = DefusedXMLParser(target=reader, forbid_dtd=True)
    try:
        parser.feed(content)
        way: Way = parser.close()
    except DefusedXmlException as error:
        raise AttachmentRefused("entities", _("DOCTYPE や ENTITY のある GPX は使えません。")) from error
    except (ParseError, ValueError, LookupError) as error:
        raise AttachmentRefused("damaged", _("この GPX は読めませんでした。書き出し直してください。")) from error
    return way


class _Reader:
    """Called by the parser for each element: nothing of the file is in memory but what is kept."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.elements = self.points = 0
        self.text: list[str] = []
        self.point: dict[str, Any] | None = None
        self.line: list[Point] | None = None
        self.way = Way("", [], [])
        self.name = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if not self.open and name != "gpx":
            _refuse("type", _("GPX ではない XML です。GPX として書き出してください。"), 415)
        self.elements += 1
        if len(self.open) >= MOST_LEVELS or self.elements > MOST_ELEMENTS:
            _refuse("complex", _("この GPX は複雑すぎます。位置だけを書き出してください。"))
        is_kept = self.open == _PARENTS.get(name)
        self.open.append(name)
        self.text = []
        if is_kept and name in _LINES:
            self.line = []
        elif is_kept and name in _POINTS:
            self.point = _position(attributes)

    def data(self, text: str) -> None:
        if self.open[-1] in ("ele", "name"):
            self.text.append(text)

    def end(self, tag: str) -> None:
        name = self.open.pop()
        is_kept = self.open == _PARENTS.get(name)
        if is_kept and name in _LINES:
            self._keep_line()
        elif is_kept and name in _POINTS:
            self._keep_point(name)
        elif name in ("ele", "name") and self.point is not None and self._is_in_point():
            self.point[name] = "".join(self.text)
        elif name == "name" and self.open in (["gpx", "trk"], ["gpx", "rte"]):
            self.name = self.name or _plain("".join(self.text))

    def _is_in_point(self) -> bool:
        return self.open[:-1] == _PARENTS.get(self.open[-1])

    def _keep_point(self, name: str) -> None:
        told, self.point = self.point or {}, None
        self.points += 1
        if self.points > MOST_POINTS:
            words = _("点が多すぎます。%(most)d点までに減らして、書き出し直してください。")
            _refuse("complex", words % {"most": MOST_POINTS})
        height = float(told["ele"]) if _HEIGHT.fullmatch(told.get("ele", "")) else None
        if name != _PLACE and self.line is not None:
            self.line.append(Point(told["lat"], told["lon"], height))
        elif name == _PLACE and len(self.way.places) < MOST_PLACES:
            self.way.places.append(Point(told["lat"], told["lon"], height, _plain(told.get("name", ""))))

    def _keep_line(self) -> None:
        line, self.line = self.line or [], None
        if len(line) > 1:
            self.way.lines.append(line)
        if len(self.way.lines) > MOST_LINES:
            _refuse("complex", _("線が多すぎます。分けて書き出してください。"))

    def close(self) -> Way:
        if not self.way.lines and not self.way.places:
            _refuse("nothing", _("この GPX には、道も地点もありません。"))
        return self.way._replace(name=self.name)


def _position(attributes: dict[str, str]) -> dict[str, Any]:
    try:
        latitude, longitude = float(attributes["lat"]), float(attributes["lon"])
    except (KeyError, ValueError):
        latitude = longitude = math.nan
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        _refuse("position", _("緯度・経度として読めない点があります。書き出し直してください。"))
    return {"lat": latitude, "lon": longitude}


def _plain(text: str) -> str:
    return clean(text[: MOST_NAME * 4])[:MOST_NAME]


def _refuse(code: str, message: Any, status: int = 400) -> NoReturn:
    raise AttachmentRefused(code, message, status)


def written(way: Way) -> bytes:
    """The same way as a GPX file of ours: no time, no device, no author, no remarks."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    parts.append('<gpx version="1.1" creator="machipoke" xmlns="http://www.topografix.com/GPX/1/1">\n')
    parts.extend(_element("wpt", place) + "\n" for place in way.places)
    if way.lines:
        parts.append(f"<trk>{_name(way.name)}\n")
        for line in way.lines:
            parts.append("<trkseg>\n" + "\n".join(_element("trkpt", point) for point in line) + "\n</trkseg>\n")
        parts.append("</trk>\n")
    return "".join([*parts, "</gpx>\n"]).encode()


def _element(tag: str, point: Point) -> str:
    height = "" if point.height is None else f"<ele>{point.height:.1f}</ele>"
    return f'<{tag} lat="{point.latitude:.6f}" lon="{point.longitude:.6f}">{height}{_name(point.name)}</{tag}>'


def _name(name: str) -> str:
    return f"<name>{escape(name)}</name>" if name else ""


def drawn(way: Way) -> str:
    """What a map draws: `{"km", "lines": [[[lat, lng], …], …], "places": [{"lat", "lng", "name"}, …]}` as JSON."""
    lines = [[(point.latitude, point.longitude) for point in line] for line in way.lines]
    shown = [[[round(lat, 5), round(lng, 5)] for lat, lng in line] for line in simplified(lines, DRAWN_POINTS)]
    places = [
        {"lat": round(place.latitude, 5), "lng": round(place.longitude, 5), "name": place.name}
        for place in way.places[:DRAWN_PLACES]
    ]
    told = {"km": round(sum(map(length_km, lines)), 2), "lines": shown, "places": places}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
