"""Many writers at the site's door: counts equal the rows, an order stays an order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from django.db.models import Count, F
from django.test import Client

from accounts.models import User
from spots.models import SavedItem, SavedList, Spot
from tests.spots.threads import all_at_once, errors_of

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
WRITERS = 32

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _counters_equal_rows() -> object:
    """Holds after every test of this file."""
    yield
    assert not Spot.objects.annotate(now=Count("saved_items")).exclude(save_count=F("now")).exists()
    assert not SavedList.objects.annotate(now=Count("items")).exclude(item_count=F("now")).exists()


def statuses(jobs: Sequence[Callable[[], Any]]) -> Counter[int]:
    results: list[Any] = all_at_once(list(jobs))
    assert errors_of(results) == []
    return Counter(answer.status_code for answer in results)


def test_32_presses_on_one_button_save_once(make_spot: MakeSpot, hana: User, sign_in: SignIn) -> None:
    spot = make_spot()
    doors = [sign_in(hana) for _ in range(WRITERS)]
    assert statuses([partial(door.post, f"/spots/{spot.pk}/saves/") for door in doors]) == {302: WRITERS}
    assert SavedList.objects.count() == SavedItem.objects.count() == 1


def test_32_people_save_one_spot(make_spot: MakeSpot, sign_in: SignIn) -> None:
    spot = make_spot()
    people = [User.objects.create_user(f"tabi{n}", f"tabi{n}@example.jp") for n in range(WRITERS)]
    doors = [sign_in(person) for person in people]
    assert statuses([partial(door.post, f"/spots/{spot.pk}/saves/") for door in doors]) == {302: WRITERS}
    assert Spot.objects.get().save_count == WRITERS


def test_a_form_sent_32_times_makes_one_list(make_spot: MakeSpot, hana: User, sign_in: SignIn) -> None:
    spot = make_spot()
    doors = [sign_in(hana) for _ in range(WRITERS)]
    sent = {"choose": "1", "title": "旅", "form_token": "0b1f6f3e-8f2a-4b57-9f1c-2f6f0f3a9d11"}
    jobs = [partial(door.post, f"/spots/{spot.pk}/saves/", sent) for door in doors]
    assert statuses(jobs) == {302: WRITERS}
    assert SavedList.objects.count() == SavedItem.objects.count() == 1


def test_windows_that_choose_otherwise_leave_one_of_their_choices(
    make_spot: MakeSpot, hana: User, sign_in: SignIn
) -> None:
    spot = make_spot()
    lists = [SavedList.objects.create(owner=hana, title=f"旅{n}") for n in range(4)]
    choices = [[str(saved.pk) for saved in lists[n % 2 :: 2]] for n in range(WRITERS)]
    doors = [sign_in(hana) for _ in choices]
    jobs = [
        partial(door.post, f"/spots/{spot.pk}/saves/", {"choose": "1", "list": choice})
        for door, choice in zip(doors, choices, strict=True)
    ]
    assert statuses(jobs) == {302: WRITERS}
    held = sorted(str(pk) for pk in SavedItem.objects.values_list("saved_list_id", flat=True))
    assert held in (sorted(choices[0]), sorted(choices[1]))


def test_everything_at_once_leaves_an_order_without_gaps_or_doubles(
    make_spot: MakeSpot, hana: User, sign_in: SignIn
) -> None:
    saved = SavedList.objects.create(owner=hana, title="旅")
    items = [saved.add(make_spot(f"地点{n}"))[0] for n in range(8)]
    new = [make_spot(f"新しい{n}") for n in range(8)]
    url = f"/lists/{saved.pk}/items/"
    sent: list[tuple[str, dict[str, str]]] = [(f"{url}{item.pk}/", {"action": "down"}) for item in items[:4]]
    sent += [(f"{url}{item.pk}/", {"action": "up"}) for item in items[:4]]
    sent += [(url, {"order": ",".join(str(item.pk) for item in reversed(items))})] * 8
    sent += [(f"{url}{item.pk}/", {"action": "remove"}) for item in items[4:]] * 2
    sent += [(url, {"spot": str(spot.pk)}) for spot in new]
    doors = [sign_in(hana) for _ in sent]
    found = statuses([partial(door.post, *one) for door, one in zip(doors, sent, strict=True)])
    assert set(found) <= {302, 404}  # the second to take one out finds it gone
    positions = list(saved.items.values_list("position", flat=True))
    assert len(positions) == 12
    assert len(set(positions)) == 12


def test_a_list_deleted_under_its_writers_leaves_nothing(make_spot: MakeSpot, hana: User, sign_in: SignIn) -> None:
    saved = SavedList.objects.create(owner=hana, title="旅")
    item, _ = saved.add(make_spot("最初"))
    url = f"/lists/{saved.pk}/"
    sent: list[tuple[str, dict[str, str]]] = [(f"{url}delete/", {})]
    sent += [(f"{url}items/", {"spot": str(make_spot(f"地点{n}").pk)}) for n in range(10)]
    sent += [
        (f"{url}items/{item.pk}/", {"action": "note", "note": "朝"}),
        (f"{url}items/", {"order": str(item.pk)}),
    ] * 3
    sent += [(f"{url}edit/", {"title": "別", "version": saved.version})]
    doors = [sign_in(hana) for _ in sent]
    found = statuses([partial(door.post, *one) for door, one in zip(doors, sent, strict=True)])
    assert set(found) <= {302, 404}
    assert not SavedItem.objects.exists()


def test_beyond_the_most_lists_nobody_gets_by_hurrying(
    hana: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spots.models.saved_list.MOST_LISTS", 3)
    doors = [sign_in(hana) for _ in range(12)]
    found = statuses([partial(door.post, "/lists/new/", {"title": "旅"}) for door in doors])
    assert found == {302: 3, 400: 9}
