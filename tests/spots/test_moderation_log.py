"""The log of moderators is written once and never changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from accounts.models import User
from spots.models import ModerationAction, Spot


@pytest.fixture
def line(make_spot: Callable[..., Spot], mori: User) -> ModerationAction:
    make_spot().hide(mori, "個人の家が写っています")
    return ModerationAction.objects.get()


CHANGES: dict[str, Callable[[ModerationAction], object]] = {
    "save": lambda line: line.save(),
    "delete": lambda line: line.delete(),
    "update": lambda _line: ModerationAction.objects.update(reason="x"),
    "filtered update": lambda line: ModerationAction.objects.filter(pk=line.pk).update(reason="x"),
    "delete of all": lambda _line: ModerationAction.objects.all().delete(),
    "bulk_update": lambda line: ModerationAction.objects.bulk_update([line], ["reason"]),
    "update_or_create": lambda line: ModerationAction.objects.update_or_create({"reason": "x"}, pk=line.pk),
    "bulk_create over a line": lambda line: ModerationAction.objects.bulk_create(
        [ModerationAction(pk=line.pk, verb="x")], update_conflicts=True, update_fields=["verb"], unique_fields=["id"]
    ),
    "related update": lambda line: line.actor and line.actor.moderation_actions.update(reason="x"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_line_can_be_changed_or_removed(
    line: ModerationAction, change: Callable[[ModerationAction], object]
) -> None:
    with pytest.raises(TypeError, match="append-only"):
        change(line)
    assert ModerationAction.objects.values().get() == ModerationAction.objects.filter(verb="hide").values().get()


def test_a_chosen_key_cannot_overwrite_a_line(line: ModerationAction) -> None:
    with pytest.raises(IntegrityError):
        ModerationAction(pk=line.pk, verb="x").save()


def test_lines_outlive_the_account_of_who_wrote_them(line: ModerationAction, mori: User) -> None:
    mori.delete()
    kept = ModerationAction.objects.get(pk=line.pk)
    assert (kept.actor, kept.reason) == (None, "個人の家が写っています")


def test_lines_are_appended_one_by_one_and_in_bulk(line: ModerationAction) -> None:
    ModerationAction.objects.bulk_create([ModerationAction(verb="note", target_kind="spot", target_id="1")])
    ModerationAction.objects.bulk_create(ModerationAction(verb=verb, target_id="1") for verb in ("one", "two"))
    assert ModerationAction.objects.count() == 4
