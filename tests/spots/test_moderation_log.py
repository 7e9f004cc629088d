"""The log of moderators is written once and never changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.test import Client

from accounts.models import MODERATORS, Notice, User
from spots.models import ModerationAction, Spot, Tag
from tests import second_factor
from tests.spots.test_admin_verbs import form_of


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


def test_a_moderators_correction_is_logged_and_its_author_told(
    make_spot: Callable[..., Spot], sign_in: Callable[[User], Client], hana: User, mori: User
) -> None:
    spot = make_spot("中央公国", created_by=hana, tags=["桜"])
    changes = {"name": "中央公園", "description": spot.description, "tags": ["桜", "夜景"]}
    assert sign_in(mori).patch(f"/api/v1/spots/{spot.pk}/", changes, "application/json").status_code == 200
    line = ModerationAction.objects.get()
    assert (line.actor, line.verb, line.reason) == (mori, "edit", "名前、タグ")
    assert (line.before, line.after) == ("版 1", "版 2")
    notice = Notice.objects.get()
    assert (notice.user, notice.kind, notice.subject, notice.reason) == (hana, "edited", "中央公園", "名前、タグ")


def test_what_was_not_changed_and_what_the_author_changed_is_no_correction(
    make_spot: Callable[..., Spot], sign_in: Callable[[User], Client], hana: User, mori: User
) -> None:
    spot = make_spot(created_by=hana)
    url = f"/api/v1/spots/{spot.pk}/"
    assert sign_in(hana).patch(url, {"name": "西公園"}, "application/json").status_code == 200
    assert sign_in(mori).patch(url, {"name": "西公園"}, "application/json").status_code == 200
    assert not ModerationAction.objects.exists()
    assert not Notice.objects.exists()


def test_the_form_of_the_admin_says_what_it_changed_too(
    make_spot: Callable[..., Spot], sign_in: Callable[[User], Client], hana: User, mori: User
) -> None:
    spot, client = make_spot("中央公国", created_by=hana), sign_in(mori)
    typed = form_of(client, spot) | {"name": "中央公園"}
    assert client.post(f"/admin/spots/spot/{spot.pk}/change/", typed).status_code == 302
    line = ModerationAction.objects.get()
    assert (line.verb, line.reason, line.before, line.after) == ("edit", "名前", "版 1", "版 2")
    assert Notice.objects.get().user == hana


def test_a_tag_that_a_moderator_corrects_leaves_a_line(sign_in: Callable[[User], Client], mori: User) -> None:
    [tag] = Tag.objects.for_names(["さくろ"])
    assert sign_in(mori).post(f"/admin/spots/tag/{tag.pk}/change/", {"name": "さくら"}).status_code == 302
    line = ModerationAction.objects.get()
    assert (line.actor, line.verb, line.target_id, line.reason) == (mori, "rename", str(tag.pk), "表記の訂正")
    assert "さくろ" not in str(vars(line))


def test_who_may_do_more_or_less_than_before_is_a_line_too(sign_in: Callable[[User], Client], hana: User) -> None:
    boss = second_factor.superuser()
    client, url = sign_in(boss), f"/admin/accounts/user/{hana.pk}/change/"
    moderators = Group.objects.get(name=MODERATORS)
    kept = {"display_name": hana.display_name, "bio": "", "is_active": "on"}
    more = kept | {"is_staff": "on", "groups": [moderators.pk]}
    assert [client.post(url, sent).status_code for sent in (more, more, kept)] == [302] * 3
    lines = ModerationAction.objects.order_by("pk")
    assert [(line.actor, line.verb, line.target_id, line.before, line.after) for line in lines] == [
        (boss, "rights", str(hana.pk), "有効", "有効・管理画面・moderators"),
        (boss, "rights", str(hana.pk), "有効・管理画面・moderators", "有効"),
    ]
