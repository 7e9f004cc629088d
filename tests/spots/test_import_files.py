"""Which files the import reads, how it says that it cannot, and what it prints."""

from __future__ import annotations

import io
import json
from pathlib import Path
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import IntegrityError

from spots.models import Spot
from spots.open_data import table
from spots.open_data.store import Store
from tests.spots.open_data import EDITION_A, HEAD, ROW, import_fails, import_spots, only, row_hash, write

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_usual_encodings_and_line_ends_are_recognised(tmp_path: Path, encoding: str, end: str) -> None:
    report = import_spots(write(tmp_path, HEAD, ROW.replace("中央", "①髙"), encoding=encoding, end=end))
    assert (report["created"], report["refused"]) == (1, [])
    assert (only().name, only().municipality_code) == ("①髙公園", "182010")


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_tabs_and_semicolons_separate_too(tmp_path: Path, delimiter: str) -> None:
    rows = [line.replace(",", delimiter) for line in (HEAD, ROW)]
    import_spots(write(tmp_path, *rows, encoding="utf-16"))
    assert only().name == "中央公園"


def test_an_encoding_that_is_told_is_used(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD, ROW, encoding="euc-jp")
    assert import_fails(path)[0] == 1
    assert import_spots(path, "--encoding", "EUC-JP")["created"] == 1
    status, line = import_fails(path, "--encoding", "utf-8")
    assert (status, "utf-8-sig ではありません" in line) == (1, True)
    assert import_spots(write(tmp_path, HEAD, ROW, encoding="cp932"), "--encoding", "Shift_JIS")["same"] == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空"),
        (b"\xef\xbb\xbf", "空"),
        (b"\r\n \r\n", "空"),
        (f"{HEAD}\n1,\0,x,36,136\n".encode(), "NUL"),
        (f"{HEAD}\n1,".encode() + b"\x81\xff\xfe\xa0", "文字コード"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "文字コード"),
        (b'{"type": "FeatureCollection", "features": []}', "名称、緯度、経度の列"),
        (b"<!doctype html><title>404</title>", "名称、緯度、経度の列"),
        ("名称,住所\n泉,福井市\n".encode(), "緯度、経度の列"),
        ("緯度,経度\n36,136\n".encode(), "名称の列"),
    ],
)
def test_a_file_that_is_no_table_of_places_is_one_line_and_status_1(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    status, line = import_fails(path)
    assert (status, "\n" in line) == (1, False)
    assert words in line
    assert not Spot.objects.exists()


def test_a_missing_file_and_a_folder_are_status_1(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        assert import_fails(path) == (1, f"ファイルがありません: {path}")


def test_a_quotation_mark_that_is_never_closed_ends_the_run_before_anything_is_written(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD, ROW, '2,"泉,福井市,36.0,136.0', *(f"{n},森,,36.0,136.0" for n in range(3, 99)))
    with mock.patch.object(table, "FIELD_LIMIT", 1000):
        status, line = import_fails(path)
    assert (status, line.startswith("3行目から先を CSV として読めません")) == (1, True)
    assert not Spot.objects.exists()


def test_people_read_a_summary_in_japanese() -> None:
    out = io.StringIO()
    call_command("import_spots", str(EDITION_A), "--dry-run", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "追加 4件、変更 0件、変更なし 0件、取り込めない行 5件、ファイルにないスポット 0件"
    assert lines[1] == "  6行目: 緯度・経度がありません。"
    assert lines[-2:] == [
        "読み取れず、空のままにした値: よみがな 1件",
        "--dry-run のため、何も書き込んでいません。",
    ]


def test_programs_read_json_and_nothing_else() -> None:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_spots", str(EDITION_A), "--json", stdout=out, stderr=err)
    assert set(json.loads(out.getvalue())) == {"created", "changed", "same", "refused", "missing"}
    assert err.getvalue() == ""


def test_a_terminal_gets_a_progress_bar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with mock.patch("sys.stderr.isatty", return_value=True):
        call_command("import_spots", str(write(tmp_path, HEAD, ROW)))
    assert "照合と保存" in capsys.readouterr().err


def test_a_failure_in_the_middle_leaves_every_row_as_it_was(tmp_path: Path) -> None:
    import_spots(write(tmp_path, HEAD, ROW))
    before = row_hash()
    rows = [f"{number},泉{number},,36.0,136.0" for number in range(1, 700)]
    first, calls = Store._write_tags, []

    def fails_at_the_second_batch(store: Store, tagged: object) -> None:
        calls.append(tagged)
        if len(calls) == 2:
            raise IntegrityError("planted")
        first(store, tagged)  # type: ignore[arg-type]

    with mock.patch.object(Store, "_write_tags", fails_at_the_second_batch):
        status, line = import_fails(write(tmp_path, HEAD, *rows))
    assert (status, line) == (1, "データベースに書き込めません（planted）。何も変わっていません。")
    assert row_hash() == before
