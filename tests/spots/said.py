"""Saying something under a spot, by the model and through the site's door."""

from __future__ import annotations

from typing import Any

from django.test import Client

from accounts.models import User
from spots.models import Comment, Spot
from tests.markup import Page


def said(spot: Spot, author: User, body: str = "静かな朝でした", **fields: Any) -> Comment:
    comment = Comment(spot=spot, author=author, body=body, **fields)
    comment.post()
    return comment


def write(client: Client, spot: Spot, body: str = "静かな朝でした", **more: Any) -> Any:
    return client.post(f"/spots/{spot.pk}/comments/", {"body": body} | more)


def box(page: Page) -> str:
    """What stands in the field."""
    return (page.one("textarea", name="body").text or "").removeprefix("\n")
