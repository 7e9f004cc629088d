"""What a camera wrote into a file: which way is up, where, and when. Nothing of it is trusted or kept."""

from __future__ import annotations

import math
import struct
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone
from PIL import ExifTags, Image

from media_store.pictures.kinds import BROKEN
from media_store.pictures.made import Hints

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_UNREADABLE = (*BROKEN, struct.error, AttributeError, Warning)


class Read(NamedTuple):
    """`turn` makes the picture upright, or is None."""

    turn: Image.Transpose | None
    hints: Hints


def read(picture: Image.Image) -> Read:
    """Never raises: what cannot be read is not there. HEIF's decoder has turned the picture already and says so."""
    try:
        tags = picture.getexif()
        turn = tags.get(ExifTags.Base.Orientation)
        place, taken = tags.get_ifd(ExifTags.IFD.GPSInfo), tags.get_ifd(ExifTags.IFD.Exif)
    except _UNREADABLE:
        return Read(None, Hints())
    return Read(_TURNS.get(turn) if isinstance(turn, int) else None, Hints(_place(place), _taken_at(taken)))


def _place(tags: dict[int, Any]) -> tuple[float, float] | None:
    try:
        latitude = _degrees(tags[ExifTags.GPS.GPSLatitude], tags[ExifTags.GPS.GPSLatitudeRef], "NS")
        longitude = _degrees(tags[ExifTags.GPS.GPSLongitude], tags[ExifTags.GPS.GPSLongitudeRef], "EW")
    except _UNREADABLE:
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # also where one is not a number
        return None
    # A receiver that has not found itself yet writes zeros.
    if abs(latitude) < 0.0001 and abs(longitude) < 0.0001:
        return None
    return round(latitude, 6), round(longitude, 6)


def _degrees(parts: Any, half: Any, halves: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    side = half.strip("\0 ") if isinstance(half, str) else ""
    if len(side) != 1 or side not in halves or not all(map(math.isfinite, (degrees, minutes, seconds))):
        raise ValueError("no angle")
    return (degrees + minutes / 60 + seconds / 3600) * (1 if side == halves[0] else -1)


def _taken_at(tags: dict[int, Any]) -> datetime | None:
    """In the zone the camera says, or else in the town's."""
    try:
        written = datetime.strptime(str(tags[ExifTags.Base.DateTimeOriginal])[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
    except _UNREADABLE:
        return None
    try:
        return datetime.strptime(f"{written} {tags[ExifTags.Base.OffsetTimeOriginal]}", "%Y-%m-%d %H:%M:%S %z")
    except _UNREADABLE:
        return timezone.make_aware(written)
