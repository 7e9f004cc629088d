"""What `seed_demo` puts into an empty site: real places as open data has them, and people who do not exist.

Everything but the passwords is the same on every site; times count back from now, so that the site looks lived in.
"""

from __future__ import annotations

import csv
import secrets
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from accounts.models import MODERATORS, User
from machipoke.text import identity, katakana
from spots.area_matching import municipality_code
from spots.demo_people import LISTS, MODERATOR, PEOPLE, PLACES, REMARKS, Collection, Place, Remark
from spots.demo_words import chance, fukui_description, heritage_description, tags_of
from spots.models import Category, Comment, SavedItem, SavedList, Spot, Tag

FUKUI_SOURCE, HERITAGE_SOURCE = "福井県観光連盟 観光スポット", "日本遺産 構成文化財"
DAYS = 60
"""So many days back the oldest spot was published."""

_DATA = Path(__file__).parent / "data"
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_CHEAP_ITERATIONS = 20_000
"""Stretching protects passwords that people choose. These have 59 random bits, and six full rounds would take 3 s; the
first sign-in stores them at full strength."""


class Account(NamedTuple):
    """What the operator is told, once."""

    username: str
    display_name: str
    password: str
    is_moderator: bool


def seed() -> list[Account]:
    """Fill the site, in one transaction; the accounts, or nothing where there is a spot already."""
    with transaction.atomic():
        if Spot.objects.exists():
            return []
        now = timezone.now().replace(microsecond=0)
        accounts, people = _people(now)
        spots = _spots(now, people)
        _tag(spots)
        by_name = {spot.name: spot for spot, _facts in reversed(spots)}
        _talk(by_name, people)
        _collect(by_name, people)
    return accounts


def _people(now: datetime) -> tuple[list[Account], dict[str, User]]:
    accounts, users = [], {}
    for person in PEOPLE:
        account = Account(_free_name(person.username), person.display_name, _password(), person.username == MODERATOR)
        user = User(username=account.username, display_name=person.display_name, bio=person.bio)
        user.email = f"{account.username}@example.jp"
        user.password = _hashed(account.password)
        user.is_staff, user.created_at = account.is_moderator, now - timedelta(days=DAYS + 1)
        user.full_clean()
        user.save(force_insert=True)
        accounts.append(account)
        users[person.username] = user
    users[MODERATOR].groups.add(Group.objects.get(name=MODERATORS))
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users.values()
    )
    return accounts, users


def _free_name(wanted: str) -> str:
    """`hana`, or `hana-2` where the operator made a hana before."""
    names = (wanted, *(f"{wanted}-{number}" for number in range(2, 1000)))
    taken = set(User.objects.filter(username_key__startswith=wanted).values_list("username_key", flat=True))
    addresses = set(User.objects.filter(email_key__startswith=wanted).values_list("email_key", flat=True))
    return next(name for name in names if name not in taken and f"{name}@example.jp" not in addresses)


def _password() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def _hashed(password: str) -> str:
    hasher = get_hasher("default")
    if isinstance(hasher, PBKDF2PasswordHasher):
        return str(hasher.encode(password, hasher.salt(), _CHEAP_ITERATIONS))
    return str(hasher.encode(password, hasher.salt()))


Facts = dict[str, str]


def _spots(now: datetime, people: dict[str, User]) -> list[tuple[Spot, Facts]]:
    """Every spot with the facts it was made of, the newest ones spread among old and new sources alike."""
    categories = {category.slug: category for category in Category.objects.all()}
    made = [
        *((_fukui_spot(facts, categories), facts) for facts in _rows("demo_fukui.csv")),
        *((_heritage_spot(facts, categories), facts) for facts in _rows("demo_heritage.csv")),
        *((_own_spot(place, categories, people), {}) for place in PLACES),
    ]
    for spot, _facts in made:
        age = timedelta(minutes=1 + chance(f"age {spot.pk}", DAYS * 24 * 60 - 1))
        spot.created_at = spot.updated_at = spot.published_at = now - age
        if spot.hidden_gem_score is None and chance(f"scored {spot.pk}", 100) < 65:
            spot.hidden_gem_score = chance(f"gem {spot.pk}", 101)
        spot.clean_fields(exclude={"category", "created_by"})
        spot.clean()
    Spot.objects.bulk_create([spot for spot, _facts in made], batch_size=500)
    return made


