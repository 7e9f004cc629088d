"""What single cells mean, and how much a run asks the database."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from spots.open_data import columns, guessing, values
from spots.open_data.columns import EDITION_A, OWN, locate, plain_header
from spots.open_data.text_file import known_encoding
from spots.open_data.values import address, cell_text, opening_hours, phone, short, website
from tests.spots.open_data import HEAD, import_spots, write


@pytest.mark.parametrize("module", [columns, guessing, values], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0776-20-5151", "0776-20-5151"),
        ("０７７６（２０）５１５１", "0776(20)5151"),
        ("0776 -78-4126", "0776-78-4126"),
        ("+81 776 20 5151", "+81 776 20 5151"),
        ("0776-77-1877（観光案内所おしえる座ぁ）", "0776-77-1877"),
        ("代表 0776−20−5151", "0776-20-5151"),
        ("なし", None),
        ("", ""),
    ],
)
def test_a_telephone_number_is_found_among_words(cell: str, number: str | None) -> None:
    assert phone(cell) == number


@pytest.mark.parametrize(
    ("cell", "url"),
    [
        ("https://a.jp/ http://b.jp/", "https://a.jp/"),
        ("www.example.jp", "http://www.example.jp"),
        ("example.jp/kanko?x=1", "http://example.jp/kanko?x=1"),
        ("ftp://example.jp/", None),
        ("javascript:alert(1)", None),
        ("準備中", None),
        ("", ""),
    ],
)
def test_a_website_has_a_scheme_we_serve(cell: str, url: str | None) -> None:
    assert website(cell) == url


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ({}, ""),
        ({"hours": "9:00～17:00", "days_off": "火曜"}, "9:00～17:00\n定休日: 火曜"),
        ({"opens": "9:00", "closes": "17:00"}, "9:00〜17:00"),
        ({"closes": "17:00"}, "〜17:00"),
        ({"days": "月火水"}, "月火水"),
        ({"days": "月火水", "opens": "9:00", "hours_note": "雨天\n中止"}, "月火水 9:00〜\n雨天\n中止"),
        ({"hours": " 9:00　　～　17:00 "}, "9:00 ～ 17:00"),
    ],
)
def test_hours_are_put_together_from_what_there_is(cells: dict[str, str], text: str) -> None:
    assert opening_hours(cells) == text


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ({"address": "大手3", "prefecture": "福井県", "municipality": "福井市"}, "福井県福井市大手3"),
        ({"address": "福井県福井市大手3", "prefecture": "福井県", "municipality": "福井市"}, "福井県福井市大手3"),
        ({"address": "丹生郡越前町厨7", "prefecture": "福井県", "municipality": "越前町"}, "福井県丹生郡越前町厨7"),
        ({"address": "越前町厨7", "municipality": "丹生郡越前町"}, "越前町厨7"),
        ({"prefecture": "福井県", "municipality": "福井市", "town": "大手", "block": "3-1"}, "福井県福井市大手3-1"),
        ({"address": "福井市大手3", "building": "見本ビル"}, "福井市大手3 見本ビル"),
        ({}, ""),
    ],
)
def test_an_address_is_put_together_without_saying_anything_twice(cells: dict[str, str], text: str) -> None:
    assert address(cells) == text


def test_a_dash_is_nothing_but_in_our_own_export() -> None:
    assert (cell_text(" － "), cell_text(" － ", literal=True), cell_text("'-", literal=True)) == ("", "－", "-")


def test_long_cells_are_cut_in_messages() -> None:
    assert short("長" * 31) == "長" * 29 + "…"


def test_every_column_of_ours_and_the_standards_texts_are_found() -> None:
    found = locate([*EDITION_A, *OWN])
    assert (found["name"], found["latitude"], found["hours_note"], found["spot_id"]) == (4, 10, 15, 35)
    assert "designation" not in found


def test_no_heading_has_two_meanings() -> None:
    owners: dict[str, str] = {}
    for meaning, names in columns.SYNONYMS.items():
        for name in names:
            assert owners.setdefault(plain_header(name), meaning) == meaning


def test_the_first_of_two_equal_headings_counts() -> None:
    assert locate(["名称", "緯度", "経度", "名称"])["name"] == 0


@pytest.mark.parametrize(
    ("name", "found"), [("UTF8", "utf-8-sig"), ("sjis", "cp932"), ("Windows-31J", "cp932"), ("euc_jp", "euc_jp")]
)
def test_encodings_have_many_names(name: str, found: str) -> None:
    assert known_encoding(name) == found


@pytest.mark.django_db
def test_queries_do_not_grow_with_rows(tmp_path: Path) -> None:
    def queries(count: int) -> int:
        rows = [f"{count}-{number},泉,福井市大手,36.{number:04d},136.0,水;{number % 3}" for number in range(count)]
        path = write(tmp_path, f"{HEAD},タグ", *rows, name=f"{count}.csv")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            import_spots(path)
        return len(captured)

    few, many = queries(5), queries(400)
    # SQLite takes 999 values in one statement, so that inserts alone are many.
    assert many - few < 400 / 25
