"""The corpus of attacks, typed into every field through the API: it comes back as text, on the pages too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from machipoke.text import clean
from spots.models import Report
from tests.markup import Page, goes_somewhere_odd
from tests.spots.asking import PLACE, ask
from tests.spots.test_xss import ATTACKS, HARMLESS

SignIn = Callable[[User], Client]


class Typed:
    """Rows whose every text is `text`, written by a program."""

    def __init__(self, author: Client, text: str) -> None:
        line = text[:60]
        members = dict.fromkeys(("name_en", "description", "address", "opening_hours"), text)
        self.spot = self._made(ask(author, "POST", "spots/", PLACE | members | {"name": line, "tags": [text[:30]]}))
        said = self._made(ask(author, "POST", f"spots/{self.spot['id']}/comments/", {"body": text}))
        reply = {"body": text, "parent": said["id"]}
        self.comments = [said, self._made(ask(author, "POST", f"spots/{self.spot['id']}/comments/", reply))]
        shared = {"title": line, "description": text, "visibility": "public"}
        self.saved = self._made(ask(author, "POST", "lists/", shared))
        item = {"spot": self.spot["id"], "note": text}
        self.item = self._made(ask(author, "POST", f"lists/{self.saved['id']}/items/", item))
        report = {"target": f"spot:{self.spot['id']}", "reason": "other", "text": text}
        self.receipt = self._made(ask(author, "POST", "reports/", report))["receipt"]

    def _made(self, answer: Any) -> dict[str, Any]:
        assert (answer.status_code, answer["Content-Type"]) == (201, "application/json"), answer.content.decode()
        made: dict[str, Any] = answer.json()
        return made

    def pages(self, client: Client) -> dict[str, Page]:
        """Everything public that shows some of it."""
        urls = ("/", "/spots/", f"/spots/{self.spot['id']}/", f"/lists/{self.saved['id']}/", "/lists/", "/users/hana/")
        # The rows' ids are part of addresses, never of the shape.
        return {url.replace(self.spot["id"], "").replace(self.saved["id"], ""): Page(client.get(url)) for url in urls}


@pytest.mark.parametrize("attacks", [ATTACKS[start::5] for start in range(5)])
def test_what_a_program_types_stays_text(sign_in: SignIn, client: Client, hana: User, attacks: list[str]) -> None:
    author = sign_in(hana)
    harmless = shapes(author, client, HARMLESS)
    for attack in attacks:
        attacked = shapes(author, client, attack)
        assert {url: _more(attacked[url], harmless[url]) for url in harmless} == {url: Counter() for url in harmless}


def shapes(author: Client, client: Client, text: str) -> dict[str, Counter[Any]]:
    """What the pages are made of while everything says `text`, which the API gives back as it is stored."""
    typed, prose = Typed(author, text), clean(text, multiline=True)
    assert (typed.spot["name"], typed.spot["description"]) == (clean(text[:60]), prose)
    assert typed.spot["tags"] == [clean(text[:30])]
    assert [comment["body"] for comment in typed.comments] == [prose, prose]
    assert (typed.saved["title"], typed.item["note"]) == (clean(text[:60]), clean(text))
    assert Report.objects.get(receipt=typed.receipt).text == prose
    pages = _whole(typed.pages(client))
    assert pages["/spots//"].texts("h1") == [" ".join(text[:60].split())]
    found = {url: page.shape() for url, page in pages.items()}
    assert ask(author, "DELETE", f"spots/{typed.spot['id']}/").status_code == 204
    assert ask(author, "DELETE", f"lists/{typed.saved['id']}/").status_code == 204
    return found


def _whole(pages: dict[str, Page]) -> dict[str, Page]:
    for url, page in pages.items():
        assert page.faults == [], url
        assert [address for address in page.addresses() if goes_somewhere_odd(address)] == [], url
    return pages


def _more(shape: Counter[Any], harmless: Counter[Any]) -> Counter[Any]:
    """What the attack added: line breaks are our own."""
    return Counter({part: count for part, count in (shape - harmless).items() if "br" not in str(part)})
