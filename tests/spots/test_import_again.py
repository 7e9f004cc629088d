"""The second run: nothing twice, nothing lost, nobody's decision undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.models import User
from spots.models import Spot
from tests.spots.open_data import EDITION_A, HEAD, ROW, export_spots, import_spots, only, row_hash, write

pytestmark = pytest.mark.django_db


def counts(report: dict[str, object]) -> tuple[object, object, object]:
    return report["created"], report["changed"], report["same"]


def test_the_same_file_again_changes_no_row() -> None:
    import_spots(EDITION_A, "--source", "市")
    before = row_hash()
    assert counts(import_spots(EDITION_A, "--source", "市")) == (0, 0, 4)
    assert row_hash() == before


def test_another_source_is_another_list() -> None:
    import_spots(EDITION_A, "--source", "市")
    assert counts(import_spots(EDITION_A, "--source", "県")) == (4, 0, 0)


def test_a_dry_run_reports_the_same_and_writes_nothing(tmp_path: Path) -> None:
    first = write(tmp_path, f"{HEAD},タグ", f"{ROW},桜", "2,泉,福井市,36.0,136.0,水")
    import_spots(first)
    second = write(
        tmp_path, f"{HEAD},タグ", f"{ROW.replace('公園', '庭園')},夜景", "3,森,,36.1,136.1,", "4,x,,,,", name="list.csv"
    )
    before = row_hash()
    foretold = import_spots(second, "--dry-run")
    assert row_hash() == before
    assert foretold == import_spots(second)
    assert (counts(foretold), foretold["missing"], len(foretold["refused"])) == ((1, 1, 0), ["2"], 1)
    assert row_hash() != before


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_dry_run_and_an_export_need_no_transaction_around_them(tmp_path: Path) -> None:
    path = write(tmp_path, f"{HEAD},タグ", f"{ROW},桜")
    import_spots(path)
    assert counts(import_spots(path, "--dry-run")) == (0, 0, 1)
    assert "中央公園" in export_spots()


def test_a_changed_row_counts_one_version_up_and_keeps_its_id(tmp_path: Path) -> None:
    import_spots(write(tmp_path, f"{HEAD},電話番号", f"{ROW},0776-20-0000"))
    before = only()
    assert counts(import_spots(write(tmp_path, f"{HEAD},電話番号", f"{ROW},0776-20-1111"))) == (0, 1, 0)
    assert (only().pk, only().version, only().phone) == (before.pk, 2, "0776-20-1111")
    assert only().updated_at > before.updated_at
    assert only().published_at == before.published_at


def test_new_tags_alone_are_a_change(tmp_path: Path) -> None:
    import_spots(write(tmp_path, f"{HEAD},タグ", f"{ROW},桜;水"))
    assert counts(import_spots(write(tmp_path, f"{HEAD},タグ", f"{ROW},水;桜"))) == (0, 0, 1)
    assert counts(import_spots(write(tmp_path, f"{HEAD},タグ", f"{ROW},夜景"))) == (0, 1, 0)
    assert ([tag.name for tag in only().tags.all()], only().version) == (["夜景"], 2)


def test_what_people_edited_and_the_file_does_not_carry_stays(tmp_path: Path) -> None:
    path = write(tmp_path, f"{HEAD},説明,電話番号", f"{ROW},,0776-20-0000")
    import_spots(path)
    only().edit(
        {"description": "私たちの言葉で。", "hidden_gem_score": 0, "municipality_code": "182109", "name_en": "Park"},
        ["桜"],
    )
    Spot.objects.update(category_id=only().category_id + 1)
    assert counts(import_spots(path)) == (0, 0, 1)
    spot = only()
    assert (spot.description, spot.hidden_gem_score, spot.municipality_code) == ("私たちの言葉で。", 0, "182109")
    assert [tag.name for tag in spot.tags.all()] == ["桜"]
    import_spots(write(tmp_path, f"{HEAD},説明,電話番号", f"{ROW},,0776-99-9999"))
    assert (only().description, only().phone, only().version) == ("私たちの言葉で。", "0776-99-9999", 3)


def test_a_new_address_brings_its_own_municipality(tmp_path: Path) -> None:
    import_spots(write(tmp_path, HEAD, ROW))
    import_spots(write(tmp_path, HEAD, ROW.replace("福井市大手3丁目", "坂井市三国町")))
    assert (only().address, only().municipality_code) == ("福井県坂井市三国町", "182109")


@pytest.mark.parametrize("decision", ["hide", "delete"])
def test_a_spot_that_moderators_took_down_stays_down(tmp_path: Path, mori: User, decision: str) -> None:
    import_spots(write(tmp_path, HEAD, ROW))
    only().hide(mori, "確認中") if decision == "hide" else only().delete_softly()
    state = only().state
    assert counts(import_spots(write(tmp_path, HEAD, ROW))) == (0, 0, 1)
    import_spots(write(tmp_path, HEAD, ROW.replace("公園", "庭園")))
    assert (only().state, only().name) == (state, "中央庭園")
    assert not Spot.objects.visible_to(None).exists()


def test_rows_gone_from_the_file_are_listed_and_kept(tmp_path: Path, make_spot: Callable[..., Spot]) -> None:
    make_spot("手で作ったスポット")
    import_spots(write(tmp_path, HEAD, ROW, "2,泉,福井市,36.0,136.0", "3,森,福井市,36.1,136.1"))
    Spot.objects.get(external_id="3").delete_softly()
    report = import_spots(write(tmp_path, HEAD, ROW))
    assert (counts(report), report["missing"]) == ((0, 0, 1), ["2"])
    assert Spot.objects.listed().filter(external_id="2").exists()


def test_licence_and_credit_told_later_are_added(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD, ROW)
    import_spots(path)
    assert counts(import_spots(path, "--licence", "CC BY 4.0", "--credit", "福井市")) == (0, 1, 0)
    assert counts(import_spots(path)) == (0, 0, 1)
    assert (only().licence, only().credit) == ("CC BY 4.0", "福井市")


def test_more_rows_than_a_batch_come_in_once(tmp_path: Path) -> None:
    rows = [f"{number},泉{number},福井市大手,36.{number:04d},136.0" for number in range(1201)]
    path = write(tmp_path, HEAD, *rows)
    assert counts(import_spots(path)) == (1201, 0, 0)
    assert counts(import_spots(path)) == (0, 0, 1201)
    path = write(tmp_path, HEAD, *(row.replace("泉", "滝") for row in rows))
    assert counts(import_spots(path)) == (0, 1201, 0)
    assert set(Spot.objects.values_list("version", flat=True)) == {2}
