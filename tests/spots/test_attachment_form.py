"""What the form for a file says of its fields, and of a file that a refused form has lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from media_store.models import StoredObject
from spots.models import Spot
from tests.attachment_files import add, pdf
from tests.markup import Page, text_of

SignIn = Callable[[User], Client]


@pytest.fixture
def spot(hana: User, make_spot: Callable[..., Spot]) -> Spot:
    return make_spot("川の道", created_by=hana)


def _said(page: Page, field: str) -> str:
    return text_of(page.one("p", id=f"id_{field}-error"))


def test_both_fields_are_marked_as_needed_and_refused_in_the_same_words(
    hana: User, spot: Spot, sign_in: SignIn
) -> None:
    client = sign_in(hana)
    shown = Page(client.get(f"/spots/{spot.pk}/attachments/"))
    labels = [text_of(shown.one("label", **{"for": f"id_{field}"})) for field in ("title", "file")]
    assert labels == ["名前必須", "ファイル必須"]
    page = Page(client.post(f"/spots/{spot.pk}/attachments/", {"title": ""}))
    assert _said(page, "title") == _said(page, "file") == "この項目は必須です。"


@pytest.mark.parametrize("title", ["", "\u200b", "あ" * 101])
def test_a_refused_name_says_that_the_file_is_to_be_chosen_again(
    title: str, hana: User, spot: Spot, sign_in: SignIn
) -> None:
    page = Page(add(sign_in(hana), spot, pdf(), title=title))
    assert _said(page, "file") == "ファイルをもう一度選んでください。"
    assert not StoredObject.objects.exists()


def test_a_refused_file_keeps_its_own_reason(hana: User, spot: Spot, sign_in: SignIn) -> None:
    assert "もう一度選んで" not in _said(Page(add(sign_in(hana), spot, b"<html>")), "file")
