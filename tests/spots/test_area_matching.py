"""Which municipality an address or a code column speaks of."""

from __future__ import annotations

import doctest

import pytest

from spots import area_matching
from spots.area_matching import municipality_code


def test_the_examples_in_its_docstrings_hold() -> None:
    assert doctest.testmod(area_matching).failed == 0


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("福井県福井市大手3丁目", "182010"),
        ("〒910-0005 福井県 福井市大手", "182010"),
        ("福井市大手3丁目", "182010"),
        ("福井県丹生郡越前町厨71", "184233"),
        ("三方上中郡若狭町熊川", "185019"),
        ("三重県四日市市諏訪町", "242021"),
        ("広島県廿日市市下平良", "342131"),
        ("新潟県十日町市本町", "152102"),
        ("佐賀県杵島郡大町町大町", "414239"),
        ("奈良県大和郡山市北郡山町", "292036"),
        ("北海道余市郡余市町黒川町", "014087"),
        ("千葉県市川市八幡", "122033"),
        ("千葉県鎌ヶ谷市新鎌ケ谷", "122246"),
        ("東京都八丈島八丈町大賀郷", "134015"),
        ("札幌市中央区北1条西2丁目", "011011"),
        ("福岡県北九州市", "401005"),
        ("福井県", "180009"),
        ("福井県どこにもない町", "180009"),
        ("どこにもない町", ""),
        ("", ""),
    ],
)
def test_an_address_names_its_municipality(address: str, code: str) -> None:
    assert municipality_code(address) == code


def test_a_name_that_repeats_is_left_open_or_decided_by_the_nearest_town_hall() -> None:
    assert municipality_code("府中市宮西町") == ""
    assert municipality_code("府中市宮西町", position=(35.67, 139.48)) == "132063"
    assert municipality_code("府中市府川町", position=(34.57, 133.24)) == "342084"
    assert municipality_code("美浜町坂尻", position=(35.62, 135.97)) == "184420"


def test_a_name_without_prefecture_does_not_reach_across_the_country() -> None:
    assert municipality_code("中央区本町", position=(34.68, 135.50)) == ""


@pytest.mark.parametrize(
    ("cell", "address", "code"),
    [
        ("182010", "大手3丁目", "182010"),
        ("18201", "大手3丁目", "182010"),
        ("18", "丹生郡越前町織田", "184233"),
        ("10006", "", "010006"),
        ("011002", "札幌市中央区北1条", "011011"),
        ("182010", "福井県坂井市三国町", "182010"),
        ("182011", "福井県坂井市三国町", "182109"),
        ("11100", "北海道札幌市清田区", "011100"),
        ("11100", "埼玉県さいたま市", "111007"),
        ("無料", "福井市", "182010"),
    ],
)
def test_the_code_column_is_believed_in_every_form_and_the_address_makes_it_narrower(
    cell: str, address: str, code: str
) -> None:
    assert municipality_code(address, cell) == code
