"""A PDF is stored as it is written anew: what it shows stays, what it tells of people and places does not."""

from __future__ import annotations

import base64
import io
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from hashlib import sha256
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image

from media_store import slots
from media_store.attachments import AttachmentRefused, check
from tests import pictures
from tests.attachment_files import pdf

AS_IS = {"fix_metadata_version": False}
PLAIN = AS_IS | {"object_stream_mode": pikepdf.ObjectStreamMode.disable, "compress_streams": False}


def _stored(content: bytes) -> bytes:
    return check(io.BytesIO(content)).content


def _everything(content: bytes) -> bytes:
    """The bytes, and what they hold packed."""
    with pikepdf.open(io.BytesIO(content)) as document:
        held = [found for found in document.objects if found._type_name == "stream"]
        packed = [found.read_raw_bytes() for found in held]
        packed += [found.read_bytes() for found in held if found.get("/Filter") == "/FlateDecode"]
        written = [found.unparse() for found in [document.trailer, *document.objects] if found._type_name != "stream"]
    return b"\n".join([content, *packed, *written])


def _says(word: str) -> String:
    return String(f"CANARY {word}")


def _told(document: pikepdf.Pdf, word: str) -> Stream:
    text = f"<x:xmpmeta>CANARY {word}</x:xmpmeta>".encode()
    return Stream(document, text, Type=Name.Metadata, Subtype=Name.XML)


def _describes_itself(document: pikepdf.Pdf) -> None:
    page = document.pages[0]
    document.docinfo["/Author"] = _says("author")
    document.Root.Metadata = _told(document, "xmp")
    document.Root.SpiderInfo = Dictionary(V=1, S=_says("address"))
    page.Metadata = _told(document, "xmp of a page")
    page.LastModified = _says("time")
    page.PieceInfo = Dictionary(Word=Dictionary(LastModified=_says("when"), Private=_told(document, "program")))
    page.Thumb = Stream(document, b"CANARY small picture", Width=1, Height=1, ColorSpace=Name.DeviceGray)
    document.trailer.ID = Array([_says("number of 16b"), _says("number of 16b")])
    document.trailer["/AdditionalStreams"] = Array([Name.Text, _told(document, "the text it was made from")])


def _is_remarked(document: pikepdf.Pdf) -> None:
    remark = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]), Contents=String("ここ"))
    remark.T, remark.M, remark.CreationDate = _says("author"), _says("time"), _says("first time")
    document.pages[0].Annots = Array([document.make_indirect(remark)])


def _is_signed(document: pikepdf.Pdf) -> None:
    seal = Dictionary(Type=Name.Sig, Name=_says("signer"), Contents=_says("certificate"), ByteRange=Array([0, 1, 2, 3]))
    seal = document.make_indirect(seal)
    field = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String("Signature1"), V=seal)
    field.Rect = Array([0, 0, 9, 9])
    field = document.make_indirect(field)
    document.pages[0].Annots = Array([field])
    document.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)
    document.Root.Perms = Dictionary(DocMDP=seal)
    document.Root.DSS = Dictionary(Certs=Array([Stream(document, b"CANARY certificate")]))


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("change", [_describes_itself, _is_remarked, _is_signed])
def test_nobody_is_named_in_what_is_stored(change: Callable[[pikepdf.Pdf], Any], packed: bool) -> None:
    sent = pdf(change, pages=2, **(AS_IS if packed else PLAIN))
    assert b"CANARY" in _everything(sent)
    kept = _stored(sent)
    assert b"CANARY" not in _everything(kept)
    with pikepdf.open(io.BytesIO(kept)) as document:
        assert len(document.pages) == 2
        assert not document.get_warnings()


def test_what_a_page_shows_of_remarks_and_fields_stays() -> None:
    with pikepdf.open(io.BytesIO(_stored(pdf(_is_remarked)))) as document:
        assert str(document.pages[0].Annots[0].Contents) == "ここ"
    with pikepdf.open(io.BytesIO(_stored(pdf(_is_signed)))) as document:
        (field,) = document.Root.AcroForm.Fields
        assert (str(field.T), "/V" in field) == ("Signature1", False)


# --- pictures ---

PHOTO = pictures.make(
    (64, 48), gps=pictures.GPS, xmp="CANARY xmp", comment="CANARY remark", description="CANARY camera"
)


def _box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def _jpeg2000(**options: Any) -> bytes:
    out = io.BytesIO()
    pictures.scene((64, 48)).save(out, "JPEG2000", comment="CANARY remark", **options)
    return out.getvalue()


PICTURES: dict[str, tuple[bytes, Any, Any]] = {
    "JPEG": (PHOTO, Name.DCTDecode, None),
    "JPEG with a word on its colours": (PHOTO, Name.DCTDecode, Dictionary(ColorTransform=1)),
    "layered": (
        pictures.make((64, 48), progressive=True, comment="CANARY", gps=pictures.GPS),
        Name.DCTDecode,
        None,
    ),
    "with something behind it": (PHOTO + b"CANARY second picture" + PHOTO, Name.DCTDecode, None),
    "in a list": (PHOTO, Array([Name.DCTDecode]), None),
    "packed once more": (zlib.compress(PHOTO), Array([Name.FlateDecode, Name.DCTDecode]), None),
    "as text": (base64.a85encode(PHOTO) + b"~>", Array([Name.ASCII85Decode, Name.DCTDecode]), None),
    "as digits": (PHOTO.hex().encode() + b">", Array([Name.ASCIIHexDecode, Name.DCTDecode]), None),
    "JPEG 2000": (_jpeg2000() + _box(b"xml ", b"CANARY xmp") + _box(b"uuid", b"CANARY exif"), Name.JPXDecode, None),
    "JPEG 2000 without boxes": (_jpeg2000(no_jp2=True), Name.JPXDecode, None),
}


