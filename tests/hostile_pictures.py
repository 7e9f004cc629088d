"""Files that claim to be pictures and are attacks, small enough to be made in a test."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable
from functools import cache

from PIL import Image

from tests import pictures

PAYLOAD = b"<script>alert('machipoke')</script>"


def png(width: int, height: int, depth: int = 8, colour_type: int = 2, *chunks: bytes, pixels: bool = True) -> bytes:
    """A PNG of zeros, which deflate to next to nothing; without `pixels` only its header is true."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour_type]
    row, packer = bytes((width * channels * depth + 7) // 8 + 1), zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush() if pixels else zlib.compress(b"")
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))
    palette = png_chunk(b"PLTE", bytes(6)) if colour_type == 3 else b""
    return (
        b"\x89PNG\r\n\x1a\n" + header + palette + b"".join(chunks) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")
    )


def png_chunk(name: bytes, content: bytes) -> bytes:
    """One chunk with its checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@cache
def scan_bomb(size: tuple[int, int] = (5800, 8600), scans: int = 2000) -> bytes:
    """A valid progressive JPEG whose last scan is told 2,000 times."""
    out = io.BytesIO()
    Image.new("RGB", size, (90, 120, 150)).save(out, "JPEG", progressive=True, quality=30)
    content = out.getvalue()[:-2]
    last = content.rindex(b"\xff\xda")
    return content + content[last:] * scans + b"\xff\xd9"


def tiny_webp(width: int = 16383, height: int = 16383) -> bytes:
    """A lossless WebP of 34 bytes: one colour."""
    bits = (width - 1) | (height - 1) << 14
    chunk = b"\x2f" + struct.pack("<I", bits) + b"\x88\x88\x08\x00\x00\x00\x00\x00\x00"
    body = b"WEBPVP8L" + struct.pack("<I", len(chunk)) + chunk
    return b"RIFF" + struct.pack("<I", len(body)) + body


def uninterleaved(width: int, height: int) -> bytes:
    """A plain JPEG with a scan for each colour: libjpeg holds all its coefficients, as for a progressive one."""
    content = pictures.make((64, 64))
    start = content.index(b"\xff\xda")
    scan = b"".join(b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, part, 0, 0, 63, 0) + b"\x00" for part in (1, 2, 3))
    return resized(content[:start] + scan + b"\xff\xd9", width, height)


def resized(jpeg: bytes, width: int, height: int) -> bytes:
    """The same JPEG with another size in its header: what follows is missing or too much."""
    frame = re.search(rb"\xff[\xc0\xc1\xc2]\x00.\x08", jpeg, re.DOTALL)
    assert frame is not None
    return jpeg[: frame.end()] + struct.pack(">HH", height, width) + jpeg[frame.end() + 4 :]


def resized_avif(width: int, height: int) -> bytes:
    """An AVIF that says it is larger than it is."""
    before, box, after = saved("AVIF", "RGB", (64, 64)).partition(b"ispe\0\0\0\0")
    return before + box + struct.pack(">II", width, height) + after[8:]


def with_segments(jpeg: bytes, marker: int, content: bytes, count: int) -> bytes:
    """The JPEG with `count` more segments at its start."""
    segment = bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content
    return jpeg[:2] + segment * count + jpeg[2:]


def exif_bomb() -> bytes:
    """EXIF of 1,000 entries that each claim nearly all of it, in every one of 250 segments."""
    entries = b"".join(struct.pack("<HHII", 0x9000 + n, 7, 60_000, 8) for n in range(1000))
    block = b"Exif\x00\x00II*\x00" + struct.pack("<IH", 8, 1000) + entries
    return with_segments(pictures.make((64, 64)), 0xE1, block.ljust(65_000, b"\0"), 250)


def gif_with_endless_frames(frames: int = 300_000) -> bytes:
    """Counting them is the attack."""
    frame = b"\x2c\x00\x00\x00\x00\x40\x00\x40\x00\x00\x02\x02\x44\x01\x00"
    first = io.BytesIO()
    Image.new("P", (64, 64)).save(first, "GIF")
    return first.getvalue()[:-1] + frame * frames + b"\x3b"


def saved(format: str, mode: str, size: tuple[int, int], **options: object) -> bytes:
    """One colour, as large as asked."""
    out = io.BytesIO()
    Image.new(mode, size, 7 if len(mode) == 1 else (1, 2, 3, 100)[: len(mode)]).save(out, format, **options)
    return out.getvalue()


WRONG_TYPES: dict[str, bytes] = {
    "nothing": b"",
    "one byte": b"\xff",
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "html": b"<!DOCTYPE html><title>x</title>" + PAYLOAD,
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n(%pipe%id) (w) file\n",
    "pdf": b"%PDF-1.7\n1 0 obj <</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>> endobj\n",
    "zip": b"PK\x03\x04" + bytes(60),
    "tiff": b"II*\x00\x08\x00\x00\x00" + bytes(60),
    "bmp": b"BM" + bytes(100),
    "psd": b"8BPS\x00\x01" + bytes(60),
    "jpeg 2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(60),
    "mp4": b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42" + bytes(60),
    "an archive of a scene": b"\x89HDF\r\n\x1a\n" + bytes(60),
    "a picture behind a space": b" " + pictures.make((64, 64)),
}

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "PNG of 50,000 x 50,000": (lambda: png(50_000, 50_000, 1, 0, pixels=False), "too_many_pixels"),
    "PNG of 49 megapixels, sixteen bits, alpha": (lambda: png(7000, 7000, 16, 6), "too_many_pixels"),
    "34 bytes of WebP, 16383 x 16383": (tiny_webp, "too_many_pixels"),
    "WebP of 40 megapixels": (lambda: tiny_webp(6400, 6400), "too_many_pixels"),
    "GIF with a screen of 65535 x 65535": (
        lambda: b"GIF89a\xff\xff\xff\xff\x00\x00\x00\x2c\x00\x00\x00\x00\x40\x00\x40\x00\x00\x02\x02\x44\x01\x00\x3b",
        "too_many_pixels",
    ),
    "AVIF of 256 megapixels": (lambda: resized_avif(16_000, 16_000), "too_many_pixels"),
    "JPEG of 250 megapixels": (lambda: resized(pictures.make((64, 64)), 16_000, 16_000), "too_many_pixels"),
    "a side of 20,000": (lambda: resized(pictures.make((64, 64)), 20_000, 1000), "too_many_pixels"),
    "progressive JPEG of 60 megapixels": (
        lambda: resized(pictures.make((64, 64), progressive=True), 8000, 7500),
        "too_many_pixels",
    ),
    "plain JPEG of 60 megapixels, a scan for each colour": (lambda: uninterleaved(8000, 7500), "too_many_pixels"),
    "2,000 scans": (scan_bomb, "too_many_scans"),
    "text of 200 MB": (
        lambda: png(64, 64, 8, 2, png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200_000_000), 9))),
        "damaged",
    ),
    "a strip": (lambda: pictures.make((2100, 100)), "too_narrow"),
    "a dot": (lambda: pictures.make((31, 300)), "too_small"),
    "one pixel": (lambda: pictures.make((1, 1)), "too_small"),
    "a JPEG without a picture": (lambda: b"\xff\xd8\xff\xe0\x00\x04ab\xff\xd9", "damaged"),
    "a JPEG of markers": (lambda: b"\xff\xd8" + b"\xff\xda\x00\x02" * 100_000, "damaged"),
    "a JPEG of stuffed zeros": (lambda: b"\xff\xd8\xff\xe0" + b"\xff\x00" * 5_000_000, "damaged"),
    "an arithmetic JPEG": (lambda: pictures.make((64, 64)).replace(b"\xff\xc0", b"\xff\xc9", 1), "damaged"),
    "a PNG without pixels": (lambda: png(64, 64, pixels=False), "damaged"),
    "AVIF in name": (lambda: b"\x00\x00\x00\x1cftypavif" + bytes(200), "damaged"),
    "HEIC in name": (lambda: b"\x00\x00\x00\x1cftypheic" + bytes(200), "damaged"),
    "WebP in name": (lambda: b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(40), "damaged"),
}
"""What is refused, and how."""

HEAVY: dict[str, Callable[[], bytes]] = {
    "PNG of 40 megapixels, alpha": lambda: png(6324, 6324, 8, 6),
    "PNG of 40 megapixels, sixteen bits, alpha": lambda: png(6324, 6324, 16, 6),
    "PNG of 40 megapixels, sixteen bits of grey": lambda: png(6324, 6324, 16, 0),
    "PNG of 30 megapixels, palette": lambda: png(5477, 5477, 8, 3, png_chunk(b"tRNS", b"\x10\x20")),
    "GIF of 30 megapixels": lambda: saved("GIF", "P", (5477, 5477), transparency=0),
    "WebP of 18 megapixels, alpha": lambda: saved("WEBP", "RGBA", (4242, 4242), lossless=True, method=0),
    "WebP of 18 megapixels": lambda: saved("WEBP", "RGB", (4242, 4242), method=0),
    "AVIF of 22 megapixels": lambda: saved("AVIF", "RGB", (4690, 4690), speed=10),
    "AVIF of 22 megapixels, alpha": lambda: saved("AVIF", "RGBA", (4690, 4690), speed=10, subsampling="4:4:4"),
    "JPEG of 199 megapixels": lambda: saved("JPEG", "RGB", (16_300, 12_200), quality=30),
    "progressive JPEG of 50 megapixels, all colours": lambda: saved(
        "JPEG", "RGB", (5800, 8600), progressive=True, subsampling=0, quality=60
    ),
    "progressive JPEG of 37 megapixels, four inks": lambda: saved("JPEG", "CMYK", (6080, 6080), progressive=True),
    "EXIF that multiplies": exif_bomb,
    "a profile in 250 segments": lambda: with_segments(
        pictures.make((64, 64)), 0xE2, b"ICC_PROFILE\0\x01\xfa" + bytes(65_000), 250
    ),
    "300,000 frames": gif_with_endless_frames,
}
"""Valid as far as it goes, and as costly as the limits let through."""
