"""How photos come in: within limits, once, never half, whatever they are called."""

from __future__ import annotations

import io
import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from machipoke import multipart
from media_store import pictures, quota, sweeping, uploads
from media_store.models import RefusedPicture, Sent, StoredObject
from media_store.refusal import UploadRefused
from media_store.stores import StoreUnavailable, store_of
from media_store.stores.folder import FolderStore
from tests.pictures import make
from tests.spots.asking import codes, fields
from tests.spots.threads import all_at_once, errors_of

SignIn = Callable[[User], Client]
BOUNDARY = "tsukimi-banashi-no-hashi-1f0c"


@pytest.fixture
def author(sign_in: SignIn, hana: User) -> Client:
    """Hana's browser."""
    return sign_in(hana)


def photo(seed: int = 1, size: tuple[int, int] = (64, 48)) -> io.BytesIO:
    return io.BytesIO(make(size, seed=seed))


def form(parts: list[tuple[str, bytes]]) -> bytes:
    """A multipart body of parts, each its headers and its bytes."""
    body = b"".join(
        f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode("utf-8", "surrogateescape") + content + b"\r\n"
        for head, content in parts
    )
    return body + f"--{BOUNDARY}--\r\n".encode()


def part(name: str, value: str) -> tuple[str, bytes]:
    return f'Content-Disposition: form-data; name="{name}"', value.encode()


def post(client: Client, body: bytes, **extra: Any) -> Any:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return client.generic("POST", "/api/v1/photos/", body, kind, **extra)


NAMES = {
    "japanese": 'filename="橋の写真.jpg"',
    "marks": 'filename="a?b#c&d%00.jpg"',
    "slash": 'filename="/"',
    "up": 'filename="../../../etc/passwd"',
    "NUL": 'filename="a\x00b.jpg"',
    "endless": f'filename="{"n" * 5000}.jpg"',
    "right to left": 'filename="\u202egpj.exe"',
    "html": 'filename="<script>alert(1)</script>.svg"',
    "bytes": 'filename="\udcff\udcfe.jpg"',
    "empty": 'filename=""',
    "none": "",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["image/jpeg", "text/html", "a/b; c=\u202e", ""])
def test_whatever_a_photo_is_called_it_is_stored_alike(
    author: Client, caplog: pytest.LogCaptureFixture, name: str, kind: str
) -> None:
    caplog.set_level(logging.DEBUG)
    head = f'Content-Disposition: form-data; name="file"; {NAMES[name]}'.rstrip("; ")
    head += f"\r\nContent-Type: {kind}" if kind else ""
    answer = post(author, form([(head, photo().getvalue())]))
    assert answer.status_code == 201, answer.content.decode()
    row = StoredObject.objects.get(kind="photo")
    assert (row.key, row.content_type) == (f"spots/{row.gallery}/{row.pk}.jpg", "image/jpeg")
    assert store_of("media", row.place).get(row.key)[:2] == b"\xff\xd8"
    for word in ("橋の写真", "passwd", "script", "gpj", "nnnn"):
        assert word not in answer.content.decode() + caplog.text


def test_forms_that_are_none_are_refused(author: Client) -> None:
    file = 'Content-Disposition: form-data; name="file"; filename="a"'
    gallery = part("gallery", str(uuid.uuid4()))
    refused = {
        "two files": form([(file, b"a"), (file, b"b"), gallery]),
        "a field twice": form([(file, b"a"), gallery, gallery]),
        "many fields": form([(file, b"a"), *(part(f"f{number}", "") for number in range(40))]),
        "a long field": form([(file, b"a"), part("gallery", "g" * 10_000)]),
        "an unknown field": form([(file, b"a"), gallery, part("naem", "x")]),
        "an unknown file": form([('Content-Disposition: form-data; name="x"; filename="a"', b"\xff"), gallery]),
        "no file": form([gallery]),
        "a gallery that is none": form([(file, photo().getvalue()), part("gallery", "x")]),
        "a header without end": form([("X: " + "h" * 70_000, b"a"), gallery]),
        "nothing": b"",
        "no form": b"hello",
    }
    for what, body in refused.items():
        answer = post(author, body)
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json"), what
    answer = author.generic("POST", "/api/v1/photos/", b"{}", "application/json")
    assert (answer.status_code, "multipart/form-data" in answer.json()["detail"]) == (415, True)
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=橋",
        f"multipart/form-data; boundary={'b' * 300}",
    ):
        assert author.generic("POST", "/api/v1/photos/", b"x", kind).status_code in (400, 415)
    assert not StoredObject.objects.exists()


