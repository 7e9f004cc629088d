"""What leaves as open data: the standard's columns, safe cells, four formats, and nothing that is not public."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from spots.credits import Credit, credited_sources, municipality_facts
from spots.models import Spot
from spots.open_data.columns import EDITION_A, OWN
from spots.open_data.exporting import write_atomically
from tests.spots.open_data import export_spots

pytestmark = pytest.mark.django_db

KML = {"k": "http://www.opengis.net/kml/2.2"}
GPX = {"g": "http://www.topografix.com/GPX/1/1"}
NASTY = "=HYPERLINK(\"x\")\n<b>&amp; 'それ', ]]>"


@pytest.fixture
def park(make_spot: Callable[..., Spot]) -> Spot:
    return make_spot(
        reading="チュウオウコウエン",
        description=NASTY,
        opening_hours="9:00〜17:00\n定休日: 月曜",
        phone="+81-776-20-0000",
        website="https://www.example.jp/?a=1&b=2",
        tags=["桜;夜", "水"],
        source="市",
        external_id="0007",
        licence="CC BY 4.0",
        credit="福井市",
    )


def rows() -> list[dict[str, str]]:
    text = export_spots()
    assert text.startswith("\ufeff")
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_columns_are_the_standards_thirty_in_order_and_six_of_ours(park: Spot) -> None:
    assert list(rows()[0]) == [*EDITION_A, *OWN]
    assert (len(EDITION_A), EDITION_A[0], EDITION_A[-1]) == (30, "都道府県コード又は市区町村コード", "備考")


def test_a_row_says_what_the_spot_is(park: Spot) -> None:
    row = rows()[0]
    assert (row["都道府県コード又は市区町村コード"], row["都道府県名"], row["市区町村名"]) == (
        "182010",
        "福井県",
        "福井市",
    )
    assert (row["緯度"], row["経度"], row["NO"]) == ("36.062100", "136.219600", "0007")
    assert (row["カテゴリ"], row["タグ"], row["状態"]) == ("公園・遊ぶ", "桜；夜;水", "営業中")
    assert (row["出典"], row["外部ID"], row["スポットID"]) == ("市", "0007", str(park.pk))
    assert row["備考"] == "クレジット: 福井市 / ライセンス: CC BY 4.0"
    assert row["利用可能日時特記事項"] == "9:00〜17:00\n定休日: 月曜"


def test_no_cell_is_a_formula_and_negative_numbers_stay_numbers(make_spot: Callable[..., Spot], park: Spot) -> None:
    make_spot("@SUM(A1)", latitude=-33.5, longitude=-70.25, address="-1 番地", phone="+1")
    cells = [cell for row in rows() for name, cell in row.items() if name not in ("緯度", "経度")]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    row = next(row for row in rows() if row["名称"] == "'@SUM(A1)")
    assert (row["緯度"], row["経度"], row["住所"]) == ("-33.500000", "-70.250000", "'-1 番地")


def test_geojson_puts_longitude_first_and_names_whom_to_credit(park: Spot, settings: object) -> None:
    document = json.loads(export_spots("--format", "geojson"))
    assert document["type"] == "FeatureCollection"
    assert document["attribution"] == "福井市（CC BY 4.0）"
    assert document["credits"] == [{"source": "市", "credit": "福井市", "licence": "CC BY 4.0", "facts": 1}]
    (feature,) = document["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [136.2196, 36.0621]}
    assert (feature["properties"]["description"], feature["properties"]["tags"]) == (NASTY, ["桜;夜", "水"])
    assert (feature["properties"]["licence"], feature["properties"]["credit"]) == ("CC BY 4.0", "福井市")
    assert feature["properties"]["url"].endswith(f"/spots/{park.pk}/")


def test_geojson_of_an_empty_site_is_still_geojson() -> None:
    assert json.loads(export_spots("--format", "geojson"))["features"] == []


def test_kml_is_well_formed_and_its_description_is_text(park: Spot) -> None:
    root = ElementTree.fromstring(export_spots("--format", "kml").encode())
    mark = root.find("k:Document/k:Placemark", KML)
    assert mark is not None
    assert mark.findtext("k:Point/k:coordinates", namespaces=KML) == "136.219600,36.062100"
    assert mark.findtext("k:name", namespaces=KML) == "中央公園"
    assert "&lt;b&gt;&amp;amp;" in (mark.findtext("k:description", namespaces=KML) or "")
    facts = {data.get("name"): data.findtext("k:value", namespaces=KML) for data in mark.iter(f"{{{KML['k']}}}Data")}
    assert (facts["credit"], facts["website"]) == ("福井市", "https://www.example.jp/?a=1&b=2")


def test_gpx_is_well_formed_and_in_the_order_of_its_schema(park: Spot) -> None:
    root = ElementTree.fromstring(export_spots("--format", "gpx").encode())
    point = root.find("g:wpt", GPX)
    assert point is not None
    assert (point.get("lat"), point.get("lon")) == ("36.062100", "136.219600")
    assert [child.tag.split("}")[1] for child in point] == ["name", "desc", "src", "link", "type"]
    assert NASTY in (point.findtext("g:desc", namespaces=GPX) or "")
    assert root.findtext("g:metadata/g:desc", namespaces=GPX) == "福井市（CC BY 4.0）"


def test_characters_that_xml_forbids_are_left_out(park: Spot) -> None:
    Spot.objects.update(name="泉\x0b\ufffe", description="\x1b[0m")
    for format_name in ("kml", "gpx"):
        assert ElementTree.fromstring(export_spots("--format", format_name).encode()) is not None


@pytest.mark.parametrize("format_name", ["csv", "geojson", "kml", "gpx"])
def test_nothing_that_is_not_public_is_in_any_format(
    make_spot: Callable[..., Spot], hana: User, mori: User, format_name: str
) -> None:
    make_spot("見える公園")
    make_spot("カナリア下書き", state="draft", created_by=hana, source="カナリア出典", external_id="1")
    make_spot("カナリア確認待ち", state="pending", created_by=hana)
    make_spot("カナリア非表示", tags=["カナリア"], credit="カナリア", source="カナリア", external_id="2").hide(
        mori, "x"
    )
    make_spot("カナリア削除").delete_softly()
    text = export_spots("--format", format_name)
    assert "見える公園" in text
    assert "カナリア" not in text


def test_out_writes_the_same_bytes_and_replaces_the_file_at_once(park: Spot, tmp_path: Path) -> None:
    path = tmp_path / "spots.csv"
    path.write_text("old")
    assert export_spots("--out", str(path)) == ""
    assert path.read_bytes() == export_spots().encode()
    assert [found.name for found in tmp_path.iterdir()] == ["spots.csv"]


def test_an_export_that_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "spots.csv"
    path.write_text("old")

    def chunks() -> Iterator[str]:
        yield "new"
        raise RuntimeError("planted")

    with pytest.raises(RuntimeError):
        write_atomically(path, chunks())
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("spots.csv", "old")]


def test_a_place_that_cannot_be_written_is_one_line_and_status_1(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="書き出せません") as failed:
        call_command("export_spots", "--out", str(tmp_path / "none" / "spots.csv"))
    assert failed.value.returncode == 1


def test_standard_output_is_utf_8_whatever_the_terminal_speaks(park: Spot) -> None:
    raw = io.BytesIO()
    with mock.patch("sys.stdout", io.TextIOWrapper(raw, encoding="ascii")) as out:
        call_command("export_spots", stdout=out)
        out.flush()
    assert raw.getvalue() == export_spots().encode()


def test_queries_do_not_grow_with_spots(
    make_spot: Callable[..., Spot], django_assert_num_queries: Callable[..., object]
) -> None:
    for number in range(5):
        make_spot(f"泉{number}", tags=["水"])
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        export_spots()


def test_credits_name_each_source_of_listed_spots_once(
    make_spot: Callable[..., Spot], mori: User, django_assert_num_queries: Callable[..., object]
) -> None:
    for number in range(3):
        make_spot(source="市", external_id=str(number), credit="福井市", licence="CC BY 4.0")
    make_spot(source="県", external_id="1", credit="福井県")
    make_spot("隠れた", source="町", external_id="1", credit="見えない").hide(mori, "x")
    make_spot("手で作った")
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        found = credited_sources()
    assert found == [Credit("市", "福井市", "CC BY 4.0", 3), Credit("県", "福井県", "", 1)]
    assert [credit.line for credit in found] == ["福井市（CC BY 4.0）", "福井県"]
    assert municipality_facts().facts > 1900


def test_a_terminal_gets_a_progress_bar_and_the_file_is_the_same(
    park: Spot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, shown = tmp_path / "plain.csv", tmp_path / "shown.csv"
    call_command("export_spots", "--out", str(plain))
    assert capsys.readouterr().err == ""
    with mock.patch("sys.stderr.isatty", return_value=True):
        call_command("export_spots", "--out", str(shown))
    assert "書き出し" in capsys.readouterr().err
    assert plain.read_bytes() == shown.read_bytes()
