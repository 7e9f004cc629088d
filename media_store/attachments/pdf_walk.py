"""Look at every object of a PDF for what does something by itself, and write it anew without what it tells of people.

A program of its own, for hostile files: the PDF on stdin, one word of `REASONS` on stdout, and behind "fine" on a line
of its own the PDF that may be served. It imports nothing of the site: it starts in a tenth of a second, has no
connection or key to lose, and ends with its limits where a file makes the library use too much or fall over.
"""

from __future__ import annotations

import base64
import io
import re
import resource
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any

CPU_SECONDS = 3
MEMORY_BYTES = 400 * 2**20
"""Of addresses, of which the program and its libraries use a tenth."""

MOST_OBJECTS = 100_000
MOST_PAGES = 1_000
MOST_ITEMS = 1_000_000
"""Of all dictionaries and arrays together: ten for each object."""

MOST_DECODED_BYTES = 64 * 2**20
"""Of one stream of objects, and of a JPEG that is packed once more; no other stream is decoded at all."""

MOST_SEGMENTS = 5_000
"""Of a JPEG: a large profile and a long remark are some hundreds."""

MOST_WRITTEN_BYTES = 12_000_000
"""A fifth more than is taken: the same objects, written in another way."""

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

TOLD_KEYS = {"/Metadata", "/PieceInfo", "/LastModified", "/Thumb", "/SpiderInfo", "/CreatorInfo"}
"""Who made it, when and with what, what a program keeps for itself, and small pictures of how it looked once."""

SEAL_KEYS = {"/Perms", "/DSS", "/SigFlags"}
"""A signature names its signer, and would not hold: what is signed are the bytes that were sent."""

REMARK_KEYS = {"/T", "/M", "/CreationDate"}
"""Of a remark on a page: its author and its times."""


class Refused(Exception):
    """One of `REASONS` but the first."""


class Written(io.BytesIO):
    """Raises Refused for a document that grows by being written."""

    def write(self, content: Any) -> int:
        if self.tell() + len(content) > MOST_WRITTEN_BYTES:
            raise Refused("complex")
        return super().write(content)


def main() -> bytes:
    """The answer for the file on stdin."""
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
            return b"fine\n" + _written(document)
    except Refused as refused:
        return str(refused).encode()
    except pikepdf.PasswordError:
        return b"encrypted"
    except MemoryError:
        return b"complex"
    except Exception:  # noqa: BLE001 - whatever the library says of it, it is no PDF that everybody can open
        return b"damaged"


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
    """Everything that is written inside this object; what it refers to stands in the list by itself.

    On the way what tells of people is taken out: each dictionary is read once.
    """
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
        for key in _telling(entries):
            del found[key]
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


def _telling(entries: dict[str, Any]) -> set[str]:
    """The keys that go."""
    names = entries.keys()
    telling = names & (TOLD_KEYS | SEAL_KEYS)
    value: Any = entries.get("/V")
    if getattr(value, "_type_name", "") == "dictionary" and "/ByteRange" in value:
        telling |= {"/V"}
    if {"/Rect", "/Subtype"} <= names:
        telling |= names & (REMARK_KEYS - {"/T"} if _name(entries, "/Subtype") == "/Widget" else REMARK_KEYS)
    return telling


def _name(entries: dict[str, Any], key: str) -> str:
    value = entries.get(key)
    return str(value) if getattr(value, "_type_name", "") == "name" else ""


def _written(document: Any) -> bytes:
    """What the document is now: no object that nothing leads to, and so nothing of its older versions."""
    from pikepdf import ObjectStreamMode, StreamDecodeLevel

    for key in set(document.trailer.keys()) - {"/Root", "/Size"}:
        del document.trailer[key]
    for found in document.objects:
        if found._type_name == "stream":
            _clean_picture(found)
    out = Written()
    document.save(
        out,
        fix_metadata_version=False,
        object_stream_mode=ObjectStreamMode.preserve,
        stream_decode_level=StreamDecodeLevel.none,
        deterministic_id=True,
    )
    if document.get_warnings():
        raise Refused("damaged")
    return out.getvalue()


