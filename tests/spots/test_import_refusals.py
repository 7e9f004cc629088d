"""A wrong row never stops the rest, and says on which line it stands and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from spots.models import Spot
from tests.spots.open_data import HEAD, ROW, import_spots, write

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2,泉,福井市,,136.2", "緯度・経度がありません。"),
        ("2,泉,福井市,北緯36度,136.2", "緯度「北緯36度」は十進の度数ではありません。"),
        ("2,泉,福井市,nan,136.2", "緯度「nan」は十進の度数ではありません。"),
        ("2,泉,福井市,1_0,136.2", "緯度「1_0」は十進の度数ではありません。"),
        ("2,泉,福井市,36.0,1e2", "経度「1e2」は十進の度数ではありません。"),
        ("2,泉,福井市,136.2,36.0", "緯度と経度が逆になっています（緯度 136.2、経度 36）。"),
        ("2,泉,福井市,91,136.2", "緯度は −90〜90、経度は −180〜180 の範囲です（緯度 91、経度 136.2）。"),
        ("2,泉,福井市,36.0,181", "緯度は −90〜90、経度は −180〜180 の範囲です（緯度 36、経度 181）。"),
        ("2,,福井市,36.0,136.2", "名称がありません。"),
        ("2,\u200b\u202e,福井市,36.0,136.2", "名称がありません。"),
        (f"2,{'長' * 81},福井市,36.0,136.2", "名前: 80文字以内で入力してください（いまは81文字）。"),
        ("1,泉,福井市,36.0,136.2", "ID「1」は2行目と重なっています。"),
        ("2,泉,大手町,1丁目,36.0,136.2", "列の数（6）が見出し（5）より多くなっています"),
        ("2,泉", "緯度・経度がありません。"),
    ],
)
def test_a_refused_row_has_its_line_and_reason_and_the_others_come_in(tmp_path: Path, row: str, reason: str) -> None:
    report = import_spots(write(tmp_path, HEAD, ROW, row, "3,森,福井市大手,36.1,136.3"))
    assert [refused["line"] for refused in report["refused"]] == [3]
    assert report["refused"][0]["reason"].startswith(reason)
    assert sorted(Spot.objects.values_list("name", flat=True)) == ["中央公園", "森"]


def test_lines_are_counted_as_an_editor_shows_them(tmp_path: Path) -> None:
    rows = ['1,泉,"福井市\n\n大手",36.0,136.0', "", ",,,,", '2,"名\n前",福井市,,', "3,森,福井市,,"]
    report = import_spots(write(tmp_path, HEAD, *rows, end="\r\n"))
    assert report["created"] == 1
    assert [refused["line"] for refused in report["refused"]] == [7, 9]


def test_a_huge_cell_costs_its_row_only(tmp_path: Path) -> None:
    long = "い" * 200_000
    report = import_spots(write(tmp_path, f"{HEAD},説明", f"1,泉,福井市,36.0,136.0,{long}", f"2{ROW[1:]},みじかい"))
    assert report["created"] == 1
    assert report["refused"] == [{"line": 2, "reason": "説明: 4000文字以内で入力してください（いまは200000文字）。"}]


def test_too_many_or_too_long_tags_refuse_the_row(tmp_path: Path) -> None:
    many = ";".join(f"札{number}" for number in range(11))
    report = import_spots(write(tmp_path, f"{HEAD},タグ", f"{ROW},{many}", f"2{ROW[1:]},{'長' * 31}", f"3{ROW[1:]},桜"))
    assert report["created"] == 1
    assert [refused["reason"] for refused in report["refused"]] == [
        "タグ: タグは10個までです。",
        f"タグ: 「{'長' * 30}」はタグにできません（1〜30文字）。",
    ]


def test_a_tag_whose_key_is_too_long_costs_its_row_only(tmp_path: Path) -> None:
    report = import_spots(write(tmp_path, f"{HEAD},タグ", f"{ROW},{'ﷺ' * 15}", f"3{ROW[1:]},桜"))
    assert (report["created"], [refused["line"] for refused in report["refused"]]) == (1, [2])


def test_values_that_can_be_left_out_do_not_cost_the_row(tmp_path: Path) -> None:
    report = import_spots(
        write(
            tmp_path, f"{HEAD},電話番号,URL,状態", f"{ROW},なし,javascript:alert(1),満員", f"2{ROW[1:]},,ftp://a.jp/,"
        )
    )
    assert (report["created"], report["refused"]) == (2, [])
    assert set(Spot.objects.values_list("phone", "website", "status")) == {("", "", "open")}


def test_refused_rows_do_not_count_as_missing(tmp_path: Path) -> None:
    import_spots(write(tmp_path, HEAD, ROW))
    report = import_spots(write(tmp_path, HEAD, "1,中央公園,福井市,,"))
    assert (len(report["refused"]), report["missing"]) == (1, [])
