"""The plan of a JPEG, read from its markers: what decoding it would cost, before anything is decoded.

Pillow and libjpeg have no limit on scans, and a valid file of 444 KB with 2,000 of them takes 13 s.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]", re.DOTALL)
"""The next marker that says something, behind garbage, fill bytes, stuffed zeros and restarts: as libjpeg reads on."""

_SOF0, _SOF1, _SOF2, _DHT, _JPG, _DAC = 0xC0, 0xC1, 0xC2, 0xC4, 0xC8, 0xCC
_EOI, _SOS = 0xD9, 0xDA
_FRAMES = {_SOF0, _SOF1, _SOF2}
"""Huffman-coded, as cameras and browsers have them; lossless and arithmetic ones are read nowhere."""


class Plan(NamedTuple):
    """`is_layered`: libjpeg holds all coefficients of such a file in memory, two bytes each, and goes over them for
    each of its `scans`, of which no more than asked are counted."""

    width: int
    height: int
    components: int
    is_layered: bool
    scans: int


def read_plan(content: bytes, most_scans: int) -> Plan:
    """Stops at the first scan of a plain file, and at `most_scans` + 1. Raises ValueError where there is no frame."""
    frame: tuple[int, int, int, int] | None = None
    scans, is_layered, place = 0, False, 2
    while (found := _MARKER.search(content, place)) is not None:
        marker, place = content[found.end() - 1], found.end()
        if marker == _EOI:
            break
        if 0xC0 <= marker <= 0xCF and marker not in (_DHT, _JPG, _DAC):
            frame = frame or _frame(marker, content[place + 2 : place + 8])
        elif marker == _SOS:
            if frame is None:
                break
            # The parts of a plain file are interleaved: one scan has them all.
            is_layered = frame[0] == _SOF2 or content[place + 2 : place + 3] < bytes([frame[3]])
            scans += 1
            if not is_layered or scans > most_scans:
                break
        place += int.from_bytes(content[place : place + 2], "big")
    if frame is None or not scans:
        raise ValueError("a JPEG without a picture")
    return Plan(frame[1], frame[2], frame[3], is_layered, scans)


def _frame(marker: int, parameters: bytes) -> tuple[int, int, int, int]:
    if marker not in _FRAMES or len(parameters) < 6:
        raise ValueError("a JPEG of an unusual kind")
    height, width = int.from_bytes(parameters[1:3], "big"), int.from_bytes(parameters[3:5], "big")
    return marker, width, height, parameters[5]
