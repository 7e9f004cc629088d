"""From a master to the sizes that pages show."""

from __future__ import annotations

import io

from media_store.pictures import colour, shrinking
from media_store.pictures.encoding import encode
from media_store.pictures.kinds import open_as, sniff
from media_store.variants import RATIOS, Variant


def make_variant(master: bytes, variant: Variant) -> bytes:
    """The bytes of `variant`, never larger than the master and without metadata; the same for the same master."""
    picture = open_as(sniff(master), io.BytesIO(master))
    if (ratio := RATIOS[variant.ratio]) is None:
        shrunk = shrinking.to_width(picture, variant.width)
    else:
        shrunk = shrinking.to_cover(picture, variant.width, *ratio)
    if variant.format == "jpeg":
        shrunk = colour.on_white(shrunk)
    return encode(shrunk, variant.format.upper(), variant.quality)
