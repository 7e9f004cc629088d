"""One row of hana's of every kind and state, and five people who try every door of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, Export, Notice, User
from accounts.sessions import devices_of
from spots.models import Case, Category, Comment, Draft, ModerationAction, Report, SavedList, Spot, Tag
from tests import second_factor
from tests.spots.pictured import attachment_of, photo_of

NOWHERE = UUID("00000000-0000-4000-8000-000000000000")

PEOPLE = "anosm"
"""a anonymous, n another person, o the owner, s the owner while suspended, m a moderator."""

_FILES = {
    "published": PEOPLE,
    "hidden": "osm",
    "deleted": "osm",
    "under-draft": "os",
    "under-pending": "osm",
    "under-hidden": "osm",
    "under-deleted": "m",
}

SEEN = {
    "spot": {"draft": "os", "published": PEOPLE, "pending": "osm", "hidden": "osm", "deleted": "osm"},
    "comment": {
        "published": PEOPLE,
        "hidden": "osm",
        "deleted": PEOPLE,
        "under-draft": "os",
        "under-pending": "osm",
        "under-hidden": "osm",
        "under-deleted": "m",
    },
    "photo": _FILES,
    "attachment": _FILES,
    "list": {"private": "os", "link": PEOPLE, "public": PEOPLE},
    "item": {"private": "os", "link": PEOPLE, "public": PEOPLE, "held": "osm"},
    "tag": {"open": PEOPLE, "secret": ""},
    "person": {"open": PEOPLE, "closed": "m"},
    "draft": {"own": "os"},
    "device": {"own": "os"},
    "token": {"own": "os"},
    "export": {"own": "os"},
    "-": {"-": PEOPLE},
}
"""The kinds and states of rows, and who may know that one is there. Authors do of a deleted spot."""

Values = dict[str, Any]


@dataclass
class Town:
    """The values of addresses by kind and state, and whose browser is whose."""

    values: dict[tuple[str, str], Values] = field(default_factory=dict)
    common: Values = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    owner: User | None = None
    suspended_until: datetime = field(default_factory=lambda: timezone.now() + timedelta(days=1))

    def browser(self, who: str) -> Client:
        """A browser of that person, which accepts no write without the token of our forms."""
        client = Client(enforce_csrf_checks=True)
        if text := self.tokens.get(who):
            client.defaults["HTTP_AUTHORIZATION"] = f"Token {text}"
            return client
        client.cookies[settings.CSRF_COOKIE_NAME] = CSRF
        if key := self.sessions.get(who):
            client.cookies[settings.SESSION_COOKIE_NAME] = key
        return client


CSRF = "c" * 32

TOKENS = {"reader": "read", "writer": "write", "suspended": "write", "expired": "write", "revoked": "write"}
"""Tokens of hana's by name, with their scope."""


def build(make_spot: Callable[..., Spot], hana: User, ren: User, mori: User) -> Town:
    """The town, with everyone signed in a moment ago."""
    town = Town(owner=hana)
    _people(hana, ren, mori)
    common = _spots(town, make_spot, hana, mori)
    _lists(town, hana)
    Spot.objects.get(pk=town.values["spot", "hidden"]["pk"]).hide(mori, "確認のため")
    _rest(town, hana, ren, common)
    town.common["other"] = make_spot("別の場所", created_by=ren, latitude=36.2, longitude=136.3).pk
    for state in SEEN["spot"]:
        town.values["spot", state]["version"] = Spot.objects.get(pk=town.values["spot", state]["pk"]).version
    people = {"n": ren, "o": hana, "s": hana, "m": mori, "spare": hana, **_staff(mori)}
    for who, person in people.items():
        town.sessions[who] = _signed_in(person)
    _credentials(town, hana)
    return town


STAFF = {"b": "boss", "w": "kazu"}
"""b an operator with every right, w a moderator who has no second factor; the table has no letters for them."""


def _staff(mori: User) -> dict[str, User]:
    kazu = User.objects.create_user("kazu", "kazu@example.jp", "kumo-no-iro-31", display_name="数", is_staff=True)
    kazu.groups.set(mori.groups.all())
    boss = second_factor.superuser()
    _people(kazu, boss, closed=False)
    return {"b": boss, "w": kazu}


def _people(*people: User, closed: bool = True) -> None:
    for person in people:
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    if closed:
        User.objects.create_user("tabi", "tabi@example.jp", is_active=False)


def _spots(town: Town, make_spot: Callable[..., Spot], hana: User, mori: User) -> Spot:
    for number, state in enumerate(SEEN["spot"]):
        tag = "秘密の札" if state == "hidden" else "桜"
        place = {"latitude": 36.06 + number / 100, "longitude": 136.22}
        first = "draft" if state == "draft" else "published"
        spot = make_spot(f"{state}の場所", tags=[tag], created_by=hana, state=first, **place)
        town.values["spot", state] = _named(spot)
        comment = Comment.objects.create(spot=spot, author=hana, body=f"{state}の声")
        kind = "published" if state == "published" else f"under-{state}"
        town.values["comment", kind] = _named(comment)
        _files(town, spot, kind, hana, mori)
        if state == "published":
            for moved in ("hidden", "deleted"):
                comment = Comment.objects.create(spot=spot, author=hana, body=f"{moved}の声", state=moved)
                town.values["comment", moved] = _named(comment)
        if state == "pending":
            Spot.objects.filter(pk=spot.pk).update(state=state)
        if state == "deleted":
            spot.delete_softly()
    Spot.objects.update(comment_count=1)
    return Spot.objects.get(pk=town.values["spot", "published"]["pk"])


