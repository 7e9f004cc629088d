"""What a file is, by its own bytes: the kinds of picture that are read, each by its one decoder."""

from __future__ import annotations

import struct
from typing import IO

from PIL import AvifImagePlugin, GifImagePlugin, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from media_store.pictures import refusals

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
_AVIF_BRANDS = {b"avif", b"avis"}

GLANCE_BYTES = 256
"""As many as `sniff` looks at."""

BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    MemoryError,
)
"""What decoders raise for a file that is not as it should be; struct.error and zlib.error are beside them."""


def sniff(content: bytes) -> str:
    """JPEG, PNG, GIF, WEBP, AVIF or HEIF. Neither the name nor the type that was sent matter. Raises PictureRefused."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp" and (brands := _brands(content)) & (_AVIF_BRANDS | _HEIC_BRANDS):
        return "AVIF" if brands & _AVIF_BRANDS else "HEIF"
    raise refusals.wrong_type()


def _brands(content: bytes) -> set[bytes]:
    (length,) = struct.unpack(">I", content[:4])
    names = content[8 : min(length, GLANCE_BYTES)]
    return {names[start : start + 4] for start in range(0, len(names), 4) if start != 4}


def open_as(kind: str, file: IO[bytes]) -> ImageFile.ImageFile:
    """The picture with its header read and no pixel decoded, by the one decoder of `kind`.

    Not `Image.open`: it knows forty formats (one starts Ghostscript), follows a JPEG into further pictures behind it,
    and holds every format to one limit of pixels, while ours differ. Raises PictureRefused, or one of `BROKEN`.
    """
    match kind:
        case "JPEG":
            return JpegImagePlugin.JpegImageFile(file)
        case "PNG":
            return PngImagePlugin.PngImageFile(file)
        case "GIF":
            return GifImagePlugin.GifImageFile(file)
        case "WEBP":
            return WebPImagePlugin.WebPImageFile(file)
        case "AVIF":
            return AvifImagePlugin.AvifImageFile(file)
        case _:
            return _open_heif(file)


def _open_heif(file: IO[bytes]) -> ImageFile.ImageFile:
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise refusals.heic_unread() from error
    picture: ImageFile.ImageFile = HeifImageFile(file)  # type: ignore[no-untyped-call]
    return picture
