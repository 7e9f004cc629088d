"""Who sees what, as one table: `visible_to` of spots, comments and lists for every kind of viewer and every state.

Viewers: a anonymous, n another person, o the owner, s the owner while suspended, m a moderator, r a retired moderator
(still in the group, account closed). A letter in the table means "sees it".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.utils import timezone

from accounts.models import MODERATORS, User
from spots.models import Comment, SavedList, Spot

EVERYONE = "anosmr"
SPOTS = {
    "draft": "os",
    "published": EVERYONE,
    "pending": "osm",
    "hidden": "osm",
    "deleted": "m",
    "deleted 31 days ago": "",
}
COMMENTS = {
    # (state of the spot, state of the comment); the comment's author is the spot's.
    ("published", "published"): EVERYONE,
    ("published", "deleted"): EVERYONE,
    ("published", "hidden"): "osm",
    ("draft", "published"): "os",
    ("pending", "published"): "osm",
    ("hidden", "published"): "osm",
    ("hidden", "hidden"): "osm",
    ("deleted", "published"): "m",
    ("deleted 31 days ago", "published"): "",
}
LISTS = {"private": "os", "link": "osm", "public": EVERYONE}
REACHABLE_LISTS = {"private": "os", "link": EVERYONE, "public": EVERYONE}
OF_A_CLOSED_ACCOUNT = {"private": "", "link": "m", "public": "m"}

Viewers = dict[str, User | AnonymousUser]


@pytest.fixture
def viewers(hana: User, ren: User, mori: User) -> Viewers:
    suspended = User.objects.get(pk=hana.pk)
    suspended.suspended_until = timezone.now() + timedelta(days=1)
    retired = User.objects.create_user("retired", "retired@example.jp", is_staff=True, is_active=False)
    retired.groups.add(Group.objects.get(name=MODERATORS))
    return {"a": AnonymousUser(), "n": ren, "o": hana, "s": suspended, "m": mori, "r": retired}


def put(spot: Spot, state: str) -> Spot:
    """Into a state of the table."""
    days = 31 if state.endswith("days ago") else 1
    state = state.split()[0]
    deleted_at = timezone.now() - timedelta(days=days) if state == "deleted" else None
    Spot.objects.filter(pk=spot.pk).update(state=state, deleted_at=deleted_at)
    return Spot.objects.get(pk=spot.pk)


def seen_by(viewers: Viewers, sees: Callable[[User | AnonymousUser], bool]) -> str:
    return "".join(letter for letter, viewer in viewers.items() if sees(viewer))


def in_order(letters: str) -> str:
    return "".join(letter for letter in "anosmr" if letter in letters)


@pytest.mark.parametrize(("state", "expected"), SPOTS.items())
def test_spots(make_spot: Callable[..., Spot], hana: User, viewers: Viewers, state: str, expected: str) -> None:
    put(make_spot(created_by=hana), state)
    assert seen_by(viewers, lambda viewer: Spot.objects.visible_to(viewer).exists()) == in_order(expected)


@pytest.mark.parametrize(("states", "expected"), COMMENTS.items())
def test_comments(
    make_spot: Callable[..., Spot], hana: User, viewers: Viewers, states: tuple[str, str], expected: str
) -> None:
    spot = make_spot(created_by=hana)
    Comment(spot=spot, author=hana, body="いい所です").post()
    Comment.objects.update(state=states[1])
    put(spot, states[0])
    assert seen_by(viewers, lambda viewer: Comment.objects.visible_to(viewer).exists()) == in_order(expected)


@pytest.mark.parametrize(("visibility", "expected"), LISTS.items())
def test_lists_in_listings(hana: User, viewers: Viewers, visibility: str, expected: str) -> None:
    SavedList.objects.create(owner=hana, title="旅", visibility=visibility)
    assert seen_by(viewers, lambda viewer: SavedList.objects.visible_to(viewer).exists()) == in_order(expected)


@pytest.mark.parametrize(("visibility", "expected"), REACHABLE_LISTS.items())
def test_lists_by_their_url(hana: User, viewers: Viewers, visibility: str, expected: str) -> None:
    SavedList.objects.create(owner=hana, title="旅", visibility=visibility)
    assert seen_by(viewers, lambda viewer: SavedList.objects.reachable_by(viewer).exists()) == in_order(expected)


@pytest.mark.parametrize(("visibility", "expected"), OF_A_CLOSED_ACCOUNT.items())
def test_lists_of_a_closed_account(viewers: Viewers, visibility: str, expected: str) -> None:
    gone = User.objects.create_user("gone", "gone@example.jp", is_active=False)
    SavedList.objects.create(owner=gone, title="旅", visibility=visibility)
    for door in (SavedList.objects.visible_to, SavedList.objects.reachable_by):
        assert seen_by(viewers, lambda viewer, door=door: door(viewer).exists()) == in_order(expected)  # type: ignore[misc]


def test_none_is_the_anonymous_viewer(make_spot: Callable[..., Spot], hana: User, viewers: Viewers) -> None:
    for state in SPOTS:
        put(make_spot(created_by=hana), state)
    for door in (Spot.objects.visible_to, Comment.objects.visible_to, SavedList.objects.visible_to):
        assert set(door(None)) == set(door(viewers["a"]))
    assert set(Spot.objects.listed()) == set(Spot.objects.visible_to(None))


def test_people_with_a_closed_account_are_seen_by_moderators_only(viewers: Viewers) -> None:
    closed = User.objects.filter(username="retired")
    assert seen_by(viewers, lambda viewer: (User.objects.visible_to(viewer) & closed).exists()) == "m"


@pytest.mark.parametrize(
    ("state", "expected"),
    [("draft", "o"), ("published", "om"), ("pending", "om"), ("hidden", "om"), ("deleted", "")],
)
def test_who_may_edit(make_spot: Callable[..., Spot], hana: User, viewers: Viewers, state: str, expected: str) -> None:
    spot = put(make_spot(created_by=hana), state)
    assert seen_by(viewers, lambda viewer: Spot.objects.editable_by(viewer).exists()) == expected
    assert seen_by(viewers, spot.is_editable_by) == expected
