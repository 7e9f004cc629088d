"""Contour drawings for spots without a photo."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree

from django.conf import settings

from spots.covers import COVERS, cover_of, sprite

SPRITE = Path(settings.BASE_DIR) / "machipoke" / "static" / "img" / "covers.svg"


def test_the_sprite_that_ships_is_the_one_the_code_draws() -> None:
    assert SPRITE.read_text() == sprite()


def test_every_spot_has_a_drawing_of_the_sprite_for_ever() -> None:
    drawn = {symbol.get("id") for symbol in ElementTree.fromstring(sprite())}
    assert {f"c{cover_of(UUID(int=number))}" for number in range(1000)} == drawn
    assert len(drawn) == COVERS
    assert cover_of(UUID("12382a15-934f-47a2-918c-1a191845cb97")) == 23
