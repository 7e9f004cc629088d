"""Names that would pass for the site, its operators or its moderators, or that mix alphabets to pass for another's.

Two names look alike when their `skeleton` is the same: a small table on top of NFKC and casefold, not Unicode's whole
list of confusables, in which 工 and エ stand beside thousands that nobody here reads. docs/security.md has the rule.
"""

from __future__ import annotations

import unicodedata

import regex
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from machipoke.text import identity, katakana

_USERNAME = regex.compile(r"[A-Za-z0-9_-]{3,30}")
_RESERVED = """
about account accounts admin administrator anonymous api credits everyone feeds guidelines help info login logout
machipoke mail me moderator moderators noreply official operator postmaster privacy root security signup staff static
support system team terms user users webmaster www 公式 管理者 運営 マチポケ マチポケ公式 退会した人
"""
RESERVED_NAMES = frozenset(identity(name) for name in _RESERVED.split())

_TITLES = """
admin administrator administrators moderator moderators official
公式 運営 運営者 管理者 管理人 モデレーター モデレータ
"""
"""What only staff may be called, alone or as a word beside others: 花（公式）, Hana admin."""

_OF_THE_SITE = """
machipoke マチポケ 退会した人 退会者 operator operators webmaster staff スタッフ system システム support サポート 事務局
team チーム 担当 担当者 アカウント account サイト site 部 係 の of the
"""
"""What makes a title together with another of these: マチポケの運営チーム, マチポケ担当者."""

_HARMLESS = "team チーム 担当 担当者 アカウント account サイト site 部 係 の of the"
"""What of those, without the others, anybody may be called."""

_LOOKS = str.maketrans(
    "асеорхуіјѕһԁԛԝѵӏвкмнтьгп" + "αβγειηκνορτυχω" + "0134589|!$@" + "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢıɑɡ",
    "aceopxyijshdqwvlbkmhtbrn" + "abyeinkvoptuxw" + "oleasbgllsa" + "abcdefghijklmnoprstuvwyziag",
)
"""Cyrillic, Greek, digits and signs, small capitals."""

_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("i", "l"))
_KANA_LOOKS = str.maketrans("口力工二八夕卜千才", "ロカエニハタトチオ", "一ー")
"""Kanji that look like kana; what looks like the long vowel's dash is left out like any dash."""

_BADGES = {
    first + at: chr(ord("a") + at)
    for first in (0x1F150, 0x1F170, 0x1F1E6)  # white on black in circles and squares, and letters of flags
    for at in range(26)
}
_ACCENTS = regex.compile(r"[\p{M}--[\u3099\u309a]]", regex.V1)
_SEPARATORS = regex.compile(r"[^\p{L}\p{M}\p{N}ー|!$@]+")


def skeleton(name: str) -> str:
    """The form in which names that a glance takes for each other are equal; "" where there is no letter.

    >>> skeleton("Аdm1n") == skeleton("admin"), skeleton("モデレ一タ一") == skeleton("ﾓﾃﾞﾚｰﾀｰ")
    (True, True)
    """
    text = identity(name.translate(_BADGES))
    text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))
    text = _SEPARATORS.sub("", katakana(text)).translate(_KANA_LOOKS).translate(_LOOKS)
    for look, letter in _PAIRS:
        text = text.replace(look, letter)
    return text


def _alternatives(*lists: str) -> str:
    words = {skeleton(word) for words in lists for word in words.split()}
    return "|".join(sorted(map(regex.escape, words), key=len, reverse=True))


_LIKE_RESERVED = frozenset(skeleton(name) for name in RESERVED_NAMES)
_LIKE_HARMLESS = regex.compile(rf"(?:{_alternatives(_HARMLESS)})+")
_LIKE_TITLE = regex.compile(rf"(?:{_alternatives(_TITLES)})+")
_LIKE_THE_SITE = regex.compile(rf"(?:{_alternatives(_TITLES, _OF_THE_SITE)})+")


def validate_username(value: str) -> None:
    """Raise unless `value` is 3-30 of a-z A-Z 0-9 _ - and neither reserved nor like a reserved name."""
    if identity(value) in RESERVED_NAMES:
        raise ValidationError(_("この名前は使えません。ほかの名前にしてください。"), code="reserved")
    if not _USERNAME.fullmatch(value):
        raise ValidationError(_("ユーザー名は英数字と _ - の 3〜30 文字にしてください。"), code="invalid")
    if skeleton(value) in _LIKE_RESERVED or _passes_for_the_site(value):
        raise ValidationError(_("この名前は使えません。ほかの名前にしてください。"), code="reserved")


def validate_display_name(value: str, is_staff: bool = False) -> None:
    """Raise for a name that passes for the site's or for a moderator's, unless of staff, or that mixes alphabets.

    People share names, so one that somebody else has passes.
    """
    if _alphabets(value) > 1:
        raise ValidationError(_("ちがう種類のアルファベットを混ぜた名前は使えません。"), code="mixed")
    if not is_staff and _passes_for_the_site(value):
        raise ValidationError(_("運営やモデレーターとまぎらわしい名前は使えません。"), code="reserved")


def _passes_for_the_site(name: str) -> bool:
    whole = skeleton(name)
    if _LIKE_THE_SITE.fullmatch(whole) and not _LIKE_HARMLESS.fullmatch(whole):
        return True
    return any(_LIKE_TITLE.fullmatch(skeleton(word)) for word in _SEPARATORS.split(identity(name)) if word)


_WITH_ANY_ALPHABET = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\p{Common}\p{Inherited}]+")
"""Scripts that are written beside Latin letters, and look like none of them."""

_ALPHABETS = [regex.compile(rf"\p{{{name}}}") for name in ("Latin", "Cyrillic", "Greek")]


def _alphabets(name: str) -> int:
    """How many alphabets the name is written in; all but the three usual ones count as one more."""
    letters = _WITH_ANY_ALPHABET.sub("", unicodedata.normalize("NFKC", name))
    found = [alphabet.sub("", letters) != letters for alphabet in _ALPHABETS]
    for alphabet in _ALPHABETS:
        letters = alphabet.sub("", letters)
    return sum(found) + bool(letters)