def _files(town: Town, spot: Spot, kind: str, hana: User, mori: User) -> None:
    """A photo and an attachment of the spot; of the one that everyone sees, also such as are held back."""
    for number, state in enumerate([kind] if kind != "published" else [kind, "hidden", "deleted"]):
        photo = photo_of(spot, hana, seed=20 + number, size=(64, 48))
        attachment = attachment_of(spot, hana, title=f"{state}の道")
        for row in (photo, attachment):
            if state == "hidden":
                row.hide(mori, "確認のため")
            elif state == "deleted":
                row.delete_softly(hana)
        known = {"pk": photo.pk, "id": photo.pk, "object_id": photo.pk}
        town.values["photo", state] = known | {"key": photo.image.key}
        known = {"pk": attachment.pk, "id": attachment.pk, "object_id": attachment.pk}
        town.values["attachment", state] = known | {"name": attachment.file_name}


def _named(row: Any) -> Values:
    return {"pk": row.pk, "id": row.pk, "object_id": row.pk, "version": row.version}


def _lists(town: Town, hana: User) -> None:
    published, held = (Spot.objects.get(pk=town.values["spot", state]["pk"]) for state in ("published", "hidden"))
    for visibility in SEEN["list"]:
        saved = SavedList.objects.create(owner=hana, title=f"{visibility}の旅", visibility=visibility)
        known = _named(saved)
        town.values["list", visibility] = known
        for name, spot in ((visibility, published), ("held", held)):
            item, _made = saved.add(spot)
            if name != "held" or visibility == "public":
                town.values["item", name] = known | {"item_id": item.pk, "spot_id": spot.pk}


def _rest(town: Town, hana: User, ren: User, published: Spot) -> None:
    report = Report(reason="wrong", text="ちがいます", reporter=ren)
    report.file(published)
    draft = Draft.objects.create(owner=hana, typed="name=%E6%A1%9C")
    town.values["draft", "own"] = {"pk": draft.pk}
    notice = Notice.objects.create(user=hana, kind=Notice.Kind.HIDDEN, subject="場所", path="/users/hana/")
    until = timezone.now() + timedelta(hours=1)
    export = Export.objects.create(user=hana, state=Export.State.READY, ready_at=timezone.now(), expires_at=until)
    export.path.parent.mkdir(parents=True, exist_ok=True)
    export.path.write_bytes(b"PK")
    town.values["export", "own"] = {"pk": export.pk, "id": export.pk}
    town.values["tag", "open"], town.values["tag", "secret"] = {"name": "桜"}, {"name": "秘密の札"}
    tabi = User.objects.get(username="tabi")
    town.values["person", "open"] = {"username": "hana", "object_id": hana.pk}
    town.values["person", "closed"] = {"username": "tabi", "object_id": tabi.pk}
    town.values["-", "-"] = {"id": "6f0e1a52-5d8e-4f0c-9a43-0d8f6d6c1e77"}  # of a photo that never came
    town.common |= {
        "published": published.pk,
        "notice": notice.pk,
        "slug": "park",
        "code": "182010",
        "section": "spots",
        "receipt": report.receipt,
        "app_label": "spots",
        "url": "nothing-here",
        "id": NOWHERE,
        "case": Case.objects.get().pk,
        "moderationaction": ModerationAction.objects.latest("pk").pk,
        "category": Category.objects.get(slug="park").pk,
        "tag": Tag.objects.get(name="桜").pk,
        "group": Group.objects.get().pk,
    }


def _credentials(town: Town, hana: User) -> None:
    """A device and a token to be ended, and tokens to come in with."""
    device = devices_of(hana, town.sessions["spare"])[0]
    town.values["device", "own"] = {"pk": device.id, "id": device.id}
    row, _text = ApiToken.make(hana, "古い", ApiToken.Scope.READ)
    town.values["token", "own"] = {"pk": row.id, "id": row.id}
    for who, scope in TOKENS.items():
        row, town.tokens[who] = ApiToken.make(hana, who, scope)
        ApiToken.objects.filter(pk=row.pk).update(last_used_on=timezone.localdate())
        if who == "expired":
            ApiToken.objects.filter(pk=row.pk).update(expiry=timezone.now())
        if who == "revoked":
            row.delete()


def _signed_in(person: User) -> str:
    """A session whose owner has just typed the password once more, for what asks for that."""
    client, request = Client(), HttpRequest()
    client.force_login(person)
    request.session = client.session
    record_authentication(request, person, "password", reauthenticated=True)
    request.session.save()
    return str(request.session.session_key)


def nothing_like(values: Values, subject: str, state: str) -> Values:
    """Values of the same length that name no row; of a spot held back in a list that may be seen, no item."""
    none = {
        "pk": NOWHERE,
        "id": NOWHERE,
        "object_id": NOWHERE,
        "spot_id": NOWHERE,
        "item_id": 999_999,
        "username": "nado",
        "name": "架空の札",
        "key": f"spots/{NOWHERE}/{NOWHERE}.jpg",
    }
    if subject == "attachment":
        none["name"] = values["name"]
    kept = ("pk", "id", "object_id", "version") if (subject, state) == ("item", "held") else ("version",)
    return {name: value if name in kept else none[name] for name, value in values.items()}


def suspend(town: Town) -> None:
    """From now on hana is suspended."""
    assert town.owner
    User.objects.filter(pk=town.owner.pk).update(suspended_until=town.suspended_until)
