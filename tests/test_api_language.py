"""Whatever is wrong with what was sent, the API says it in the reader's language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import User
from tests import fuzzing

JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")

WRONG: list[Any] = [None, "zz", "", "あ" * 5000, 5, -1, 2**40, 0.5, True, {}, [], [None], ["zz"], ["zz"] * 101]
"""One of these is wrong for every member there is."""

BODIES = [b"", b"{", b"[]", b'"a"', b"\xff", b'{"a": NaN}']


class Door:
    """One operation of the schema, at an address where something is."""

    def __init__(self, method: str, path: str, described: dict[str, Any], town: fuzzing.Town) -> None:
        self.method = method.upper()
        self.address = path
        for begin, parameter, id_ in town.paths:
            if path.startswith(begin):
                self.address = self.address.replace(f"{{{parameter}}}", id_)
        self._queries = [one["name"] for one in described.get("parameters", []) if one["in"] == "query"]
        self._body = described.get("requestBody", {}).get("content", {})

    def ask(self, client: Client, schemas: dict[str, Any]) -> Iterator[Any]:
        """The answers to everything wrong."""
        yield from (self._asked(client, b"", "application/json", f"?{name}=zz") for name in [*self._queries, "zz"])
        for kind, described in self._body.items():
            names = _members(described["schema"], schemas)
            if kind == "application/json":
                bodies = [json.dumps(dict.fromkeys(names, value)).encode() for value in WRONG]
                yield from (self._asked(client, body, kind) for body in [*bodies, *BODIES, b'{"zz": 1}'])
            else:
                forms = [dict.fromkeys(names, value) for value in ("", "zz", "あ" * 2000)]
                packed = [encode_multipart(BOUNDARY, form) for form in [*forms, {"zz": "zz"}]]
                yield from (self._asked(client, body, MULTIPART_CONTENT) for body in [*packed, b"", b"zz"])
            yield self._asked(client, b"zz", "text/plain")

    def _asked(self, client: Client, body: bytes, kind: str, query: str = "") -> Any:
        with fuzzing.undone():
            return client.generic(self.method, self.address + query, body, kind)


def _members(schema: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return [name for name, member in schema["properties"].items() if not member.get("readOnly")]


@pytest.fixture
def doors(hana: User, ren: User, client: Client, settings: Any) -> dict[str, list[Door]]:
    """All doors by method."""
    settings.RATELIMIT_ENABLE = False
    town, found = fuzzing.build(hana, ren), dict[str, list[Door]]()
    for path, methods in client.get("/api/schema/").json()["paths"].items():
        for method, described in methods.items():
            found.setdefault(method, []).append(Door(method, path, described, town))
    return found


@pytest.mark.parametrize("method", ["get", "post", "patch", "put", "delete"])
def test_every_refusal_is_in_japanese(
    method: str, doors: dict[str, list[Door]], hana: User, client: Client, sign_in: Any
) -> None:
    schemas = client.get("/api/schema/").json()["components"]["schemas"]
    foreign, count = set(), 0
    for door in doors[method]:
        browser = sign_in(hana)
        for answer in door.ask(browser, schemas):
            if answer.status_code < 400:
                continue
            told = answer.json()
            words = [told["detail"], *(fault["detail"] for fault in told["errors"])]
            count += len(words)
            foreign |= {f"{method} {door.address} {word}" for word in words if not JAPANESE.search(word)}
    assert count > 10
    assert not foreign
