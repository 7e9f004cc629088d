"""From a master to the sizes that pages show."""

from __future__ import annotations

import io

from PIL import Image

from media_store.variants import Variant


def make_variant(master: bytes, variant: Variant) -> bytes:
    """The bytes of `variant`, never larger than the master and without metadata."""
    picture: Image.Image = Image.open(io.BytesIO(master), formats=["JPEG", "WEBP"])
    picture.thumbnail((variant.width, round(picture.height * variant.width / picture.width)))
    out = io.BytesIO()
    picture.convert("RGB").save(out, variant.format.upper(), quality=variant.quality)
    return out.getvalue()
