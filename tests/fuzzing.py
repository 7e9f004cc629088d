"""What a fuzzer of the API needs to get anywhere: a small town, who asks, and ids and names that are really there."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from zlib import crc32

from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client
from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation as Where

from accounts.models import ApiToken, User
from spots.models import Category, Comment, Report, SavedList, Spot
from tests.attachment_files import gpx
from tests.pictures import make
from tests.spots.pictured import attachment_of, photo_of

KEPT_OF = 8
"""Of so many drawn values one stays: what is not there must be answered too."""


@dataclass
class Town:
    """Ids by the path they stand in, and values by the member or parameter that takes them, some at one path alone."""

    paths: list[tuple[str, str, str]]
    """Beginning of the path, parameter, id; the first that fits is taken."""
    members: dict[str, list[Any]]


def build(hana: User, ren: User) -> Town:
    """One row of hana's of every kind, and something of everyone else's."""
    spot, other, gone = (_spot(hana, name) for name in ("中央公園", "城址公園", "東公園"))
    draft, strange = _spot(hana, "下書き", state="draft"), _spot(ren, "蓮の家")
    comment = Comment(spot=spot, author=hana, body="よい所")
    comment.post()
    Comment(spot=spot, author=ren, parent=comment, body="そうですね").post()
    saved = SavedList(owner=hana, title="散歩", visibility="public")
    saved.post()
    for one in (spot, other):
        saved.add(one)
    report = Report(reason="spam")
    report.file(spot)
    gone.delete_softly()
    token, _text = ApiToken.make(hana, "昔の端末", ApiToken.Scope.READ)
    shown, gone_photo = (photo_of(spot, hana, seed) for seed in (1, 2))
    file, gone_file = attachment_of(spot, hana), attachment_of(spot, hana, title="消した道")
    for away in (gone_photo, gone_file):
        away.delete_softly(hana)
    browser = Client()
    browser.force_login(hana)
    [session] = browser.get("/api/v1/me/sessions/").json()["results"]
    return Town(
        [
            ("/api/v1/spots/{id}/restoration/", "id", str(gone.pk)),
            ("/api/v1/photos/{id}/restoration/", "id", str(gone_photo.pk)),
            ("/api/v1/attachments/{id}/restoration/", "id", str(gone_file.pk)),
            ("/api/v1/photos/{id}/", "id", str(shown.pk)),
            ("/api/v1/attachments/{id}/", "id", str(file.pk)),
            ("/api/v1/spots/", "id", str(spot.pk)),
            ("/api/v1/comments/", "id", str(comment.pk)),
            ("/api/v1/lists/", "id", str(saved.pk)),
            ("/api/v1/lists/", "spot_id", str(other.pk)),
            ("/api/v1/users/", "username", "hana"),
            ("/api/v1/reports/", "receipt", report.receipt),
            ("/api/v1/tokens/", "id", str(token.id)),
            ("/api/v1/me/sessions/", "id", session["id"]),
        ],
        {
            "category": ["park"],
            "municipality_code": ["182010", ""],
            "municipality": ["182010"],
            "website": ["https://example.jp/", ""],
            "reading": ["チュウオウコウエン", ""],
            "name": ["中央公園", "橋のたもと"],
            "title": ["春の散歩"],
            "body": ["夕方がきれいです"],
            "tags": [["桜"], []],
            "latitude": [36.06, -35.5],
            "longitude": [136.22, 179.9],
            "spot": [str(spot.pk), str(strange.pk), str(draft.pk)],
            "order": [[str(other.pk), str(spot.pk)], []],
            "parent": [str(comment.pk), None],
            "target": [f"spot:{spot.pk}", f"comment:{comment.pk}", "user:ren", f"list:{saved.pk}"],
            "text": ["先月で閉店しました"],
            "bbox": ["122,20,154,46", "179,-90,-179,90"],
            "near": ["36.06,136.22"],
            "tag": ["桜"],
            "created_by": ["hana", "ren"],
            "owner": ["hana", "ren"],
            "updated_since": ["2026-01-01T00:00:00Z", "2026-01-01"],
            "sort": ["new", "gem", "saved"],
            "cursor": [""],
            "If-Match": ["*"],
            "username": ["hana"],
            "password": ["tsubaki-no-michi"],
            "code": [""],
            "file": [make((64, 48), seed=3)],
            "/api/v1/spots/{id}/attachments/ file": [gpx()],
            "photo_ids": [[]],
            "caption": ["椿"],
            "alt": ["赤い花"],
        },
    )


def _spot(author: User, name: str, **fields: Any) -> Spot:
    park = Category.objects.of_slug("park")
    spot = Spot(created_by=author, name=name, latitude=36.06, longitude=136.22, category=park, **fields)
    spot.post(["桜"])
    return spot


@dataclass
class Caller:
    """Who asks: what they send with every request, and what they were answered so far."""

    name: str
    town: Town
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    answered: list[tuple[str, int]] = field(default_factory=list)
    """What was asked, and the status of the answer."""

    @property
    def sent(self) -> dict[str, Any]:
        """What goes with each request; an address too, which every real server knows."""
        environment = {"REMOTE_ADDR": "127.0.0.1"}
        return {"headers": self.headers, "cookies": self.cookies, "environ_base": environment}

    def got_through(self, asked: str) -> bool:
        """Whether one such request was answered with what it asked for."""
        return any(one == asked and 200 <= status < 300 for one, status in self.answered)

    def placed(self, case: Case[Any], told: tuple[Any, ...] = ()) -> Case[Any]:
        """The case with what is there in what was drawn as valid; what was drawn as invalid stays as it is."""
        placed = case.derive(keep_auth=True)
        placed._has_explicit_auth = bool(self.cookies or "Authorization" in self.headers)
        parts = (
            (Where.PATH, placed.path_parameters),
            (Where.QUERY, placed.query),
            (Where.HEADER, placed.headers),
            (Where.BODY, placed.body),
        )
        negative = {where for where, _sent in parts if placed.meta and placed.meta.is_negative_at(where)}
        drawn = crc32(repr((case.method, *(told or (case.path_parameters, case.query, case.body)))).encode())
        for where, sent in parts:
            if isinstance(sent, MutableMapping) and where not in negative:
                self._place(case.operation.path, sent, drawn, in_path=where is Where.PATH)
        return placed

    def fill(self, case: Case[Any]) -> None:
        """The same for one step of a chain, whose ids came from the answer before."""
        # Not by its values: ids in them differ from one run to the next, and the choice must not.
        names = [*case.body] if isinstance(case.body, dict) else []
        placed = self.placed(case, (case.path, sorted(case.query), sorted(names)))
        case.query, case._has_explicit_auth = placed.query, placed._has_explicit_auth
        if isinstance(case.body, dict):  # a body that is set to none counts as one of the wrong shape
            drawn = {name: case.body[name] for name in ("file",) if name in case.body}  # else the same: bytes are text
            case.body = {**cast(dict[str, Any], placed.body), **drawn}
        if "If-Match" in case.headers:
            case.headers["If-Match"] = "*"

    def _place(self, path: str, sent: MutableMapping[str, Any], drawn: int, in_path: bool) -> None:
        for place, name in enumerate([*sent]):
            known = self._ids(path, name) if in_path else self._values(path, name)
            choice = crc32(f"{drawn} {place} {in_path}".encode())
            if known and choice % KEPT_OF:
                sent[name] = known[choice % len(known)]

    def _values(self, path: str, name: str) -> list[Any]:
        members = self.town.members
        return members.get(f"{path} {name}") or members.get(name, [])

    def _ids(self, path: str, name: str) -> list[str]:
        return [id_ for begin, parameter, id_ in self.town.paths if path.startswith(begin) and name == parameter][:1]


def signed_out(town: Town) -> Caller:
    """Nobody."""
    return Caller("nobody", town)


def signed_in(town: Town, person: User) -> Caller:
    """A browser of hers, with its CSRF token."""
    client = Client()
    client.force_login(person)
    token = _get_new_csrf_string()
    cookies = {name: morsel.value for name, morsel in client.cookies.items()} | {settings.CSRF_COOKIE_NAME: token}
    return Caller("session", town, {"X-CSRFToken": token}, cookies)


def with_token(town: Town, person: User, scope: str) -> Caller:
    """A program of hers."""
    _row, text = ApiToken.make(person, "地図の係", scope)
    return Caller(f"{scope} token", town, {"Authorization": f"Token {text}"})


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written in the block is taken back, so that every case meets the same town."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def one_connection() -> Iterator[None]:
    """The application keeps the test's connection, as Django's own client sees to, which cannot be used inside."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)
