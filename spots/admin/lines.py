"""Lines of the log on the page of what they are about, each with what came of a takedown."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Q
from django.urls import reverse

from spots.admin.log import WORDS, did
from spots.models import ModerationAction
from spots.takedowns import summaries

MOST_LINES = 30
TAKES_AWAY = ("hide", "delete")
"""Verbs after which addresses are asked whether they are gone."""


class Line(NamedTuple):
    """A line of the log in words; `url` is its page, with the evidence."""

    at: Any
    who: str
    did: str
    before: str
    after: str
    reason: str
    takedown: str
    url: str


def lines_about(about: Q) -> list[Line]:
    """The newest first."""
    found = list(ModerationAction.objects.filter(about).select_related("actor")[:MOST_LINES])
    taken_away = [action.pk for action in found if action.verb in TAKES_AWAY]
    takedowns = summaries(taken_away) if taken_away else {}
    return [
        Line(
            action.created_at,
            str(action.actor) if action.actor else "退会した人",
            did(action),
            str(WORDS.get(action.before, action.before)),
            str(WORDS.get(action.after, action.after)),
            action.reason,
            str(takedowns.get(action.pk, "")),
            reverse("admin:spots_moderationaction_change", args=[action.pk]),
        )
        for action in found
    ]
