"""The English catalogue without GNU gettext: what must be in it, what is, and `python -m tests.catalog` to compile it.

The compiled file is committed, for README's two commands have no step that would make it.
"""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests import architecture

PO = Path("machipoke/locale/en/LC_MESSAGES/django.po")
_MARKS = ("gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "_")
_LITERAL = r"""(u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")"""
_IN_TEMPLATE = re.compile(rf"\b(?:n?gettext)\({_LITERAL}|\bpgettext\({_LITERAL},\s*{_LITERAL}|\b_\({_LITERAL}\)")
_CONTEXT_END = "\x04"


def entries(text: str) -> dict[str, tuple[str, ...]]:
    """Translations (one, or one a plural form) by message id as compiled files have it: `context\\x04one\\0many`.

    Raises ValueError for an entry marked fuzzy. Obsolete entries (`#~`) are left out.
    """
    found = {}
    for block in re.split(r"\n\s*\n", text):
        if re.search(r"^#,.*\bfuzzy\b", block, re.M):
            raise ValueError(f"fuzzy: {block}")
        parts = _parts(block)
        if "msgid" in parts:
            context = parts["msgctxt"] + _CONTEXT_END if "msgctxt" in parts else ""
            plural = "\0" + parts["msgid_plural"] if "msgid_plural" in parts else ""
            texts = tuple(value for key, value in parts.items() if key.startswith("msgstr"))
            found[context + parts["msgid"] + plural] = texts
    return found


def _parts(block: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    key = ""
    for line in block.splitlines():
        if begun := re.match(r'(msg[a-z_]+(?:\[\d\])?)\s+(".*)', line):
            key, line = begun[1], begun[2]
            parts[key] = ""
        if line.startswith('"'):
            parts[key] += ast.literal_eval(line)
    return parts


def compiled(text: str) -> bytes:
    """The catalogue as gettext reads it (its manual, "The Format of GNU MO Files"), without the table of hashes."""
    messages = {key: "\0".join(texts) for key, texts in entries(text).items() if any(texts)}
    pairs = sorted((key.encode(), value.encode()) for key, value in messages.items())
    count, header = len(pairs), 28
    keys_at, values_at = header, header + 8 * count
    data, position = b"", header + 16 * count
    tables: tuple[list[int], list[int]] = ([], [])
    for side in (0, 1):
        for pair in pairs:
            tables[side].extend((len(pair[side]), position))
            data += pair[side] + b"\0"
            position += len(pair[side]) + 1
    numbers = [0x950412DE, 0, count, keys_at, values_at, 0, header + 16 * count, *tables[0], *tables[1]]
    return struct.pack(f"<{len(numbers)}I", *numbers) + data


def messages_in(sources: Mapping[str, str]) -> dict[str, str]:
    """Where each message of our Python files and templates stands, by its id without a plural."""
    found: dict[str, str] = {}
    for path, text in sources.items():
        if path.startswith(architecture.LAYERS) and path.endswith(".py") and "migrations" not in path.split("/"):
            found |= dict.fromkeys(_in_python(text), path)
    for path in architecture.templates(sources):
        found |= dict.fromkeys(_in_template(sources[path]), path)
    return found


def _in_python(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _MARKS and node.args:
            words = [word.value for word in node.args if isinstance(word, ast.Constant) and isinstance(word.value, str)]
            if words:
                context = "pgettext" in ast.unparse(node.func) and len(words) > 1
                yield words[0] + _CONTEXT_END + words[1] if context else words[0]


def _in_template(text: str) -> Iterator[str]:
    from django.utils.translation.template import templatize

    for plain, context, text_in_context, filtered in _IN_TEMPLATE.findall(templatize(text)):
        if context:
            yield ast.literal_eval(context) + _CONTEXT_END + ast.literal_eval(text_in_context)
        else:
            yield ast.literal_eval(plain or filtered)


if __name__ == "__main__":
    path = architecture.BASE_DIR / PO
    path.with_suffix(".mo").write_bytes(compiled(path.read_text(encoding="utf-8")))
