"""A PDF is taken when everybody can simply read it, and refused with a reason when it does something by itself."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from media_store.attachments import AttachmentRefused, check
from tests.attachment_files import linking_to, opening_with, pdf

PROGRAM = Path(__file__).parents[2] / "media_store" / "attachments" / "pdf_walk.py"


def _reason(content: bytes) -> str:
    with pytest.raises(AttachmentRefused) as refused:
        check(io.BytesIO(content))
    assert str(refused.value.message)
    return refused.value.code


@pytest.mark.parametrize("mode", pikepdf.ObjectStreamMode.__members__.values(), ids=lambda mode: str(mode.name))
def test_a_plain_document_is_taken_with_its_pages(mode: pikepdf.ObjectStreamMode) -> None:
    checked = check(io.BytesIO(pdf(pages=3, object_stream_mode=mode)))
    assert (checked.extension, checked.content_type, checked.track) == ("pdf", "application/pdf", "")
    with pikepdf.open(io.BytesIO(checked.content)) as document:
        assert len(document.pages) == 3


HARMLESS = {
    "opens at a page": lambda document: setattr(document.Root, "OpenAction", Array([document.pages[0].obj, Name.Fit])),
    "opens by an action at a page": opening_with(S=Name.GoTo, D=Array([0, Name.Fit])),
    "links to the web": linking_to(S=Name.URI, URI=String("https://www.city.fukui.lg.jp/")),
    "links by a word": linking_to(S=Name.URI, URI=String("annai.html")),
    "links to mail": linking_to(S=Name.URI, URI=String("mailto:a@example.jp")),
    "turns the page": linking_to(S=Name.Named, N=Name.NextPage),
    "has a structure": lambda document: setattr(
        document.Root, "StructTreeRoot", Dictionary(S=Name.Document, A=Dictionary(O=Name.Layout))
    ),
    "has a plain form": lambda document: setattr(document.Root, "AcroForm", Dictionary(Fields=Array([]))),
    "talks of scripts": lambda document: document.docinfo.update({"/Title": "JavaScript と Launch の本"}),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_documents_usually_do_is_no_reason(change: Callable[[pikepdf.Pdf], Any]) -> None:
    assert check(io.BytesIO(pdf(change))).extension == "pdf"


def _named(tree: str, **value: Any) -> Callable[[pikepdf.Pdf], Any]:
    def change(document: pikepdf.Pdf) -> None:
        document.Root.Names = Dictionary()
        document.Root.Names[f"/{tree}"] = Dictionary(Names=Array([String("a"), Dictionary(**value)]))

    return change


def _attached(document: pikepdf.Pdf) -> None:
    document.attachments["geheim.exe"] = b"MZ"


HARMFUL: dict[str, tuple[str, Callable[[pikepdf.Pdf], Any]]] = {
    "script on opening": ("active", opening_with(S=Name.JavaScript, JS=String("app.alert(1)"))),
    "script by a press": ("active", linking_to(S=Name.JavaScript, JS=String("app.alert(1)"))),
    "script after a page": (
        "active",
        linking_to(S=Name.GoTo, D=Array([0]), Next=Dictionary(S=Name.JavaScript, JS=String("x"))),
    ),
    "script by name": ("active", _named("JavaScript", S=Name.JavaScript, JS=String("x"))),
    "program": ("active", linking_to(S=Name.Launch, F=String("cmd.exe"))),
    "another file": ("active", linking_to(S=Name.GoToR, F=String("\\\\host\\share.pdf"), D=Array([0]))),
    "a file inside": ("active", linking_to(S=Name.GoToE, D=Array([0]))),
    "an action nobody knows": ("active", linking_to(S=Name.Zzz)),
    "web on opening": ("active", opening_with(S=Name.URI, URI=String("https://example.jp/"))),
    "on closing": ("active", lambda document: setattr(document.Root, "AA", Dictionary(WC=Dictionary()))),
    "film": ("active", linking_to(S=Name.Movie)),
    "rich media": (
        "active",
        lambda document: setattr(document.pages[0], "Annots", Array([Dictionary(Subtype=Name.RichMedia)])),
    ),
    "attached file": ("embedded", _attached),
    "attached to a page": (
        "embedded",
        lambda document: setattr(document.pages[0], "Annots", Array([Dictionary(Subtype=Name.FileAttachment)])),
    ),
    "data elsewhere": (
        "embedded",
        lambda document: setattr(document.Root, "X", pikepdf.Stream(document, b"", F=String("other.bin"))),
    ),
    "XFA": ("form", lambda document: setattr(document.Root, "AcroForm", Dictionary(XFA=Array([])))),
    "sends a form": ("form", linking_to(S=Name.SubmitForm, F=String("https://example.jp/"))),
    "takes data": ("form", linking_to(S=Name.ImportData, F=String("a.fdf"))),
    "links to a script": ("link", linking_to(S=Name.URI, URI=String("  JavaScript:alert(1)"))),
    "links to a disk": ("link", linking_to(S=Name.URI, URI=String("file:///etc/passwd"))),
}


@pytest.mark.parametrize(("reason", "change"), HARMFUL.values(), ids=HARMFUL)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_what_acts_by_itself_is_refused(reason: str, change: Callable[[pikepdf.Pdf], Any], packed: bool) -> None:
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    assert _reason(pdf(change, object_stream_mode=mode)) == reason


def test_a_name_that_is_written_in_another_way_is_the_same_name() -> None:
    exact = pdf(linking_to(S=Name.Launch, F=String("a")), object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert b"/Launch" in exact
    # As many bytes as before, so that the table of positions stays true.
    assert _reason(exact.replace(b"/S /Launch", b"/S/L#61unch")) == "active"


def test_an_older_version_inside_counts_too() -> None:
    first = pdf(opening_with(S=Name.JavaScript, JS=String("x")), object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert _reason(first[: first.index(b"xref")] + pdf()) in ("active", "damaged")


def test_a_password_or_a_ban_on_printing_is_refused() -> None:
    locked = pikepdf.Encryption(owner="o", user="u")
    banned = pikepdf.Encryption(owner="o", user="", allow=pikepdf.Permissions(print_highres=False))
    assert _reason(pdf(encryption=locked)) == "encrypted"
    assert _reason(pdf(encryption=banned)) == "encrypted"


def test_half_a_document_is_refused() -> None:
    content = pdf(pages=20)
    for percent in range(5, 100, 5):
        assert _reason(content[: len(content) * percent // 100]) == "damaged"


@pytest.mark.parametrize(
    "content",
    [b"GIF89a" + pdf(), b"<html>" + pdf(), b"PK\x03\x04" + pdf(), b"MZ", b"\xff\xd8\xff", b"%!PS", b"%PDF-x", b"{}"],
)
def test_what_begins_as_something_else_is_no_pdf(content: bytes) -> None:
    assert _reason(content) == "type"


def test_nothing_and_too_much_are_refused() -> None:
    assert _reason(b"") == "empty"
    assert _reason(pdf() + b" " * 10_000_000) == "too_large"
    assert _reason(pdf() + b"x" * 2_000) == "damaged"  # something else behind it


def test_too_many_pages_are_refused() -> None:
    assert _reason(pdf(pages=1_001)) == "complex"


# --- what is made to hurt ---


def _raw(*objects: bytes) -> bytes:
    """A document of these objects, numbered from 1, the first of which is its root."""
    out, positions = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        positions.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % position for position in positions)
    end = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    end += b"trailer\n<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return out + end


def _stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), more, data)


def _bomb() -> bytes:
    """A stream of objects that unpacks to 2 GB."""
    deflate = zlib.compressobj(9)
    packed = b"".join(deflate.compress(b" " * 2**20) for _ in range(2_000)) + deflate.flush()
    held = _stream(packed, b"/Type/ObjStm/N 1/First 8/Filter/FlateDecode")

    def row(kind: int, a: int, b: int) -> bytes:
        return bytes([kind]) + a.to_bytes(4, "big") + b.to_bytes(2, "big")

    head = b"%PDF-1.7\n"
    body = b"1 0 obj\n" + held + b"\nendobj\n"
    start = len(head) + len(body)
    rows = row(0, 0, 65535) + row(1, len(head), 0) + row(2, 1, 0) + row(1, start, 0)
    table = _stream(rows, b"/Type/XRef/Size 4/W[1 4 2]/Root 2 0 R")
    return head + body + b"3 0 obj\n" + table + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % start


def _many_objects() -> bytes:
    catalog = b"<</Type/Catalog/Pages 2 0 R>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    return _raw(catalog, b"<</Type/Pages/Count 1/Kids[3 0 R]>>", page, *[b"<</A 1>>"] * 110_000)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "deep": lambda: _raw(b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * 1_000_000 + b"]" * 1_000_000 + b">>"),
    "deep dictionaries": lambda: _raw(b"<</Type/Catalog/X" + b"<</X" * 500_000 + b" 1" + b">>" * 500_000 + b">>"),
    "pages in a ring": lambda: _raw(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[2 0 R 3 0 R]>>", b"<</Type/Pages/Kids[2 0 R]>>"
    ),
    "an object that is itself": lambda: _raw(b"1 0 R"),
    "its own length": lambda: _raw(b"<</Type/Catalog>>", b"<</Length 2 0 R>>\nstream\nx\nendstream"),
    "a long tree": lambda: _raw(
        b"<</Type/Catalog/Pages 2 0 R>>", *[b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % n for n in range(3, 50_000)]
    ),
    "bomb": _bomb,
    "many objects": _many_objects,
    "a long array": lambda: _raw(b"<</Type/Catalog/X[" + b"1 " * 4_000_000 + b"]>>"),
    "many names": lambda: _raw(b"<</Type/Catalog/X[" + b"<</A/B>>" * 1_000_000 + b"]>>"),
    "noise": lambda: b"%PDF-1.4\n" + bytes(range(256)) * 30_000 + b"startxref\n9\n%%EOF",
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_costs_at_most_three_seconds_and_little_memory(make: Callable[[], bytes]) -> None:
    content = make()
    assert len(content) <= 10_000_000
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    assert _reason(content) in ("damaged", "complex")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 3.6
    assert time.monotonic() - began < 15
    assert _kilobytes_for(content) < 450 * 1024


_MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={})
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def _kilobytes_for(content: bytes) -> int:
    """The most memory that looking at it took. Asked by a small process: what starts one lends it its own size."""
    look = [sys.executable, "-I", str(PROGRAM)]
    done = subprocess.run([sys.executable, "-c", _MEASURED, *look], input=content, capture_output=True, check=True)
    return int(done.stdout)


def test_the_program_knows_nothing_of_the_site() -> None:
    """It has no settings, and so no database, no key and no file of ours to give away."""
    source = PROGRAM.read_text()
    assert not any(f"import {name}" in source or f"from {name}" in source for name in ("django", "media_store", "os"))
    said = subprocess.run([sys.executable, "-I", str(PROGRAM)], input=pdf(), capture_output=True, env={}, check=True)
    assert said.stdout.startswith(b"fine\n%PDF-")
