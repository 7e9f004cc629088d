"""Photos and attachments that moderators take away and show again: who is told, what is refused, who forgets what."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Notice, User
from media_store import variant_files
from media_store.models import RefusedPicture, StoredObject, Withdrawal
from media_store.refusal import UploadRefused
from media_store.uploads import take_photo
from spots.models import Attachment, ModerationAction, Spot, SpotPhoto
from tests import pictures
from tests.spots.pictured import attachment_of, avatar_of, photo_of

MakeSpot = Callable[..., Spot]

pytestmark = pytest.mark.django_db


@pytest.fixture
def park(make_spot: MakeSpot, hana: User) -> Spot:
    return make_spot("中央公園", created_by=hana)


@pytest.fixture
def photo(park: Spot, hana: User) -> SpotPhoto:
    return photo_of(park, hana, caption="椿の道")


@pytest.fixture(params=[photo_of, attachment_of], ids=["photo", "attachment"])
def file(request: pytest.FixtureRequest, park: Spot, hana: User) -> SpotPhoto | Attachment:
    made: SpotPhoto | Attachment = request.param(park, hana)
    return made


def seen_by(viewer: User | None, file: Any) -> bool:
    return bool(type(file).objects.visible_to(viewer).filter(pk=file.pk).exists())


def test_hidden_is_for_the_spots_author_and_moderators(file: Any, hana: User, ren: User, mori: User) -> None:
    assert file.hide(mori, "個人の家が写っている")
    assert [seen_by(one, file) for one in (None, ren, hana, mori)] == [False, False, True, True]
    file.refresh_from_db()
    assert (file.state, file.hidden_reason) == ("hidden", "個人の家が写っている")
    assert file.restore(mori, "直された")
    assert seen_by(None, file)
    file.refresh_from_db()
    assert file.hidden_reason == ""


def test_what_a_moderator_deletes_is_gone_for_its_author_and_can_be_restored(file: Any, hana: User, mori: User) -> None:
    assert file.delete_softly(mori, "宣伝")
    assert [seen_by(one, file) for one in (None, hana, mori)] == [False, False, True]
    assert StoredObject.objects.get(pk=file.pk).state == "condemned"
    with pytest.raises(ValidationError, match="モデレーターが削除した"):
        file.undelete()
    assert type(file).objects.get(pk=file.pk).restore(mori, "誤り")
    assert seen_by(None, file)
    assert StoredObject.objects.get(pk=file.pk).state == "ready"


def test_the_author_is_told_with_the_reason_at_the_spots_address(file: Any, park: Spot, hana: User, mori: User) -> None:
    file.hide(mori, "個人の家")
    file.restore(mori, "直された")
    file.delete_softly(mori, "宣伝")
    told = Notice.objects.filter(user=hana).order_by("pk").values_list("kind", "reason", "path")
    path = f"/spots/{park.pk}/"
    assert list(told) == [
        ("hidden", "個人の家", path),
        ("restored", "直された", path),
        ("deleted", "宣伝", path),
    ]
    assert Notice.objects.filter(user=hana).latest("pk").subject == f"{file._meta.verbose_name}：中央公園"


def test_each_verb_is_a_line_of_the_log_and_said_twice_one(file: Any, mori: User) -> None:
    for _ in range(2):
        file.hide(mori, "個人の家")
    for _ in range(2):
        file.restore(mori, "直された")
    for _ in range(2):
        file.delete_softly(mori, "宣伝")
    lines = ModerationAction.objects.filter(target_id=str(file.pk)).order_by("pk")
    assert list(lines.values_list("verb", "before", "after")) == [
        ("hide", "published", "hidden"),
        ("restore", "hidden", "published"),
        ("delete", "published", "deleted"),
    ]


@pytest.mark.parametrize("verb", ["hide", "delete_softly"])
def test_without_a_reason_a_moderator_takes_nothing_away(file: Any, mori: User, verb: str) -> None:
    with pytest.raises(ValidationError):
        getattr(file, verb)(mori, " ")
    assert seen_by(None, file)


def test_what_its_author_deleted_is_not_shown_by_a_moderator(file: Any, hana: User, mori: User) -> None:
    file.delete_softly(hana)
    with pytest.raises(ValidationError, match="投稿した人が削除した"):
        file.restore(mori, "個人の家")
    file.undelete()
    assert seen_by(None, file)


def test_what_its_author_deleted_is_hidden_once_and_comes_back_hidden(file: Any, hana: User, mori: User) -> None:
    file.delete_softly(hana)
    assert [file.hide(mori, reason) for reason in ("個人の家", "宣伝")] == [True, False]
    file.refresh_from_db()
    assert (file.state, file.may_come_back) == ("deleted", True)
    assert RefusedPicture.objects.reason_for(file.stored_object.sha256) == "個人の家"
    assert [action.after for action in ModerationAction.objects.filter(verb="hide")] == ["deleted"]
    assert [notice.reason for notice in Notice.objects.filter(user=hana)] == ["個人の家"]
    file.undelete()
    file.refresh_from_db()
    assert (file.state, file.hidden_reason) == ("hidden", "個人の家")
    assert not seen_by(None, file)
    assert file.restore(mori, "誤り")
    assert seen_by(None, file)
    assert not RefusedPicture.objects.exists()


def test_what_a_moderator_deleted_is_not_hidden(file: Any, mori: User) -> None:
    file.delete_softly(mori, "宣伝")
    with pytest.raises(ValidationError, match="いまの状態"):
        file.hide(mori, "個人の家")


def test_deleting_what_is_hidden_and_undoing_it_publishes_nothing(file: Any, hana: User, mori: User) -> None:
    file.hide(mori, "個人の家")
    file.delete_softly(hana)
    file.undelete()
    file.refresh_from_db()
    assert (file.state, file.hidden_reason) == ("hidden", "個人の家")
    assert not seen_by(None, file)


def test_after_the_grace_a_moderators_deletion_stays(file: Any, mori: User) -> None:
    file.delete_softly(mori, "宣伝")
    StoredObject.objects.filter(pk=file.pk).update(delete_after=timezone.now())
    late = type(file).objects.get(pk=file.pk)
    assert not late.may_be_restored
    with pytest.raises(ValidationError):
        late.restore(mori, "誤り")


# --- the cover ---


def test_a_cover_that_goes_gives_it_to_the_next_and_takes_it_only_where_there_is_none(
    park: Spot, photo: SpotPhoto, hana: User, mori: User
) -> None:
    second = photo_of(park, hana, seed=2)
    assert (photo.is_primary, second.is_primary) == (True, False)
    photo.hide(mori, "個人の家")
    second.refresh_from_db()
    assert second.is_primary
    photo.restore(mori)
    assert SpotPhoto.objects.get(spot=park, is_primary=True) == second
    second.delete_softly(hana)
    assert SpotPhoto.objects.get(spot=park, is_primary=True) == photo
    photo.delete_softly(mori, "宣伝")
    assert not SpotPhoto.objects.filter(spot=park, is_primary=True).exists()


def test_an_eleventh_photo_does_not_come_back(park: Spot, photo: SpotPhoto, hana: User, mori: User) -> None:
    photo.delete_softly(mori, "宣伝")
    for seed in range(10, 20):
        photo_of(park, hana, seed=seed, size=(64, 48))
    with pytest.raises(ValidationError, match="10枚"):
        SpotPhoto.objects.get(pk=photo.pk).restore(mori, "誤り")
    assert StoredObject.objects.get(pk=photo.pk).state == "condemned"


# --- the same file again ---


def send_again(person: User, spot: Spot) -> None:
    take_photo(io.BytesIO(pictures.make((400, 300), seed=1)), person.pk, spot.pk)


def test_one_s_own_deletion_brings_no_file_back_that_a_moderator_took_away(
    park: Spot, photo: SpotPhoto, hana: User, mori: User, sign_in: Callable[[User], Client]
) -> None:
    photo.delete_softly(hana)
    again = photo_of(park, hana)
    again.delete_softly(mori, "個人の家")
    author, path = sign_in(hana), f"/api/v1/photos/{photo.pk}/restoration/"
    refused = author.post(path, "{}", content_type="application/json")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "moderated")
    assert StoredObject.objects.get(pk=photo.pk).state == "condemned"
    SpotPhoto.objects.get(pk=again.pk).restore(mori, "誤り")
    SpotPhoto.objects.get(pk=again.pk).delete_softly(hana)
    assert author.post(path, "{}", content_type="application/json").json()["state"] == "published"


@pytest.mark.parametrize("verb", ["hide", "delete_softly"])
def test_the_same_file_is_refused_from_anyone_with_the_reason_until_it_is_restored(
    park: Spot, photo: SpotPhoto, make_spot: MakeSpot, ren: User, mori: User, verb: str
) -> None:
    other = make_spot("別の公園", created_by=ren)
    getattr(photo, verb)(mori, "個人の家")
    with pytest.raises(UploadRefused, match=r".*") as refused:
        send_again(ren, other)
    assert "個人の家" in refused.value.message
    SpotPhoto.objects.get(pk=photo.pk).restore(mori, "誤り")
    send_again(ren, other)


def test_what_its_author_deletes_may_be_sent_again(park: Spot, photo: SpotPhoto, hana: User) -> None:
    photo.delete_softly(hana)
    send_again(hana, park)
    assert not RefusedPicture.objects.exists()


# --- what stops being public ---


def made_variant(row: StoredObject) -> Any:
    kept = variant_files.folder() / row.key / "320-q82.webp"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(b"x")
    return kept


ENDINGS: dict[str, Callable[[SpotPhoto, User, User], Any]] = {
    "photo hidden": lambda photo, hana, mori: photo.hide(mori, "個人の家"),
    "photo deleted by its author": lambda photo, hana, mori: photo.delete_softly(hana),
    "photo deleted by a moderator": lambda photo, hana, mori: photo.delete_softly(mori, "宣伝"),
    "photo removed": lambda photo, hana, mori: photo.remove(),
    "photo's row deleted": lambda photo, hana, mori: photo.delete(),
    "spot hidden": lambda photo, hana, mori: photo.spot.hide(mori, "個人の家"),
    "spot deleted by its author": lambda photo, hana, mori: photo.spot.delete_softly(hana),
    "spot deleted by a moderator": lambda photo, hana, mori: photo.spot.delete_softly(mori, "宣伝"),
    "spot taken back": lambda photo, hana, mori: photo.spot.edit({"state": "draft"}, by=hana),
    "spot saved as pending": lambda photo, hana, mori: _saved_as_pending(photo.spot),
    "spot's row deleted": lambda photo, hana, mori: photo.spot.delete(),
}


def _saved_as_pending(spot: Spot) -> None:
    spot.state = Spot.State.PENDING
    spot.save()


@pytest.mark.parametrize("end", ENDINGS.values(), ids=list(ENDINGS))
def test_whatever_ends_public_access_withdraws_the_address_and_empties_this_servers_folder(
    photo: SpotPhoto, hana: User, mori: User, end: Any, django_capture_on_commit_callbacks: Any
) -> None:
    kept, key = made_variant(photo.image), photo.image.key
    Withdrawal.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        end(photo, hana, mori)
        assert kept.exists(), "before the commit others still may see it"
    assert any(key.startswith(one.prefix) for one in Withdrawal.objects.all())
    assert not kept.exists()


@pytest.mark.parametrize("end", ENDINGS.values(), ids=list(ENDINGS))
def test_what_is_rolled_back_withdraws_nothing(
    photo: SpotPhoto, hana: User, mori: User, end: Any, django_capture_on_commit_callbacks: Any
) -> None:
    kept = made_variant(photo.image)
    Withdrawal.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        end(photo, hana, mori)
        transaction.set_rollback(True)
    assert kept.exists()
    assert not Withdrawal.objects.exists()


def test_a_spot_that_stays_public_withdraws_nothing(photo: SpotPhoto, hana: User) -> None:
    Withdrawal.objects.all().delete()
    photo.spot.edit({"name": "椿の公園"}, by=hana)
    photo.spot.save()
    assert not Withdrawal.objects.exists()


def test_a_closed_account_withdraws_its_picture(ren: User, django_capture_on_commit_callbacks: Any) -> None:
    row = avatar_of(ren)
    kept = made_variant(row)
    with django_capture_on_commit_callbacks(execute=True):
        ren.is_active = False
        ren.save()
    assert Withdrawal.objects.filter(prefix=row.key).exists()
    assert not kept.exists()


@pytest.fixture(autouse=True)
def _empty_folder() -> Iterator[None]:
    yield
    variant_files.empty()
