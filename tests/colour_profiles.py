"""ICC profiles made here, after the ICC's specification: Display P3, a press's CMYK, and sRGB as lcms writes it."""

from __future__ import annotations

import struct
from functools import cache

from PIL import ImageCms

_D50 = (0.9642, 1.0, 0.8249)

_P3 = {"rXYZ": (0.51512, 0.24120, -0.00105), "gXYZ": (0.29198, 0.69225, 0.04189), "bXYZ": (0.15710, 0.06657, 0.78407)}
"""The primaries of Display P3, adapted to D50 (Apple's profile has the same figures)."""

_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)

_INKS = {
    (0, 0, 0): (95, 0, -2),
    (1, 0, 0): (55, -37, -50),
    (0, 1, 0): (48, 74, -3),
    (0, 0, 1): (89, -5, 93),
    (1, 1, 0): (24, 17, -46),
    (1, 0, 1): (50, -66, 26),
    (0, 1, 1): (47, 68, 48),
    (1, 1, 1): (23, 0, 0),
}
"""The Lab of full cyan, magenta and yellow on coated paper, after ISO 12647-2; naive conversion shows cyan as neon."""


@cache
def p3() -> bytes:
    """Display P3: the sRGB red is (234, 51, 35) in it."""
    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + b"".join(map(_fixed, _SRGB_CURVE))
    tags = {name: _xyz(value) for name, value in _P3.items()} | dict.fromkeys(("rTRC", "gTRC", "bTRC"), curve)
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags | {"wtpt": _xyz(_D50)}, "Display P3")


@cache
def cmyk() -> bytes:
    """A press: coated paper, four inks."""
    ramp = bytes(range(256))
    grid = b"".join(
        _lab(*_INKS[cyan, magenta, yellow], black)
        for cyan in (0, 1)
        for magenta in (0, 1)
        for yellow in (0, 1)
        for black in (0, 1)
    )
    identity = b"".join(map(_fixed, (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    table = b"mft1" + struct.pack(">IBBBB", 0, 4, 3, 2, 0) + identity + ramp * 4 + grid + ramp * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {"A2B0": table, "wtpt": _xyz(_D50)}, "A press", version=0x02400000)


@cache
def srgb() -> bytes:
    """sRGB as lcms writes it."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _lab(lightness: float, a: float, b: float, black: int) -> bytes:
    if black:
        lightness, a, b = lightness * 0.17, a * 0.1, b * 0.1
    return bytes((round(lightness * 2.55), round(a + 128), round(b + 128)))


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(value: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(map(_fixed, value))


def _profile(
    kind: bytes, space: bytes, connection: bytes, tags: dict[str, bytes], name: str, version: int = 0x04300000
) -> bytes:
    if version < 0x04000000:
        text = name.encode() + b"\0"
        described = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
        right = b"text" + bytes(4) + b"none\0"
    else:
        described = right = b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(name) * 2, 28)
        described += name.encode("utf-16-be")
        right = described
    tags = tags | {"desc": described, "cprt": right}
    table, data, offset = b"", b"", 132 + 12 * len(tags)
    for tag, content in tags.items():
        content += bytes(-len(content) % 4)
        table += tag.encode() + struct.pack(">II", offset + len(data), len(content))
        data += content
    body = struct.pack(">I", len(tags)) + table + data
    header = struct.pack(">I4sI4s4s4s", 128 + len(body), b"none", version, kind, space, connection)
    header += bytes(12) + b"acsp" + bytes(28) + b"".join(map(_fixed, _D50)) + bytes(48)
    return header + body
