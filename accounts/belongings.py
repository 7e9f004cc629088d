"""What belongs to a person, as the apps that hold it tell: what a copy of it says, and what goes with the account.

`accounts` knows none of the apps above it; each registers its own when it starts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext

from accounts.models import User
from media_store.models import StoredObject

Row = dict[str, Any]


class Belonging(NamedTuple):
    """One file of a copy. `models` are the labels of what it tells of; `about` says it in Japanese.

    `rows` come from an iterator, so that a copy of a hundred thousand takes no more memory than one of ten. `table` is
    the text of the same as a CSV file, a piece at a time. `files` are objects that go along, by their name in the copy.
    """

    name: str
    about: str
    models: tuple[str, ...]
    rows: Callable[[User], Iterable[Row]]
    table: Callable[[User], Iterator[str]] | None = None
    files: Callable[[User], Iterator[tuple[str, StoredObject]]] | None = None

    @property
    def words(self) -> str:
        """`about` in the language of the page."""
        return gettext(self.about)

    @property
    def has_table(self) -> bool:
        """For templates, which call what they can."""
        return self.table is not None

    @property
    def has_files(self) -> bool:
        """For templates too."""
        return self.files is not None

    def json(self, person: User) -> Iterator[str]:
        """The rows as a JSON array, a row a line."""
        before = "["
        for row in self.rows(person):
            yield f"{before}\n{json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)}"
            before = ","
        yield "[]\n" if before == "[" else "\n]\n"


Eraser = Callable[[User, bool], None]
"""Takes what is a person's out of an app, inside the transaction in which the account goes; True: their posts stay."""

_belongings: dict[str, Belonging] = {}
_erasers: list[Eraser] = []
_left_out: dict[str, str] = {}


def register(*belongings: Belonging) -> None:
    """Have these in every copy."""
    _belongings.update({belonging.name: belonging for belonging in belongings})


def leave_out(label: str, why: str) -> None:
    """Say why rows of a model that point to people are in no copy."""
    _left_out[label] = why


def erase_by(eraser: Eraser) -> None:
    """Have this called for everyone who leaves."""
    if eraser not in _erasers:
        _erasers.append(eraser)


def belongings() -> list[Belonging]:
    """The account's own first, whichever app started first."""
    return sorted(_belongings.values(), key=lambda belonging: not belonging.rows.__module__.startswith("accounts."))


def erasers() -> list[Eraser]:
    return list(_erasers)


def left_out() -> dict[str, str]:
    """The reasons by label."""
    return dict(_left_out)
