"""From what was sent to a clean master."""

from __future__ import annotations

import base64
import io
from hashlib import sha256
from typing import IO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from media_store.pictures.made import Hints, Ingested, PictureRefused

MASTER_EDGE = 2048


def ingest(file: IO[bytes]) -> Ingested:
    """The master of a photo. Raises PictureRefused."""
    return _ingest(file, False)


def ingest_square(file: IO[bytes]) -> Ingested:
    """The same as a square of at most 512 pixels in WebP, from the middle: for an avatar. Raises PictureRefused."""
    return _ingest(file, True)


def _ingest(file: IO[bytes], square: bool) -> Ingested:
    content = file.read()
    try:
        picture: Image.Image = Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP", "GIF"])
        picture.load()
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise PictureRefused("unknown", _("この形式は使えません。"), 415) from error
    picture = ImageOps.exif_transpose(picture).convert("RGB")
    if square:
        picture = ImageOps.fit(picture, (512, 512))
    picture.thumbnail((MASTER_EDGE, MASTER_EDGE))
    out = io.BytesIO()
    picture.save(out, "WEBP" if square else "JPEG", quality=88)
    tiny = io.BytesIO()
    picture.resize((16, 12)).save(tiny, "WEBP", quality=30)
    red, green, blue = picture.resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    return Ingested(
        out.getvalue(),
        "image/webp" if square else "image/jpeg",
        "webp" if square else "jpg",
        *picture.size,
        sha256(out.getvalue()).hexdigest(),
        sha256(content).hexdigest(),
        f"data:image/webp;base64,{base64.b64encode(tiny.getvalue()).decode()}",
        f"#{red:02x}{green:02x}{blue:02x}",
        Hints(),
    )
