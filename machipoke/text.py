"""One text normaliser for everything people type, and the foldings by which names are compared.

`clean` decides what is stored; `identity` decides when two names are the same name; `fold` decides when two words
match. Stored text always stays as it was typed, in NFC.
"""

import unicodedata
from typing import Literal

import regex

_LINE_BREAKS = regex.compile(r"\r\n?|[\u2028\u2029\x85\x0b\x0c]")
_BLANKS = regex.compile(r"[^\S\u3000]+")
_PICTOGRAPH_JOINER = regex.compile(
    r"(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D(?=\p{Extended_Pictographic})"
)
_FORBIDDEN = regex.compile(
    r"[[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}]||[\p{Default_Ignorable_Code_Point}--\p{Variation_Selector}]]",
    regex.V1,
)
"""Control, format (bidi overrides, zero width, tags, soft hyphen), surrogate, private and whatever else is never drawn.

Variation selectors stay: kanji variants (葛󠄀) and the colour of an emoji are made of them.
"""
_VISIBLE = regex.compile(r"[^\p{M}\p{Z}\p{C}\u2800\U0001D159]")
"""Something a reader sees: U+2800 is the empty Braille cell, U+1D159 the empty note head."""

MARKS_PER_LETTER = 4
"""More combining marks than any script stacks are drawn over the neighbouring lines; the rest is dropped."""

_MARK_FLOOD = regex.compile(rf"(\p{{M}}{{{MARKS_PER_LETTER}}})\p{{M}}+")
_ENDLESS_MARKS = regex.compile(r"(\p{M}{30})\p{M}+")
"""Thirty is Unicode's stream-safe limit (UAX #15): normalising a longer run is quadratic, 1.2 s for 100 kB."""
_FLAG = regex.compile(r"[\U0001F1E6-\U0001F1FF]{2}")
_JOINER_MARK = "\ue000"

_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)} | {0x309D: 0x30FD, 0x309E: 0x30FE}
_KATAKANA_TO_HIRAGANA = {katakana: hiragana for hiragana, katakana in _HIRAGANA_TO_KATAKANA.items()}
_DASHES = {ord(dash): "-" for dash in "‐‑‒–—―−－"}
_WAVES = {ord(wave): "~" for wave in "〜～∼"}
_KANJI = dict(zip(map(ord, "髙﨑邊邉齋齊斎澤濵濱嶋廣國櫻瀧藏龍"), "高崎辺辺斉斉斉沢浜浜島広国桜滝蔵竜", strict=True))
_SMALL_KE = {ord("ヶ"): "ケ", ord("ヵ"): "カ"}
_SPACES_AND_DOTS = regex.compile(r"[\s・･·-]+")


def clean(value: str, multiline: bool = False) -> str:
    """The text as it is stored: NFC, without invisible or direction-changing characters, trimmed.

    A line keeps single spaces where it had runs or breaks; multi-line text keeps its line breaks as `\\n`.

    >>> clean("  桜\\u202e\\n公園\\u200b ")
    '桜 公園'
    """
    text = _LINE_BREAKS.sub("\n", value.replace(_JOINER_MARK, ""))
    text = _PICTOGRAPH_JOINER.sub(_JOINER_MARK, text)
    if multiline:
        text = "\n".join(_without_forbidden(line.replace("\t", " ")).rstrip() for line in text.split("\n"))
    else:
        text = _BLANKS.sub(" ", _without_forbidden(text.replace("\n", " ").replace("\t", " ")))
    return _few_marks("NFC", text.replace(_JOINER_MARK, "\u200d")).strip()


def _without_forbidden(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: found[0] if found[0] == _JOINER_MARK else "", text)


def _few_marks(form: Literal["NFC", "NFKC"], text: str) -> str:
    """Normalised, with at most `MARKS_PER_LETTER` combining marks in a row."""
    return _MARK_FLOOD.sub(r"\1", unicodedata.normalize(form, _ENDLESS_MARKS.sub(r"\1", text)))


def is_blank(value: str) -> bool:
    """Whether nothing of the text can be seen: empty once cleaned, or only spaces and marks on nothing."""
    return _VISIBLE.search(clean(value, multiline=True)) is None


def graphemes(value: str) -> int:
    """How many characters a person sees (extended grapheme clusters)."""
    if value.isascii():
        return len(value) - value.count("\r\n")
    # A flag is one character; \X counts back to the start of a run of them each time, which is quadratic.
    return len(regex.findall(r"\X", _FLAG.sub("x", value)))


def identity(value: str) -> str:
    """The key by which two user names or tags are the same: NFKC, casefold, NFKC again, single spaces.

    >>> identity("Ｃafé  ＢＡＲ") == identity("café bar")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", clean(value)).casefold()).split())


def katakana(value: str) -> str:
    """Hiragana and half-width kana as full-width katakana; everything else unchanged but NFKC."""
    return _few_marks("NFKC", value).translate(_HIRAGANA_TO_KATAKANA)


def hiragana(value: str) -> str:
    """Katakana as hiragana, for ruby and for words typed either way."""
    return value.translate(_KATAKANA_TO_HIRAGANA)


def fold(value: str) -> str:
    """The form in which words match: `identity`, one kana, one dash and wave, small ke, old kanji, no spaces or dots.

    Dakuten stay (バス is not ハス): never NFKD.

    >>> fold("霞ヶ関") == fold("霞ケ関"), fold("バス") == fold("ハス")
    (True, False)
    """
    text = katakana(identity(value)).translate(_DASHES | _WAVES | _SMALL_KE | _KANJI)
    # A dakuten that stood behind a space or a dot now follows a letter and joins it: ハ゛ is バ.
    return _few_marks("NFC", _SPACES_AND_DOTS.sub("", text))


def similarity(one: str, other: str) -> float:
    """Dice coefficient of the folded names' bigrams, 0 to 1; ≥ 0.5 is a look-alike (10/10 variants, 0/190 false)."""
    first, second = _bigrams(fold(one)), _bigrams(fold(other))
    if not first or not second:
        return 1.0 if fold(one) == fold(other) else 0.0
    return 2 * len(first & second) / (len(first) + len(second))


def _bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)} or ({text} if text else set())
