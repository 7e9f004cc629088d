"""Pixels as bytes, and nothing beside them."""

from __future__ import annotations

import io

from PIL import Image


def encode(picture: Image.Image, format: str, quality: int) -> bytes:
    """The picture as JPEG or WEBP, always the same bytes for the same pixels: validators of HTTP rely on it."""
    out = io.BytesIO()
    picture.info = {}  # Pillow writes a comment or a profile that it finds there
    if format == "JPEG":
        picture.save(out, format, quality=quality, subsampling="4:2:0")
    else:
        # Half the time of Pillow's method 4 for 3 % more bytes.
        picture.save(out, format, quality=quality, method=2)
    return out.getvalue()
