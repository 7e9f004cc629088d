"""Listed spots for maps and navigators: GeoJSON, KML 2.2 and GPX 1.1, a spot at a time."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

import regex
from django.conf import settings

from spots.credits import credited_sources
from spots.models import Spot

_TEXTS = (
    *("name", "reading", "name_en", "description", "address", "municipality_code", "opening_hours", "phone"),
    *("website", "status", "source", "licence", "credit"),
)
_NOT_XML = regex.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""Characters that no XML 1.0 document may hold, not even escaped."""

DOCUMENT_NAME = "マチポケのスポット"


def attribution() -> str:
    """The credits of all sources in one line."""
    return "、".join(credit.line for credit in credited_sources())


def geojson_chunks(spots: Iterable[Spot]) -> Iterator[str]:
    """A FeatureCollection (RFC 7946): longitude before latitude, whom to credit beside the features and in each."""
    head: dict[str, object] = {"type": "FeatureCollection", "name": DOCUMENT_NAME, "attribution": attribution()}
    head |= {"credits": [credit._asdict() for credit in credited_sources()]}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "features": ['
    separator = "\n"
    for spot in spots:
        yield separator + json.dumps(_feature(spot), ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"


def _feature(spot: Spot) -> dict[str, object]:
    properties: dict[str, object] = {name: getattr(spot, name) for name in _TEXTS}
    properties |= {"category": spot.category.slug, "tags": [tag.name for tag in spot.tags.all()], "url": url(spot)}
    point = {"type": "Point", "coordinates": [round(spot.longitude, 6), round(spot.latitude, 6)]}
    return {"type": "Feature", "id": str(spot.pk), "geometry": point, "properties": properties}


def url(spot: Spot) -> str:
    """The spot's page, with the site's address."""
    return f"{settings.SITE_URL.rstrip('/')}{spot.get_absolute_url()}"


class _Document:
    """An XML document that is written in pieces."""

    def __init__(self) -> None:
        self._buffer = io.StringIO()
        self._xml = XMLGenerator(self._buffer, encoding="utf-8", short_empty_elements=True)
        self._xml.startDocument()

    def open(self, tag: str, **attributes: str) -> None:
        clean = {name: _NOT_XML.sub("", value) for name, value in attributes.items()}
        self._xml.startElement(tag, AttributesImpl(clean))

    def close(self, tag: str) -> None:
        self._xml.endElement(tag)

    def text(self, tag: str, text: str, **attributes: str) -> None:
        """An element with text in it; nothing where there is no text."""
        if text:
            self.open(tag, **attributes)
            self._xml.characters(_NOT_XML.sub("", text))
            self.close(tag)

    def taken(self) -> str:
        """What was written since the last call."""
        piece = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return piece


def kml_chunks(spots: Iterable[Spot]) -> Iterator[str]:
    """A KML document; viewers render a description as HTML, so ours is text escaped once more."""
    document = _Document()
    document.open("kml", xmlns="http://www.opengis.net/kml/2.2")
    document.open("Document")
    document.text("name", DOCUMENT_NAME)
    document.text("description", html.escape(attribution(), quote=False))
    for spot in spots:
        _placemark(document, spot)
        yield document.taken()
    document.close("Document")
    document.close("kml")
    yield document.taken() + "\n"


def _placemark(document: _Document, spot: Spot) -> None:
    document.open("Placemark", id=f"spot-{spot.pk}")
    document.text("name", spot.name)
    document.text("address", spot.address)
    document.text("phoneNumber", spot.phone)
    document.text("description", html.escape(spot.description, quote=False))
    document.open("ExtendedData")
    facts = {"category": spot.category.name_ja, "opening_hours": spot.opening_hours, "website": spot.website}
    facts |= {"credit": spot.credit, "licence": spot.licence, "source": spot.source, "url": url(spot)}
    for name, fact in facts.items():
        if fact:
            document.open("Data", name=name)
            document.text("value", fact)
            document.close("Data")
    document.close("ExtendedData")
    document.open("Point")
    document.text("coordinates", f"{spot.longitude:.6f},{spot.latitude:.6f}")
    document.close("Point")
    document.close("Placemark")


def gpx_chunks(spots: Iterable[Spot]) -> Iterator[str]:
    """Waypoints, their elements in the order the GPX 1.1 schema asks for."""
    document = _Document()
    document.open("gpx", version="1.1", creator="Machipoke", xmlns="http://www.topografix.com/GPX/1/1")
    document.open("metadata")
    document.text("name", DOCUMENT_NAME)
    document.text("desc", attribution())
    document.close("metadata")
    for spot in spots:
        document.open("wpt", lat=f"{spot.latitude:.6f}", lon=f"{spot.longitude:.6f}")
        document.text("name", spot.name)
        document.text("desc", "\n".join(filter(None, [spot.address, spot.opening_hours, spot.description])))
        document.text("src", " ".join(filter(None, [spot.credit, spot.licence])))
        document.open("link", href=url(spot))
        document.close("link")
        document.text("type", spot.category.name_ja)
        document.close("wpt")
        yield document.taken()
    document.close("gpx")
    yield document.taken() + "\n"
