"""Whatever a file counts its colours in, as sRGB of eight bits with or without alpha."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageCms

_MOST_PROFILE_BYTES = 4_000_000
"""Twice a printing press's. What is larger is no profile."""

_SPACES = {"RGB": "RGB ", "RGBA": "RGB ", "CMYK": "CMYK", "L": "GRAY"}

_SRGB = ImageCms.createProfile("sRGB")
_WHITE = (255, 255, 255)


def plain(picture: Image.Image) -> Image.Image:
    """The picture in a mode that can be shrunk well: L, RGB, RGBA or CMYK. Before shrinking, for palettes have no
    colours between, and Pillow does not shrink sixteen bits. Decodes it."""
    picture.load()
    if picture.mode.startswith("I"):
        # convert("L") would clip: of sixteen bits all but the darkest 256 become white.
        return picture.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if picture.has_transparency_data:
        return picture if picture.mode == "RGBA" else picture.convert("RGBA")
    if picture.mode in _SPACES:
        return picture
    return picture.convert("L" if picture.mode == "1" else "RGB")


def in_srgb(picture: Image.Image) -> Image.Image:
    """The plain picture as RGB or RGBA, by the profile it came with. After shrinking, for that is six times quicker."""
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    profile = _profile(picture.info.get("icc_profile"), picture.mode)
    if profile is not None:
        try:
            converted = ImageCms.profileToProfile(picture, profile, _SRGB, outputMode="RGB")
        except ImageCms.PyCMSError:
            converted = None  # a profile that cannot be used says nothing
        if converted is not None:
            if mode == "RGBA":
                converted.putalpha(picture.getchannel("A"))
            return converted
    return picture if picture.mode == mode else picture.convert(mode)


def without_idle_alpha(picture: Image.Image) -> Image.Image:
    """RGB where nothing shows through: many programs save alpha that says nothing."""
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema()[0] == 255:
        return picture.convert("RGB")
    return picture


def on_white(picture: Image.Image) -> Image.Image:
    """RGB, as paper behind what shows through."""
    if picture.mode != "RGBA":
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    paper = Image.new("RGB", picture.size, _WHITE)
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _profile(content: Any, mode: str) -> ImageCms.ImageCmsProfile | None:
    """None where there is none to use, or where it is sRGB anyway."""
    if not isinstance(content, bytes) or len(content) > _MOST_PROFILE_BYTES:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
        about = ImageCms.getProfileDescription(profile)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    is_of_the_mode = profile.profile.xcolor_space == _SPACES.get(mode)
    return profile if is_of_the_mode and "srgb" not in about.casefold() else None
