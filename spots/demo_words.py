"""Short descriptions of the demo's places, in our own words, that say no more than the facts at hand carry.

Which wording a place gets follows from its id, so that every site with the demo reads the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import regex

Facts = Mapping[str, str]

_KINDS = (
    ("道の駅", "道の駅"),
    ("まちの駅", "まちの駅"),
    ("観光案内所|観光協会", "観光の案内所"),
    ("駅$|駅（", "駅"),
    ("屋台村", "屋台村"),
    ("旅館協同組合", "旅館の組合"),
    ("キャンプ場", "キャンプ場"),
    ("商店街", "商店街"),
    ("旅館|樹關|樹香苑", "旅館"),
    ("ホテル", "ホテル"),
    ("博物館|ミュージアム|ムゼウム", "博物館"),
    ("美術館", "美術館"),
    ("資料館", "資料館"),
    ("記念館", "記念館"),
    ("動物園", "動物園"),
    ("植物園", "植物園"),
    ("蕎麦|そば", "そばの店"),
    ("カフェ|cafe|café", "カフェ"),
    ("レストラン|ダイニング|bistro", "レストラン"),
    ("温泉", "温泉"),
    ("公園|緑地", "公園"),
    ("神社|神宮|宮$", "神社"),
    ("寺$|寺院", "お寺"),
    ("城$", "お城"),
)
_KIND_OF_CATEGORY = {
    "nature": "自然の見どころ",
    "shrine-temple": "寺社",
    "history": "歴史の見どころ",
    "museum": "展示や体験の施設",
    "food": "食事どころ",
    "cafe": "カフェ",
    "shop": "買いものどころ",
    "stay": "宿",
    "onsen": "湯どころ",
    "park": "遊びどころ",
    "event": "催し",
    "other": "立ち寄りどころ",
}
_FUKUI_BEGINNINGS = (
    "{town}にある{kind}です。",
    "{city}の{kind}。場所は{town}です。",
    "{city}をめぐるときに寄れる{kind}。{town}にあります。",
    "{town}の{kind}です。",
)
_FUKUI_BEGINNINGS_BARE = (
    "{city}にある{kind}です。",
    "{city}の{kind}です。",
)
_FLAVOURS = {
    "nature": ("空のきれいな日に、ゆっくり眺めたい場所です。", "歩きやすい靴で出かけましょう。"),
    "shrine-temple": ("静かに手を合わせたい日に。", "旅の途中のお参りに。"),
    "history": ("昔の人の暮らしを思いながら歩きたい日に。", "歴史の好きな人との町歩きに。"),
    "museum": ("じっくり見たいので、時間に余裕をもって。", "雨の日の行き先にもなりそうです。"),
    "food": ("おなかがすいたときの候補に。", "お昼をどこで食べようか迷ったときに。"),
    "cafe": ("ひと休みしたいときに。", "歩き疲れたときの一杯に。"),
    "shop": ("おみやげをさがすときの候補に。", "旅の帰りの寄り道に。"),
    "stay": ("泊まりの旅の計画に。", "日帰りではもったいない日の候補に。"),
    "onsen": ("歩き疲れた日の帰りに。", "体を温めたい日に。"),
    "park": ("子どもと出かける日の候補に。", "外で体を動かしたい日に。"),
    "event": ("日程を確かめてから出かけましょう。",),
    "other": ("旅のはじめに寄っておきたいところです。", "町歩きの起点に。"),
}
_WITH_HOURS = (
    "開いている時間は「営業時間」の欄にまとめました。",
    "出かける前に「営業時間」の欄を見ておくと安心です。",
    "時間や休みは季節で変わることもあるので、公式の案内も確かめてください。",
)
_WITHOUT_HOURS = (
    "営業時間の情報はまだありません。知っている人は、ぜひ教えてください。",
    "時間や休みの日は、まだ登録されていません。",
    "出かける前に、時間と休みの日を確かめてください。",
)
_HERITAGE_BEGINNINGS = (
    "{city}にある{kind}で、日本遺産の構成文化財のひとつです。",
    "日本遺産を構成する文化財のひとつ。{city}にある{kind}です。",
    "{city}の{kind}。日本遺産の物語を形づくる文化財に数えられています。",
)
_DESIGNATED = (
    "指定などの区分は「{designation}」。",
    "文化財としての区分は「{designation}」です。",
)
_NOT_DESIGNATED = (
    "文化財の指定はありませんが、物語に欠かせないものとして選ばれています。",
    "指定文化財ではないものの、構成文化財に入っています。",
)
_TAGS = (
    ("道の駅", "道の駅"),
    ("温泉|の湯|芦湯", "温泉"),
    ("蕎麦|そば", "そば"),
    ("HOROSSA|恐竜|ラプトル", "恐竜"),
    ("水仙", "水仙"),
    ("和紙|パピルス館|紙の文化", "和紙"),
    ("漆|うるし", "漆器"),
    ("越前焼|陶芸|古窯|窯", "焼きもの"),
    ("東尋坊|海|岬|かに|さかな街|フィッシャーマンズ", "海"),
    ("キャンプ", "キャンプ"),
    ("旅館|ホテル|の宿|町家ステイ", "泊まれる"),
    ("くだもの|いちご|ICHIGOOJI|HAMABERRY|フルーツ", "くだもの狩り"),
    ("駅前|福井駅|敦賀駅", "駅のそば"),
    ("城$|城跡|陣屋", "城めぐり"),
    ("永平寺|禅", "禅"),
)
_DESIGNATION_TAGS = (("国宝", "国宝"), ("史跡", "史跡"), ("名勝", "名勝"), ("天然記念物", "天然記念物"))
_PREFECTURE = regex.compile(r"^(北海道|.{2,3}?[都府県])")
_SPAN = regex.compile(r"\A(\d{1,2}[:：]\d\d[～〜~-]\d{1,2}[:：]\d\d)(?:\n|\Z)")
_DAY_OFF = regex.compile(
    r"^定休日: (?:毎週)?([^\n、。（(※/／]{0,6}(?:曜|年末年始)[^\n、。（(※/／]{0,8})\Z", regex.MULTILINE
)
_ALWAYS_OPEN = regex.compile(r"^定休日: (?:年中)?無休\Z", regex.MULTILINE)
_INNER_QUOTES = str.maketrans("「」", "『』")
_TOWN = regex.compile(r"^(?:.+?郡)?(.+?[市町村])(?:.+区)?([^0-9０-９\s(（]*)")


def fukui_description(facts: Facts) -> str:
    """Some sentences from name, category, address and hours."""
    where = _PREFECTURE.sub("", facts["address"])
    found = _TOWN.match(where)
    city = found[1] if found else where
    town = city + (found[2].removesuffix("第") if found else "")
    beginnings = _FUKUI_BEGINNINGS if town != city else _FUKUI_BEGINNINGS_BARE
    lines = [_choose(beginnings, facts, "where").format(city=city, town=town, kind=_kind(facts))]
    if facts["status"] == "paused":
        lines.append("もとにした一覧では休館中とされています。")
    else:
        lines[0] += _choose(_FLAVOURS[facts["category"]], facts, "flavour")
        lines.append(_hours_sentence(facts))
    if near := facts["position_of"].translate(_INNER_QUOTES):
        lines.append(f"位置はもとの一覧に載っていないため、近くの「{near}」の地点をおおよその目安にしています。")
    return "\n".join(lines)


def _hours_sentence(facts: Facts) -> str:
    """The hours and days off themselves where they are short enough to stand in a sentence."""
    hours = facts["opening_hours"]
    if not hours:
        return _choose(_WITHOUT_HOURS, facts, "hours")
    span, day_off = _SPAN.search(hours), _DAY_OFF.search(hours)
    said = [f"開いているのは{span[1]}。" if span else "", f"定休日は{day_off[1]}です。" if day_off else ""]
    if _ALWAYS_OPEN.search(hours):
        said[1] = "年中無休です。"
    return "".join(said) or _choose(_WITH_HOURS, facts, "hours")


def heritage_description(facts: Facts) -> str:
    """Two sentences from municipality, kind and designation."""
    beginning = _choose(_HERITAGE_BEGINNINGS, facts, "where")
    designation = facts["designation"]
    if not designation:
        return beginning.format(city=facts["address"], kind=_kind(facts))
    endings = _NOT_DESIGNATED if designation.startswith("未指定") else _DESIGNATED
    text = beginning + _choose(endings, facts, "designation")
    return text.format(city=facts["address"], kind=_kind(facts), designation=designation)


def tags_of(facts: Facts) -> list[str]:
    """The free words that name and designation give."""
    words = [tag for pattern, tag in _TAGS if regex.search(pattern, facts["name"])]
    designation = facts.get("designation")
    if designation is None:
        return words
    return [
        "日本遺産",
        *(tag for word, tag in _DESIGNATION_TAGS if word in designation and "未指定" not in designation),
    ]


def chance(key: str, below: int) -> int:
    """A number from 0 to `below` - 1 that looks random and is the same on every site."""
    return crc32(key.encode()) % below


def _choose(wordings: tuple[str, ...], facts: Facts, part: str) -> str:
    return wordings[chance(f"{part} {facts['external_id']}", len(wordings))]


def _kind(facts: Facts) -> str:
    name = facts["name"].casefold()
    return next((kind for pattern, kind in _KINDS if regex.search(pattern, name)), _KIND_OF_CATEGORY[facts["category"]])
