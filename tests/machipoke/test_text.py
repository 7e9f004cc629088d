"""The laws of the text normaliser: what is stored, what counts as a character, and what is the same."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable

import pytest
import regex
from django.core.exceptions import ValidationError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from machipoke.fields import VisibleLength
from machipoke.text import clean, fold, graphemes, hiragana, identity, is_blank, katakana, similarity
from spots.validators import validate_phone, validate_reading

_TROUBLE = (
    "aあか・-\u3099\u309a\u309b\u0301\u0323\u0345\u00b4\u200d\ufe0f👩🇯 \n\t\r\u3000\u00a0\u200b\ue000\u034f\u202e"
    "ｶﾞヶゝー〜ß\u1100\u1161\u11a8\u0344\ufb03\u2000\ufdfa\ud800\U000e0041\U000e0100"
)
texts = st.text(st.one_of(st.sampled_from(_TROUBLE), st.characters()), max_size=40)
several = settings(max_examples=300, deadline=None)
FORBIDDEN = regex.compile(
    r"[[\p{C}--[\n\u200D\p{Cn}]]||\p{Noncharacter_Code_Point}||[\p{Default_Ignorable_Code_Point}--[\u200D\p{Variation_Selector}]]]",
    regex.V1,
)


@several
@given(texts, st.booleans())
def test_cleaning_twice_is_cleaning_once(text: str, multiline: bool) -> None:
    assert clean(clean(text, multiline), multiline) == clean(text, multiline)


@several
@given(texts, st.booleans())
def test_clean_text_is_nfc_trimmed_and_without_forbidden_characters(text: str, multiline: bool) -> None:
    kept = clean(text, multiline)
    assert unicodedata.is_normalized("NFC", kept)
    assert FORBIDDEN.search(kept) is None
    assert kept == kept.strip()
    assert multiline or "\n" not in kept


@several
@given(texts, st.booleans())
def test_a_flood_of_marks_is_capped_at_four(text: str, multiline: bool) -> None:
    assert regex.search(r"\p{M}{5}", clean(text, multiline)) is None


@pytest.mark.parametrize("joiner", ["\u200d", "\u200d\u200d", "\u200b\u200d"])
def test_a_joiner_stays_only_inside_an_emoji(joiner: str) -> None:
    assert clean(f"a{joiner}b") == "ab"
    assert clean(f"{joiner}👩{joiner}") == "👩"
    assert clean(f"👩{joiner}🌾") in {"👩\u200d🌾", "👩🌾"}


@pytest.mark.parametrize("kept", ["👩🏽‍🌾", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇯🇵", "1️⃣", "葛󠄀城市", "辻󠄀"])
def test_emoji_and_kanji_variants_are_kept(kept: str) -> None:
    assert clean(kept) == kept


@pytest.mark.parametrize(
    "text",
    ["", " ", "\u3000", "\u200b\u202e", "\ufe0f", "\u3164", "\u115f", "\u2800\u2800", "\u3099", "\U000e0041", "\u2065"],
)
def test_text_of_which_nothing_is_seen_is_blank(text: str) -> None:
    assert is_blank(text)
    assert is_blank(f"{text}\n{text}")


@pytest.mark.parametrize("text", ["。", "a", "ー", "👩", "1", "が", "か\u3099"])
def test_a_single_visible_character_is_not_blank(text: str) -> None:
    assert not is_blank(text)


def test_a_line_keeps_single_spaces_and_prose_its_line_breaks() -> None:
    assert clean(" 桜 \t\r\n 公園 ") == "桜 公園"
    assert clean(" 一行目 \r\n\u2028二行目\x0b三行目 ", multiline=True) == "一行目\n\n二行目\n三行目"
    assert clean("東京\u3000都") == "東京\u3000都"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("か\u3099", 1),
        ("ｶﾞ", 1),
        ("👨‍👩‍👧‍👦", 1),
        ("👩🏽‍🌾", 1),
        ("🇯🇵", 1),
        ("🇯🇵🇫🇷", 2),
        ("🇯🇵🇫", 2),
        ("a🇯🇵b🇫🇷c", 5),
        ("🇯🇵\u0301", 1),
        ("1️⃣", 1),
        ("葛󠄀", 1),
        ("한", 1),
    ],
)
def test_characters_are_counted_as_people_see_them(text: str, count: int) -> None:
    assert graphemes(text) == count


@several
@given(texts)
@example("a\r\nb")
@example("\r\n\x80")
def test_the_quick_count_equals_the_slow_one(text: str) -> None:
    assert graphemes(text) == len(regex.findall(r"\X", text))


@several
@given(texts)
def test_identity_and_fold_are_final(text: str) -> None:
    assert identity(identity(text)) == identity(text)
    assert fold(fold(text)) == fold(text)
    assert fold(identity(text)) == fold(text)


@several
@given(texts, texts)
def test_one_identity_is_one_fold(one: str, other: str) -> None:
    assert identity(one) != identity(other) or fold(one) == fold(other)
    assert fold(one.upper()) == fold(one) or one.upper().lower() != one.lower()


@pytest.mark.parametrize(
    "same",
    [
        ("ＢＡＲ", "bar", "Bar"),
        ("ｶﾞｰﾃﾞﾝ", "ガーデン", "がーでん", "がーデン"),
        ("バス", "ばす", "ハ゛ス", "ハ\u3099ス", "ﾊﾞｽ"),
        ("霞ヶ関", "霞ケ関"),
        ("浜辺の濵", "濱邉の浜"),
        ("セントラル・パーク", "セントラルパーク", "セントラル パーク", "ｾﾝﾄﾗﾙ･ﾊﾟｰｸ"),
        ("A−1", "A-1", "Ａ‐１", "a1"),
        ("1〜2", "1～2", "1∼2"),
        ("Straße", "STRASSE"),
    ],
)
def test_words_that_are_one_fold_to_one(same: tuple[str, ...]) -> None:
    assert len({fold(word) for word in same}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("バス", "ハス"), ("パン", "バン"), ("ビル", "ビール"), ("病院", "美容院"), ("つき", "っき")]
)
def test_words_that_differ_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_identity_keeps_kana_and_dots_apart() -> None:
    assert identity("さくら") != identity("サクラ")
    assert identity("桜  まつり") == identity("桜\u3000まつり")


@several
@given(texts)
def test_kana_go_over_and_come_back(text: str) -> None:
    assert katakana(hiragana(katakana(text))) == katakana(text)
    assert regex.search(r"[ぁ-ゖ]", katakana(text)) is None


@several
@given(texts, texts)
def test_similarity_is_symmetric_and_one_for_the_same(one: str, other: str) -> None:
    assert similarity(one, other) == similarity(other, one)
    assert 0.0 <= similarity(one, other) <= 1.0
    assert similarity(one, one) == 1.0


_FLOODS = [
    "👩\u200d",
    "🇯",
    "\u0301",
    "\u0323\u0301",
    "\u200b",
    "\n",
    " \n",
    "\u3000 ",
    "ｶﾞ",
    "\ufdfa",
    "\ue000",
    "か\u3099",
]


@pytest.mark.parametrize("flood", _FLOODS, ids=[ascii(flood) for flood in _FLOODS])
@pytest.mark.parametrize(
    "work", [clean, is_blank, graphemes, fold, katakana, VisibleLength(80).clean], ids=lambda work: type(work).__name__
)
def test_no_input_of_200_kb_takes_more_than_linear_time(work: Callable[[str], object], flood: str) -> None:
    """Linear work takes 0.01-0.2 s here; each quadratic step found so far took over 4 s at this size."""
    text = flood * (200_000 // len(flood.encode()))
    began = time.thread_time()
    work(text)
    assert time.thread_time() - began < 1.5


@pytest.mark.parametrize(("validate", "unit"), [(validate_reading, "ア・"), (validate_phone, "0-")])
def test_validators_answer_long_input_at_once(validate: Callable[[str], None], unit: str) -> None:
    began = time.thread_time()
    validate(unit * 50_000)
    with pytest.raises(ValidationError):
        validate(unit * 50_000 + "漢")
    assert time.thread_time() - began < 1.5
