"""What becomes of the columns of a municipal file."""

from __future__ import annotations

from pathlib import Path

import pytest

from spots.models import Spot
from tests.spots.open_data import EDITION_A, HEAD, ROW, import_spots, only, write

pytestmark = pytest.mark.django_db


def test_the_standard_list_gives_spots_and_a_reason_for_every_other_row() -> None:
    report = import_spots(EDITION_A, "--source", "福井市", "--licence", "CC BY 4.0", "--credit", "福井市")
    assert (report["created"], report["changed"], report["same"], report["missing"]) == (4, 0, 0, [])
    assert [refused["line"] for refused in report["refused"]] == [6, 7, 8, 9, 10]
    reasons = [refused["reason"] for refused in report["refused"]]
    assert reasons[0] == "緯度・経度がありません。"
    assert reasons[1] == "緯度と経度が逆になっています（緯度 136.222、経度 36.0663）。"
    assert reasons[2] == "位置が (0, 0) になっています。"
    assert reasons[3] == "名称がありません。"
    assert reasons[4] == "ID「0000000001」は2行目と重なっています。"


def test_a_row_of_the_standard_list_is_read_completely() -> None:
    import_spots(EDITION_A, "--source", "福井市", "--licence", "CC BY 4.0", "--credit", "福井市観光課")
    spot = Spot.objects.get(external_id="0000000001")
    assert (spot.name, spot.reading, spot.name_en) == (
        "みどりの広場公園",
        "ミドリノヒロバコウエン",
        "Midori Plaza Park",
    )
    assert (spot.latitude, spot.longitude, spot.municipality_code) == (36.0655, 136.2219, "182010")
    assert spot.address == "福井県福井市大手3丁目10-1"
    assert spot.opening_hours == "月火水木金土日 9:00〜17:00\n雨の日は閉まります。"
    assert (spot.phone, spot.website) == ("0776-20-0000 内線 21", "https://www.example.jp/midori/")
    assert spot.description == "城のほりのそばの小さな公園です。\nベンチが四つあります。"
    assert (spot.source, spot.licence, spot.credit) == ("福井市", "CC BY 4.0", "福井市観光課")
    assert (spot.category.slug, spot.state, spot.status, spot.version) == ("park", "published", "open", 1)
    assert spot.created_by is None
    assert spot.published_at is not None


def test_full_width_digits_short_codes_and_loose_addresses_are_understood() -> None:
    import_spots(EDITION_A)
    spot = Spot.objects.get(external_id="2")
    assert spot.source == "kanko_edition_a"
    assert (spot.latitude, spot.longitude, spot.municipality_code) == (36.066, 136.222, "182010")
    assert spot.address == "福井県福井市大手3丁目10-2 見本ビル2階"
    assert (spot.reading, spot.website) == ("フクイシリツミホン", "http://www.example.jp/museum")
    assert spot.opening_hours == "10:00〜"
    assert Spot.objects.get(external_id="9").municipality_code == "184233"
    assert Spot.objects.get(external_id="9").address == "福井県丹生郡越前町織田1-1"


def test_a_reading_with_kanji_is_left_out_and_the_row_kept() -> None:
    import_spots(EDITION_A)
    spot = Spot.objects.get(external_id="3")
    assert (spot.name, spot.reading) == ("漢字の読みの茶屋", "")


