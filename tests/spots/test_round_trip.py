"""Our own export read back: the same spots, and from an empty database the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from machipoke.text import clean
from spots.models import Spot, Tag
from spots.open_data.values import cell_text, neutral
from tests.spots.open_data import export_spots, import_spots, row_hash

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(make_spot: Callable[..., Spot], hana: User) -> list[Spot]:
    """Spots with everything that could get lost on the way."""
    return [
        make_spot("中央公園", tags=["桜", "夜;景"], created_by=hana, hidden_gem_score=0),
        make_spot(
            "=1+1",
            description="-",
            phone="（0776）20 - 0000 内線1",
            address="大手3丁目",
            municipality_code="",
            status="paused",
        ),
        make_spot(
            "'=引用符", latitude=-33.123456, longitude=-70.5, description="@a\n\n=b  c", opening_hours="9:00  17:00"
        ),
        make_spot("道の駅", category="onsen", reading="みちのえき", name_en='Road, "Station"'),
        make_spot(
            "泉", source="市", external_id="0001", licence="CC BY 4.0", credit="福井市", municipality_code="180009"
        ),
        make_spot("森", source="県", external_id="x-1", credit="福井県", status="closed"),
    ]


def export_to(path: Path) -> bytes:
    export_spots("--out", str(path))
    return path.read_bytes()


def test_reading_back_what_was_written_changes_nothing(town: list[Spot], tmp_path: Path) -> None:
    export_to(tmp_path / "ours.csv")
    before = row_hash()
    report = import_spots(tmp_path / "ours.csv")
    assert (report["created"], report["changed"], report["same"]) == (0, 0, len(town))
    assert (report["refused"], report["missing"]) == ([], [])
    assert row_hash() == before


def test_an_empty_site_becomes_the_same_one(town: list[Spot], tmp_path: Path) -> None:
    first = export_to(tmp_path / "ours.csv")
    Spot.objects.all().delete()
    Tag.objects.all().delete()
    report = import_spots(tmp_path / "ours.csv")
    assert (report["created"], report["refused"]) == (len(town), [])
    assert export_to(tmp_path / "again.csv") == first
    assert set(Spot.objects.values_list("pk", flat=True)) == {spot.pk for spot in town}
    assert not Spot.objects.exclude(created_by=None).exists()


def test_an_edited_cell_changes_its_spot_alone(town: list[Spot], tmp_path: Path) -> None:
    text = export_to(tmp_path / "ours.csv").decode()
    (tmp_path / "ours.csv").write_text(text.replace("中央公園", "中央庭園"), newline="")
    report = import_spots(tmp_path / "ours.csv")
    assert (report["changed"], report["same"]) == (1, len(town) - 1)
    spot = Spot.objects.get(pk=town[0].pk)
    assert (spot.name, spot.version, spot.hidden_gem_score, spot.created_by) == ("中央庭園", 2, 0, town[0].created_by)


def test_our_id_finds_a_spot_whose_state_stays_and_two_rows_of_one_spot_are_refused(
    town: list[Spot], tmp_path: Path, mori: User
) -> None:
    text = export_to(tmp_path / "ours.csv").decode()
    town[0].hide(mori, "確認中")
    head, *rows = text.splitlines(keepends=True)
    row = next(row for row in rows if "中央公園" in row)
    (tmp_path / "ours.csv").write_text(head + row.replace("中央", "南") + row, newline="")
    report = import_spots(tmp_path / "ours.csv")
    assert (report["changed"], report["refused"]) == (1, [{"line": 3, "reason": "2行目と同じスポットです。"}])
    assert Spot.objects.get(pk=town[0].pk).state == "hidden"


def test_an_id_that_is_none_is_refused(town: list[Spot], tmp_path: Path) -> None:
    text = export_to(tmp_path / "ours.csv").decode()
    (tmp_path / "ours.csv").write_text(text.replace(str(town[0].pk), "42"), newline="")
    report = import_spots(tmp_path / "ours.csv")
    assert [refused["reason"] for refused in report["refused"]] == ["スポットID「42」の形が正しくありません。"]


def test_a_told_source_takes_the_rows_in_under_its_name(town: list[Spot], tmp_path: Path) -> None:
    export_to(tmp_path / "ours.csv")
    Spot.objects.all().delete()
    import_spots(tmp_path / "ours.csv", "--source", "隣の町")
    assert set(Spot.objects.values_list("source", flat=True)) == {"隣の町"}
    assert Spot.objects.get(name="中央公園").external_id == str(town[0].pk)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=12) | st.from_regex(r"'{0,2}[=+\-@＝]?[a'=-]{0,3}"))
def test_any_stored_text_survives_being_made_harmless(text: str) -> None:
    stored = clean(text, multiline=True)
    assert cell_text(neutral(stored), literal=True) == stored
    assert not neutral(stored).startswith(("=", "+", "-", "@"))
