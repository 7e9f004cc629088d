"""The columns of 推奨データセット 観光施設一覧, and under which other names they are published.

Edition A is the order we export. Edition B (自治体標準オープンデータセット), our own export and the lists that
municipalities made up themselves are recognised by name, wherever the columns stand.
"""

from __future__ import annotations

import unicodedata

import regex

EDITION_A = (
    "都道府県コード又は市区町村コード",
    "NO",
    "都道府県名",
    "市区町村名",
    "名称",
    "名称_カナ",
    "名称_英語",
    "POIコード",
    "住所",
    "方書",
    "緯度",
    "経度",
    "利用可能曜日",
    "開始時間",
    "終了時間",
    "利用可能日時特記事項",
    "料金（基本）",
    "料金（詳細）",
    "説明",
    "説明_英語",
    "アクセス方法",
    "駐車場情報",
    "バリアフリー情報",
    "連絡先名称",
    "連絡先電話番号",
    "連絡先内線番号",
    "画像",
    "画像_ライセンス",
    "URL",
    "備考",
)
OWN = ("カテゴリ", "タグ", "状態", "出典", "外部ID", "スポットID")

SYNONYMS: dict[str, tuple[str, ...]] = {
    "name": ("名称", "施設名称", "施設名", "スポット名", "スポット名称", "観光施設名", "観光地名", "名前", "name"),
    "reading": (
        *("名称_カナ", "名称_かな", "施設名称_カナ", "施設名_カナ", "スポット名_カナ", "名称フリガナ", "名称ふりがな"),
        *("フリガナ", "ふりがな", "よみがな", "ヨミガナ", "読み", "よみ", "yomi", "kana", "reading"),
    ),
    "name_en": ("名称_英語", "施設名_英語", "英語名", "英語名称", "name_en"),
    "description": ("説明", "施設説明文", "説明文", "紹介文", "概要", "description"),
    "latitude": ("緯度", "緯度（世界測地系）", "北緯", "lat", "latitude"),
    "longitude": ("経度", "経度（世界測地系）", "東経", "lng", "lon", "long", "longitude"),
    "address": ("住所", "所在地", "所在地_連結表記", "施設所在地", "住所表記", "address", "spot"),
    "building": ("方書", "建物名等（方書）", "建物名"),
    "prefecture": ("都道府県名", "都道府県", "所在地_都道府県"),
    "municipality": ("市区町村名", "市区町村", "所在地_市区町村"),
    "town": ("所在地_町字", "町字"),
    "block": ("所在地_番地以下", "番地以下"),
    "place_code": ("所在地_全国地方公共団体コード", "municipality_code"),
    "publisher_code": (
        *("都道府県コード又は市区町村コード", "市区町村コード", "全国地方公共団体コード", "自治体コード"),
        *("地方公共団体コード", "団体コード", "都道府県コード"),
    ),
    "number": ("NO", "No.", "番号", "ID", "施設ID"),
    "parent_number": ("親番号",),
    "child_number": ("子番号",),
    "story_number": ("jhno",),
    "property_number": ("pno",),
    "hours": ("営業時間", "開館時間", "利用時間", "opening_hours"),
    "days": ("利用可能曜日", "営業日"),
    "opens": ("開始時間", "営業開始時間"),
    "closes": ("終了時間", "営業終了時間"),
    "days_off": ("定休日", "休館日", "休業日", "休日"),
    "hours_note": ("利用可能日時特記事項", "利用可能時間特記事項", "営業時間特記事項"),
    "phone": ("連絡先電話番号", "電話番号", "電話", "tel", "phone"),
    "extension": ("連絡先内線番号", "内線番号", "内線"),
    "website": ("URL", "店舗URL", "ホームページ", "ウェブサイト", "公式サイト", "HP", "website"),
    "category": ("カテゴリ", "カテゴリー", "分類", "種別", "category"),
    "tags": ("タグ", "tags"),
    "status": ("状態", "営業状態", "status"),
    "source": ("出典",),
    "external_id": ("外部ID",),
    "spot_id": ("スポットID",),
    "remarks": ("備考",),
}
"""Names of one meaning, the one that wins first when a file has several."""

_IGNORED = regex.compile(r"[\s_\-・.,:*()\[\]〔〕【】「」『』<>\p{Cf}]+")


def plain_header(header: str) -> str:
    """A heading without what publishers vary: width, case, brackets, spaces, underscores and dots.

    >>> plain_header("料金（基本）") == plain_header(" 料金(基本) "), plain_header("ＮＯ．")
    (True, 'no')
    """
    return _IGNORED.sub("", unicodedata.normalize("NFKC", header).casefold())


def locate(headers: list[str]) -> dict[str, int]:
    """Where each meaning stands in a file with these headings; those it does not have are absent."""
    places: dict[str, int] = {}
    for index, header in enumerate(map(plain_header, headers)):
        places.setdefault(header, index)
    found: dict[str, int] = {}
    for meaning, names in SYNONYMS.items():
        at = next((places[plain_header(name)] for name in names if plain_header(name) in places), None)
        if at is not None:
            found[meaning] = at
    if "story_number" in found and "status" in found:
        # 日本遺産: there `status` says how a place is protected, not whether it is open.
        found["designation"] = found.pop("status")
    return found
