"""The folder of variants: bounded, the least used goes first, and what is withdrawn is gone from it."""

from __future__ import annotations

import os
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import Error
from django.utils import timezone

from media_store import variant_files
from media_store.models import Withdrawal
from media_store.variants import RECIPE
from media_store.withdrawn import Listener

NAME = "320-q82.webp"


def _key(spot: uuid.UUID | None = None) -> str:
    return f"spots/{spot or uuid.uuid4()}/{uuid.uuid4()}.jpg"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def _aged(key: str, hours: float) -> None:
    path = variant_files.folder() / key / NAME
    before = time.time() - hours * 3600
    os.utime(path, (before, before))


def test_what_is_kept_is_found_and_read_until_it_is_forgotten() -> None:
    spot = uuid.uuid4()
    keys = [_key(spot), _key(spot), _key()]
    for key in keys:
        variant_files.keep(key, NAME, b"picture")
        variant_files.keep(key, NAME, b"picture", private=True)
    variant_files.forget(keys[0])
    assert [variant_files.find(key, NAME) is None for key in keys] == [True, False, False]
    variant_files.forget(f"spots/{spot}/")
    for private in (False, True):
        assert [variant_files.find(key, NAME, private) is None for key in keys] == [True, True, False]
    found = variant_files.find(keys[2], NAME)
    assert found is not None
    assert found.read() == b"picture"
    variant_files.take_back(keys[2], NAME)
    assert found.read() is None


@pytest.mark.parametrize("prefix", ["", "/", ".", "..", "spots", "spots/", "../..", "spots/../", "/etc/", "private/x/"])
def test_what_is_no_prefix_of_keys_removes_nothing(prefix: str) -> None:
    key = _key()
    variant_files.keep(key, NAME, b"picture")
    variant_files.forget(prefix)
    assert variant_files.find(key, NAME) is not None


def test_the_folder_stays_below_its_limit_and_keeps_what_was_used_last(settings: Any) -> None:
    keys = [_key() for _number in range(30)]
    for age, key in enumerate(keys):
        variant_files.keep(key, NAME, bytes(60_000))
        _aged(key, 48 - age)
    variant_files.find(keys[0], NAME)  # the oldest is looked at again
    settings.VARIANT_CACHE_MB = 1
    variant_files.trim()
    assert 500_000 < variant_files.used_bytes() <= 900_000
    kept = [key for key in keys if (variant_files.folder() / key).is_dir()]
    assert kept[0] == keys[0]
    assert kept[1:] == keys[-len(kept) + 1 :]


def test_writing_alone_trims_it(settings: Any) -> None:
    settings.VARIANT_CACHE_MB = 1
    for _number in range(60):
        variant_files.keep(_key(), NAME, bytes(60_000))
        assert variant_files.used_bytes() < 1_150_000


def test_one_process_trims_at_a_time(settings: Any) -> None:
    settings.VARIANT_CACHE_MB = 1
    for _number in range(3):
        variant_files.keep(_key(), NAME, bytes(10))
    settings.VARIANT_CACHE_MB = 0
    with variant_files._alone() as is_mine:
        assert is_mine
        assert variant_files.trim() == 0
    assert variant_files.trim() == 3


def test_a_use_is_noted_once_an_hour() -> None:
    key = _key()
    variant_files.keep(key, NAME, b"picture")
    path = variant_files.folder() / key / NAME
    _aged(key, 0.5)
    before = path.stat().st_mtime
    variant_files.find(key, NAME)
    assert path.stat().st_mtime == before
    _aged(key, 2)
    variant_files.find(key, NAME)
    assert path.stat().st_mtime > time.time() - 60


def test_the_part_of_a_killed_process_is_trimmed_too(settings: Any) -> None:
    key = _key()
    variant_files.keep(key, NAME, b"picture")
    (variant_files.folder() / key / f".{NAME}.1-1").write_bytes(bytes(5000))
    settings.VARIANT_CACHE_MB = 0
    assert variant_files.trim() == 2


def test_an_empty_file_is_none() -> None:
    key = _key()
    variant_files.keep(key, NAME, b"")
    assert variant_files.find(key, NAME) is None


# --- withdrawals ---


def _heard(listener: Listener) -> None:
    listener._due = 0.0
    assert listener.has_heard()


def _withdraw(key: str, ago: timedelta = timedelta(0)) -> Withdrawal:
    """As another server does: nothing happens to this folder."""
    return Withdrawal.objects.create(prefix=key, created_at=timezone.now() - ago)


def test_a_server_forgets_what_another_took_away(db: None) -> None:
    listener, key, other = Listener(), _key(), _key()
    _heard(listener)
    for one in (key, other):
        variant_files.keep(one, NAME, b"picture")
    _withdraw(key)
    _heard(listener)
    assert variant_files.find(key, NAME) is None
    assert variant_files.find(other, NAME) is not None


def test_what_a_killed_generator_left_after_it_goes_too(db: None) -> None:
    listener, key = Listener(), _key()
    _withdraw(key)
    _heard(listener)
    variant_files.keep(key, NAME, b"picture")  # and it never looked again
    _heard(listener)
    assert variant_files.find(key, NAME) is None


def test_once_it_is_older_than_any_making_a_photo_may_come_back(db: None) -> None:
    listener, key = Listener(), _key()
    _withdraw(key, timedelta(minutes=2))
    _heard(listener)
    variant_files.keep(key, NAME, b"picture")
    _heard(listener)
    assert variant_files.find(key, NAME) is not None


def test_a_restart_goes_on_where_the_folder_is(db: None) -> None:
    done, new, kept = _key(), _key(), _key()
    _withdraw(done, timedelta(hours=1))
    _heard(Listener())
    _withdraw(new, timedelta(minutes=30))  # while the site stood still
    for key in (done, new, kept):
        variant_files.keep(key, NAME, b"picture")
    _heard(Listener())
    assert [variant_files.find(key, NAME) is None for key in (done, new, kept)] == [False, True, False]


@pytest.mark.parametrize("state", [None, "", "an-older-recipe 0", f"{RECIPE} 99999999", f"{RECIPE} many"])
def test_a_folder_that_cannot_be_trusted_is_emptied(db: None, state: str | None) -> None:
    key = _key()
    variant_files.keep(key, NAME, b"picture")
    heard = variant_files.folder() / ".heard"
    if state is not None:
        heard.write_text(state)
    _heard(Listener())
    assert variant_files.find(key, NAME) is None
    assert heard.read_text() == f"{RECIPE} 0"


def test_a_folder_that_heard_nothing_for_a_week_is_emptied(db: None) -> None:
    _heard(Listener())
    key = _key()
    variant_files.keep(key, NAME, b"picture")
    week = time.time() - 7 * 24 * 3600
    os.utime(variant_files.folder() / ".heard", (week, week))
    _heard(Listener())
    assert variant_files.find(key, NAME) is None


def test_without_the_database_hits_go_on_but_not_before_the_first_word(db: None, monkeypatch: Any) -> None:
    new, old = Listener(), Listener()
    _heard(old)

    def away(*_args: Any, **_kwargs: Any) -> Any:
        raise Error("away")

    monkeypatch.setattr(Withdrawal.objects.__class__, "filter", away)
    monkeypatch.setattr(Withdrawal.objects.__class__, "order_by", away)
    for listener, answers in ((new, False), (old, True)):
        listener._due = 0.0
        listener.has_heard()
        assert listener.has_heard() is answers
        assert listener._due > time.monotonic() + 1
