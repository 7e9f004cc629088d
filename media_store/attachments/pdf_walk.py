"""Look at every object of a PDF for what does something by itself; a program of its own, for hostile files.

Read on stdin, one word of `REASONS` on stdout. It imports nothing of the site: it starts in a tenth of a second, has
no connection or key to lose, and ends with its limits where a file makes the library use too much or fall over.
"""

from __future__ import annotations

import io
import resource
import sys
from collections.abc import Iterator
from typing import Any

CPU_SECONDS = 3
MEMORY_BYTES = 400 * 2**20
"""Of addresses, of which the program and its libraries use a tenth."""

MOST_OBJECTS = 100_000
MOST_PAGES = 1_000
MOST_ITEMS = 1_000_000
"""Of all dictionaries and arrays together: ten for each object."""

MOST_DECODED_BYTES = 64 * 2**20
"""Of one stream of objects; no other stream is decoded at all."""

REASONS = ("fine", "damaged", "encrypted", "complex", "active", "embedded", "form", "link")

ACTIVE_KEYS = {"/JS", "/JavaScript", "/AA", "/RichMediaContent", "/RichMediaSettings", "/Rendition"}
EMBEDDED_KEYS = {"/EmbeddedFiles", "/EF", "/RF", "/AF"}
ACTIVE_SUBTYPES = {"/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}
HARMLESS_ACTIONS = {"/GoTo", "/URI", "/Named", "/SetOCGState", "/Hide", "/Thread", "/Trans"}
"""What a press on a link may do: turn to a page, open an address, show a layer."""

ACTIVE_ACTIONS = {"/JavaScript", "/Launch", "/GoToR", "/GoToE", "/Rendition", "/Movie", "/Sound", "/RichMediaExecute"}
FORM_ACTIONS = {"/SubmitForm", "/ImportData", "/ResetForm"}
LINK_SCHEMES = ("http:", "https:", "mailto:", "tel:")
ACTION_KEYS = {"/A", "/PA", "/Next", "/OpenAction"}


class Refused(Exception):
    """One of `REASONS` but the first."""


def main() -> str:
    """The word for the file on stdin."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import pikepdf
    import pikepdf.settings

    pikepdf.settings.set_qpdf_limits(
        doc_max_warnings=50,
        parser_max_nesting=100,
        parser_max_container_size=MOST_OBJECTS,
        max_stream_filters=4,
        flate_max_memory=MOST_DECODED_BYTES,
        png_max_memory=MOST_DECODED_BYTES,
        tiff_max_memory=MOST_DECODED_BYTES,
        run_length_max_memory=MOST_DECODED_BYTES,
        dct_max_memory=1,
    )
    try:
        # Not repaired: whoever opens it would repair it in another way, and find what was not looked at.
        with pikepdf.open(io.BytesIO(sys.stdin.buffer.read()), attempt_recovery=False) as document:
            _look_at(document)
    except Refused as refused:
        return str(refused)
    except pikepdf.PasswordError:
        return "encrypted"
    except MemoryError:
        return "complex"
    except Exception:  # noqa: BLE001 - whatever the library says of it, it is no PDF that everybody can open
        return "damaged"
    return "fine"


def _look_at(document: Any) -> None:
    if document.is_encrypted:
        raise Refused("encrypted")
    if len(document.objects) > MOST_OBJECTS:
        raise Refused("complex")
    _look_at_tree(document.trailer)
    for found in document.objects:
        _look_at_tree(found)
    if not 0 < len(document.pages) <= MOST_PAGES:
        raise Refused("complex" if len(document.pages) else "damaged")
    if document.get_warnings():
        raise Refused("damaged")


_looked_at = 0


def _look_at_tree(top: Any) -> None:
    """Everything that is written inside this object; what it refers to stands in the list by itself."""
    global _looked_at
    waiting = [top]
    while waiting:
        for item in _items(waiting.pop()):
            _looked_at += 1
            if _looked_at > MOST_ITEMS:
                raise Refused("complex")
            if not item.is_indirect:
                waiting.append(item)


def _items(found: Any) -> Iterator[Any]:
    kind = found._type_name
    if kind == "array":
        return (item for item in found.as_list() if hasattr(item, "is_indirect"))
    if kind in ("dictionary", "stream"):
        entries = dict((found.stream_dict if kind == "stream" else found).items())
        if kind == "stream" and "/F" in entries:
            raise Refused("embedded")  # its data are in another file
        _judge(entries)
        return (item for item in entries.values() if hasattr(item, "is_indirect"))
    return iter(())


def _judge(entries: dict[str, Any]) -> None:
    names = entries.keys()
    if names & EMBEDDED_KEYS or _name(entries, "/Type") == "/EmbeddedFile":
        raise Refused("embedded")
    if names & ACTIVE_KEYS or _name(entries, "/Subtype") in ACTIVE_SUBTYPES:
        raise Refused("active")
    if _name(entries, "/Subtype") == "/FileAttachment":
        raise Refused("embedded")
    if "/XFA" in names:
        raise Refused("form")
    does = _name(entries, "/S")
    if does in ACTIVE_ACTIONS:
        raise Refused("active")
    if does in FORM_ACTIONS:
        raise Refused("form")
    if does == "/URI" or "/URI" in names:
        _judge_link(entries.get("/URI"))
    for key in names & ACTION_KEYS:
        _judge_action(key, entries[key])


def _judge_action(key: str, action: Any) -> None:
    """Anything but what is known to do no harm is refused: a reader may know more actions than we do."""
    if getattr(action, "_type_name", "") != "dictionary":
        return  # a place in the document, or attributes of its structure
    does = str(action.get("/S", ""))
    if does and does not in HARMLESS_ACTIONS:
        raise Refused("form" if does in FORM_ACTIONS else "active")
    if key == "/OpenAction" and does not in ("", "/GoTo"):
        raise Refused("active")


def _judge_link(address: Any) -> None:
    text = bytes(address).decode("latin-1").strip().lower() if hasattr(address, "is_indirect") else ""
    before, colon, _after = text.partition(":")
    has_scheme = bool(colon) and not set(before) & set("/?#")
    if has_scheme and f"{before}:" not in LINK_SCHEMES:
        raise Refused("link")


def _name(entries: dict[str, Any], key: str) -> str:
    value = entries.get(key)
    return str(value) if getattr(value, "_type_name", "") == "name" else ""


if __name__ == "__main__":
    sys.stdout.write(main())
