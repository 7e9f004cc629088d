"""Nothing of somebody who left is anywhere: every table, the database's own file, Valkey, DATA_DIR, the log.

The person's words are unmistakable and stand in every field and every kind of row that a person can have.
"""

from __future__ import annotations

import base64
import io
import logging
import os
import re
import shutil
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from machipoke.models import IdempotentAnswer
from machipoke.sessions import SessionStore
from media_store import variant_files
from media_store.stores import store_of
from media_store.uploads import take_photo
from spots.models import Attachment, Comment, ModerationAction, Report, SavedItem, Spot, SpotPhoto
from tests import pictures, second_factor
from tests.rows import every_row
from tests.spots.pictured import attachment_of, avatar_of, photo_of

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

WORD = "zqxkanaria"
"""In every text of the person; as itself, and in the middle of base64 in three ways."""
PASSWORD = f"{WORD}-no-michi-42"
EMAIL = f"{WORD}mail@example.jp"
FORMER = f"{WORD}former@example.jp"
PHONE, LATITUDE = "0776-98-7654", 36.098765

Stores = dict[str, bytes]


def word(part: str) -> str:
    return f"{WORD}{part}"


@pytest.fixture
def place(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Letters as files in DATA_DIR and the log in one, as a site without mail and with a service manager has them."""
    settings.EMAIL_BACKEND = "machipoke.mail_files.MailFolder"
    settings.EMAIL_FILE_PATH = site.DATA_DIR / "mail"
    shutil.rmtree(settings.EMAIL_FILE_PATH, ignore_errors=True)
    handler = logging.FileHandler(tmp_path / "site.log", encoding="utf-8")
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    yield tmp_path
    root.removeHandler(handler)
    root.setLevel(level)
    handler.close()
    for name in ("mail", "private", "media", "cache"):
        shutil.rmtree(site.DATA_DIR / name, ignore_errors=True)


def live(ren: User, mori: User, make_spot: Callable[..., Spot]) -> Client:
    """A whole life, as far as there are doors through those; the person's signed-in browser."""
    person = User.objects.create_user(WORD, FORMER, PASSWORD, display_name=word("name"), bio=word("bio"))
    EmailAddress.objects.create(user=person, email=FORMER, verified=True, primary=True)
    client = Client(headers={"user-agent": word("agent")})
    assert client.post("/accounts/login/", {"login": WORD, "password": PASSWORD, "remember": "on"}).status_code == 302
    _change_address(client)
    spots = [_post(client, state, number) for number, state in enumerate(("published", "published", "draft"))]
    of_ren = make_spot("蓮の公園", created_by=ren)
    for spot in (of_ren, spots[0]):
        client.post(f"/spots/{spot.pk}/comments/", {"body": word("comment")})
    said = Comment.objects.filter(spot=of_ren).get()
    Comment(spot=of_ren, author=ren, body="蓮の返事", parent=said).post()
    gone = Comment(spot=of_ren, author=person, body=word("gone"))
    gone.post()
    gone.delete_softly(person)
    client.post("/lists/new/", {"title": word("list"), "description": word("about"), "visibility": "private"})
    saved = person.saved_lists.get(title=word("list"))
    saved.add(of_ren, word("note"))
    client.post("/spots/new/", {"name": word("typed"), "description": word("unfinished"), "state": "draft"})
    report = {"target": f"spot:{of_ren.pk}", "reason": "other", "text": word("report")}
    client.post("/reports/new/", report)
    Report(reporter=person, reason="other", text=word("report")).file(of_ren)
    _add_files(person, spots, of_ren)
    spots[1].hide(mori, "個人の家です")
    _leave_traces(person, client, spots[0], ren)
    return client


def _change_address(client: Client) -> None:
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", {"email": EMAIL, "action_add": ""})
    newest = max((site.DATA_DIR / "mail").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    [code] = re.findall(r"^(\d{6})$", newest.read_text(), re.M)
    assert client.post("/accounts/confirm-email/", {"code": code}).status_code == 302
    assert User.objects.get(username=WORD).email == EMAIL


def _post(client: Client, state: str, number: int) -> Spot:
    body = {
        "name": word(f"spot{number}"),
        "description": word("description"),
        "latitude": LATITUDE + number,
        "longitude": 136.2,
        "category": "park",
        "tags": [word("tag")],
        "address": word("address"),
        "opening_hours": word("hours"),
        "website": f"https://{WORD}.example.jp/",
        "phone": PHONE,
        "state": state,
    }
    headers = {"Idempotency-Key": word(f"key{number}")}
    answer = client.post("/api/v1/spots/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 201, answer.content
    return Spot.objects.get(pk=answer.json()["id"])


def _add_files(person: User, spots: list[Spot], of_ren: Spot) -> None:
    """A photo and a file of each spot, of another's too, one that was deleted, one that no spot holds, and an avatar.

    The word is in what was sent, and, as far as a file goes through unchanged, in what is stored and made of it.
    """
    for number, spot in enumerate([*spots, of_ren]):
        sent = pictures.make((200, 150), seed=number, comment=word("sent"))
        photo = photo_of(spot, person, sent=sent, caption=word("caption"), alt=word("alt"))
        variant_files.keep(photo.image.key, "320-q82.webp", word("variant").encode())
        attachment_of(spot, person, word("gpx").encode(), word("title"))
    photo_of(spots[0], person, sent=pictures.make(seed=8, comment=word("sent"))).delete_softly(person)
    take_photo(io.BytesIO(pictures.make(seed=9, comment=word("sent"))), person.pk, uuid.uuid4())
    avatar = avatar_of(person)
    variant_files.keep(avatar.key, "160-q82.webp", word("avatar").encode())


def _leave_traces(person: User, client: Client, spot: Spot, ren: User) -> None:
    """A token, a copy, notices, a second factor, a search, a moderator's edit and an answer that names the person."""
    token = {"name": word("token"), "scope": "write", "days": "30", "lifetime": "30"}
    client.post("/accounts/tokens/new/", token)
    person.notices.create(kind="hidden", subject=word("subject"), reason=word("reason"))
    client.post("/accounts/export/")
    call_command("run_job", "make_copies", stdout=io.StringIO())
    assert list((site.DATA_DIR / "private" / "exports").glob("*.zip"))
    client.get(f"/spots/?q={WORD}")
    client.get(f"/users/{WORD}/")
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=ren, content_type=kind, object_id=str(person.pk), object_repr=str(person), action_flag=2
    )
    named = f'{{"created_by": {{"username": "{WORD}"}}}}'
    IdempotentAnswer.objects.create(scope=f"api user:{ren.pk}", key="x", digest="x", status=200, body=named)
    spot.refresh_from_db()
    person.suspend(timezone.now(), word("suspended"))
    second_factor.give(person)


# --- the search ---


def _forms() -> list[re.Pattern[bytes]]:
    """The word in any case, as base64 at each of its three offsets, and what else is the person's alone."""
    found = [WORD.encode(), PHONE.encode(), f"{LATITUDE}".encode(), f"{LATITUDE + 1}".encode()]
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + WORD.encode()).rstrip(b"=")
        found.append(encoded[(0, 2, 3)[shift] : -1][:10])
    return [re.compile(re.escape(form), re.IGNORECASE) for form in found]


FORMS = _forms()


def stores(log: Path) -> Stores:
    """Everything that the site keeps anywhere, by where it lies."""
    found: Stores = {"log": (log / "site.log").read_bytes()}
    for table, rows in every_row().items():
        found[f"table {table}"] = "\n".join(rows).encode()
        if table == "django_session":
            found["sessions decoded"] = "\n".join(map(_opened, rows)).encode()
    for number in range(4):
        with redis.Redis(unix_socket_path=str(site.VALKEY_SOCKET), db=number) as valkey:
            for key in valkey.scan_iter():
                found[f"valkey {number} {key!r}"] = key + b"\n" + _value(valkey, key)
    for path in Path(site.DATA_DIR).rglob("*"):
        if path.is_file() and not path.is_socket() and "postgres" not in path.parts:
            found[f"file {path.relative_to(site.DATA_DIR)}"] = path.read_bytes()
    return found


def _opened(row: str) -> str:
    """A session's data as it was before it was packed and signed."""
    data = re.findall(r"'(\.?[A-Za-z0-9_-]{20,}:[A-Za-z0-9]+:[A-Za-z0-9_-]+)'", row)
    return repr([SessionStore().decode(one) for one in data])


def _value(valkey: Any, key: bytes) -> bytes:
    """Of whichever type; compressed ones as they were before."""
    kind = valkey.type(key)
    if kind != b"string":
        return repr((kind, valkey.dump(key))).encode()
    value: bytes = valkey.get(key) or b""
    try:
        return value + zlib.decompress(value)
    except zlib.error:
        return value


def hits(found: Stores) -> set[str]:
    """Where something of the person lies."""
    return {where for where, text in found.items() if any(form.search(text) for form in FORMS)}


def settle() -> None:
    """Wait until Valkey has written its file anew, which it does in the background."""
    with redis.Redis(unix_socket_path=str(site.VALKEY_SOCKET)) as valkey:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            state = valkey.info("persistence")
            if not state["aof_rewrite_in_progress"] and not state["aof_rewrite_scheduled"]:
                return
            time.sleep(0.05)
    raise AssertionError("Valkey did not finish its file")


def erase(client: Client, posts: str) -> None:
    assert client.post("/accounts/delete/", {"password": PASSWORD, "posts": posts}).status_code == 302
    User.objects.exclude(deletion_due_at=None).update(deletion_due_at=timezone.now())
    # Letters to an address that was given up say nothing of who has the account now; they go by their age.
    for path in (site.DATA_DIR / "mail").iterdir():
        if EMAIL.encode() not in path.read_bytes():
            os.utime(path, (0, 0))
    call_command("run_job", "erase_accounts", stdout=io.StringIO())
    call_command("run_job", "sweep_objects", stdout=io.StringIO())
    settle()


def test_the_search_finds_a_life_everywhere(place: Path, ren: User, mori: User, make_spot: Callable[..., Spot]) -> None:
    live(ren, mori, make_spot)
    found = hits(stores(place))
    tables = {where.removeprefix("table ") for where in found if where.startswith("table ")}
    assert tables >= {
        *("accounts_user", "accounts_apitoken", "accounts_notice", "account_emailaddress", "usersessions_usersession"),
        *("spots_spot", "spots_tag", "spots_comment", "spots_draft", "spots_savedlist", "spots_saveditem"),
        *("spots_spotphoto", "spots_attachment"),
        *("spots_report", "machipoke_idempotentanswer", "django_admin_log"),
    }
    assert "sessions decoded" in found
    assert [where for where in found if where.startswith("valkey 2 ")]
    assert [where for where in found if "appendonlydir" in where]
    for folder in ("private/originals", "media/attachments", "cache/variants/spots", "cache/variants/users"):
        assert [where for where in found if where.startswith(f"file {folder}")], folder
    assert [where for where in found if where.startswith("file mail/")]
    if connection.vendor == "sqlite":
        assert [where for where in found if where.startswith("file test")]


def test_who_takes_everything_along_is_nowhere(
    place: Path, ren: User, mori: User, make_spot: Callable[..., Spot]
) -> None:
    client = live(ren, mori, make_spot)
    erase(client, "remove")
    assert hits(stores(place)) == set()
    assert sorted(Comment.objects.values_list("body", "state")) == [("", "deleted"), ("蓮の返事", "published")]
    assert [action.reason for action in ModerationAction.objects.all()] == ["個人の家です"]


def test_who_leaves_their_posts_is_in_nothing_else(
    place: Path, ren: User, mori: User, make_spot: Callable[..., Spot]
) -> None:
    client = live(ren, mori, make_spot)
    kept = Spot.objects.filter(created_by__username=WORD).exclude(state="draft")
    kept.update(name="桜", description="", address="", opening_hours="", website="", phone="", latitude=36.1)
    for spot in kept:
        spot.tags.clear()
    Comment.objects.filter(author__username=WORD, state="published").update(body="いいところ")
    SpotPhoto.objects.filter(uploaded_by__username=WORD, state="published").update(caption="", alt="")
    # What stays public is not searched for: its words, its bytes and what is made of them.
    Attachment.objects.update(title="散歩道")
    shutil.rmtree(variant_files.folder() / "spots")
    for attachment in Attachment.objects.exclude(spot__state="draft").select_related("file"):
        store_of("media", "folder").put(attachment.file.key, b"<gpx/>", "application/gpx+xml")
    erase(client, "keep")
    assert hits(stores(place)) == set()
    assert Spot.objects.filter(name="桜", created_by=None).count() == 2
    assert Comment.objects.filter(body="いいところ", author=None).count() == 2


def test_a_spots_name_stays_in_the_lists_of_others_alone(
    place: Path, ren: User, mori: User, make_spot: Callable[..., Spot]
) -> None:
    client = live(ren, mori, make_spot)
    theirs = ren.saved_lists.create(title="蓮の旅")
    theirs.add(Spot.objects.get(name=word("spot0")))
    erase(client, "remove")
    found = hits(stores(place))
    assert {where for where in found if not where.startswith("file test")} == {"table spots_saveditem"}
    assert SavedItem.objects.get().spot_name == word("spot0")
