"""Pictures for tests, made here: with the detail of a photo, and with what a camera or a program writes into one."""

from __future__ import annotations

import io
import struct
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from PIL import ExifTags, Image

from tests import colour_profiles

CANARY = "CANARY-35.362222N-138.731388E"
"""What `make(canary=True)` writes into every place that takes text; no served byte may hold it."""

GPS = (35.362222, 138.731388)

CORNERS = {"top left": (200, 40, 40), "top right": (40, 160, 60), "bottom left": (40, 60, 200)}
"""What each corner shows, so that a turned or mirrored picture is told from an upright one; the fourth is the scene."""

_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How the sensor saw what EXIF's orientation says is upright."""


def make(size: tuple[int, int] = (640, 480), format: str = "JPEG", **traits: Any) -> bytes:
    """A file. `size` is what a person sees, also of one that lies on its side.

    seed: another scene · mode: RGB, RGBA, L, LA, P, I;16, CMYK · orientation: 1-8, the stored pixels turned to fit ·
    gps: (latitude, longitude) · taken_at: datetime, its offset too where it is aware · icc: "p3", "cmyk", "srgb" or
    bytes · comment, xmp: text · canary: `CANARY` in EXIF, XMP, comment and profile, `GPS` as the place ·
    progressive, frames: number of them · anything else goes to Pillow's `save`.
    """
    if traits.pop("canary", False):
        traits = {"gps": GPS, "xmp": CANARY, "comment": CANARY, "description": CANARY, "icc": "p3"} | traits
    orientation, frames = traits.pop("orientation", None), traits.pop("frames", 1)
    mode, seed = traits.pop("mode", "RGB"), traits.pop("seed", 1)
    saved = _metadata(format, orientation, traits)
    stored = [_as_stored(scene(size, seed + number), mode, orientation) for number in range(frames)]
    if frames > 1:
        saved |= {"save_all": True, "append_images": stored[1:], "duration": 80}
    out = io.BytesIO()
    stored[0].save(out, format, **saved, **traits)
    return out.getvalue()


def scene(size: tuple[int, int] = (640, 480), seed: int = 1) -> Image.Image:
    """A view with detail at every scale, as photos have, and three coloured corners."""
    return _scene(size, seed).copy()


def shown(content: bytes) -> Image.Image:
    """The pixels of a file in RGB, as they lie in it: what we serve has no turn left to make."""
    with Image.open(io.BytesIO(content)) as picture:
        return picture.convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far apart two pictures are, in mean steps of 0-255 over a small copy of each: under 4 they look the same."""
    small = [picture.convert("RGB").resize((64, 48), Image.Resampling.BOX).tobytes() for picture in (one, other)]
    return sum(abs(a - b) for a, b in zip(small[0], small[1], strict=True)) / len(small[0])


@cache
def _scene(size: tuple[int, int], seed: int) -> Image.Image:
    random = Random(seed)
    picture = Image.new("RGB", size, (128, 124, 112))
    for coarseness, share in ((256, 0.6), (64, 0.45), (16, 0.3), (8, 0.2), (4, 0.16), (2, 0.12), (1, 0.04)):
        # As in photographs, what is larger is stronger, and colour changes less often than brightness.
        width, height = max(2, size[0] // coarseness), max(2, size[1] // coarseness)
        mode = "RGB" if coarseness >= 64 else "L"
        noise = Image.frombytes(mode, (width, height), random.randbytes(width * height * len(mode)))
        picture = Image.blend(picture, noise.convert("RGB").resize(size, Image.Resampling.BICUBIC), share)
    side = max(1, min(size) // 5)
    places = ((0, 0), (size[0] - side, 0), (0, size[1] - side))
    for place, colour in zip(places, CORNERS.values(), strict=True):
        picture.paste(colour, (*place, place[0] + side, place[1] + side))
    return picture


def _as_stored(picture: Image.Image, mode: str, orientation: int | None) -> Image.Image:
    if orientation in _STORED:
        picture = picture.transpose(_STORED[orientation])
    if mode == "I;16":
        # All sixteen bits are used: a reader that clips at 255 shows white.
        grey = picture.convert("L").tobytes()
        return Image.frombytes("I;16", picture.size, struct.pack(f"<{len(grey)}H", *(value * 257 for value in grey)))
    if mode in ("RGBA", "LA"):
        # Opaque at the left, nothing at the right.
        fade = Image.linear_gradient("L").rotate(-90).resize(picture.size)
        picture = picture.convert(mode[:-1])
        picture.putalpha(fade)
        return picture
    return picture.convert(mode)


def _metadata(format: str, orientation: int | None, traits: dict[str, Any]) -> dict[str, Any]:
    saved: dict[str, Any] = {}
    if orientation is not None or traits.keys() & {"gps", "taken_at", "description"}:
        saved["exif"] = _exif(orientation, traits).tobytes()
    if (profile := traits.pop("icc", None)) is not None:
        saved["icc_profile"] = profile if isinstance(profile, bytes) else getattr(colour_profiles, profile)()
    if (xmp := traits.pop("xmp", None)) is not None:
        saved["xmp"] = _xmp(xmp)
    if (comment := traits.pop("comment", None)) is not None:
        if format == "PNG":
            from PIL.PngImagePlugin import PngInfo

            saved["pnginfo"] = PngInfo()
            saved["pnginfo"].add_text("Comment", comment)
            saved["pnginfo"].add_text("Description", comment, zip=True)
            if "xmp" in saved:
                saved["pnginfo"].add_itxt("XML:com.adobe.xmp", saved.pop("xmp").decode())
        elif format in ("JPEG", "GIF"):
            saved["comment"] = comment.encode()
    return saved


def _exif(orientation: int | None, traits: dict[str, Any]) -> Image.Exif:
    exif = Image.Exif()
    gps, taken_at, description = traits.pop("gps", None), traits.pop("taken_at", None), traits.pop("description", None)
    if orientation is not None:
        exif[ExifTags.Base.Orientation] = orientation
    if description is not None:
        exif[ExifTags.Base.ImageDescription] = exif[ExifTags.Base.Make] = description
    if gps is not None:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(_gps(*gps))
    if taken_at is not None:
        exif.get_ifd(ExifTags.IFD.Exif).update(_time(taken_at))
    return exif


def _gps(latitude: float, longitude: float) -> dict[int, Any]:
    return {
        ExifTags.GPS.GPSLatitudeRef: "N" if latitude >= 0 else "S",
        ExifTags.GPS.GPSLatitude: _sexagesimal(abs(latitude)),
        ExifTags.GPS.GPSLongitudeRef: "E" if longitude >= 0 else "W",
        ExifTags.GPS.GPSLongitude: _sexagesimal(abs(longitude)),
        ExifTags.GPS.GPSMapDatum: "WGS-84",
    }


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    if degrees != degrees:
        return (degrees, degrees, degrees)
    whole, minutes = int(degrees), degrees % 1 * 60
    return float(whole), float(int(minutes)), round(minutes % 1 * 60, 4)


def _time(taken_at: datetime) -> dict[int, Any]:
    written: dict[int, Any] = {ExifTags.Base.DateTimeOriginal: taken_at.strftime("%Y:%m:%d %H:%M:%S")}
    if (offset := taken_at.strftime("%z")) != "":
        written[ExifTags.Base.OffsetTimeOriginal] = f"{offset[:3]}:{offset[3:5]}"
    return written


def _xmp(text: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<exif:GPSLatitude>{text}</exif:GPSLatitude><dc:description>{text}</dc:description>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()