def _rows(name: str) -> Iterator[Facts]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def fixed_id(source: str, key: str) -> uuid.UUID:
    """The same id on every site with the demo, so that links to it can be shared."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"machipoke:demo:{source}:{key}")


def _placed(facts: Facts, source: str, categories: dict[str, Category]) -> Spot:
    return Spot(
        pk=fixed_id(source, facts["external_id"]),
        name=facts["name"],
        category=categories[facts["category"]],
        address=facts["address"],
        municipality_code=facts["municipality_code"],
        latitude=float(facts["latitude"]),
        longitude=float(facts["longitude"]),
        source=source,
        external_id=facts["external_id"],
    )


def _fukui_spot(facts: Facts, categories: dict[str, Category]) -> Spot:
    spot = _placed(facts, FUKUI_SOURCE, categories)
    spot.opening_hours, spot.phone, spot.website = facts["opening_hours"], facts["phone"], facts["website"]
    spot.status, spot.description = facts["status"], fukui_description(facts)
    spot.licence, spot.credit = "CC BY 4.0", "福井県観光連盟"
    return spot


def _heritage_spot(facts: Facts, categories: dict[str, Category]) -> Spot:
    spot = _placed(facts, HERITAGE_SOURCE, categories)
    spot.reading, spot.description = katakana(facts["reading"]), heritage_description(facts)
    spot.licence, spot.credit = "CC BY", "文化庁 日本遺産ポータルサイト"
    return spot


def _own_spot(place: Place, categories: dict[str, Category], people: dict[str, User]) -> Spot:
    return Spot(
        pk=fixed_id("people", place.name),
        name=place.name,
        category=categories[place.category],
        description=place.description,
        latitude=place.latitude,
        longitude=place.longitude,
        address=place.address,
        municipality_code=municipality_code(place.address),
        created_by=people[place.author],
    )


def _tag(spots: list[tuple[Spot, Facts]]) -> None:
    own = {fixed_id("people", place.name): list(place.tags) for place in PLACES}
    wanted = {spot.pk: tags_of(facts) if facts else own[spot.pk] for spot, facts in spots}
    names = sorted({name for some in wanted.values() for name in some})
    tags = {tag.key: tag for tag in Tag.objects.filter(key__in=map(identity, names))}
    new = [Tag(name=name, key=identity(name)) for name in names if identity(name) not in tags]
    tags |= {tag.key: tag for tag in Tag.objects.bulk_create(new)}
    link = Spot.tags.through
    links = [link(spot_id=pk, tag_id=tags[identity(name)].pk) for pk, some in wanted.items() for name in some]
    link.objects.bulk_create(links, batch_size=500)


def _talk(spots: dict[str, Spot], people: dict[str, User]) -> None:
    """Comments after the spot went public, replies a few hours later; the counters follow from the rows."""
    first = [_comment(spots[remark.spot], people[remark.author], remark.body, 0.3) for remark in REMARKS]
    replies = [
        reply for parent, remark in zip(first, REMARKS, strict=True) for reply in _replies(parent, remark, people)
    ]
    for comment in [*first, *replies]:
        comment.clean_fields(exclude={"spot", "author", "parent"})
    Comment.objects.bulk_create(first)
    Comment.objects.bulk_create(replies)
    for pk, count in Counter(comment.spot_id for comment in [*first, *replies]).items():
        Spot.objects.filter(pk=pk).update(comment_count=count)


def _replies(parent: Comment, remark: Remark, people: dict[str, User]) -> Iterator[Comment]:
    for number, (author, body) in enumerate(remark.replies, 1):
        yield _comment(parent.spot, people[author], body, 0.3 + 0.1 * number, parent)


def _comment(spot: Spot, author: User, body: str, share: float, parent: Comment | None = None) -> Comment:
    """Written when that share of the time since the spot was published had passed."""
    since = timezone.now() - spot.created_at
    return Comment(
        pk=fixed_id("comment", f"{spot.pk} {author.username} {body}"),
        spot=spot,
        author=author,
        parent=parent,
        body=body,
        created_at=spot.created_at + share * since,
    )


def _collect(spots: dict[str, Spot], people: dict[str, User]) -> None:
    lists = [_list(collection, people[collection.owner]) for collection in LISTS]
    items = [
        SavedItem(saved_list=made, spot=spots[name], spot_name=name, note=note, position=position)
        for made, collection in zip(lists, LISTS, strict=True)
        for position, (name, note) in enumerate(collection.notes.items())
    ]
    for item in items:
        item.clean_fields(exclude={"saved_list", "spot"})
    SavedList.objects.bulk_create(lists)
    SavedItem.objects.bulk_create(items)
    for pk, count in Counter(spots[item.spot_name].pk for item in items).items():
        Spot.objects.filter(pk=pk).update(save_count=count)


def _list(collection: Collection, owner: User) -> SavedList:
    changed = timezone.now() - timedelta(hours=chance(f"list {collection.title}", 14 * 24))
    made = SavedList(
        pk=fixed_id("list", f"{collection.owner} {collection.title}"),
        owner=owner,
        title=collection.title,
        description=collection.description,
        visibility=collection.visibility,
        is_default=collection.is_default,
        item_count=len(collection.notes),
        created_at=changed,
        updated_at=changed,
    )
    made.clean_fields(exclude={"owner"})
    return made
