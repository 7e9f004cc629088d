"""The closed set of sizes and formats in which a picture is served: CONTRACT's parameters, snapped."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import PIL

WIDTHS = (160, 320, 640, 960, 1280, 2048)
QUALITIES = (60, 82)
FORMATS = {"webp": "image/webp", "jpeg": "image/jpeg"}
RATIOS = {"": None, "1x1": (1, 1), "4x3": (4, 3)}
"""Crops; without one the picture keeps its own shape."""

MASTER_EDGE = 2048

RECIPE = f"1-{PIL.__version__}"
"""How variants are made: with another number every kept one is made anew, under another ETag."""


class Variant(NamedTuple):
    """One of the ways a picture is served: at most `width` wide, never larger than its master; `ratio` of `RATIOS`."""

    width: int
    format: str = "webp"
    quality: int = 82
    ratio: str = ""

    @property
    def name(self) -> str:
        """Its file name in the folder of its picture."""
        crop = f"-{self.ratio}" if self.ratio else ""
        return f"{self.width}{crop}-q{self.quality}.{self.format}"


def every_variant() -> Iterator[Variant]:
    """All of them: what a picture can have at most."""
    return (Variant(*one) for one in product(WIDTHS, FORMATS, QUALITIES, RATIOS))


BY_NAME = {variant.name: variant for variant in every_variant()}
