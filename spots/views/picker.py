"""The picture of the map in the form: an image, since only an image tells where it was clicked."""

from __future__ import annotations

import re

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from spots.drawn_map import SIZE, Pin, draw_square
from spots.models import Spot
from spots.picker import MOST_PIXELS, PIXELS, STREET_ZOOM, View

MOST_PINS = 60
"""More would cover the map they are to help with."""

_NAME = (120, 16)
"""Pixels that a name of twelve characters takes at most."""

_SIZES = {"unit": 1, "text": 13, "halo": 4, "dot": 5, "under": 18}
"""Pixels of what is drawn, whatever the size of the map."""


def picture(request: HttpRequest) -> HttpResponse:
    """`?view=lat,lng,zoom[&pin=lat,lng][&pixels=n]`: towns, the spots that are there already, and the pin, as SVG."""
    view = View.read(request.GET.get("view", ""))
    pixels = request.GET.get("pixels", str(PIXELS))
    if view is None or not re.fullmatch(r"[0-9]{2,4}", pixels) or not 64 <= int(pixels) <= MOST_PIXELS:
        raise BadRequest("view, pixels")
    square = view.square(int(pixels))
    there = Spot.objects.listed().in_box(square.box, for_a_page=True)
    spots = there.cards(with_covers=False).order_by("-published_at", "-id")
    drawn = draw_square(square, list(spots[:MOST_PINS]))
    pin = View.read(f"{request.GET.get('pin', '')},{view.zoom}")
    context = {
        "drawn": drawn,
        "pin": square.place(pin.latitude, pin.longitude) if pin else None,
        "named": _apart(drawn.pins, SIZE / int(pixels)) if view.zoom >= STREET_ZOOM - 1 else (),
        "em": {name: round(px * SIZE / int(pixels), 2) for name, px in _SIZES.items()},
        "size": SIZE,
    }
    return HttpResponse(render_to_string("spots/picker.svg", context), content_type="image/svg+xml")


def _apart(pins: list[Pin], unit: float) -> list[Pin]:
    """The pins whose names do not cover each other, the newest first."""
    width, height = (side * unit for side in _NAME)
    named: list[Pin] = []
    for pin in pins:
        if all(abs(pin.x - other.x) > width or abs(pin.y - other.y) > height for other in named):
            named.append(pin)
    return named
