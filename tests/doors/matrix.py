"""Trying one door: what somebody is answered, what was stored, and the table of what is expected."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from django.core.cache import caches
from django.db import connection, transaction
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import User
from tests.doors import bodies, town
from tests.doors.routes import filled, subject_of
from tests.doors.town import PEOPLE, SEEN, Town
from tests.markup import without_tokens
from tests.rows import every_row

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
COLUMNS = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""HEAD is answered as GET, always."""

TABLE = Path(__file__).with_name("expectations.txt")
NAMES = {"n": "ren", "o": "hana", "s": "hana", "m": "mori", **town.STAFF}
SUSPENDED = ("s", "suspended")
SESSIONS = "django_session"
"""What a signed-out person typed waits there; it is nobody's row."""

_VARIES = ("X-Request-ID", "Content-Length", "Expires", "RateLimit-Reset")
"""A number, a length of an address, and what counts seconds."""

Codes = dict[str, str]
"""By letter of a person: the status, or `in` for "sign in first"."""


class Door(NamedTuple):
    """A route, a row behind it, and how it is tried."""

    route: str
    state: str
    method: str

    @property
    def subject(self) -> str:
        return subject_of(self.route)


@dataclass(frozen=True)
class Tried:
    """What came of it; `has_written` is about rows that were there before, or are there after."""

    response: Any
    has_written: bool
    queries: int

    @property
    def code(self) -> str:
        to_sign_in = self.response.status_code == 302 and "/accounts/login/?next=" in self.response["Location"]
        return "in" if to_sign_in else str(self.response.status_code)

    @property
    def is_refused(self) -> bool:
        return self.code == "in" or self.response.status_code >= 400


class Trial:
    """Tries doors of one town, each in a transaction that is rolled back."""

    def __init__(self, built: Town) -> None:
        self.town = built
        self._rows = {is_suspended: self._rows_when(is_suspended) for is_suspended in (False, True)}

    def _rows_when(self, is_suspended: bool) -> dict[str, list[str]]:
        with transaction.atomic():
            if is_suspended:
                town.suspend(self.town)
            rows = every_row(SESSIONS)
            transaction.set_rollback(True)
        return rows

    def tried(self, door: Door, who: str, is_there: bool = True, **more: Any) -> Tried:
        """The answer to that person; not `is_there`: of an address like it where no row is; `more` as in `_sent`."""
        for alias in ("default", "limits", "sessions"):
            caches[alias].clear()
        with transaction.atomic():
            if who in SUSPENDED:
                town.suspend(self.town)
            seen = Writes()
            with connection.execute_wrapper(seen):
                response = self._sent(door, who, is_there, **more)
            has_written = seen.any and every_row(SESSIONS) != self._rows[who in SUSPENDED]
            transaction.set_rollback(True)
        return Tried(response, has_written, seen.count)

    def _sent(
        self,
        door: Door,
        who: str,
        is_there: bool,
        before: str = "",
        headers: dict[str, str] | None = None,
        more: dict[str, str] | None = None,
    ) -> Any:
        """`before` the address `/en`; with those headers; `more` in a form."""
        values = self.values(door, is_there)
        path = before + filled(door.route, values) + bodies.QUERIES.get(door.route, "")
        body, media_type = self._body(door, values, who)
        if more and isinstance(body, str) and media_type.endswith("urlencoded"):
            body = "&".join(filter(None, (body, urlencode(more))))
        headers = {"x-csrftoken": town.CSRF, **(headers or {})}
        response: Any = self.town.browser(who).generic(door.method, path, body, media_type, headers=headers)
        if response.streaming:
            list(response.streaming_content)  # a file, which is closed at its end
        return response

    def _body(self, door: Door, values: dict[str, Any], who: str) -> tuple[str | bytes, str]:
        if (fields := bodies.FILES.get((door.method, door.route))) is not None:
            sent = {name: bodies.upload(value) if name.startswith("file") else value for name, value in fields.items()}
            return encode_multipart(BOUNDARY, sent), MULTIPART_CONTENT
        name = NAMES.get(who, "hana")
        person = User.objects.get(username=name)
        more = {"password": bodies.OWN_PASSWORDS[name], "profile": person.profile_version}
        if door.route.startswith("/api/"):
            body = bodies.JSON.get((door.method, door.route))
            text = "" if body is None else json.dumps(bodies.filled(body, values | more))
            return text, "application/json"
        form = bodies.FORMS.get(door.route, {}) if door.method == "POST" else {}
        return urlencode(bodies.filled(form, values | more)), "application/x-www-form-urlencoded"

    def values(self, door: Door, is_there: bool = True) -> dict[str, Any]:
        """What stands in the brackets of the address."""
        own = self.town.values[door.subject, door.state]
        if not is_there:
            own = town.nothing_like(own, door.subject, door.state)
        common = self.town.common
        model = door.route.split("/")[3] if door.route.startswith("/admin/") and "object_id" in door.route else ""
        return common | ({"object_id": common[model]} if model in common else {}) | own

    def told(self, door: Door, response: Any, is_there: bool) -> tuple[int, dict[str, str], bytes]:
        """Everything of an answer, without what differs each time and what names the row that was asked for."""
        own, none = self.values(door), self.values(door, is_there=False)
        # A number may stand anywhere on a page; what is not seen is named by longer things.
        pairs = [(str(own[name]), str(none[name])) for name in own if own[name] != none[name]]
        texts = {pair if len(pair[0]) > 3 else (f"/{pair[0]}/", f"/{pair[1]}/") for pair in pairs}
        swaps = [] if not is_there else [*texts, *((quote(one), quote(other)) for one, other in texts)]
        body = re.sub(rb'"request_id": ?"[^"]*"', b"", without_tokens(response))
        headers = {n: v for n, v in response.headers.items() if n not in _VARIES}
        for one, other in swaps:
            body = body.replace(one.encode(), other.encode())
            headers = {name: value.replace(one, other) for name, value in headers.items()}
        return response.status_code, headers, body


