"""From what was sent to a clean master: the one place where bytes of strangers are decoded.

The order is the defence: count, sniff, ask the headers, and only then decode, smaller than sent where it can be.
Of the file nothing goes on but pixels.
"""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Callable
from hashlib import sha256
from typing import IO

from PIL import Image

from machipoke.multipart import MOST_FILE_BYTES
from media_store.pictures import colour, exif, refusals, shrinking
from media_store.pictures.encoding import encode
from media_store.pictures.kinds import BROKEN, open_as, sniff
from media_store.pictures.limits import require_file_is_modest, require_modest
from media_store.pictures.made import Hints, Ingested, PictureRefused
from media_store.variants import MASTER_EDGE

AVATAR_EDGE = 512
_MASTER_QUALITY = 88
"""Sizes made from it look as made from the original: the second generation cannot be seen from 88 on."""

_PLACEHOLDER_EDGE = 16
_PLACEHOLDER_QUALITY = 30
_SMALL_EDGE = 256

Shrink = Callable[[Image.Image], Image.Image]


def ingest(file: IO[bytes]) -> Ingested:
    """The master of a photo: JPEG, or WebP where something shows through. Raises PictureRefused."""
    return _ingest(file, lambda picture: shrinking.to_about(picture, MASTER_EDGE), "")


def ingest_square(file: IO[bytes]) -> Ingested:
    """The same as a square of at most 512 pixels in WebP, from the middle: for an avatar. Raises PictureRefused."""
    return _ingest(file, lambda picture: shrinking.to_cover(picture, AVATAR_EDGE, 1, 1), "WEBP")


def hints_of(file: IO[bytes]) -> Hints:
    """What a photo that was taken before told of itself, by its headers alone. Raises nothing for such a one."""
    file.seek(0)
    content = file.read(MOST_FILE_BYTES)
    kind = sniff(content)
    require_file_is_modest(kind, content)
    return exif.read(open_as(kind, io.BytesIO(content))).hints


def _ingest(file: IO[bytes], shrink: Shrink, format: str) -> Ingested:
    content = file.read(MOST_FILE_BYTES + 1)
    if len(content) > MOST_FILE_BYTES:
        raise refusals.too_large()
    kind = sniff(content)
    try:
        picture, read = _decode(kind, content, shrink)
    except PictureRefused:
        raise
    except Image.DecompressionBombError as error:
        raise refusals.too_many_pixels() from error
    except (*BROKEN, struct.error, zlib.error) as error:
        raise refusals.damaged() from error
    format = format or ("WEBP" if picture.mode == "RGBA" else "JPEG")
    master = encode(picture, format, _MASTER_QUALITY)
    small = _small(colour.on_white(picture))
    return Ingested(
        content=master,
        content_type=f"image/{format.lower()}",
        extension={"JPEG": "jpg", "WEBP": "webp"}[format],
        width=picture.width,
        height=picture.height,
        sha256=sha256(master).hexdigest(),
        original_sha256=sha256(content).hexdigest(),
        placeholder=_placeholder(small),
        colour=_dominant(small),
        hints=read.hints,
    )


def _decode(kind: str, content: bytes, shrink: Shrink) -> tuple[Image.Image, exif.Read]:
    """The pixels, shrunk, in sRGB and upright. Only the first of several frames: their number is never asked."""
    require_file_is_modest(kind, content)
    sent = open_as(kind, io.BytesIO(content))
    require_modest(kind, sent)
    read = exif.read(sent)
    picture = colour.without_idle_alpha(colour.in_srgb(shrink(sent)))
    if read.turn is not None:
        picture = picture.transpose(read.turn)
    return picture, read


def _small(picture: Image.Image) -> Image.Image:
    """What is enough for a placeholder and a colour; Pillow needs twice as long to come to so few pixels in one go."""
    times = max(picture.size) // _SMALL_EDGE
    return picture.reduce(times) if times > 1 else picture


def _placeholder(picture: Image.Image) -> str:
    """About 116 bytes in the picture's own shape, which a page stretches until the photo is there."""
    scale = _PLACEHOLDER_EDGE / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    content = encode(picture.resize(size, Image.Resampling.BOX), "WEBP", _PLACEHOLDER_QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(content).decode()}"


def _dominant(picture: Image.Image) -> str:
    red, green, blue = picture.resize((1, 1), Image.Resampling.BOX).tobytes()
    return f"#{red:02x}{green:02x}{blue:02x}"