def _clean_picture(stream: Any) -> None:
    """Take out of a JPEG or JPEG 2000 what is not its picture; other kinds have no room for it."""
    filters, options = _listed(stream.get("/Filter")), _listed(stream.get("/DecodeParms"))
    clean = _CLEANED.get(str(filters[-1])) if filters else None
    if clean is None:
        return
    before = stream.read_raw_bytes()
    after = clean(_unpacked(before, [str(name) for name in filters[:-1]]))
    if after != before:
        last = options[-1] if len(options) == len(filters) else None
        stream.write(after, filter=filters[-1], decode_parms=last, type_check=False)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else list(value.as_list()) if value._type_name == "array" else [value]


def _unpacked(content: bytes, filters: list[str]) -> bytes:
    for name in filters:
        if name in ("/FlateDecode", "/Fl"):
            content = zlib.decompressobj().decompress(content, MOST_WRITTEN_BYTES + 1)
        elif name in ("/ASCII85Decode", "/A85"):
            content = base64.a85decode(content.split(b"~>")[0])
        elif name in ("/ASCIIHexDecode", "/AHx"):
            content = bytes.fromhex(content.split(b">")[0].decode("ascii"))
        else:
            raise Refused("complex")
    if len(content) > MOST_WRITTEN_BYTES:
        raise Refused("complex")
    return content


_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)
"""The next marker of a JPEG that says something, behind stuffed zeros and restarts."""

_EOI, _APP0, _APP15, _COM = 0xD9, 0xE0, 0xEF, 0xFE
_KEPT = {0xE0: b"JFIF\x00", 0xE2: b"ICC_PROFILE\x00", 0xEE: b"Adobe"}
"""What says how the picture is shown: its density, its colours, and how these are coded."""


def _clean_jpeg(content: bytes) -> bytes:
    """From its first byte to its end without applications' segments and remarks; what is behind it goes too."""
    start = content.find(b"\xff\xd8")
    if start < 0:
        raise Refused("damaged")
    parts, place = [b"\xff\xd8"], start + 2
    for _segment in range(MOST_SEGMENTS):
        found = _MARKER.search(content, place)
        if found is None:
            return b"".join([*parts, content[place:]])
        marker = found[1][0]
        if marker == _EOI:
            return b"".join([*parts, content[place : found.end()]])
        parts.append(content[place : found.start()])
        end = found.end() + int.from_bytes(content[found.end() : found.end() + 2], "big")
        told = content[found.end() + 2 : end]
        if marker == _APP0 and told.startswith(_KEPT[_APP0]):
            parts.append(b"\xff\xe0\x00\x10" + told[:12] + b"\x00\x00")  # without the small picture of it
        elif not (_APP0 <= marker <= _APP15 or marker == _COM) or told.startswith(_KEPT.get(marker, b"\xff\xff")):
            parts.append(content[found.start() : end])
        place = end
    raise Refused("complex")


def _clean_jpeg2000(content: bytes) -> bytes:
    """Boxes of remarks and the remarks of its code are emptied where they stand: others tell places in the file."""
    clean, place = bytearray(content), 0
    while not content.startswith(b"\xff\x4f") and place + 8 <= len(content):
        size, kind, head = int.from_bytes(content[place : place + 4], "big"), content[place + 4 : place + 8], 8
        if size == 1:
            size, head = int.from_bytes(content[place + 8 : place + 16], "big"), 16
        end = len(content) if size == 0 else place + size
        if end < place + head:
            raise Refused("damaged")
        if kind in (b"xml ", b"uuid", b"uinf", b"asoc"):
            clean[place + 4 : place + 8] = b"free"
            clean[place + head : end] = bytes(min(end, len(content)) - place - head)
        elif kind == b"jp2c":
            _clean_code(clean, place + head)
        place = end
    if content.startswith(b"\xff\x4f"):
        _clean_code(clean, 0)
    return bytes(clean)


def _clean_code(clean: bytearray, start: int) -> None:
    """The head of the code, where it tells who wrote it; what is between its tiles is none of a writer's."""
    place = start + 2
    while clean[place : place + 1] == b"\xff" and clean[place + 1] != 0x90:
        end = place + 2 + int.from_bytes(clean[place + 2 : place + 4], "big")
        if clean[place + 1] == 0x64:
            clean[place + 6 : end] = bytes(max(0, min(end, len(clean)) - place - 6))
        place = end


_CLEANED: dict[str, Callable[[bytes], bytes]] = {
    "/DCTDecode": _clean_jpeg,
    "/DCT": _clean_jpeg,
    "/JPXDecode": _clean_jpeg2000,
}

if __name__ == "__main__":
    sys.stdout.buffer.write(main())
