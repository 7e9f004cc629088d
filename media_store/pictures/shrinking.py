"""Making pictures smaller with as little work as looks right: JPEGs shrink while they are decoded.

Both change and load the picture that they are given. The target is always the true box: "width only" with a height
out of the air keeps a JPEG from shrinking in its decoder, and takes three times as long.
"""

from __future__ import annotations

from PIL import Image

from media_store.pictures.colour import plain

_GAP = 1.0
"""Leave all halvings to the decoder: twice as quick as Pillow's own 2.0 and, with Lanczos, no worse to look at."""

_NEAR = (1920, 2304)
"""A long edge of about 2048 is as good as exactly that, and seven times quicker where the decoder gives it (4032/2)."""


def to_about(picture: Image.Image, edge: int) -> Image.Image:
    """Its long edge at most about `edge`, which is 2048."""
    longest = max(picture.size)
    for share in (1, 2, 4, 8):
        if _NEAR[0] <= longest // share <= _NEAR[1]:
            # Rounded down: one pixel more, and the decoder takes the next larger step.
            picture.draft(None, (picture.width // share, picture.height // share))
            break
    if max(picture.size) <= _NEAR[1]:
        return plain(picture)
    scale = edge / longest
    return to_box(picture, round(picture.width * scale), round(picture.height * scale))


def to_width(picture: Image.Image, width: int) -> Image.Image:
    """At most `width` wide."""
    if picture.width <= width:
        return plain(picture)
    return to_box(picture, width, round(picture.height * width / picture.width))


def to_box(picture: Image.Image, width: int, height: int) -> Image.Image:
    """Exactly the box, which has the picture's own shape."""
    box = max(1, width), max(1, height)
    picture.draft(None, box)
    shrunk = plain(picture)
    return shrunk.resize(box, Image.Resampling.LANCZOS, reducing_gap=_GAP)


def to_cover(picture: Image.Image, width: int, across: int, down: int) -> Image.Image:
    """The middle of the picture in the shape `across`:`down`, at most `width` wide."""
    part = _middle(picture.size, across, down)[2:]
    width = max(1, min(width, round(part[0])))
    scale = width / part[0]
    picture.draft(None, (int(picture.width * scale), int(picture.height * scale)))
    shrunk = plain(picture)
    left, top, wide, high = _middle(shrunk.size, across, down)
    return shrunk.resize(
        (width, max(1, round(width * down / across))),
        Image.Resampling.LANCZOS,
        (left, top, left + wide, top + high),
        reducing_gap=_GAP,
    )


def _middle(size: tuple[int, int], across: int, down: int) -> tuple[float, float, float, float]:
    """Left, top, width and height."""
    wide = min(size[0], size[1] * across / down)
    high = wide * down / across
    return (size[0] - wide) / 2, (size[1] - high) / 2, wide, high
