"""Validating a spot must not touch the kilobytes of the cell's expression: it was 112 of 115 ms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from spots.models import Category, Spot


def test_validation_leaves_the_cell_to_the_database(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(Spot._meta.get_field("cell"), "expression", None)
    Spot(name="公園", latitude=36.0, longitude=136.0, category=Category.objects.get(slug="park")).full_clean()


def test_a_constraint_is_still_an_error_of_validation(make_spot: Callable[..., Spot]) -> None:
    make_spot(source="福井市", external_id="1")
    with pytest.raises(ValidationError, match="spot_once_per_source"):
        make_spot(source="福井市", external_id="1")
