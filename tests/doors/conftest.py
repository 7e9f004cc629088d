"""The town of this folder, built for whoever asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from spots.models import Spot
from tests.doors import town
from tests.doors.matrix import TABLE, Codes, Door, Trial, expected


@pytest.fixture
def trial(make_spot: Callable[..., Spot], hana: User, ren: User, mori: User) -> Trial:
    return Trial(town.build(make_spot, hana, ren, mori))


@pytest.fixture(scope="module")
def table() -> dict[Door, Codes]:
    """Who should be answered what."""
    return expected(TABLE.read_text())
