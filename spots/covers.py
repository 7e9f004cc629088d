"""Contour lines for spots without a photo: two dozen drawings in a static sprite, one picked by the spot's id.

Drawn per spot they were 6 kB of SVG a card; a page of 24 cards then weighs 140 kB and costs 24 drawings. The sprite is
fetched once (75 kB, 30 compressed) and cached for a year. tests/spots/test_covers.py proves the file to be this code's.
"""

from __future__ import annotations

import math
import random
from hashlib import sha256
from itertools import pairwise
from uuid import UUID

COVERS = 24
WIDTH, HEIGHT = 360, 240
_STEP_DEGREES = 18
_RINGS = 9


def cover_of(spot_id: UUID) -> int:
    """Which drawing (0 … 23) a spot without photos has; the same for ever."""
    return int(spot_id) % COVERS


def sprite() -> str:
    """The SVG file: one `<symbol>` per drawing, in `currentColor`."""
    symbols = "\n".join(_symbol(number) for number in range(COVERS))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def _symbol(number: int) -> str:
    dice = random.Random(sha256(f"machipoke cover {number}".encode()).digest())  # noqa: S311 - a drawing, no secret
    centre = (WIDTH * dice.uniform(0.2, 0.75), HEIGHT * dice.uniform(0.25, 0.75))
    waves = [(k, dice.uniform(0.05, 0.2) / k**0.6, dice.uniform(0, 2 * math.pi)) for k in (1, 2, 3, 5)]
    rings = "".join(_ring(i, centre, waves) for i in range(_RINGS))
    view = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid slice"'
    # On the symbol, not on the file's root: `<use>` from another document inherits from where it is used.
    return f'<symbol id="c{number}" {view} fill="none" stroke="currentColor">{rings}</symbol>'


def _ring(index: int, centre: tuple[float, float], waves: list[tuple[int, float, float]]) -> str:
    radius = 14 + 13 * index + 2.6 * index**2
    points = []
    for degrees in range(0, 360, _STEP_DEGREES):
        angle = math.radians(degrees)
        r = radius * (1 + sum(a * math.sin(k * angle + phase + 0.13 * index) for k, a, phase in waves))
        points.append((round(centre[0] + 1.25 * r * math.cos(angle)), round(centre[1] + r * math.sin(angle))))
    middles = [((x1 + x2) // 2, (y1 + y2) // 2) for (x1, y1), (x2, y2) in pairwise([*points, points[0]])]
    path = f"M{middles[-1][0]} {middles[-1][1]}"
    for (x, y), (to_x, to_y) in zip(points, middles, strict=True):
        path += f"Q{x} {y} {to_x} {to_y}"
    # Lines stay as thin on a banner as on a card.
    return f'<path d="{path}Z" vector-effect="non-scaling-stroke" stroke-width="{2.2 if index % 4 == 0 else 1}"/>'
