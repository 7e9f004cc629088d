"""Photos and files as moderators find, judge and look them up in the admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from spots.models import Attachment, Spot, SpotPhoto
from tests.markup import Page
from tests.spots.pictured import attachment_of, photo_of

pytestmark = pytest.mark.django_db

MakeSpot = Callable[..., Spot]
File = SpotPhoto | Attachment


@pytest.fixture
def moderator(mori: User, sign_in: Callable[[User], Client]) -> Client:
    return sign_in(mori)


@pytest.fixture
def park(make_spot: MakeSpot, hana: User) -> Spot:
    return make_spot("中央公園", created_by=hana)


@pytest.fixture(params=[photo_of, attachment_of], ids=["photo", "attachment"])
def file(request: pytest.FixtureRequest, park: Spot, hana: User) -> File:
    made: File = request.param(park, hana)
    return made


def list_of(file: File) -> str:
    return f"/admin/spots/{file._meta.model_name}/"


def ask(moderator: Client, verb: str, file: File, **answers: Any) -> Page:
    """The page that asks for a reason; with answers, what comes of it."""
    chosen = {"action": verb, "_selected_action": str(file.pk)}
    sent = chosen | ({"confirmed": "1"} | answers if answers else {})
    return Page(moderator.post(list_of(file), sent, follow=True))


def test_what_its_author_deleted_only_they_bring_back_and_that_is_said(
    file: File, hana: User, moderator: Client
) -> None:
    file.delete_softly(hana)
    answer = ask(moderator, "restore", file, reason="mistake")
    assert "1件：投稿した人が削除したため、元に戻せるのは本人だけです。" in answer.text
    assert "先に変わって" not in answer.text
    assert type(file).objects.get().state == "deleted"