@pytest.mark.parametrize(
    ("headings", "cells", "external_id"),
    [
        ("ＮＯ．,名 称,緯度（世界測地系）,経度（世界測地系）", "7,泉,36.0,136.0", "7"),
        ("親番号,子番号,施設名称,経度,緯度,店舗URL", "300,1,泉,136.0,36.0,-", "300-1"),
        ("jhno,pno,status,name,yomi,spot,lat,lng", "1,2,国名勝,泉,いずみ,福井県福井市,36.0,136.0", "1-2"),
        ("ID,名称,所在地_連結表記,緯度,経度,電話番号", "F1,泉,福井県福井市大手,36.0,136.0,0776-1-2345", "F1"),
        ("スポット名,所在地,LAT,LON", "泉,福井市大手,36.0,136.0", "泉 福井市大手"),
        ("名称,緯度,経度", "泉,36.0,136.0", "泉 36.0,136.0"),
    ],
)
def test_other_headings_in_any_order_mean_the_same(tmp_path: Path, headings: str, cells: str, external_id: str) -> None:
    assert import_spots(write(tmp_path, headings, cells))["created"] == 1
    assert (only().name, only().latitude, only().longitude) == ("泉", 36.0, 136.0)
    assert only().external_id == external_id


def test_the_status_of_a_heritage_list_is_how_a_place_is_protected(tmp_path: Path) -> None:
    import_spots(write(tmp_path, "jhno,pno,status,name,yomi,spot,lat,lng", "1,2,国名勝,泉,,福井県福井市,36.0,136.0"))
    assert (only().status, only().category.slug, only().address) == ("open", "nature", "福井県福井市")


def test_edition_b_takes_the_place_code_before_the_publishers(tmp_path: Path) -> None:
    headings = (
        "全国地方公共団体コード,ID,名称,名称_カナ,所在地_全国地方公共団体コード,所在地_都道府県,"
        "所在地_市区町村,所在地_町字,所在地_番地以下,建物名等(方書),緯度,経度"
    )
    import_spots(write(tmp_path, headings, "180009,B1,泉,イズミ,182109,福井県,坂井市,三国町,1-1,海の館,36.2,136.1"))
    assert (only().municipality_code, only().address) == ("182109", "福井県坂井市三国町1-1 海の館")


def test_hours_and_days_off_become_one_text(tmp_path: Path) -> None:
    import_spots(write(tmp_path, f"{HEAD},営業時間,定休日", f'{ROW},"9:00～17:00　　（冬は16:00）",火曜'))
    assert only().opening_hours == "9:00～17:00 （冬は16:00）\n定休日: 火曜"


def test_dashes_that_stand_for_nothing_are_nothing(tmp_path: Path) -> None:
    import_spots(write(tmp_path, f"{HEAD},電話番号,URL,説明,営業時間", f"{ROW},-,ー,－,―"))
    assert (only().phone, only().website, only().description, only().opening_hours) == ("", "", "", "")


def test_words_around_a_telephone_number_are_left_out(tmp_path: Path) -> None:
    import_spots(write(tmp_path, f"{HEAD},電話番号", f"{ROW},０７７６ -77-1877（案内所）"))
    assert only().phone == "0776-77-1877"


@pytest.mark.parametrize(("word", "slug"), [("onsen", "onsen"), ("温泉", "onsen"), ("Parks & play", "park")])
def test_a_category_is_named_by_slug_or_either_name(tmp_path: Path, word: str, slug: str) -> None:
    import_spots(write(tmp_path, f"{HEAD},カテゴリ", f"{ROW},{word}"))
    assert only().category.slug == slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("朝倉氏遺跡資料館", "museum"),
        ("道の駅「越前」（温泉）", "shop"),
        ("白山神社", "shrine-temple"),
        ("越前大野城", "history"),
        ("波の華温泉", "onsen"),
        ("宝永旅館", "stay"),
        ("café MARE", "cafe"),
        ("山中節保存会", "other"),
    ],
)
def test_else_the_category_is_guessed_from_the_name(tmp_path: Path, name: str, slug: str) -> None:
    import_spots(write(tmp_path, "名称,緯度,経度", f"{name},36.0,136.0"))
    assert only().category.slug == slug


def test_tags_and_status_are_taken(tmp_path: Path) -> None:
    import_spots(write(tmp_path, f"{HEAD},タグ,状態", f"{ROW},桜;夜景; ;桜,休止中"))
    assert sorted(tag.name for tag in only().tags.all()) == ["夜景", "桜"]
    assert only().status == "paused"
