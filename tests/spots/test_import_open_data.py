"""The files that offices really publish, where they stand beside the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from spots.models import Spot
from tests.spots.open_data import import_spots

pytestmark = [pytest.mark.django_db, pytest.mark.open_data]


def test_the_tourist_spots_of_fukui_come_in_and_stay_the_same(open_data: Path) -> None:
    path = open_data / "fukui_spot.csv"
    report = import_spots(path, "--licence", "CC BY 4.0", "--credit", "福井県観光連盟")
    assert (report["created"], [refused["line"] for refused in report["refused"]]) == (180, [233, 434, 509])
    assert "逆" in report["refused"][1]["reason"]
    assert (import_spots(path)["same"], import_spots(path)["missing"]) == (180, [])
    spot = Spot.objects.get(source="fukui_spot", external_id="300040-1")
    assert (spot.name, spot.category.slug, spot.municipality_code) == ("劔神社", "shrine-temple", "184233")
    assert Spot.objects.get(name="あわら温泉").phone == "0776-77-1877"
    unknown = Spot.objects.exclude(municipality_code__startswith="18").values_list("name", flat=True)
    assert list(unknown) == ["JR福井駅"]  # the one row without an address


def test_the_japan_heritage_comes_in_with_designations_and_municipalities(open_data: Path) -> None:
    path = open_data / "japan-heritage_props_min.csv"
    report = import_spots(path, "--credit", "文化庁 日本遺産ポータルサイト")
    # 3,310 rows have a position; the name of one has 113 characters, and 80 is the limit.
    assert (report["created"], len(report["refused"])) == (3309, 1230)
    assert import_spots(path)["same"] == 3309
    spot = Spot.objects.get(external_id="1-1")
    assert (spot.name, spot.reading, spot.municipality_code) == ("旧弘道館", "キュウコウドウカン", "082015")
    assert Spot.objects.filter(municipality_code="").count() <= 2
