"""The WSGI application in front of Django: it answers what is kept, word for word as Django does, and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection
from django.test import Client, RequestFactory

from accounts.models import User
from media_store import variant_files
from media_store.delivery.answers import FOR_EVER
from media_store.delivery.front import PicturesFirst
from media_store.models import Withdrawal
from media_store.withdrawn import Listener
from spots.models import Spot
from spots.models.photo import SpotPhoto
from tests.media_store.photos import add_photo, path_of


class Recorder:
    """A Django that is asked or not."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.asked += 1
        start_response("204 No Content", [])
        return []


def _ask(application: Any, path: str, method: str = "GET", **given: Any) -> tuple[int, dict[str, str], bytes]:
    environ = RequestFactory().generic(method, path, **given).environ
    told: list[Any] = []
    body = b"".join(application(environ, lambda status, headers: told.append((status, headers))))
    status, headers = told[0]
    return int(status.split()[0]), dict(headers), body


@pytest.fixture
def photo(make_spot: Callable[..., Spot], hana: User, client: Client) -> SpotPhoto:
    """With one size that is kept."""
    photo = add_photo(make_spot(created_by=hana), hana)
    client.get(path_of(photo, "w=320&format=webp"))
    return photo


@pytest.mark.parametrize(
    "given",
    [{}, {"HTTP_RANGE": "bytes=5-9"}, {"HTTP_RANGE": "bytes=99999999-"}, {"HTTP_IF_NONE_MATCH": "*"}],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("query", ["w=320&format=webp", "w=200&format=auto"])
def test_it_answers_as_django_does(photo: SpotPhoto, given: dict[str, str], method: str, query: str) -> None:
    asked = {"HTTP_ACCEPT": "image/webp", "HTTP_X_REQUEST_ID": "one-and-the-same", **given}
    path = path_of(photo, query)
    nothing = Recorder()
    status, headers, body = _ask(PicturesFirst(nothing), path, method, **asked)
    assert nothing.asked == 0
    inside = getattr(Client(), method.lower())(path, **asked)
    assert (status, body) == (inside.status_code, inside.content)
    assert headers == dict(inside.headers)


def test_every_answer_has_an_id_of_its_own(photo: SpotPhoto) -> None:
    front = PicturesFirst(Recorder())
    ids = {_ask(front, path_of(photo, "w=320&format=webp"))[1]["X-Request-ID"] for _time in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("method", "query"),
    [("POST", "w=320&format=webp"), ("GET", "w=640&format=webp"), ("GET", "w=nothing"), ("OPTIONS", "w=320")],
)
def test_all_else_goes_to_django(photo: SpotPhoto, method: str, query: str) -> None:
    django = Recorder()
    assert _ask(PicturesFirst(django), path_of(photo, query), method)[0] == 204
    assert _ask(PicturesFirst(django), "/", method)[0] == 204
    assert _ask(PicturesFirst(django), "/images/../db.sqlite3", method)[0] == 204
    assert django.asked == 3


def test_a_private_size_is_not_answered_in_front(photo: SpotPhoto) -> None:
    key = photo.stored_object.key
    found = variant_files.find(key, "320-q82.webp")
    assert found is not None
    variant_files.keep(key, "640-q82.webp", found.read() or b"", private=True)
    django = Recorder()
    for path in (path_of(photo, "w=640&format=webp"), f"/images/private/{key}?w=640&format=webp"):
        assert _ask(PicturesFirst(django), path)[0] == 204


def test_behind_tls_it_says_hsts_and_leaves_plain_requests_to_djangos_redirect(photo: SpotPhoto, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT = 31_536_000, True
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    front, path = PicturesFirst(WSGIHandler()), path_of(photo, "w=320&format=webp")
    secure: dict[str, Any] = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_REQUEST_ID": "one-and-the-same"}
    status, headers, _body = _ask(front, path, **secure)
    assert (status, headers) == (200, dict(Client().get(path, **secure).headers))
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert _ask(front, path)[0] == 301


# --- the database away ---


def _cut_off(*_args: Any) -> Any:
    raise OperationalError("no connection to the database")


def _told(path: str, **given: Any) -> set[tuple[int, str]]:
    """What the application in front says of it, and what Django."""
    status, headers, _body = _ask(PicturesFirst(Recorder()), path, **given)
    inside = Client().get(path, **given)
    return {(status, headers.get("Cache-Control", "")), (inside.status_code, inside["Cache-Control"])}


def test_with_the_database_away_a_picture_goes_on_for_half_a_minute_at_a_time(
    photo: SpotPhoto, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    path, seconds, clock = path_of(photo, "w=320&format=webp"), [0.0], time.monotonic
    monkeypatch.setattr("media_store.withdrawn.time.monotonic", lambda: clock() + seconds[0])
    tag = Client().get(path)["ETag"]
    known = {"HTTP_IF_NONE_MATCH": tag}
    with connection.execute_wrapper(_cut_off):
        for seconds[0], caching in ((3.0, FOR_EVER), (6.0, "public, max-age=30"), (60.0, "public, max-age=30")):
            assert _told(path) == {(200, caching)}
            assert _told(path, **known) == {(304, caching)}
    seconds[0] += 3.0
    assert _told(path) == {(200, FOR_EVER)}


def test_what_was_taken_away_meanwhile_goes_when_the_database_is_back(
    photo: SpotPhoto, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    path, seconds, clock = path_of(photo, "w=320&format=webp"), [0.0], time.monotonic
    monkeypatch.setattr("media_store.withdrawn.time.monotonic", lambda: clock() + seconds[0])
    Client().get(path)
    Withdrawal.objects.create(prefix=photo.stored_object.key)  # as another server does
    Spot.objects.update(state="hidden")
    with connection.execute_wrapper(_cut_off):
        seconds[0] = 10.0
        assert Client().get(path)["Cache-Control"] == "public, max-age=30"
    seconds[0] = 13.0
    assert Client().get(path).status_code == 404


def test_after_a_pause_nobody_is_answered_before_one_has_asked(
    photo: SpotPhoto, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two come at once to a process that answered no picture for a while: the second waits for the first's word."""
    settings.DATA_DIR = tmp_path
    key, clock, seconds = photo.stored_object.key, time.monotonic, [0.0]
    monkeypatch.setattr("media_store.withdrawn.time.monotonic", lambda: clock() + seconds[0])
    listener = Listener()
    assert listener.has_heard()
    variant_files.keep(key, "320-q82.webp", b"picture")
    Withdrawal.objects.create(prefix=key)
    seconds[0] = 60.0
    asks, answers = threading.Event(), threading.Event()

    def come_second() -> None:
        asks.set()
        listener.has_heard()
        answers.set()

    second = threading.Thread(target=come_second)

    def slowly(execute: Any, *args: Any) -> Any:
        if not asks.is_set():
            second.start()
            assert asks.wait(5)
            assert not answers.wait(0.2)
        return execute(*args)

    with connection.execute_wrapper(slowly):
        assert listener.has_heard()
    second.join(5)
    assert answers.is_set()
    assert variant_files.find(key, "320-q82.webp") is None
