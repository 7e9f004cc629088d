"""Typed text stays text on the pages of lists, saves and profiles: test_xss.py's corpus in each of their fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Comment, Draft, SavedItem, SavedList, Spot
from tests.markup import Page, goes_somewhere_odd
from tests.spots.test_xss import HARMLESS, PAIRS, Stage


@pytest.fixture
def owned(make_spot: Callable[..., Spot], hana: User, ren: User) -> Stage:
    """The stage, and of hana's a spot she deleted, one that was deleted for her, comments with reasons, a draft."""
    stage = Stage(make_spot(created_by=ren), hana)
    for _ in range(2):
        make_spot(created_by=hana, state="deleted", deleted_at=timezone.now())
    for state in ("hidden", "deleted"):
        Comment.objects.create(spot=stage.spot, author=hana, body="x", state=state, hidden_reason="x")
    Draft(owner=hana, typed="name=x").keep()
    SavedList.objects.create(owner=hana, title="x", is_default=True)
    return stage


def say(stage: Stage, text: str) -> None:
    stage.say(text)
    Draft.objects.update(typed=f"name={quote(text)}")
    first = Spot.objects.filter(state="deleted").order_by("pk")[:1]
    Spot.objects.filter(pk__in=list(first.values_list("pk", flat=True))).update(deletion_reason=text)


def pages(stage: Stage, client: Client, owner: Client, text: str) -> dict[str, Page]:
    """Every page of this part, shown and refused."""
    say(stage, text)
    stage.list.refresh_from_db()
    here, saves, profile = f"/lists/{stage.list.pk}/", f"/spots/{stage.spot.pk}/saves/", "/users/hana/"
    note_url = f"{here}items/{SavedItem.objects.filter(spot=stage.spot).get().pk}/"
    typed = {"title": text + "長" * 61, "description": text, "visibility": text}
    other = {"title": f"{text[:50]}1", "description": f"{text}1", "version": "0"}
    answers = {
        "own list": owner.get(here),
        "note refused": owner.post(note_url, {"action": "note", "note": text + "長" * 201}),
        "form": owner.get(f"{here}edit/"),
        "refused": owner.post("/lists/new/", typed),
        "conflict": owner.post(f"{here}edit/", other),
        "delete": owner.get(f"{here}delete/"),
        "picker": owner.get(saves),
        "picker refused": owner.post(saves, {"choose": "1", "note": text + "長" * 201, "list": text} | typed),
        "pocket": owner.get("/lists/"),
        **{
            f"{name}{show}": who.get(profile + show)
            for name, who in {"own": owner, "their": client}.items()
            for show in ("", "?show=lists", "?show=comments")
        },
    }
    with_item = SavedItem.objects.create(saved_list=stage.list, spot=None, spot_name="x", note="x", position=9)
    SavedItem.objects.filter(pk=with_item.pk).update(spot_name=text)
    SavedList.objects.filter(pk=stage.list.pk).update(item_count=3)
    answers["removed"] = owner.post(f"{here}items/{with_item.pk}/", {"action": "remove"}, follow=True)
    saved = owner.post(saves, {"list": str(SavedList.objects.get(is_default=True).pk)}, follow=True)
    SavedItem.objects.filter(saved_list__is_default=True).delete()
    return {what: Page(answer) for what, answer in (answers | {"saved": saved}).items()}


@pytest.mark.parametrize("attacks", [PAIRS[start::5] for start in range(5)])
def test_text_adds_no_element_no_attribute_and_no_running_link(
    owned: Stage, client: Client, sign_in: Callable[[User], Client], hana: User, attacks: list[str]
) -> None:
    owner = sign_in(hana)
    harmless = shapes(pages(owned, client, owner, HARMLESS))
    assert len(harmless) == 17
    for attack in attacks:
        attacked = shapes(pages(owned, client, owner, attack))
        assert {what: attacked[what] - harmless[what] for what in harmless if attacked[what] != harmless[what]} == {}


def shapes(found: dict[str, Page]) -> dict[str, Counter[Any]]:
    for what, page in found.items():
        assert page.response.status_code in (200, 400, 409), what
        assert [a for a in page.addresses() if goes_somewhere_odd(a)] == [], what
        assert page.faults == [], what
    return {what: page.shape() for what, page in found.items()}
