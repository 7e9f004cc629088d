"""Pages as a browser reads them: parsed with html5lib, which repairs and reports what is not HTML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import html5lib

ADDRESSES = (
    "href",
    "src",
    "action",
    "formaction",
    "poster",
    "data",
    "xlink:href",
    "{http://www.w3.org/1999/xlink}href",
)
_FOLLOWED = ("http", "https", "tel", "mailto", "")
_VARIES = re.compile(rb'name="(?:csrfmiddlewaretoken|form_token)" value="[^"]+"|<code>[0-9a-f-]+</code>')


class Page:
    """A parsed answer."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.url = response.wsgi_request.get_full_path() if hasattr(response, "wsgi_request") else "/"
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        self.root: ET.Element = parser.parse(response.content.decode())
        self.faults: list[Any] = parser.errors

    def all(self, tag: str, **attributes: str) -> list[ET.Element]:
        """The elements of that name which have these attributes, in the order of the page."""
        return [
            element
            for element in self.root.iter()
            if name_of(element) == tag and all(element.get(key) == value for key, value in attributes.items())
        ]

    def one(self, tag: str, **attributes: str) -> ET.Element:
        """The only element of that name with these attributes."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} × <{tag} {attributes}> on {self.url}"
        return found[0]

    def texts(self, tag: str, **attributes: str) -> list[str]:
        return [text_of(element) for element in self.all(tag, **attributes)]

    @property
    def text(self) -> str:
        """Everything a reader or a screen reader can meet in the body."""
        return text_of(self.one("body"))

    def addresses(self) -> Iterator[str]:
        """Every address that an element points to, as it is written."""
        for element in self.root.iter():
            yield from (element.attrib[name] for name in ADDRESSES if name in element.attrib)

    def links(self) -> list[str]:
        """Paths of this site that the page links to, with their query."""
        found: dict[str, None] = {}
        for address in self.addresses():
            parts = urlsplit(urljoin(f"http://testserver{self.url}", address))
            if parts.netloc == "testserver" or address.startswith("http://127.0.0.1:8000/"):
                found[parts._replace(scheme="", netloc="", fragment="").geturl()] = None
        return list(found)

    def shape(self) -> Counter[tuple[str, ...]]:
        """How often each element occurs with which attributes: text that stays text leaves it as it is."""
        return Counter((name_of(element), *sorted(map(str, element.attrib))) for element in self.root.iter())


def name_of(element: ET.Element) -> str:
    """The local name; a comment's is `!`."""
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else "!"


def text_of(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def goes_somewhere_odd(address: str) -> bool:
    """Whether a browser would run or embed this address instead of visiting it."""
    try:
        return urlsplit(re.sub(r"[\x00-\x20]", "", address)).scheme.lower() not in _FOLLOWED
    except ValueError:
        return True


def without_tokens(response: Any) -> bytes:
    """The body without what differs each time: the tokens of forms and the request's number."""
    return _VARIES.sub(b"", response.content)