def test_a_file_is_refused_at_its_limit_while_it_streams(author: Client, settings: Any) -> None:
    class Endless(io.RawIOBase):
        """A body that counts what is read of it."""

        def __init__(self, head: bytes) -> None:
            self.head, self.read_bytes = head, 0

        def read(self, size: int = -1) -> bytes:
            piece = self.head or b"\xff" * min(size, 65_536)
            self.head, self.read_bytes = b"", self.read_bytes + len(piece)
            return piece

    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'.encode()
    body = Endless(head)
    extra = {"wsgi.input": body, "CONTENT_LENGTH": str(multipart.MOST_BODY_BYTES)}
    answer = post(author, b"x", **extra)
    assert (answer.status_code, fields(answer), codes(answer)) == (413, ["file"], ["too_large"])
    assert body.read_bytes <= multipart.MOST_FILE_BYTES + 300_000
    unread = Endless(head)
    extra = {"wsgi.input": unread, "CONTENT_LENGTH": str(multipart.MOST_BODY_BYTES + 1)}
    assert post(author, b"x", **extra).status_code == 413
    assert unread.read_bytes == 0


def test_of_a_stranger_s_file_nothing_is_read(client: Client, db: None) -> None:
    class Unreadable(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("was read")

    extra = {"wsgi.input": Unreadable(), "CONTENT_LENGTH": "100000"}
    assert post(client, b"x", **extra).status_code == 401


def test_without_a_csrf_token_nothing_is_read_either(hana: User) -> None:
    class Unreadable(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("was read")

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(hana)
    extra = {"wsgi.input": Unreadable(), "CONTENT_LENGTH": "100000"}
    assert post(strict, b"x", **extra).status_code == 403


def test_the_same_file_and_the_same_client_id_are_the_same_photo(hana: User, ren: User) -> None:
    gallery, called = uuid.uuid4(), uuid.uuid4()
    first = uploads.take_photo(photo(), hana.pk, gallery, called)
    assert (first.is_new, first.row.pk == called) == (True, False)
    for again in (called, uuid.uuid4(), None):
        taken = uploads.take_photo(photo(), hana.pk, gallery, again)
        assert (taken.is_new, taken.row) == (False, first.row)
    assert uploads.take_photo(photo(), hana.pk, uuid.uuid4()).is_new
    assert uploads.take_photo(photo(), ren.pk, gallery, called).is_new  # of another person it says nothing
    with pytest.raises(UploadRefused) as refusal:
        uploads.take_photo(photo(seed=2), hana.pk, gallery, called)
    assert (refusal.value.code, refusal.value.status) == ("client_id_used", 409)
    assert StoredObject.objects.filter(kind="photo").count() == 3


def test_what_was_sent_is_kept_private_for_thirty_days(hana: User) -> None:
    sent = make((64, 48), canary=True)
    row = uploads.take_photo(io.BytesIO(sent), hana.pk, uuid.uuid4()).row
    original = StoredObject.objects.get(kind="original")
    assert (original.bucket, original.key) == ("private", f"originals/{row.pk}")
    assert store_of("private", original.place).get(original.key) == sent
    assert original.delete_after == row.created_at + timedelta(days=30)
    assert not list((Path(site.DATA_DIR) / "media").rglob(f"*{original.key}*"))


def test_a_photo_that_was_taken_down_is_refused_for_everyone(hana: User, ren: User, sign_in: SignIn) -> None:
    taken = uploads.take_photo(photo(), hana.pk, uuid.uuid4())
    master = store_of("media", taken.row.place).get(taken.row.key)
    RefusedPicture.objects.refuse([taken.row], "人の顔が大きく写っています")
    for content in (photo().getvalue(), master):
        answer = sign_in(ren).post("/api/v1/photos/", {"file": io.BytesIO(content)})
        assert (answer.status_code, fields(answer), codes(answer)) == (422, ["file"], ["taken_down"])
        assert "人の顔が大きく写っています" in answer.json()["detail"]
    assert StoredObject.objects.filter(owner_id=ren.pk).count() == 0


def test_a_store_that_is_away_is_told_and_the_photo_can_be_sent_again(
    author: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: Any) -> None:
        raise StoreUnavailable("away")

    body = {"client_id": str(uuid.uuid4())}
    monkeypatch.setattr(FolderStore, "put", away)
    answer = author.post("/api/v1/photos/", {"file": photo(), **body})
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    monkeypatch.undo()
    again = author.post("/api/v1/photos/", {"file": photo(), **body})
    assert (again.status_code, Sent.objects.count()) == (201, 1)  # what was not taken did not count
    assert author.post("/api/v1/photos/", {"file": photo(), **body}).json()["id"] == again.json()["id"]
    assert sorted(row.state for row in StoredObject.objects.all()) == ["condemned", "condemned", "ready", "ready"]
    StoredObject.objects.filter(state="condemned").update(delete_after=timezone.now())
    sweeping.sweep()
    assert StoredObject.objects.count() == 2


def test_what_a_crash_left_half_is_taken_over_after_two_minutes(hana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        """As SIGKILL: no handler of ours runs."""

    def killed(*_args: Any) -> None:
        raise Killed

    gallery, id = uuid.uuid4(), uuid.uuid4()
    monkeypatch.setattr(FolderStore, "put", killed)
    with pytest.raises(Killed):
        uploads.take_photo(photo(), hana.pk, gallery, id)
    monkeypatch.undo()
    with pytest.raises(UploadRefused) as refusal:
        uploads.take_photo(photo(), hana.pk, gallery, id)
    assert (refusal.value.code, refusal.value.status, refusal.value.retry_seconds) == ("under_way", 409, 2)
    StoredObject.objects.update(created_at=timezone.now() - timedelta(minutes=2, seconds=1))
    taken = uploads.take_photo(photo(), hana.pk, gallery, id)
    assert (taken.row.state, taken.is_new, Sent.objects.count()) == ("ready", True, 1)
    assert uploads.take_photo(photo(), hana.pk, gallery, id).row.pk == taken.row.pk
    assert [row.state for row in StoredObject.objects.all()] == ["ready", "ready"]


def test_the_quota_is_a_day_s_and_taking_back_gives_none_of_it(hana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "PICTURES", quota.PICTURES._replace(files=2))
    galleries = [uuid.uuid4(), uuid.uuid4()]
    rows = [uploads.take_photo(photo(seed), hana.pk, gallery).row for seed, gallery in enumerate(galleries)]
    assert uploads.take_back(hana.pk, rows[0].pk)
    sweeping.sweep()
    assert not StoredObject.objects.filter(key__contains=str(rows[0].pk)).exists()
    assert not list(store_of("private", "folder").keys(f"originals/{rows[0].pk}"))  # it may say where it was taken
    with pytest.raises(UploadRefused) as refusal:
        uploads.take_photo(photo(seed=3), hana.pk, uuid.uuid4())
    assert (refusal.value.code, refusal.value.status) == ("quota", 429)
    assert not uploads.take_photo(photo(1), hana.pk, galleries[1]).is_new
    Sent.objects.update(sent_at=timezone.now() - timedelta(days=1, seconds=1))
    assert uploads.take_photo(photo(seed=3), hana.pk, uuid.uuid4()).is_new


def test_the_quota_of_bytes(hana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [len(photo(seed=seed).getvalue()) for seed in (1, 2)]
    monkeypatch.setattr(quota, "PICTURES", quota.PICTURES._replace(size_bytes=sum(sizes)))
    for seed in (1, 2):
        uploads.take_photo(photo(seed=seed), hana.pk, uuid.uuid4())
    with pytest.raises(UploadRefused, match="quota"):
        uploads.take_photo(photo(seed=3), hana.pk, uuid.uuid4())


def test_an_hour_takes_sixty_and_each_sending_counts(author: Client) -> None:
    body = {"client_id": str(uuid.uuid4())}
    answers = [author.post("/api/v1/photos/", {"file": photo(), **body}) for _again in range(61)]
    assert [answer.status_code for answer in answers] == [201, *[200] * 59, 429]
    assert (answers[-1]["RateLimit-Limit"], answers[-1].has_header("Retry-After")) == ("60", True)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_sixteen_at_once_at_the_edge_of_the_quota_let_through_what_is_left(
    hana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "PICTURES", quota.PICTURES._replace(files=5))
    gallery = uuid.uuid4()
    results = all_at_once([partial(uploads.take_photo, photo(seed), hana.pk, gallery) for seed in range(16)])
    assert {getattr(error, "code", error) for error in errors_of(results)} == {"quota"}
    assert len(errors_of(results)) == 11
    assert StoredObject.objects.filter(kind="photo", state="ready").count() == 5
    assert StoredObject.objects.count() == 10


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("with_id", [False, True])
def test_sixteen_identical_ones_at_once_are_one(hana: User, with_id: bool) -> None:
    gallery, id = uuid.uuid4(), uuid.uuid4() if with_id else None
    results = all_at_once([partial(uploads.take_photo, photo(), hana.pk, gallery, id) for _number in range(16)])
    assert errors_of(results) == []
    assert sorted(taken.is_new for taken in results if isinstance(taken, uploads.Taken)) == [*[False] * 15, True]
    assert sorted(StoredObject.objects.values_list("kind", "state")) == [("original", "ready"), ("photo", "ready")]
    stored = [*store_of("media", "folder").keys(f"spots/{gallery}/")]
    assert len(stored) == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nothing_is_decoded_or_put_inside_a_transaction(author: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = []
    put, ingest = FolderStore.put, pictures.ingest

    def seen(call: Any, *args: Any) -> Any:
        inside.append(connection.in_atomic_block)
        return call(*args)

    monkeypatch.setattr(FolderStore, "put", lambda *args: seen(put, *args))
    monkeypatch.setattr(pictures, "ingest", lambda *args: seen(ingest, *args))
    for headers in ({}, {"Idempotency-Key": "k"}):
        body = {"file": photo()}
        assert author.post("/api/v1/photos/", body, headers=headers).status_code == 201
    assert inside == [False] * 6
