"""A bird in everything that is not for everyone: its song, its place and its telephone number must be heard nowhere."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import ApiToken, Export, Notice, User
from spots.models import Case, Comment, Draft, ModerationAction, Report, SavedList, Spot
from tests.spots.pictured import attachment_of, avatar_of, photo_of

SONG = "zq9kanarya"
LATITUDE, LONGITUDE = 43.123457, 141.654321
PHONE = "0776-98-7654"
KANA = "ゾキュカナリヤ"
ROOFTOP = "札幌市鳥籠通り"

SONGS = (SONG, PHONE, KANA, ROOFTOP, "43.123", "141.654")
"""What would give it away: words, a number, and the place in any number of decimals that a map shows."""

STATES = ("draft", "pending", "hidden", "deleted")

MakeSpot = Callable[..., Spot]


def _kinds() -> dict[str, list[Any]]:
    return {kind: [] for kind in ("spot", "comment", "list", "item", "photo", "attachment")}


@dataclass
class Cage:
    """What was planted: ids by kind, and the words and cells that belong to them."""

    ids: dict[str, list[Any]] = field(default_factory=_kinds)
    keys: list[str] = field(default_factory=list)
    link_lists: list[str] = field(default_factory=list)
    others: dict[str, Any] = field(default_factory=dict)
    songs: list[str] = field(default_factory=lambda: list(SONGS))

    def heard_in(self, answer: Any) -> list[str]:
        """Which of it an answer tells, in its body or a header."""
        if answer.streaming:
            return []
        text = answer.content.decode(errors="replace") + repr(sorted(answer.headers.items()))
        return [song for song in self.songs if song in text]


def plant(make_spot: MakeSpot, author: User, friend: User, moderator: User, is_public: bool = False) -> Cage:
    """The same birds: behind every kind of door, or for the control with all doors open."""
    cage = Cage()
    for state in STATES:
        _spot(cage, make_spot, author, friend, "published" if is_public else state)
    seen = Spot.objects.get(name="公園")
    for state in ("hidden", "deleted"):
        state = "published" if is_public else state
        comment = Comment.objects.create(spot=seen, author=author, body=SONG, state=state, hidden_reason=SONG)
        cage.ids["comment"].append(comment.pk)
    held = Spot.objects.filter(name=SONG).exclude(state="draft")
    for visibility in ("private", "link"):
        visibility = "public" if is_public else visibility
        saved = SavedList.objects.create(owner=author, title=SONG, description=SONG, visibility=visibility)
        for spot in held:
            item, _made = saved.add(spot, note=SONG)
            cage.ids["item"].append(item.pk)
        cage.ids["list"].append(saved.pk)
        cage.link_lists += [str(saved.pk)] if visibility == "link" else []
    _files(cage, author, moderator, seen, is_public)
    _about(cage, author, moderator, seen)
    return cage


def _files(cage: Cage, author: User, moderator: User, seen: Spot, is_public: bool) -> None:
    """Of a spot that everyone sees: a photo and a file each that a moderator hid, and that its author deleted."""
    for number, end in enumerate(("hide", "delete")):
        photo = photo_of(seen, author, seed=40 + number, size=(64, 48), caption=SONG, alt=SONG)
        attachment = attachment_of(seen, author, SONG.encode(), SONG)
        for row in (photo, attachment):
            if end == "hide" and not is_public:
                row.hide(moderator, SONG)
            elif not is_public:
                row.delete_softly(author)
        cage.ids["photo"].append(photo.pk)
        cage.ids["attachment"].append(attachment.pk)
        cage.keys.append(photo.image.key)
        cage.songs.append(photo.placeholder)


def _spot(cage: Cage, make_spot: MakeSpot, author: User, friend: User, state: str) -> None:
    spot = make_spot(
        SONG,
        reading=KANA,
        name_en=SONG,
        description=SONG,
        tags=[SONG, f"{SONG}{uuid.uuid4().hex[:6]}"],
        category="onsen",
        address=f"{ROOFTOP}1丁目",
        municipality_code="011002",
        opening_hours=SONG,
        phone=PHONE,
        website=f"https://{SONG}.example/",
        source=SONG,
        external_id=f"{SONG}-{uuid.uuid4().hex[:6]}",
        licence=SONG,
        credit=SONG,
        created_by=author,
        latitude=LATITUDE,
        longitude=LONGITUDE,
        hidden_gem_score=99,
    )
    comment = Comment.objects.create(spot=spot, author=friend, body=SONG)
    photo = photo_of(spot, author, seed=30 + len(cage.ids["spot"]), size=(64, 48), caption=SONG, alt=SONG)
    attachment = attachment_of(spot, author, SONG.encode(), SONG)
    cage.ids["photo"].append(photo.pk)
    cage.ids["attachment"].append(attachment.pk)
    cage.keys.append(photo.image.key)
    cage.songs.append(photo.placeholder)  # the picture itself, as pages would hold it
    deleted_at = timezone.now() if state == "deleted" else None
    reasons = {"hidden_reason": SONG, "deletion_reason": SONG if state == "deleted" else ""}
    Spot.objects.filter(pk=spot.pk).update(state=state, deleted_at=deleted_at, comment_count=1, **reasons)
    cage.ids["spot"].append(spot.pk)
    cage.ids["comment"].append(comment.pk)
    cage.songs += [str(Spot.objects.get(pk=spot.pk).cell)]


def _about(cage: Cage, author: User, moderator: User, seen: Spot) -> None:
    """What is written about people and cases, and what belongs to an account."""
    now = timezone.now()
    report = Report(reason="wrong", text=SONG, reporter=author)
    report.file(seen)
    draft = Draft.objects.create(owner=author, typed=f"name={SONG}&address={SONG}")
    notice = Notice.objects.create(user=author, kind=Notice.Kind.HIDDEN, subject=SONG, reason=SONG)
    export = Export.objects.create(user=author, state=Export.State.READY, expires_at=now + timedelta(hours=1))
    token, _text = ApiToken.make(author, SONG, ApiToken.Scope.READ)
    ModerationAction.record(moderator, "hide", seen, SONG, SONG, SONG)
    gone = User.objects.create_user(f"{SONG}-gone", f"gone@{SONG}.example", display_name=SONG, bio=SONG)
    cage.keys.append(avatar_of(gone).key)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    User.objects.filter(pk=author.pk).update(
        email=f"{author.username}@{SONG}.example",
        email_key=f"{author.username}@{SONG}.example",
        suspended_until=now + timedelta(days=1),
        suspended_reason=SONG,
    )
    cage.others = {
        "receipt": report.receipt,
        "draft": draft.pk,
        "notice": notice.pk,
        "export": export.pk,
        "token": token.id,
        "case": Case.objects.get(target_id=str(seen.pk)).pk,
    }


def questions() -> Iterator[str]:
    """What everybody can ask of lists, maps and counts, without naming what is planted."""
    box, near = "bbox=141,43,142,44", "43.12,141.65"
    api = (
        "",
        box,
        f"near={near}",
        "category=onsen",
        "municipality=011002",
        "created_by=hana",
        "sort=gem",
        "sort=saved",
    )
    for question in api:
        yield f"/api/v1/spots/?{question}"
        yield f"/api/v1/spots/?{question}&page_size=1"
        yield f"/api/v1/spots/?{question}&format=geojson"
        yield f"/spots/?{question.replace('created_by=hana', 'status=open')}"
    yield from ("/api/v1/spots/?updated_since=2020-01-01T00:00:00Z", "/api/v1/lists/?owner=hana", "/api/v1/tags/?q=zq")
    yield "/api/v1/spots/nearby/?lat=43.12&lng=141.65&radius_km=50"
    for zoom in (3, 8, 12, 22):
        yield f"/api/v1/spots/clusters/?{box}&zoom={zoom}"
    yield f"/spots/map.svg?view={near},12"
    yield from (f"/users/hana/?show={tab}" for tab in ("", "lists", "comments"))
    yield from ("/categories/onsen/", "/areas/011002/", "/areas/010006/", "/feeds/categories/onsen/")
    yield from ("/feeds/areas/011002/", "/feeds/spots/", "/sitemap-spots.xml", "/sitemap-lists.xml", "/api/schema/")


def words() -> Iterator[str]:
    """Questions that hold the song themselves: their answers repeat it, and must say nothing else."""
    for word in (SONG, KANA, ROOFTOP, PHONE):
        yield f"/spots/?q={word}"
        yield f"/spots/?tag={word}"
        yield f"/api/v1/spots/?q={word}"
        yield f"/api/v1/spots/?tag={word}"
        yield f"/api/v1/spots/clusters/?bbox=141,43,142,44&zoom=12&q={word}"
        yield f"/api/v1/spots/look-alikes/?name={word}&lat={LATITUDE}&lng={LONGITUDE}"
        yield f"/tags/{word}/"
    yield f"/api/v1/users/{SONG}-gone/"
    yield f"/users/{SONG}-gone/"
    yield f"/api/v1/spots/?near={LATITUDE},{LONGITUDE}"
    yield f"/api/v1/spots/nearby/?lat={LATITUDE}&lng={LONGITUDE}"
    yield f"/spots/?near={LATITUDE},{LONGITUDE}"
    yield f"/spots/new/?latitude={LATITUDE}&longitude={LONGITUDE}"
    yield f"/spots/map.svg?view={LATITUDE},{LONGITUDE},17"
