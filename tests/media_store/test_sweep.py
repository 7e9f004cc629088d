"""The sweep: what is over goes, bytes first, and nothing that somebody still uses or is about to."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from machipoke.jobs import JobFailedError, Result
from machipoke.locks import alone
from media_store import objects, sweeping
from media_store.models import StoredObject, Withdrawal
from media_store.objects import New, Overtaken
from media_store.stores import StoreUnavailable, store_of
from media_store.tasks import sweep_objects
from spots.models import Spot, SpotPhoto
from spots.models.photo import NewPhoto
from tests import fault_proxy
from tests.s3_server import Buckets, client
from tests.spots.pictured import photo_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    Buckets("http://127.0.0.1:9", "m", "p", "b").use(settings, "folder")
    settings.STORAGES = {name: value for name, value in settings.STORAGES.items() if not name.endswith("_s3")}


def an_object(bucket: str = "media", kind: str = "photo", place: str = "", **fields: Any) -> StoredObject:
    pk = uuid.uuid4()
    key = f"spots/7f/{pk}.jpg" if bucket == "media" else f"originals/{pk}"
    row = StoredObject(pk=pk, bucket=bucket, kind=kind, key=key, content_type="image/jpeg", sha256="0" * 64, **fields)
    return objects.store(row, b"bytes")


def aged(row: StoredObject, **changes: Any) -> StoredObject:
    StoredObject.objects.filter(pk=row.pk).update(**changes)
    return row


def ago(**span: float) -> Any:
    return timezone.now() - timedelta(**span)


def is_there(row: StoredObject) -> bool:
    """Row and bytes, or neither."""
    has_row = StoredObject.objects.filter(pk=row.pk).exists()
    assert store_of(row.bucket, row.place).exists(row.key) == has_row
    return has_row


def counted(result: Result) -> Result:
    return {reason: count for reason, count in result.items() if count}


def test_an_upload_that_never_ended_goes_after_an_hour(tmp_path: Path) -> None:
    young, old, halfway = an_object(), an_object(), an_object()
    aged(young, state="pending", created_at=ago(minutes=59))
    aged(old, state="pending", created_at=ago(minutes=61))
    aged(halfway, state="pending", created_at=ago(minutes=61))
    whole = tmp_path / "media" / halfway.key
    whole.rename(f"{whole}.part")
    assert counted(sweep_objects()) == {"unfinished": 2, "removed": 2}
    assert is_there(young)
    assert not is_there(old)
    assert not is_there(halfway)
    assert list(tmp_path.rglob("*.part")) == []


def test_what_nobody_attached_goes_after_a_day(hana: User, make_spot: Callable[..., Spot]) -> None:
    attached = photo_of(make_spot(created_by=hana), hana).image
    aged(attached, created_at=ago(days=20))
    young, old = aged(an_object(), created_at=ago(hours=23)), aged(an_object(), created_at=ago(hours=25))
    assert counted(sweep_objects()) == {"unattached": 1, "removed": 1}
    assert is_there(young)
    assert is_there(attached)
    assert not is_there(old)


def test_what_was_sent_goes_at_its_time_and_not_for_being_unattached() -> None:
    kept = an_object("private", "original", delete_after=timezone.now() + timedelta(days=1), created_at=ago(days=29))
    due = an_object("private", "original", delete_after=ago(minutes=1), created_at=ago(days=30))
    assert counted(sweep_objects()) == {"originals": 1, "removed": 1}
    assert is_there(kept)
    assert not is_there(due)


def test_what_was_taken_away_goes_after_the_grace_and_can_come_back_until_then() -> None:
    row = an_object()
    StoredObject.objects.filter(pk=row.pk).condemn()
    aged(row, delete_after=timezone.now() + timedelta(minutes=1))
    sweep_objects()
    assert is_there(row)
    row.refresh_from_db()
    assert row.revive()
    StoredObject.objects.filter(pk=row.pk).condemn(at_once=True)
    assert counted(sweep_objects()) == {"removed": 1}
    assert not is_there(row)
    assert not row.revive()


def test_its_photo_goes_with_it(hana: User, make_spot: Callable[..., Spot]) -> None:
    photo = photo_of(make_spot(created_by=hana), hana)
    StoredObject.objects.filter(pk=photo.image_id).condemn(at_once=True)
    sweep_objects()
    assert not SpotPhoto.objects.exists()
    assert not StoredObject.objects.exists()


def test_old_withdrawals_go() -> None:
    Withdrawal.objects.withdraw(["spots/old/", "spots/new/"])
    Withdrawal.objects.filter(prefix="spots/old/").update(created_at=ago(days=8))
    assert counted(sweep_objects()) == {"withdrawals": 1}
    assert Withdrawal.objects.get().prefix == "spots/new/"


def test_many_go_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 3)
    rows = [aged(an_object(), created_at=ago(days=2)) for _number in range(8)]
    assert counted(sweep_objects()) == {"unattached": 8, "removed": 8}
    assert not any(is_there(row) for row in rows)
    assert counted(sweep_objects()) == {}


def test_a_photo_that_was_swept_is_not_attached(hana: User, make_spot: Callable[..., Spot]) -> None:
    spot = make_spot(created_by=hana)
    row = aged(an_object(owner_id=hana.pk, gallery=spot.pk), created_at=ago(days=2))
    sweep_objects()
    with pytest.raises(ValidationError):
        SpotPhoto.objects.attach(spot, [NewPhoto(row.pk)], hana)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_only_one_sweeps() -> None:
    aged(an_object(), created_at=ago(days=2))
    with alone(sweeping.LOCK) as is_ours:
        assert is_ours
        if _is_sqlite():
            assert counted(sweep_objects()) == {}
    assert counted(sweep_objects()) == {"unattached": 1, "removed": 1}


def _is_sqlite() -> bool:
    """PostgreSQL gives a lock to the session that has it already."""
    from django.db import connection

    return connection.vendor == "sqlite"


# --- an upload that is overtaken --------------------------------------------------------------------------------


@pytest.mark.parametrize("others", ["condemned", "swept"])
def test_an_upload_that_was_overtaken_is_told_and_leaves_nothing(others: str) -> None:
    pk = uuid.uuid4()
    row = StoredObject(pk=pk, kind="photo", key=f"spots/7f/{pk}.jpg", content_type="image/jpeg", sha256="0" * 64)
    new = New(row, b"bytes")
    objects.begin(new)
    StoredObject.objects.filter(pk=pk).condemn(at_once=True)
    if others == "swept":
        sweep_objects()
    with pytest.raises(Overtaken):
        objects.finish(new)
    assert not StoredObject.objects.ready().exists()
    sweep_objects()
    assert not is_there(row)


def test_of_two_objects_of_an_upload_none_is_ready_alone() -> None:
    rows = []
    for bucket, prefix in (("media", "spots/7f"), ("private", "originals")):
        pk = uuid.uuid4()
        row = StoredObject(pk=pk, bucket=bucket, kind="photo", key=f"{prefix}/{pk}", content_type="", sha256="0" * 64)
        rows.append(New(row, b"bytes"))
    objects.begin(*rows)
    StoredObject.objects.filter(pk=rows[1].row.pk).condemn(at_once=True)
    with pytest.raises(Overtaken):
        objects.finish(*rows)
    assert not StoredObject.objects.ready().exists()


# --- two servers ------------------------------------------------------------------------------------------------


@pytest.fixture
def on_server(settings: Any, tmp_path: Path) -> Callable[[str], None]:
    """This process as one of several that share the database and the bucket of the photos, each with its own disk."""

    def be(name: str) -> None:
        settings.DATA_DIR = tmp_path / name
        settings.DATA_DIR.mkdir(exist_ok=True)
        Buckets("http://127.0.0.1:9", "m", "p", "b").use(settings, "folder")
        settings.STORAGES = {name: value for name, value in settings.STORAGES.items() if not name.endswith("_s3")}
        settings.DATABASE_URL = "postgres://machi@db.example.jp/machi"
        settings.OBJECT_PLACES = settings.OBJECT_PLACES | {"media": "s3"}

    return be


def test_what_lies_on_another_servers_disk_waits_for_that_servers_sweep(on_server: Callable[[str], None]) -> None:
    on_server("one")
    row = an_object("private", "original", delete_after=ago(minutes=1))
    young = an_object("private", "original", delete_after=ago(minutes=1))
    on_server("other")
    here = an_object("private", "original", delete_after=ago(minutes=1))
    assert counted(sweep_objects()) == {"originals": 3, "removed": 1}
    assert not is_there(here)
    assert {one.pk for one in StoredObject.objects.all()} == {row.pk, young.pk}
    on_server("one")
    assert counted(sweep_objects()) == {"removed": 2}
    assert not is_there(row)


def test_a_row_waits_a_week_for_a_server_that_is_no_more(on_server: Callable[[str], None]) -> None:
    on_server("one")
    row = an_object("private", "original", delete_after=ago(minutes=1))
    on_server("other")
    assert counted(sweep_objects()) == {"originals": 1}
    aged(row, delete_after=ago(days=7, hours=1))
    assert counted(sweep_objects()) == {"removed": 1}
    assert not is_there(row)


def test_a_server_alone_waits_for_nobody() -> None:
    row = an_object("private", "original", delete_after=ago(minutes=1))
    store_of("private", "folder").delete_many([row.key])
    assert counted(sweep_objects()) == {"originals": 1, "removed": 1}
    assert not is_there(row)


# --- two places -------------------------------------------------------------------------------------------------


def test_bytes_go_from_both_places(moto_bucket: Buckets, settings: Any) -> None:
    row = an_object()
    moto_bucket.use(settings)
    store_of("media", "s3").put(row.key, b"bytes", "image/jpeg")  # a move was killed here
    StoredObject.objects.filter(pk=row.pk).condemn(at_once=True)
    assert counted(sweep_objects()) == {"removed": 1}
    assert not is_there(row)
    assert list(store_of("media", "s3").keys()) == []


def test_a_store_that_is_away_fails_its_part_and_the_rest_is_done(moto_bucket: Buckets, settings: Any) -> None:
    with fault_proxy.before(moto_bucket.endpoint) as proxy:
        moto_bucket.use(settings, endpoint=proxy.endpoint)
        far = an_object()
        settings.STORAGES = {name: value for name, value in settings.STORAGES.items() if name != "private_s3"}
        settings.OBJECT_PLACES = settings.OBJECT_PLACES | {"private": "folder"}
        near = an_object("private", "original", delete_after=ago(minutes=1))
        StoredObject.objects.filter(pk=far.pk).condemn(at_once=True)
        proxy.fail("refuse")
        with pytest.raises(JobFailedError, match="media_s3") as failed:
            sweep_objects()
        assert counted(failed.value.result) == {"originals": 1, "removed": 1}
        assert not is_there(near)
        assert StoredObject.objects.filter(pk=far.pk).exists()
        with pytest.raises(CommandError, match=r"^cleanup_media: .*media_s3"):
            call_command("cleanup_media", "--json", stdout=io.StringIO())
        proxy.fail("")
        from media_store.stores import bucket

        bucket._breakers.clear()
        assert counted(sweep_objects()) == {"removed": 1}
        assert not is_there(far)


def test_a_place_that_is_not_set_up_any_more_keeps_its_rows(moto_bucket: Buckets, settings: Any) -> None:
    moto_bucket.use(settings)
    row = an_object()
    StoredObject.objects.filter(pk=row.pk).condemn(at_once=True)
    settings.STORAGES = {name: value for name, value in settings.STORAGES.items() if not name.endswith("_s3")}
    with pytest.raises(JobFailedError, match="media_s3"):
        sweep_objects()
    with pytest.raises(StoreUnavailable):
        objects.read(row)
    assert StoredObject.objects.filter(pk=row.pk).exists()


def test_what_was_sent_to_the_bucket_and_never_completed_goes_after_a_day(
    moto_bucket: Buckets, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    moto_bucket.use(settings)
    outside = client(moto_bucket.endpoint)
    outside.put_object(Bucket=moto_bucket.private, Key="private/incoming/7f", Body=b"sent")
    outside.close()
    assert counted(sweep_objects()) == {}
    monkeypatch.setattr(sweeping, "INCOMING_KEPT", timedelta(seconds=-60))
    assert counted(sweep_objects()) == {"incoming": 1}
    assert list(store_of("private", "s3").keys()) == []


# --- the command ------------------------------------------------------------------------------------------------


def test_the_command_tells_what_it_would_do_and_then_does_it() -> None:
    row = aged(an_object(), created_at=ago(days=2))
    told = io.StringIO()
    call_command("cleanup_media", "--dry-run", "--json", stdout=told)
    expected = {"unattached": 1, "removed": 1}
    assert counted(json.loads(told.getvalue())) == expected
    assert is_there(row)
    told = io.StringIO()
    call_command("cleanup_media", "--json", stdout=told)
    assert counted(json.loads(told.getvalue())) == expected
    assert not is_there(row)
    told = io.StringIO()
    call_command("cleanup_media", stdout=told)
    assert "消したファイル\t0" in told.getvalue()


@pytest.mark.parametrize("command", [["cleanup_media", "--dry-run"], ["cleanup_media"], ["rebuild_variants"]])
def test_commands_tell_programs_as_much_as_people_also_where_nothing_is_due(command: list[str]) -> None:
    said, told = io.StringIO(), io.StringIO()
    call_command(*command, stdout=said)
    call_command(*command, "--json", stdout=told)
    assert len(said.getvalue().splitlines()) == len(json.loads(told.getvalue())) > 3
