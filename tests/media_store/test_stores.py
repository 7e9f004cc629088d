"""What every store can do: one suite for the folder, a bucket of moto, and one of rclone, which checks signatures."""

from __future__ import annotations

import os
import stat
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from media_store.stores import ObjectMissing, Store, StoreUnavailable, store_of
from tests.s3_server import Buckets, client

KEY = "spots/7f/写真 一枚目.jpg"


@pytest.fixture(params=["folder", "moto", "rclone"])
def store(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Store:
    """The media, empty."""
    return _place(request.param, request, settings, tmp_path, "media")


@pytest.fixture(params=["folder", "moto", "rclone"])
def private(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> tuple[Store, Store]:
    """The media and the private store of one site."""
    media = _place(request.param, request, settings, tmp_path, "media")
    return media, store_of("private", "folder" if request.param == "folder" else "s3")


def _place(kind: str, request: pytest.FixtureRequest, settings: Any, tmp_path: Path, bucket: str) -> Store:
    settings.DATA_DIR = tmp_path
    if kind == "folder":
        Buckets("http://127.0.0.1:9", "m", "p", "b").use(settings, "folder")
        return store_of(bucket, "folder")
    request.getfixturevalue(f"{kind}_bucket").use(settings)
    return store_of(bucket, "s3")


def test_what_is_put_is_got_whole(store: Store) -> None:
    store.put(KEY, b"\x00\xffbytes", "image/jpeg")
    assert store.get(KEY) == b"\x00\xffbytes"
    assert store.exists(KEY)
    assert list(store.keys()) == [KEY]


def test_metadata_tells_size_and_time(store: Store) -> None:
    store.put(KEY, b"12345", "image/jpeg")
    found = store.metadata(KEY)
    assert found.size_bytes == 5
    assert abs(found.modified_at - timezone.now()) < timedelta(minutes=1)


@pytest.mark.parametrize("content", [b"", os.urandom(5_000_000)], ids=["empty", "5 MB"])
def test_any_size_comes_back(store: Store, content: bytes) -> None:
    store.put(KEY, content, "image/jpeg")
    assert store.get(KEY) == content
    assert store.metadata(KEY).size_bytes == len(content)


def test_what_is_put_again_is_replaced(store: Store) -> None:
    store.put(KEY, b"a longer first one", "image/jpeg")
    store.put(KEY, b"second", "image/webp")
    assert store.get(KEY) == b"second"


def test_what_is_not_there_is_missing(store: Store) -> None:
    assert not store.exists(KEY)
    with pytest.raises(ObjectMissing):
        store.get(KEY)
    with pytest.raises(ObjectMissing):
        store.metadata(KEY)
    store.delete_many([KEY])
    assert list(store.keys()) == []


def test_2300_are_listed_and_removed_and_their_neighbours_stay(store: Store) -> None:
    wanted = [f"spots/abc/{number:04}.jpg" for number in range(2300)]
    for key in [*wanted, "spots/abcd/0001.jpg", "spots/ab.jpg"]:
        store.put(key, b"x", "image/jpeg")
    assert sorted(store.keys("spots/abc/")) == wanted
    assert sorted(store.keys("spots/abc")) == [*wanted, "spots/abcd/0001.jpg"]
    store.delete_many(store.keys("spots/abc/"))
    assert sorted(store.keys()) == ["spots/ab.jpg", "spots/abcd/0001.jpg"]


def test_django_can_use_it_as_any_storage(store: Any) -> None:
    name = store.save("attachments/7f/道順.gpx", ContentFile(b"<gpx/>"))
    with store.open(name) as file:
        assert file.read() == b"<gpx/>"
    assert (store.exists(name), store.size(name)) == (True, 6)
    assert abs(store.get_modified_time(name) - timezone.now()) < timedelta(minutes=1)
    assert store.listdir("attachments") == (["7f"], [])
    assert store.listdir("attachments/7f") == ([], ["道順.gpx"])
    assert store.save("attachments/7f/道順.gpx", ContentFile(b"another")) != name
    store.delete(name)
    with pytest.raises(FileNotFoundError):
        store.open(name)


NOT_MEDIA = [
    "originals/7f",
    "../private/originals/7f",
    "spots/../../private/originals/7f",
    "spots/%2e%2e/%2e%2e/private/originals/7f",
    "/originals/7f",
    "/etc/passwd",
    "spots//7f.jpg",
    "spots/./7f.jpg",
    "spots/7f\x00.jpg",
    "spots\\..\\7f.jpg",
    "spots/" + "写" * 90 + ".jpg",
    "spots/7f.jpg.part",
    "spots/",
    "backups/7f",
    "",
]


@pytest.mark.parametrize("key", NOT_MEDIA)
def test_nothing_private_is_reached_through_the_media(private: tuple[Store, Store], key: str) -> None:
    media, originals = private
    originals.put("originals/7f", b"secret", "image/jpeg")
    for use in (media.get, media.metadata, media.exists, lambda name: media.put(name, b"", ""), _remove(media)):
        with pytest.raises(SuspiciousFileOperation):
            use(key)
    assert list(media.keys("..")) == list(media.keys("../private/")) == list(media.keys()) == []
    assert originals.get("originals/7f") == b"secret"
    with pytest.raises(SuspiciousFileOperation):
        originals.put("spots/7f.jpg", b"", "image/jpeg")


def _remove(store: Store) -> Any:
    return lambda key: store.delete_many([key])


# --- a folder ---------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """Where the media are."""
    settings.DATA_DIR = tmp_path
    Buckets("http://127.0.0.1:9", "m", "p", "b").use(settings, "folder")
    return tmp_path / "media"


def test_a_folder_is_private_to_its_user(folder: Path) -> None:
    previous = os.umask(0)
    try:
        store_of("media", "folder").put("spots/7f/1.jpg", b"x", "image/jpeg")
    finally:
        os.umask(previous)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}
    assert modes == {"media": 0o700, "spots": 0o700, "7f": 0o700, "1.jpg": 0o600}


def test_a_link_does_not_lead_out_of_a_folder(folder: Path) -> None:
    store = store_of("media", "folder")
    store.put("spots/7f/1.jpg", b"x", "image/jpeg")
    (folder.parent / "secret").mkdir()
    (folder.parent / "secret" / "key").write_text("hush")
    (folder / "spots" / "out").symlink_to(folder.parent / "secret")
    (folder / "spots" / "key").symlink_to(folder.parent / "secret" / "key")
    for key in ("spots/out/key", "spots/key"):
        with pytest.raises(SuspiciousFileOperation):
            store.get(key)
        with pytest.raises(SuspiciousFileOperation):
            store.put(key, b"mine", "image/jpeg")
    assert list(store.keys()) == ["spots/7f/1.jpg"]
    assert (folder.parent / "secret" / "key").read_text() == "hush"


def test_what_a_crash_left_of_a_put_is_no_object_and_goes_with_its_key(folder: Path) -> None:
    store = store_of("media", "folder")
    (folder / "spots" / "7f").mkdir(parents=True)
    (folder / "spots" / "7f" / "1.jpg.part").write_bytes(b"hal")
    assert list(store.keys()) == []
    store.delete_many(["spots/7f/1.jpg"])
    assert list(folder.rglob("*.part")) == []
    (folder / "spots" / "7f").mkdir(parents=True, exist_ok=True)
    (folder / "spots" / "7f" / "1.jpg.part").write_bytes(b"a longer half")
    store.put("spots/7f/1.jpg", b"whole", "image/jpeg")
    assert store.get("spots/7f/1.jpg") == b"whole"
    assert list(folder.rglob("*.part")) == []


def test_two_who_put_one_key_at_once_leave_one_of_the_two(folder: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    store = store_of("media", "folder")
    contents = [bytes([number]) * 200_000 for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda content: store.put("spots/7f/1.jpg", content, "image/jpeg"), contents * 4))
    assert store.get("spots/7f/1.jpg") in contents
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["1.jpg"]


def test_a_disk_that_takes_nothing_is_an_unavailable_store(folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("not a folder")
    with pytest.raises(StoreUnavailable):
        store_of("media", "folder").put("spots/7f/1.jpg", b"x", "image/jpeg")


# --- buckets ----------------------------------------------------------------------------------------------------


def test_a_wrong_secret_is_refused(rclone_bucket: Buckets, settings: Any) -> None:
    rclone_bucket.use(settings)
    store_of("media", "s3").put(KEY, b"x", "image/jpeg")
    rclone_bucket.use(settings, secret="not-the-secret")
    store = store_of("media", "s3")
    for use in (lambda: store.get(KEY), lambda: store.put(KEY, b"y", ""), lambda: list(store.keys())):
        with pytest.raises(StoreUnavailable):
            use()


def test_who_is_nobody_neither_lists_nor_reads(rclone_bucket: Buckets, settings: Any) -> None:
    rclone_bucket.use(settings)
    store_of("private", "s3").put("originals/7f", b"secret", "image/jpeg")
    for path in (rclone_bucket.private, f"{rclone_bucket.private}/private/originals/7f", rclone_bucket.media, ""):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{rclone_bucket.endpoint}/{path}", timeout=10)
        assert refused.value.code in (400, 403)  # rclone calls a request without a signature a bad one
        refused.value.close()


def test_a_bucket_that_is_not_there_is_an_unavailable_store(moto_bucket: Buckets, settings: Any) -> None:
    moto_bucket._replace(media="no-such-bucket").use(settings)
    store = store_of("media", "s3")
    for use in (lambda: store.get(KEY), lambda: store.put(KEY, b"y", ""), lambda: list(store.keys())):
        with pytest.raises(StoreUnavailable):
            use()


def test_objects_that_stay_are_said(moto_bucket: Buckets, settings: Any) -> None:
    moto_bucket.use(settings)
    store = store_of("media", "s3")
    store.put(KEY, b"x", "image/jpeg")
    outside = client(moto_bucket.endpoint)
    outside.put_bucket_versioning(Bucket=moto_bucket.media, VersioningConfiguration={"Status": "Enabled"})
    outside.delete_bucket(Bucket=moto_bucket.private)
    outside.close()
    store.delete_many([KEY])
    assert not store.exists(KEY)
    with pytest.raises(StoreUnavailable):
        store_of("private", "s3").delete_many(["originals/7f"])


def test_private_and_backups_may_share_a_bucket_and_not_their_keys(moto_bucket: Buckets, settings: Any) -> None:
    moto_bucket._replace(private=moto_bucket.backups).use(settings)
    store_of("private", "s3").put("originals/7f", b"sent", "image/jpeg")
    store_of("backups", "s3").put("originals/7f", b"saved", "image/jpeg")
    assert store_of("private", "s3").get("originals/7f") == b"sent"
    assert list(store_of("backups", "s3").keys()) == ["originals/7f"]
    outside = client(moto_bucket.endpoint)
    listed = outside.list_objects_v2(Bucket=moto_bucket.backups)["Contents"]
    outside.close()
    assert [found["Key"] for found in listed] == ["backups/originals/7f", "private/originals/7f"]


def test_the_client_waits_little_and_signs_as_every_store_understands(moto_bucket: Buckets, settings: Any) -> None:
    moto_bucket.use(settings)
    store: Any = storages["media_s3"]
    config = store.connection.meta.client.meta.config
    assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (1, 3, 10)
    assert (config.signature_version, config.tcp_keepalive) == ("s3v4", True)
    assert config.retries == {"mode": "standard", "total_max_attempts": 2}
    assert (config.request_checksum_calculation, config.response_checksum_validation) == ("when_required",) * 2
