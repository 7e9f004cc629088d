"""What a spot may be, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from spots.models import Comment, ModerationAction, SavedList, Spot, StaleVersion


def test_hiragana_readings_are_stored_as_katakana(make_spot: Callable[..., Spot]) -> None:
    assert make_spot(reading="ちゅうおうこうえん").reading == "チュウオウコウエン"


def test_an_edit_on_an_old_version_is_refused_and_nothing_changes(make_spot: Callable[..., Spot]) -> None:
    spot = make_spot(name="中央公園")
    first, second = Spot.objects.get(pk=spot.pk), Spot.objects.get(pk=spot.pk)
    first.edit({"name": "新しい名前"})
    with pytest.raises(StaleVersion) as refused:
        second.edit({"name": "古い名前"})
    assert refused.value.current is not None
    assert refused.value.current.name == "新しい名前"
    assert Spot.objects.get(pk=spot.pk).version == 2


def test_hiding_tells_the_reason_and_restoring_brings_the_old_state_back(
    make_spot: Callable[..., Spot], hana: User, mori: User
) -> None:
    spot = make_spot(created_by=hana)
    spot.hide(mori, "個人の家が写っています")
    assert not Spot.objects.visible_to(None).exists()
    assert Spot.objects.visible_to(hana).get().hidden_reason == "個人の家が写っています"
    spot.restore(mori, "写真が差し替えられました")
    assert Spot.objects.visible_to(None).get().state == "published"
    assert list(ModerationAction.objects.order_by("id").values_list("verb", "before", "after")) == [
        ("hide", "published", "hidden"),
        ("restore", "hidden", "published"),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"latitude": 91.0},
        {"longitude": 180.1},
        {"latitude": float("nan")},
        {"latitude": float("inf")},
        {"latitude": True},
        {"latitude": 136.2, "longitude": 36.0},
        {"latitude": 0.0, "longitude": 0.0},
        {"name": "\u200b\u202e"},
        {"name": "あ" * 81},
        {"website": "javascript:alert(1)"},
        {"municipality_code": "182011"},
        {"hidden_gem_score": 101},
        {"reading": "漢字"},
        {"state": "secret"},
    ],
)
def test_what_a_spot_cannot_be_is_refused(make_spot: Callable[..., Spot], fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        make_spot(**fields)


def test_a_gem_score_of_zero_is_a_value(make_spot: Callable[..., Spot]) -> None:
    assert Spot.objects.get(pk=make_spot(hidden_gem_score=0).pk).hidden_gem_score == 0


def test_editing_a_draft_into_the_public_stores_when_it_was_published(
    make_spot: Callable[..., Spot], hana: User
) -> None:
    spot = make_spot(state="draft", created_by=hana)
    spot.edit({"state": "published"}, by=hana)
    assert Spot.objects.listed().get().published_at is not None


def test_an_unusable_tag_is_named_and_nothing_is_stored(make_spot: Callable[..., Spot]) -> None:
    spot = make_spot(name="中央公園")
    with pytest.raises(ValidationError) as refused:
        spot.edit({"name": "新しい名前"}, tag_names=["桜", "あ" * 31])
    assert "tags" in refused.value.message_dict
    assert Spot.objects.get().name == "中央公園"
    assert not Spot.objects.get().tags.exists()


@pytest.mark.parametrize("near", ["3_6,136", "３６,136", "1e2,136", "nan,0", " ,136", "36,136,1"])
def test_a_place_that_is_no_plain_number_is_refused(client: Client, db: None, near: str) -> None:
    assert client.get("/spots/", {"near": near}).status_code == 400


def test_a_hidden_spots_name_in_a_list_is_for_the_lists_owner(
    make_spot: Callable[..., Spot], sign_in: Callable[[User], Client], hana: User, mori: User
) -> None:
    kept = SavedList.objects.create(owner=hana, title="雪の日", visibility="public")
    spot = make_spot(name="ひみつの橋")
    kept.add(spot)
    spot.hide(mori, "個人の家です")
    assert "ひみつの橋" not in Client().get(kept.get_absolute_url()).content.decode()
    assert "ひみつの橋" in sign_in(hana).get(kept.get_absolute_url()).content.decode()


def test_what_was_hidden_before_it_was_deleted_comes_back_hidden(make_spot: Callable[..., Spot], mori: User) -> None:
    for undone_by in ("owner", "moderator"):
        spot = make_spot(state="pending")
        spot.hide(mori, "確認が要ります")
        spot.delete_softly()
        spot.undelete() if undone_by == "owner" else spot.restore(mori, "まちがえて消した")
        assert (spot.state, spot.hidden_reason) == ("hidden", "確認が要ります")
        spot.restore(mori, "確認しました")
        assert Spot.objects.get(pk=spot.pk).state == "pending"


def test_nothing_is_hidden_without_a_reason(make_spot: Callable[..., Spot], mori: User) -> None:
    with pytest.raises(ValidationError):
        make_spot().hide(mori, " \u200b")
    assert Spot.objects.listed().exists()


def test_an_address_may_be_written_in_capitals(make_spot: Callable[..., Spot]) -> None:
    assert make_spot(website="HTTPS://example.jp/").website


@pytest.mark.parametrize("change", [{"is_staff": False}, {"suspended_until": timezone.now() + timedelta(days=3)}])
def test_a_moderator_who_is_dismissed_or_suspended_sees_and_edits_like_anyone(
    make_spot: Callable[..., Spot], hana: User, mori: User, change: dict[str, object]
) -> None:
    spot = make_spot(created_by=hana, state="pending")
    User.objects.filter(pk=mori.pk).update(**change)
    now = User.objects.get(pk=mori.pk)
    assert not Spot.objects.visible_to(now).exists()
    assert not spot.is_editable_by(now)


def test_a_hidden_comment_alone_on_a_page_is_shown_to_its_author(
    make_spot: Callable[..., Spot], sign_in: Callable[[User], Client], hana: User, mori: User
) -> None:
    comment = Comment(spot=make_spot(), author=hana, body="静かな朝でした")
    comment.post()
    comment.hide(mori, "場所がちがいます")
    assert "場所がちがいます" in sign_in(hana).get(comment.spot.get_absolute_url()).content.decode()
    assert "静かな朝でした" not in Client().get(comment.spot.get_absolute_url()).content.decode()


def test_no_link_of_a_page_leads_to_a_host_named_in_its_path(client: Client, db: None) -> None:
    assert 'href="//' not in client.get("/en//evil.example/x/").content.decode()


def test_full_width_digits_are_taken_as_typed_and_stored_as_dialled(make_spot: Callable[..., Spot]) -> None:
    spot = make_spot(phone="０７７６－２０－００００", latitude="３６．０６", longitude="１３６．２２")
    assert (spot.phone, spot.latitude, spot.longitude) == ("0776-20-0000", 36.06, 136.22)