class Writes:
    """Counts what the database is asked, and listens for statements that store something."""

    any = False
    count = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        self.any = self.any or sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
        return execute(sql, params, many, context)


# --- the table ---


def wrong(trial: Trial, who: str, should: dict[Door, str]) -> list[str]:
    """The doors at which `who` is answered otherwise than they should be, or refused and yet has changed a row."""
    found = []
    for door, code in should.items():
        one = trial.tried(door, who)
        if one.code != code or (one.is_refused and one.has_written):
            found.append(f"{door.method} {door.route} {door.state}: {one.code}, not {code}")
    return found


def expected(text: str) -> dict[Door, Codes]:
    """The table by door; raises ValueError for a line that says something twice."""
    found: dict[Door, Codes] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        route, states, *cells = line.split()
        for state in SEEN[subject_of(route)] if states == "*" else states.split(","):
            for number, method in enumerate(COLUMNS):
                door = Door(route, state, method)
                if door in found:
                    raise ValueError(f"twice in the table: {route} {state}")
                found[door] = read(cells[min(number, len(cells) - 1)])
    return found


def read(cell: str) -> Codes:
    """`osm=200,404`: 200 for the owner, suspended or not, and moderators; 404 for the rest."""
    *named, rest = cell.split(",")
    codes = dict.fromkeys(PEOPLE, rest)
    for part in named:
        letters, code = part.split("=")
        codes |= dict.fromkeys(letters, code)
    return codes


def written(codes: Codes) -> str:
    """The shortest cell that says this."""
    rest = Counter(codes.values()).most_common(1)[0][0]
    others = dict.fromkeys(code for code in codes.values() if code != rest)
    parts = ["".join(who for who in PEOPLE if codes[who] == code) + f"={code}" for code in others]
    return ",".join([*parts, rest])


def line_of(route: str, states: str, cells: list[str]) -> str:
    """A line of the table."""
    while len(cells) > 1 and cells[-1] == cells[-2]:
        cells = cells[:-1]
    return f"{route}  {states}  {'  '.join(cells)}"
