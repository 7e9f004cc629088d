"""`move_media`: to a bucket and back while the site stays up, whole or not at all, and again after a kill."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from media_store import objects
from media_store.models import StoredObject
from media_store.stores import store_of
from media_store.tasks import sweep_objects
from tests import fault_proxy
from tests.machipoke.running_site import BASE_DIR, eventually
from tests.s3_server import Buckets

pytestmark = pytest.mark.django_db


@pytest.fixture
def buckets(rclone_bucket: Buckets, settings: Any, tmp_path: Path) -> Buckets:
    """A site with a folder, and buckets to move to."""
    settings.DATA_DIR = tmp_path
    rclone_bucket.use(settings, "folder")
    return rclone_bucket


def stored(number: int = 3, bucket: str = "media") -> list[StoredObject]:
    rows = []
    for count in range(number):
        pk, content = uuid.uuid4(), f"photo {count}".encode() * 100
        key = f"spots/7f/{pk}.jpg" if bucket == "media" else f"originals/{pk}"
        row = StoredObject(pk=pk, bucket=bucket, kind="photo", key=key, content_type="image/jpeg")
        row.sha256 = sha256(content).hexdigest()
        rows.append(objects.store(row, content))
    return rows


def move(target: str) -> dict[str, int]:
    told = io.StringIO()
    call_command("move_media", "--to", target, "--wait", "0", "--json", stdout=told)
    found: dict[str, int] = json.loads(told.getvalue())
    return found


def places() -> set[str]:
    return set(StoredObject.objects.values_list("place", flat=True))


def is_whole(row: StoredObject) -> bool:
    return sha256(objects.read(StoredObject.objects.get(pk=row.pk))).hexdigest() == row.sha256


def kept(bucket: str, place: str) -> set[str]:
    return set(store_of(bucket, place).keys())


def test_everything_goes_there_and_back(buckets: Buckets, settings: Any) -> None:
    rows = stored(3) + stored(2, "private")
    condemned = stored(1)[0]
    StoredObject.objects.filter(pk=condemned.pk).condemn()
    keys = kept("media", "folder")
    buckets.use(settings, "s3")
    assert move("s3") == {"moved": 6, "removed": 6, "failed": 0, "under_way": 0}
    assert places() == {"s3"}
    assert all(is_whole(row) for row in [*rows, condemned])
    assert (kept("media", "folder"), kept("private", "folder"), kept("media", "s3")) == (set(), set(), keys)
    assert move("s3") == {"moved": 0, "removed": 0, "failed": 0, "under_way": 0}
    buckets.use(settings, "folder")
    assert move("folder")["moved"] == 6
    assert all(is_whole(row) for row in rows)
    assert kept("media", "s3") == set()


def test_it_refuses_while_new_photos_still_go_to_the_old_place(buckets: Buckets, settings: Any) -> None:
    stored()
    with pytest.raises(CommandError, match="MEDIA_STORE=s3") as refused:
        move("s3")
    assert refused.value.returncode == 2
    settings.STORAGES = {name: value for name, value in settings.STORAGES.items() if not name.endswith("_s3")}
    with pytest.raises(CommandError, match="S3_BUCKET"):
        move("s3")
    assert places() == {"folder"}


def test_a_copy_that_is_not_what_the_row_says_is_not_moved(buckets: Buckets, settings: Any, tmp_path: Path) -> None:
    changed, gone, good = stored(3)
    (tmp_path / "media" / changed.key).write_bytes(b"changed on the disk")
    (tmp_path / "media" / gone.key).unlink()
    buckets.use(settings, "s3")
    with pytest.raises(CommandError, match="2件"):
        move("s3")
    assert StoredObject.objects.get(pk=good.pk).place == "s3"
    assert {StoredObject.objects.get(pk=row.pk).place for row in (changed, gone)} == {"folder"}
    assert kept("media", "folder") == {changed.key}


def test_what_is_still_on_its_way_is_told_and_left(buckets: Buckets, settings: Any) -> None:
    [row] = stored(1)
    StoredObject.objects.filter(pk=row.pk).update(state="pending")
    buckets.use(settings, "s3")
    assert move("s3") == {"moved": 0, "removed": 0, "failed": 0, "under_way": 1}
    assert kept("media", "folder") == {row.key}


def test_what_has_no_row_is_not_its_business(buckets: Buckets, settings: Any) -> None:
    store_of("media", "folder").put("spots/7f/stranger.jpg", b"x", "image/jpeg")
    stored(1)
    buckets.use(settings, "s3")
    move("s3")
    assert kept("media", "folder") == {"spots/7f/stranger.jpg"}


def test_without_a_private_bucket_the_originals_stay(buckets: Buckets, settings: Any) -> None:
    stored(1, "private")
    stored(1)
    buckets.use(settings, "s3")
    settings.OBJECT_PLACES = settings.OBJECT_PLACES | {"private": "folder"}
    assert move("s3")["moved"] == 1
    assert len(kept("private", "folder")) == 1


def test_a_store_that_is_away_ends_it_with_a_line_and_it_goes_on_later(buckets: Buckets, settings: Any) -> None:
    rows = stored(4)
    with fault_proxy.before(buckets.endpoint) as proxy:
        buckets.use(settings, "s3", endpoint=proxy.endpoint)
        proxy.fail("truncate")
        with pytest.raises(CommandError, match=r"^move_media: "):
            move("s3")
    assert places() == {"folder"}
    buckets.use(settings, "s3")
    assert move("s3")["moved"] == 4
    assert all(is_whole(row) for row in rows)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_killed_at_any_moment_it_goes_on_and_every_photo_is_there_throughout(
    buckets: Buckets, settings: Any, tmp_path: Path
) -> None:
    from django.db import connection

    rows = stored(60) + stored(20, "private")
    missed: list[str] = []
    stop = threading.Event()
    buckets.use(settings, "s3")

    def read_all_the_time() -> None:
        while not stop.is_set():
            missed.extend(row.key for row in rows if not is_whole(row))
        connection.close()

    reader = threading.Thread(target=read_all_the_time)
    reader.start()
    try:
        for number in range(6):
            mover = _start_move(buckets, settings, tmp_path)
            before = StoredObject.objects.filter(place="s3").count()
            eventually(lambda: StoredObject.objects.filter(place="s3").count() > before, 20)  # noqa: B023
            time.sleep(0.01 * number)
            mover.send_signal(signal.SIGKILL)
            mover.wait()
        last = move("s3")
    finally:
        stop.set()
        reader.join()
    assert missed == []
    assert last["failed"] == 0
    assert places() == {"s3"}
    assert kept("media", "folder") | kept("private", "folder") == set()
    assert list(tmp_path.rglob("*.part")) == []
    assert kept("media", "s3") == {row.key for row in rows if row.bucket == "media"}
    sweep_objects()


def _start_move(buckets: Buckets, settings: Any, data_dir: Path) -> subprocess.Popen[bytes]:
    """`move_media` in a process of its own, on this test's database."""
    from django.db import connection

    program = (
        "import sys, django; django.setup();"
        "from django.conf import settings; from django.core.management import call_command;"
        "settings.DATABASES['default']['NAME'] = sys.argv[1];"
        "call_command('move_media', '--to', 's3', '--wait', '1')"
    )
    environment = os.environ | buckets.environment() | {"DATA_DIR": str(data_dir), "MEDIA_STORE": "s3"}
    environment["DJANGO_SETTINGS_MODULE"] = "machipoke.settings"
    environment["SECRET_KEY"] = settings.SECRET_KEY
    name = str(connection.settings_dict["NAME"])
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-c", program, name], cwd=BASE_DIR, env=environment, stdout=quiet)
