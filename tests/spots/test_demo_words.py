"""What the demo says about a place follows from its facts, and from nothing else."""

from __future__ import annotations

import pytest

from spots.demo_words import chance, fukui_description, heritage_description, tags_of

SHOP = {
    "external_id": "1-1",
    "name": "けんぞう蕎麦",
    "category": "food",
    "address": "福井県吉田郡永平寺町松岡春日3丁目26",
    "opening_hours": "11:00～14:00\n定休日: 毎週月曜日",
    "status": "open",
    "position_of": "",
}
RUIN = {
    "external_id": "1-2",
    "name": "多賀城跡",
    "category": "history",
    "address": "宮城県多賀城市",
    "designation": "国特別史跡",
}


def test_a_place_is_said_to_lie_where_its_address_says() -> None:
    text = fukui_description(SHOP)
    assert "永平寺町松岡春日" in text
    assert "そばの店" in text
    assert "吉田郡" not in text
    assert "福井県" not in text


def test_short_hours_and_days_off_are_said() -> None:
    assert fukui_description(SHOP).endswith("開いているのは11:00～14:00。定休日は月曜日です。")


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ("9:00～17:00\n定休日: 年中無休", "開いているのは9:00～17:00。年中無休です。"),
        ("定休日: 火曜", "定休日は火曜です。"),
    ],
)
def test_other_hours(hours: str, said: str) -> None:
    assert fukui_description(SHOP | {"opening_hours": hours}).endswith(said)


@pytest.mark.parametrize("hours", ["", "9:00～17:00（冬は16:00）", "定休日: 詳しくはお問い合わせください"])
def test_hours_that_do_not_fit_a_sentence_are_left_to_their_field(hours: str) -> None:
    text = fukui_description(SHOP | {"opening_hours": hours})
    assert "9:00" not in text
    assert "定休日は" not in text


def test_a_paused_place_is_said_to_be_paused_by_the_list() -> None:
    assert "もとにした一覧では休館中" in fukui_description(SHOP | {"status": "paused"})


def test_a_position_of_a_neighbour_is_said_to_be_one() -> None:
    text = fukui_description(SHOP | {"position_of": "道の駅「禅の里」"})
    assert "近くの「道の駅『禅の里』」の地点をおおよその目安に" in text


def test_an_address_without_town_is_enough() -> None:
    assert fukui_description(SHOP | {"address": "福井県小浜市", "opening_hours": ""}).startswith("小浜市")


def test_a_designation_is_quoted_and_its_absence_said() -> None:
    assert "「国特別史跡」" in heritage_description(RUIN)
    assert "指定" in heritage_description(RUIN | {"designation": "未指定（史跡）"})
    assert "「未指定" not in heritage_description(RUIN | {"designation": "未指定（史跡）"})
    assert "区分" not in heritage_description(RUIN | {"designation": ""})


def test_tags_come_from_name_and_designation() -> None:
    assert tags_of(SHOP) == ["そば"]
    assert tags_of(RUIN) == ["日本遺産", "史跡"]
    assert tags_of(RUIN | {"designation": "未指定（史跡）"}) == ["日本遺産"]


def test_chance_is_the_same_everywhere() -> None:
    assert [chance("泉", 100), chance("森", 100)] == [chance("泉", 100), chance("森", 100)]
    assert {chance(str(number), 3) for number in range(50)} == {0, 1, 2}
