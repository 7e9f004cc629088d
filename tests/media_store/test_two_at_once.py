"""What two requests at the same moment, and a server that was away, must not do to a photo."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from machipoke.models import IdempotentAnswer
from media_store import galleries, sweeping, variant_files, withdrawn
from media_store.models import Withdrawal
from media_store.uploads import take_back
from spots.models import Spot, SpotPhoto
from spots.models.photo import NewPhoto
from tests.media_store.photos import add_photo, path_of, upload
from tests.pictures import make
from tests.spots.asking import PLACE, ask
from tests.spots.test_api_photos import send
from tests.spots.threads import all_at_once

MakeSpot = Callable[..., Spot]
SignIn = Callable[[User], Client]

together = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@together
def test_a_photo_that_is_being_attached_is_not_taken_back(make_spot: MakeSpot, hana: User) -> None:
    spot = make_spot(created_by=hana)
    row = upload(hana, spot.pk)
    taken_back: list[bool] = []

    def take() -> None:
        taken_back.append(take_back(hana.pk, row.pk))
        connection.close()

    photos: Any = SpotPhoto.objects
    other = threading.Thread(target=take)
    with transaction.atomic():
        photos.attach(spot, [NewPhoto(row.pk)], hana)
        other.start()
        time.sleep(0.5)  # it asks now, and has to wait for this transaction's end
    other.join()
    row.refresh_from_db()
    assert (taken_back, row.state, photos.get(pk=row.pk).state) == ([False], "ready", "published")


@together
def test_two_posts_with_the_same_photos_make_one_spot(make_spot: MakeSpot, hana: User, sign_in: SignIn) -> None:
    make_spot()
    row = upload(hana, galleries.new(hana.pk))
    browsers = [sign_in(hana) for _one in range(4)]
    body = PLACE | {"photo_ids": [str(row.pk)]}
    answers = all_at_once([lambda one=one: ask(one, "POST", "spots/", body).status_code for one in browsers])  # type: ignore[misc]
    assert sorted(map(int, answers)) == [201, 400, 400, 400]  # type: ignore[arg-type]
    assert Spot.objects.filter(created_by=hana).count() == 1


@pytest.mark.django_db
def test_where_a_photo_was_taken_is_told_once_and_kept_nowhere(hana: User, sign_in: SignIn) -> None:
    sent = {"http_idempotency_key": "k1"}
    photo = make((640, 480), gps=(36.05, 136.22))
    first, again = (send(sign_in(hana), "photos/", photo, **sent) for _time in range(2))
    assert first.json()["suggested_place"] == {"latitude": 36.05, "longitude": 136.22}
    assert again.json() == first.json() | {"suggested_place": None}
    assert "36.05" not in IdempotentAnswer.objects.get().body


@together
def test_a_server_that_heard_nothing_for_a_week_empties_its_folder(
    make_spot: MakeSpot, hana: User, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path  # a folder of which no other test has told how far it heard
    photo = add_photo(make_spot(created_by=hana), hana)
    Client().get(path_of(photo, "w=320"))
    listener = withdrawn.Listener()
    assert listener.has_heard()
    assert variant_files.variants_of(photo.image.key)
    long_ago = timezone.now() - sweeping.WITHDRAWALS_KEPT - timedelta(hours=1)
    Withdrawal.objects.bulk_create([Withdrawal(prefix=photo.image.key, created_at=long_ago)])
    sweeping.sweep()
    os.utime(listener._file(), (long_ago.timestamp(),) * 2)
    now = time.monotonic()
    monkeypatch.setattr("media_store.withdrawn.time.monotonic", lambda: now + 8 * 86_400)
    assert listener.has_heard()
    assert not variant_files.variants_of(photo.image.key)
