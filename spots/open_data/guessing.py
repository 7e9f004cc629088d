"""Which category a place is of, where the file does not say: by the words of its name, then by how it is protected."""

from __future__ import annotations

import unicodedata

import regex

_NAME_WORDS: dict[str, str] = {
    "nature": """山 岳 峠 滝 浜 岬 島 湖 沼 池 峡 谷 川 森 岩 桜 潟 海岸 半島 湿原 渓谷 高原 森林 松原 並木 洞窟
        鍾乳洞 棚田 展望台 砂丘 水仙ランド 東尋坊""",
    "shrine-temple": """宮 寺 院 庵 神社 神宮 大社 八幡宮 天満宮 東照宮 寺院 観音堂 薬師堂 本堂 阿弥陀堂 釈迦堂 大仏
        御坊 不動尊 稲荷 鳥居 権現 札所 社殿 本殿 三重塔 五重塔 多宝塔 山門 教会 天主堂""",
    "history": """城 跡 家 邸 宿 橋 碑 墓 門 蔵 坑 城跡 城址 遺跡 古墳 旧宅 住宅 屋敷 陣屋 関所 宿場 町並み まちなみ
        街並み 灯台 用水 疏水 トンネル 隧道 窯跡 石垣 土蔵 倉庫 砲台 鉱山 炭鉱 駅舎 校舎 貝塚 庭園 街道 石畳 一里塚
        町家""",
    "museum": """博物館 美術館 資料館 記念館 歴史館 文学館 科学館 水族館 動物園 植物園 文化館 陶芸館 工芸館 郷土館
        探遊館 展示館 民俗館 伝承館 ミュージアム ムゼウム ギャラリー""",
    "food": """食堂 レストラン レストラント ダイニング 食事処 喰い処 蕎麦 そば うどん めん房 ラーメン 寿司 鮨 割烹
        料理 居酒屋 屋台村 茶屋 焼肉 ビストロ bistro""",
    "cafe": "カフェ cafe café 喫茶 珈琲 コーヒー ソフトクリーム",
    "shop": """市場 朝市 商店街 直売所 物産 土産 ショップ shop store ストア マーケット モール 売店 菓子 本舗 酒造
        漆器 百貨店 バザール さかな街 茶舗""",
    "stay": "旅館 ホテル hotel 民宿 ペンション ゲストハウス の宿 料理宿 宿坊 コテージ ステイ ロッジ",
    "onsen": "温泉 温泉街 の湯 湯処 足湯 銭湯 スパ 浴場",
    "park": """公園 緑地 広場 遊園地 キャンプ場 スキー場 スキージャム グラウンド 運動場 プール パーク 牧場 農園
        ワールド アスレチック いちご狩り""",
    "event": "祭 踊 祭り まつり 神楽 踊り 盆踊 獅子舞 囃子 花火 太鼓 歌舞伎 田楽 行事 神事",
}
_PROTECTION_WORDS = {
    "event": "無形 無民 民俗芸能 民俗技術",
    "nature": "名勝 天然 国立公園 国定公園",
    "history": "史跡 遺跡 国宝 重文 重要文化財 有形 建造物 登録 伝建 文化的景観 産業遺産 指定文化財 陵墓 歴史",
}


def _pattern(words: str) -> regex.Pattern[str]:
    """A single letter counts at the end of a word alone: 山 in 白山 is one, in 山中節 it is not."""
    return regex.compile("|".join(rf"{word}(?=$|[\s・、])" if len(word) == 1 else word for word in words.split()))


_NAME = {slug: _pattern(words) for slug, words in _NAME_WORDS.items()}
_PROTECTION = {slug: regex.compile("|".join(words.split())) for slug, words in _PROTECTION_WORDS.items()}
_ASIDE = regex.compile(r"[（(［\[〔【<「『][^）)］\]〕】>」』]*[）)］\]〕】>」』]")
_ROADSIDE = regex.compile("道の駅|海の駅|まちの駅")


def guess_category(name: str, protection: str = "") -> str:
    """The slug of the category. A Japanese name says at its end what a thing is, so the last word found there decides.

    >>> [guess_category(name) for name in ("朝倉氏遺跡資料館", "越前大野城", "水仙の里　波の華温泉", "ラプトル")]
    ['museum', 'history', 'onsen', 'other']
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    if _ROADSIDE.search(text):
        return "shop"
    bare = _ASIDE.sub("", text).strip() or text
    # The furthest end wins; of two words with the same end the longer one (窯跡 over 跡).
    ends = [
        (word.end(), word.end() - word.start(), slug) for slug, words in _NAME.items() for word in words.finditer(bare)
    ]
    if ends:
        return max(ends)[2]
    return next((slug for slug, words in _PROTECTION.items() if words.search(protection)), "other")
