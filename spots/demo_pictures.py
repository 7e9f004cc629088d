"""The demo's pictures: drawn by the program, said to be drawings, and sent on the way that everyone's photos take.

Outside the transaction of the rows, for the store may be remote; a run that was cut short is finished by the next.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import cycle

from accounts.avatars import show_avatar, store_avatar
from accounts.models import User
from media_store.uploads import take_photo
from spots.demo import FUKUI_SOURCE, HERITAGE_SOURCE, fixed_id
from spots.demo_drawings import SQUARE, TALL, WIDE, drawing
from spots.demo_people import LISTS, PLACES, REMARKS
from spots.demo_words import chance
from spots.models import SavedList, Spot, SpotPhoto
from spots.models.photo import NewPhoto

SPOTS = 24
"""Enough for the first page's shelves and what the invented people talk about; more would make the start slow."""

ON_SHELVES = 8
"""Of them, how many that nobody talks of: the newest and the best hidden, which the first page shows."""

CAPTION = "プログラムが描いた絵です"

_MOTIFS = (
    ("sea", re.compile("海|浜|湖|港|東尋坊|松原|岬|島|三国|若狭")),
    ("castle", re.compile("城")),
    ("street", re.compile("町|通り|宿|街道|路地|倉庫|里|参道")),
)
_OF_CATEGORY = {
    "shrine-temple": "gate",
    "cafe": "street",
    "food": "street",
    "shop": "street",
    "stay": "street",
    "museum": "street",
    "onsen": "steam",
    "event": "lanterns",
}


_PORTRAITS = ("mountains", "lanterns", "sea", "castle", "gate")


def paint() -> int:
    """Give pictures to spots of the demo that have had none, and to its people then; how many of spots were added.

    Raises StoreUnavailable; what was added until then stays.
    """
    people = _people()
    if not people:
        return 0
    spots = _spots()
    hung = set(SpotPhoto.objects.filter(spot__in=spots).values_list("spot_id", flat=True))
    bare = [spot for spot in spots if spot.pk not in hung]
    if bare:
        _portray([person for person in people if person.avatar_id is None])
    return sum(_hang(spot, spot.created_by or person) for spot, person in zip(bare, cycle(people), strict=False))


def _portray(people: list[User]) -> None:
    for person, motif in zip(people, cycle(_PORTRAITS), strict=False):
        square = io.BytesIO(drawing(f"avatar {person.username}", motif, size=SQUARE))
        show_avatar(person, store_avatar(person, square))


def _people() -> list[User]:
    """Those of the demo who keep lists, as long as they are there."""
    ids = [fixed_id("list", f"{collection.owner} {collection.title}") for collection in LISTS]
    lists = SavedList.objects.filter(pk__in=ids).select_related("owner").order_by("pk")
    return list(dict.fromkeys(saved.owner for saved in lists if saved.owner.is_active))


def _spots() -> list[Spot]:
    listed = Spot.objects.listed().select_related("category", "created_by")
    own = listed.filter(pk__in=[fixed_id("people", place.name) for place in PLACES])
    sourced = listed.filter(source__in=[FUKUI_SOURCE, HERITAGE_SOURCE])
    named = list(dict.fromkeys([remark.spot for remark in REMARKS]))
    told = sorted(sourced.filter(name__in=named), key=lambda spot: named.index(spot.name))
    newest = sourced.order_by("-published_at", "-id")[: ON_SHELVES // 2]
    gems = sourced.filter(hidden_gem_score__isnull=False).order_by("-hidden_gem_score", "-id")[: ON_SHELVES // 2]
    chosen = {spot.pk: spot for spot in [*own, *newest, *gems, *told]}
    return list(chosen.values())[:SPOTS]


def _hang(spot: Spot, person: User) -> int:
    new: list[NewPhoto] = []
    for motif, size in _views(spot):
        content = drawing(f"{spot.pk} {len(new)}", motif, size)
        taken = take_photo(io.BytesIO(content), person.pk, spot.pk)
        number = f" {len(new) + 1}" if new else ""
        new.append(NewPhoto(taken.row.pk, CAPTION, f"{spot.name}の絵{number}", not new))
    SpotPhoto.objects.attach(spot, new, person)
    return len(new)


def _views(spot: Spot) -> Iterator[tuple[str, tuple[int, int]]]:
    """One to four motifs, and the size of each."""
    fitting = [motif for motif, words in _MOTIFS if words.search(spot.name)]
    first = next(iter(fitting), _OF_CATEGORY.get(spot.category.slug, "mountains"))
    yield first, WIDE
    if spot.created_by_id is not None or chance(f"views {spot.pk}", 3) == 0:
        others = ["mountains", first, "street"]
        for number in range(1 + chance(f"more {spot.pk}", 3)):
            yield others[number], TALL if number == 1 else WIDE