def _showing(content: bytes, filters: Any, parameters: Any = None) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        image = Stream(document, b"", Type=Name.XObject, Subtype=Name.Image, Width=64, Height=48)
        image.ColorSpace, image.BitsPerComponent = Name.DeviceRGB, 8
        image.write(content, filter=filters, decode_parms=parameters, type_check=False)
        document.pages[0].Resources = Dictionary(XObject=Dictionary(Im0=image))
        document.pages[0].Contents = Stream(document, b"q 64 0 0 48 0 0 cm /Im0 Do Q")

    return change


_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "/FlateDecode": zlib.decompress,
    "/ASCII85Decode": lambda text: base64.a85decode(text[:-2]),
    "/ASCIIHexDecode": lambda text: bytes.fromhex(text[:-1].decode()),
}


def _shown(content: bytes) -> tuple[bytes, Any]:
    """The picture on the first page as a reader decodes it, and the parameters it is decoded with."""
    with pikepdf.open(io.BytesIO(content)) as document:
        image = document.pages[0].Resources.XObject.Im0
        data = image.read_raw_bytes()
        for name in list(image.Filter.as_list())[:-1] if image.Filter._type_name == "array" else []:
            data = _UNPACK[str(name)](data)
        parameters = image.get("/DecodeParms")
        return Image.open(io.BytesIO(data)).convert("RGB").tobytes(), parameters and parameters.unparse()


@pytest.mark.parametrize(("content", "filters", "parameters"), PICTURES.values(), ids=PICTURES)
def test_a_picture_looks_as_before_and_tells_nothing(content: bytes, filters: Any, parameters: Any) -> None:
    sent = pdf(_showing(content, filters, parameters))
    assert b"CANARY" in content or content not in (PHOTO, _jpeg2000())
    kept = _stored(sent)
    for canary in (b"CANARY", b"Exif", b"WGS-84"):
        assert canary not in _everything(kept), canary
    assert _shown(kept) == _shown(sent)


def test_colours_are_kept() -> None:
    kept = _stored(pdf(_showing(pictures.make((64, 48), icc="p3", comment="CANARY"), Name.DCTDecode)))
    assert b"ICC_PROFILE" in kept
    assert b"CANARY" not in kept


@pytest.mark.parametrize(
    ("content", "filters"),
    [
        (PHOTO, Array([Name.LZWDecode, Name.DCTDecode])),
        (b"no picture", Name.DCTDecode),
        (zlib.compress(PHOTO + bytes(20_000_000)), Array([Name.FlateDecode, Name.DCTDecode])),
    ],
    ids=["packed as we do not read it", "none", "a bomb"],
)
def test_a_picture_that_cannot_be_cleaned_is_refused(content: bytes, filters: Any) -> None:
    with pytest.raises(AttachmentRefused) as refused:
        check(io.BytesIO(pdf(_showing(content, filters))))
    assert refused.value.code in ("complex", "damaged")


# --- the file ---


def _changed_later(content: bytes) -> bytes:
    """The same document after somebody changed its description in a program that writes behind what was there."""
    with pikepdf.open(io.BytesIO(content)) as document:
        number, root, size = document.docinfo.objgen[0], document.Root.objgen[0], int(document.trailer.Size)
    before = content.rindex(b"startxref\n") + len(b"startxref\n")
    start = int(content[before : content.index(b"\n", before)])
    place = len(content)
    body = b"%d 0 obj\n<</Author (Someone else)>>\nendobj\n" % number
    end = b"xref\n%d 1\n%010d 00000 n \ntrailer\n" % (number, place)
    end += b"<</Size %d/Root %d 0 R/Info %d 0 R/Prev %d>>\n" % (size, root, number, start)
    return content + body + end + b"startxref\n%d\n%%%%EOF\n" % (place + len(body))


def test_older_versions_of_it_are_gone() -> None:
    first = pdf(_describes_itself, **PLAIN)
    sent = _changed_later(first)
    with pikepdf.open(io.BytesIO(sent)) as document:
        assert str(document.docinfo.Author) == "Someone else"
    kept = _stored(sent)
    assert b"CANARY author" in sent
    for canary in (b"CANARY", b"Someone else", b"/Prev", b"/Info"):
        assert canary not in kept, canary
    assert kept.count(b"startxref") == kept.count(b"%%EOF") == 1


def test_what_is_stored_is_taken_again_as_it_is() -> None:
    kept = check(io.BytesIO(pdf(_showing(PHOTO, Name.DCTDecode), pages=3)))
    again = check(io.BytesIO(kept.content))
    assert again.content == kept.content
    assert kept.sha256 == again.sha256 == again.original_sha256 == sha256(kept.content).hexdigest()


def test_many_small_segments_end_within_the_limits() -> None:
    photo = PHOTO[:2] + b"\xff\xe1\x00\x02" * 6_000 + PHOTO[2:]
    with pytest.raises(AttachmentRefused) as refused:
        _stored(pdf(_showing(photo, Name.DCTDecode)))
    assert refused.value.code == "complex"


def test_one_turn_is_enough_for_a_document() -> None:
    with ExitStack() as others:
        for _ in range(slots._cores() - 1):
            others.enter_context(slots.transform_slot(0))
        assert _stored(pdf()).startswith(b"%PDF-")
