"""English is complete, and the committed catalogue is what its source says; both without GNU gettext."""

from __future__ import annotations

import gettext
import io

import pytest

from tests import architecture, catalog

SAMPLE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

#: spots/views/spot.py
msgid "さがす"
msgstr "Se"
"arch"

msgctxt "verb"
msgid "開く"
msgstr "Open"

msgid "%d分前"
msgid_plural "%d分前"
msgstr[0] "a minute ago"
msgstr[1] "%d minutes ago"

#~ msgid "古い"
#~ msgstr "old"
"""


@pytest.fixture(scope="module")
def po() -> str:
    return (architecture.BASE_DIR / catalog.PO).read_text(encoding="utf-8")


def test_every_message_has_its_english(po: str) -> None:
    known = {key.partition("\0")[0] for key, texts in catalog.entries(po).items() if all(texts)}
    wanted = catalog.messages_in(architecture.of_repository())
    assert len(wanted) > 100
    assert {message: path for message, path in wanted.items() if message not in known} == {}


def test_no_entry_is_empty_or_unsure(po: str) -> None:
    assert [key for key, texts in catalog.entries(po).items() if not all(texts)] == []


def test_the_committed_catalogue_is_in_step(po: str) -> None:
    path = (architecture.BASE_DIR / catalog.PO).with_suffix(".mo")
    with path.open("rb") as committed:
        assert read(committed) == read(io.BytesIO(catalog.compiled(po))), "run python -m tests.catalog"


def read(file: object) -> dict[object, str]:
    """What Python's own reader makes of a compiled catalogue."""
    translations: dict[object, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[arg-type, attr-defined]
    return translations


def test_a_compiled_catalogue_is_read_back() -> None:
    translations = gettext.GNUTranslations(io.BytesIO(catalog.compiled(SAMPLE)))
    assert translations.gettext("さがす") == "Search"
    assert translations.pgettext("verb", "開く") == "Open"
    assert translations.ngettext("%d分前", "%d分前", 1) == "a minute ago"
    assert translations.ngettext("%d分前", "%d分前", 3) == "%d minutes ago"
    assert translations.gettext("古い") == "古い"


def test_an_unsure_entry_is_refused() -> None:
    with pytest.raises(ValueError, match="fuzzy"):
        catalog.entries(SAMPLE + '\n#, fuzzy\nmsgid "駅"\nmsgstr "?"\n')


def test_messages_are_found_in_python_and_templates() -> None:
    sources = {
        "spots/planted.py": "_('一')\nngettext('二', '二つ', n)\npgettext('c', '三')\n",
        "templates/planted.html": '{% load i18n %}{% trans "四" %}{% blocktranslate %}五 {{ x }}{% endblocktranslate %}'
        '{% include "x" with a=_("六") only %}{% translate "七" context "c" %}',
        "tests/planted.py": "_('八')",
    }
    assert set(catalog.messages_in(sources)) == {"一", "二", "c\x04三", "四", "五 %(x)s", "六", "c\x04七"}
