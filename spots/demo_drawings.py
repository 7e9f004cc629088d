"""Landscapes for the demo, drawn as paper cut-outs: sky, sun, hills, and what a place of that kind has before them."""

from __future__ import annotations

import colorsys
import io
import math
from collections.abc import Callable, Sequence
from random import Random

from PIL import Image, ImageDraw

WIDE, TALL, SQUARE = (1600, 1067), (1067, 1422), (512, 512)
QUALITY = 90

Colour = tuple[int, int, int]
Point = tuple[float, float]

SKIES = (205, 30, 250, 150, 14, 190)
"""Hues: noon, evening, dusk, a green morning, sunrise, the sea's day."""

_FINE = 2
"""Edges are cut at twice the size, since Pillow's polygons have none between on and off."""


def drawing(seed: str, motif: str, size: tuple[int, int] = WIDE) -> bytes:
    """A JPEG; the same for the same `seed`. `motif` is one of MOTIFS."""
    sheet = Sheet(Random(seed), size)  # noqa: S311 - a drawing, no secret
    sheet.sky()
    MOTIFS[motif](sheet)
    out = io.BytesIO()
    sheet.image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


class Sheet:
    """A picture under way; positions are shares of its width and height, from the top left."""

    def __init__(self, dice: Random, size: tuple[int, int]) -> None:
        self.dice, self.size = dice, size
        self.hue = dice.choice(SKIES) + dice.uniform(-8, 8)
        self.image = Image.new("RGB", size)

    def sky(self) -> None:
        """From the hue of the hour to a lighter one at the horizon, with the sun."""
        self.image.paste(self._wash(_hsl(self.hue, 55, 70), _hsl(self.hue + 30, 60, 91)))
        self.sun = (self.dice.uniform(0.15, 0.85), self.dice.uniform(0.16, 0.3))
        self.disc(self.sun, 0.085, _hsl(38, 90, 92))

    def hills(self, number: int = 4, top: float = 0.45, bottom: float = 0.86) -> None:
        """Ridges one before the other, the nearer the darker, mist at the foot of each."""
        for step in range(number):
            share = step / max(1, number - 1)
            hue, depth = self.hue - 40 + 12 * step, 58 - 33 * share
            colour, mist = _hsl(hue, 28 + 12 * share, depth), _hsl(hue + 8, 30 + 8 * share, depth + 9)
            self.cut(self._ridge(top + (bottom - top) * share, 0.075 - 0.035 * share), colour, mist)

    def ground(self, top: float, hue: float, lightness: float) -> None:
        """A gentle rise at the lower edge."""
        self.cut(self._ridge(top, 0.012), _hsl(hue, 30, lightness + 6), _hsl(hue, 34, lightness - 6))

    def cut(self, points: Sequence[Point], colour: Colour, below: Colour | None = None) -> None:
        """A shape of one colour, or of one that changes downwards."""
        xs, ys = [x for x, _y in points], [y for _x, y in points]
        width, height = self.size
        box = (
            max(0, math.floor(min(xs) * width)),
            max(0, math.floor(min(ys) * height)),
            min(width, math.ceil(max(xs) * width)),
            min(height, math.ceil(max(ys) * height)),
        )
        inner = (box[2] - box[0], box[3] - box[1])
        if min(inner) < 1:
            return
        mask = Image.new("L", (inner[0] * _FINE, inner[1] * _FINE))
        moved = [((x * width - box[0]) * _FINE, (y * height - box[1]) * _FINE) for x, y in points]
        ImageDraw.Draw(mask).polygon(moved, fill=255)
        self.image.paste(self._wash(colour, below or colour, inner), box[:2], mask.reduce(_FINE))

    def disc(self, middle: Point, radius: float, colour: Colour, flat: float = 1.0) -> None:
        """A circle whose `radius` is a share of the shorter side, or an ellipse of `flat` times the height."""
        reach = radius * min(self.size)
        across, down = reach / self.size[0], reach * flat / self.size[1]
        turns = [2 * math.pi * step / 72 for step in range(72)]
        self.cut([(middle[0] + across * math.cos(t), middle[1] + down * math.sin(t)) for t in turns], colour)

    def block(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A rectangle."""
        self.cut([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def _wash(self, above: Colour, below: Colour, size: tuple[int, int] | None = None) -> Image.Image:
        column = Image.new("RGB", (1, 2))
        column.putdata([above, below])
        return column.resize(size or self.size, Image.Resampling.BILINEAR)

    def _ridge(self, level: float, swing: float) -> list[Point]:
        waves = [(swing / k**0.8, k * self.dice.uniform(1.2, 2.2), self.dice.uniform(0, 6.3)) for k in (1, 2, 4)]
        line = [
            (x / 80, level + sum(a * math.sin(k * math.pi * x / 80 + phase) for a, k, phase in waves))
            for x in range(81)
        ]
        return [(0, 1), *line, (1, 1)]


def _hsl(hue: float, saturation: float, lightness: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue % 360 / 360, lightness / 100, saturation / 100)
    return round(255 * red), round(255 * green), round(255 * blue)


def _mountains(sheet: Sheet) -> None:
    sheet.hills()


def _sea(sheet: Sheet) -> None:
    """A headland over the water, the sun's path, rocks in front."""
    horizon = sheet.dice.uniform(0.52, 0.6)
    sheet.cut(sheet._ridge(horizon - 0.05, 0.06), _hsl(sheet.hue - 25, 26, 58), _hsl(sheet.hue - 20, 26, 66))
    sheet.cut([(0, horizon), (1, horizon), (1, 1), (0, 1)], _hsl(200, 46, 66), _hsl(214, 52, 30))
    for step in range(9):
        depth = step / 8
        middle = (sheet.sun[0] + sheet.dice.uniform(-0.012, 0.012), horizon + 0.02 + (0.3 * depth) ** 1.1)
        sheet.disc(middle, 0.03 + 0.055 * depth, _hsl(42, 70, 88 - 9 * depth), flat=0.09)
    for left in (sheet.dice.uniform(-0.1, 0.1), sheet.dice.uniform(0.62, 0.8)):
        high = sheet.dice.uniform(0.66, 0.76)
        rock = [(left, 1), (left + 0.03, high + 0.1), (left + 0.1, high), (left + 0.19, high + 0.04)]
        sheet.cut([*rock, (left + 0.27, high + 0.16), (left + 0.34, 1)], _hsl(228, 24, 30), _hsl(236, 30, 18))


def _gate(sheet: Sheet) -> None:
    """A shrine's gate before the hills."""
    sheet.hills(3, 0.42, 0.66)
    sheet.ground(0.84, 110, 30)
    middle = sheet.dice.uniform(0.4, 0.6)
    red, dark = _hsl(10, 68, 44), _hsl(240, 18, 18)
    for side in (-1, 1):
        foot, head = middle + side * 0.155, middle + side * 0.135
        sheet.cut([(foot - 0.02, 0.9), (head - 0.016, 0.42), (head + 0.016, 0.42), (foot + 0.02, 0.9)], red)
        sheet.block(foot - 0.026, 0.87, foot + 0.026, 0.91, dark)
    sheet.block(middle - 0.19, 0.52, middle + 0.19, 0.555, red)
    sheet.block(middle - 0.016, 0.44, middle + 0.016, 0.53, red)
    for top, colour, thick in ((0.36, dark, 0.03), (0.392, red, 0.036)):
        bow = [(middle + 0.26 * step / 10, top - 0.03 * abs(step / 10) ** 2) for step in range(-10, 11)]
        sheet.cut([*bow, *[(x * 0.97 + middle * 0.03, y + thick) for x, y in reversed(bow)]], colour)


def _castle(sheet: Sheet) -> None:
    """A keep on its stones."""
    sheet.hills(3, 0.5, 0.74)
    middle = sheet.dice.uniform(0.38, 0.62)
    stones = [(middle - 0.27, 0.92), (middle - 0.17, 0.68), (middle + 0.17, 0.68), (middle + 0.27, 0.92)]
    sheet.cut(stones, _hsl(40, 9, 52), _hsl(40, 10, 34))
    wall, roof = _hsl(42, 30, 93), _hsl(215, 20, 27)
    for half, top, bottom in ((0.15, 0.56, 0.68), (0.115, 0.43, 0.53), (0.08, 0.31, 0.4)):
        sheet.block(middle - half, top, middle + half, bottom, wall)
        for step in range(-1, 2):
            at = middle + step * half * 0.55
            sheet.block(at - half * 0.09, top + 0.035, at + half * 0.09, bottom - 0.025, roof)
        eaves = [(middle - half - 0.05, top + 0.022), (middle - half * 0.8, top - 0.04)]
        sheet.cut([*eaves, *[(2 * middle - x, y) for x, y in reversed(eaves)]], roof, _hsl(215, 22, 35))
    sheet.cut([(middle - 0.07, 0.28), (middle, 0.2), (middle + 0.07, 0.28)], roof)
    sheet.ground(0.89, 96, 27)


def _street(sheet: Sheet) -> None:
    """Fronts of old houses with cloths over their doors, in the evening or not."""
    sheet.hills(2, 0.4, 0.48)
    left = -0.06
    while left < 1:
        right, top = left + sheet.dice.uniform(0.2, 0.3), sheet.dice.uniform(0.42, 0.52)
        _house(sheet, left, right, top)
        left = right - 0.004
    sheet.cut([(0, 0.86), (1, 0.86), (1, 1), (0, 1)], _hsl(38, 16, 62), _hsl(34, 16, 46))


def _house(sheet: Sheet, left: float, right: float, top: float) -> None:
    wall, light = sheet.dice.choice(((36, 80), (28, 34), (32, 62), (40, 88))), _hsl(44, 88, 74)
    wood, wide = _hsl(24, 30, 22), right - left
    sheet.block(left, top, right, 0.88, _hsl(wall[0], 24, wall[1]))
    roof = [(left - 0.02, top + 0.02), (left + 0.03, top - 0.1), (right - 0.03, top - 0.1), (right + 0.02, top + 0.02)]
    sheet.cut(roof, _hsl(214, 14, 34), _hsl(214, 16, 24))
    sheet.block(left + wide * 0.2, top + 0.06, right - wide * 0.2, top + 0.14, light)
    for bar in range(1, 8):
        at = left + wide * (0.2 + 0.075 * bar)
        sheet.block(at - 0.002, top + 0.06, at + 0.002, top + 0.14, wood)
    sheet.block(left - 0.006, 0.655, right + 0.006, 0.69, _hsl(214, 16, 24))
    door, cloth = left + wide * 0.3, _hsl(sheet.dice.choice((222, 8, 150, 36)), 42, 40)
    sheet.block(door, 0.7, door + wide * 0.4, 0.88, light)
    for part in range(3):
        at = door + wide * 0.4 * part / 3
        sheet.block(at + 0.001, 0.7, at + wide * 0.4 / 3 - 0.001, 0.77, cloth)


def _steam(sheet: Sheet) -> None:
    """A bath among hills, its steam rising."""
    sheet.hills(4, 0.42, 0.74)
    for lane in range(4):
        middle, swing = 0.3 + 0.14 * lane, sheet.dice.uniform(0, 6.3)
        for step in range(14):
            rise = step / 13
            at = (middle + 0.03 * math.sin(5 * rise + swing), 0.8 - 0.34 * rise)
            sheet.disc(at, 0.035 - 0.018 * rise, _hsl(sheet.hue, 20, 94 - 6 * rise), flat=1.3)
    sheet.disc((0.5, 0.86), 0.42, _hsl(30, 14, 36), flat=0.3)
    sheet.disc((0.5, 0.85), 0.38, _hsl(190, 42, 62), flat=0.27)
    sheet.disc((0.5, 0.865), 0.34, _hsl(190, 40, 70), flat=0.2)


def _lanterns(sheet: Sheet) -> None:
    """A festival's evening."""
    sheet.image.paste(sheet._wash(_hsl(245, 42, 26), _hsl(20, 60, 68)))
    sheet.hills(3, 0.62, 0.88)
    for row in range(3):
        sag = sheet.dice.uniform(0.05, 0.1)
        for step in range(9):
            across = (step + 0.5 * (row % 2)) / 8
            at = (across, 0.14 + 0.17 * row + sag * math.sin(math.pi * across))
            sheet.disc(at, 0.042, _hsl(sheet.dice.choice((8, 30, 42)), 84, 62), flat=1.25)
            sheet.disc(at, 0.022, _hsl(46, 95, 84), flat=1.5)
            sheet.block(at[0] - 0.008, at[1] - 0.045, at[0] + 0.008, at[1] - 0.034, _hsl(20, 30, 16))


MOTIFS: dict[str, Callable[[Sheet], None]] = {
    "mountains": _mountains,
    "sea": _sea,
    "gate": _gate,
    "castle": _castle,
    "street": _street,
    "steam": _steam,
    "lanterns": _lanterns,
}
