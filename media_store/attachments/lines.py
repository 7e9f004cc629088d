"""Lines on the globe with as few points as a map needs."""

from __future__ import annotations

import heapq
import math
from itertools import pairwise

Position = tuple[float, float]
"""Latitude and longitude in degrees."""

Line = list[Position]

TOLERANCE_METRES = 3.0
"""What a phone's receiver is off by under a free sky: finer bends are its noise."""

MOST_LOOKED_AT = 2_000
"""Points from which the drawn ones are chosen; a longer line is thinned evenly first, to bound the time."""

_METRES_PER_DEGREE = 111_195.0
"""Of latitude, on a sphere of 6,371 km."""


def length_km(line: Line) -> float:
    """Along the line, on the sphere.

    >>> round(length_km([(36.0, 136.0), (36.0, 136.1)]), 2)
    9.0
    """
    return sum(_metres(a, b) for a, b in pairwise(line)) / 1000


def _metres(a: Position, b: Position) -> float:
    north = math.radians(b[0] - a[0])
    east = math.radians(b[1] - a[1])
    inner = math.sin(north / 2) ** 2
    inner += math.cos(math.radians(a[0])) * math.cos(math.radians(b[0])) * math.sin(east / 2) ** 2
    return 2 * 6_371_000 * math.asin(min(1.0, math.sqrt(inner)))


def simplified(lines: list[Line], most: int) -> list[Line]:
    """The longest of the lines, with at most `most` points in all: those whose absence would be seen most.

    Ramer, Douglas and Peucker's way of choosing, the farthest point first until there are enough, or until none is
    farther than `TOLERANCE_METRES` from what is drawn. Lines cross the date line without going round the world.
    """
    longest = sorted(range(len(lines)), key=lambda at: -len(lines[at]))[: most // 4]
    kept = [lines[at] for at in sorted(longest)]
    share = MOST_LOOKED_AT / max(1, sum(map(len, kept)))
    flat = [_thinned(_unwrapped(line), int(share * len(line))) for line in kept]
    chosen = [{0, len(line) - 1} for line in flat]
    left = most - sum(len(points) for points in chosen)
    waiting: list[tuple[float, int, int, int, int]] = []
    for at, line in enumerate(flat):
        _offer(waiting, line, at, 0, len(line) - 1)
    while waiting and left > 0:
        _far, at, first, middle, last = heapq.heappop(waiting)
        chosen[at].add(middle)
        left -= 1
        _offer(waiting, flat[at], at, first, middle)
        _offer(waiting, flat[at], at, middle, last)
    return [[line[point] for point in sorted(points)] for line, points in zip(flat, chosen, strict=True)]


def _unwrapped(line: Line) -> Line:
    """Longitudes that go on past ±180 rather than jump to the other edge of the map."""
    turned, out = 0.0, []
    for at, (lat, lng) in enumerate(line):
        if at:
            turned += 360 * ((lng - line[at - 1][1] < -180) - (lng - line[at - 1][1] > 180))
        out.append((lat, lng + turned))
    return out


def _thinned(line: Line, most: int) -> Line:
    step = math.ceil(len(line) / max(2, most))
    return line if step < 2 else [*line[:-1:step], line[-1]]


def _offer(waiting: list[tuple[float, int, int, int, int]], line: Line, at: int, first: int, last: int) -> None:
    """Put the farthest point between these two on the heap, where it is far enough to be seen."""
    if last - first < 2:
        return
    scale = math.cos(math.radians(line[first][0]))
    y0, x0 = line[first][0], line[first][1] * scale
    dy, dx = line[last][0] - y0, line[last][1] * scale - x0
    square = dx * dx + dy * dy
    farthest, where = -1.0, first
    for middle in range(first + 1, last):
        y, x = line[middle][0] - y0, line[middle][1] * scale - x0
        along = max(0.0, min(1.0, (x * dx + y * dy) / square)) if square else 0.0
        off = (x - along * dx) ** 2 + (y - along * dy) ** 2
        if off > farthest:
            farthest, where = off, middle
    if math.sqrt(farthest) * _METRES_PER_DEGREE > TOLERANCE_METRES:
        heapq.heappush(waiting, (-farthest, at, first, where, last))
