"""comment_count, save_count and item_count equal their rows, however many write at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest
from django.db.models import Count, F, Q

from accounts.models import User
from spots.models import Comment, ModerationAction, SavedItem, SavedList, Spot
from tests.spots.threads import all_at_once, errors_of

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
WRITERS = 32


@pytest.fixture(autouse=True)
def _counters_equal_rows() -> object:
    """Holds after every test of this file."""
    yield
    spots = Spot.objects.annotate(
        comments_now=Count("comments", filter=Q(comments__state="published"), distinct=True),
        saves_now=Count("saved_items", distinct=True),
    )
    assert not spots.exclude(comment_count=F("comments_now"), save_count=F("saves_now")).exists()
    assert not SavedList.objects.annotate(now=Count("items")).exclude(item_count=F("now")).exists()


def fresh(comment: Comment) -> Comment:
    return Comment.objects.get(pk=comment.pk)


def test_32_people_comment_on_one_spot(make_spot: Callable[..., Spot], hana: User) -> None:
    spot = make_spot()
    results = all_at_once([Comment(spot=spot, author=hana, body=f"{n}番目").post for n in range(WRITERS)])
    assert errors_of(results) == []
    assert Spot.objects.get().comment_count == WRITERS


def test_a_comment_deleted_and_hidden_by_many_at_once_counts_once(
    make_spot: Callable[..., Spot], hana: User, mori: User
) -> None:
    comment, other = (Comment(spot=make_spot(), author=hana, body=body) for body in ("一", "二"))
    comment.spot = other.spot
    comment.post()
    other.post()
    deletions: list[Callable[[], object]] = [fresh(comment).delete_softly for _ in range(WRITERS // 2)]
    hidings = [fresh(comment) for _ in range(WRITERS // 2)]
    results = all_at_once(deletions + [partial(row.hide, mori, "重複") for row in hidings])
    assert errors_of(results) == []
    assert Spot.objects.get(pk=comment.spot_id).comment_count == 1
    assert ModerationAction.objects.count() <= 1


def test_moderators_who_hide_and_restore_at_once_leave_count_and_log_whole(
    make_spot: Callable[..., Spot], hana: User, mori: User
) -> None:
    comment = Comment(spot=make_spot(), author=hana, body="こんにちは")
    comment.post()

    def hide_and_restore() -> None:
        fresh(comment).hide(mori, "確認中")
        fresh(comment).restore(mori, "問題なし")

    assert errors_of(all_at_once([hide_and_restore] * 8)) == []
    states = list(ModerationAction.objects.order_by("id").values_list("before", "after"))
    assert all(one[1] == next_[0] for one, next_ in pairwise(states))
    assert fresh(comment).state == (states[-1][1] if states else "published")


def test_a_spot_saved_32_times_into_one_list_is_there_once(make_spot: Callable[..., Spot], hana: User) -> None:
    spot = make_spot()
    saved = SavedList.objects.default_of(hana)
    results = all_at_once([lambda: saved.add(spot)] * WRITERS)
    assert errors_of(results) == []
    assert sum(created for _item, created in results) == 1  # type: ignore[misc]
    assert Spot.objects.get().save_count == SavedItem.objects.count() == 1


def test_the_default_list_is_made_once(hana: User) -> None:
    results = all_at_once([lambda: SavedList.objects.default_of(hana)] * WRITERS)
    assert errors_of(results) == []
    assert SavedList.objects.count() == 1


def test_32_spots_saved_at_once_have_32_places(make_spot: Callable[..., Spot], hana: User) -> None:
    spots = [make_spot(f"地点{n}") for n in range(WRITERS)]
    saved = SavedList.objects.default_of(hana)
    results = all_at_once([partial(saved.add, spot) for spot in spots])
    assert errors_of(results) == []
    assert sorted(SavedItem.objects.values_list("position", flat=True)) == list(range(WRITERS))


def test_adding_and_removing_at_once(make_spot: Callable[..., Spot], hana: User) -> None:
    spots = [make_spot(f"地点{n}") for n in range(4)]
    saved = SavedList.objects.default_of(hana)
    jobs: list[Callable[[], object]] = []
    for spot in spots * 4:
        jobs += [partial(saved.add, spot), partial(saved.remove, spot.pk)]
    assert errors_of(all_at_once(jobs)) == []


@pytest.mark.parametrize("how", ["itself", "queryset"])
def test_a_list_deleted_while_spots_are_added_leaves_no_count_behind(
    make_spot: Callable[..., Spot], hana: User, how: str
) -> None:
    spots = [make_spot(f"地点{n}") for n in range(WRITERS - 1)]
    saved = SavedList.objects.default_of(hana)
    for spot in spots[:8]:
        saved.add(spot)
    late: list[Callable[[], object]] = [partial(saved.add, spot) for spot in spots[8:]]
    gone = SavedList.objects.get().delete if how == "itself" else SavedList.objects.filter(pk=saved.pk).delete
    results = all_at_once([gone, *late])
    assert {type(error) for error in errors_of(results)} <= {SavedList.DoesNotExist}
    assert not SavedItem.objects.exists()
    assert set(Spot.objects.values_list("save_count", flat=True)) == {0}


def test_lists_with_the_same_spots_are_deleted_at_once(make_spot: Callable[..., Spot], hana: User, ren: User) -> None:
    spots = [make_spot(f"地点{n}") for n in range(20)]
    lists = [SavedList.objects.create(owner=owner, title="旅") for owner in [hana, ren] * 4]
    for number, saved in enumerate(lists):
        for spot in spots if number % 2 else reversed(spots):
            saved.add(spot)
    assert errors_of(all_at_once([saved.delete for saved in lists])) == []
    assert set(Spot.objects.values_list("save_count", flat=True)) == {0}


@pytest.mark.parametrize("how", ["each", "queryset", "owner"])
def test_every_way_of_deleting_lists_takes_their_items_off_the_counts(
    make_spot: Callable[..., Spot], hana: User, ren: User, how: str
) -> None:
    spots = [make_spot(f"地点{n}") for n in range(3)]
    for owner in (hana, ren):
        for spot in spots:
            SavedList.objects.default_of(owner).add(spot)
    if how == "each":
        SavedList.objects.default_of(hana).delete()
    elif how == "queryset":
        SavedList.objects.filter(owner=hana).delete()
    else:
        hana.delete()
    assert list(Spot.objects.values_list("save_count", flat=True)) == [1, 1, 1]


def test_a_spot_hidden_by_many_at_once_is_logged_once(make_spot: Callable[..., Spot], mori: User) -> None:
    spot = make_spot()
    rows = [Spot.objects.get(pk=spot.pk) for _ in range(8)]
    results = all_at_once([partial(row.hide, mori, "個人の家") for row in rows])
    assert len(errors_of(results)) == 7
    assert ModerationAction.objects.count() == 1
    assert Spot.objects.get().version == 2


def test_edits_of_one_version_at_once_store_one(make_spot: Callable[..., Spot]) -> None:
    spot = make_spot()
    rows = [Spot.objects.get(pk=spot.pk) for _ in range(8)]
    results = all_at_once([partial(row.edit, {"name": f"名前{n}"}) for n, row in enumerate(rows)])
    assert len(errors_of(results)) == 7
    assert Spot.objects.get().version == 2
