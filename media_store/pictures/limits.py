"""How large a picture may be to be decoded, asked of headers alone; measured so that none costs over 450 MB or 3 s."""

from __future__ import annotations

from PIL import ImageFile

from media_store.pictures import refusals
from media_store.pictures.jpeg import Plan, read_plan

MOST_SIDE = 16_384
LEAST_SIDE = 32
MOST_ASPECT = 20
MOST_SCANS = 32
"""The most in about 1,000 real JPEGs was 14."""

_PLAIN_JPEG = 200_000_000
"""Decoded a few lines at a time at an eighth of its size: 100 megapixels cost 11 MB."""

_LAYERED_JPEG_SAMPLES = 150_000_000
"""Pixels times components, two bytes each: 50 megapixels in colour."""

_PIXELS = {"PNG": 40_000_000, "GIF": 30_000_000, "WEBP": 18_000_000, "AVIF": 22_000_000, "HEIF": 50_000_000}
"""Fewer where Pillow needs more bytes for a pixel of it: 9 for PNG, 10 for GIF, 18 for WebP, 14 for AVIF with alpha."""

_FEWER = {("PNG", "P"): 30_000_000, ("HEIF", "RGBA"): 30_000_000}
"""A palette is no saving: it becomes four bytes for a pixel beside its one. Alpha of HEIF is a picture of its own."""


def require_file_is_modest(kind: str, content: bytes) -> None:
    """For what must be known before a decoder opens the file. Raises PictureRefused, or ValueError."""
    if kind == "JPEG":
        _require_plan_is_modest(read_plan(content, MOST_SCANS))


def require_modest(kind: str, picture: ImageFile.ImageFile) -> None:
    """For what the opened picture tells of itself. Raises PictureRefused."""
    width, height = picture.size
    _require_shape(width, height)
    if width * height > _FEWER.get((kind, picture.mode), _PIXELS.get(kind, _PLAIN_JPEG)):
        raise refusals.too_many_pixels()


def _require_plan_is_modest(plan: Plan) -> None:
    _require_shape(plan.width, plan.height)
    if plan.scans > MOST_SCANS:
        raise refusals.too_many_scans()
    pixels = plan.width * plan.height
    if pixels > _PLAIN_JPEG or (plan.is_layered and pixels * plan.components > _LAYERED_JPEG_SAMPLES):
        raise refusals.too_many_pixels()


def _require_shape(width: int, height: int) -> None:
    if max(width, height) > MOST_SIDE:
        raise refusals.too_many_pixels()
    if min(width, height) < LEAST_SIDE:
        raise refusals.too_small()
    if max(width, height) > MOST_ASPECT * min(width, height):
        raise refusals.too_narrow()
