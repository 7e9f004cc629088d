"""The demo's pictures: drawings that say so, sent as everyone's photos are, once, and in a few seconds."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from media_store.models import StoredObject
from spots.demo_drawings import MOTIFS, drawing
from spots.models import Spot, SpotPhoto
from tests.markup import Page

pytestmark = pytest.mark.django_db


def seed() -> str:
    out = io.StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def rows() -> list[Any]:
    return list(SpotPhoto.objects.order_by("pk").values_list("pk", "spot", "image", "state"))


def test_two_dozen_spots_have_one_to_four_that_say_what_they_are(client: Client) -> None:
    before = time.process_time()
    said = seed()
    assert time.process_time() - before < 8  # with the rows; 3 on an idle machine
    photos = SpotPhoto.objects.select_related("spot", "image")
    assert f"絵を {len(photos)} 枚入れました" in said
    spots = {photo.spot_id: photo.spot for photo in photos}
    assert len(spots) == 24
    per_spot = [sum(photo.spot_id == pk for photo in photos) for pk in spots]
    assert (min(per_spot), max(per_spot)) == (1, 4)
    assert sorted(photo.spot_id for photo in photos if photo.is_primary) == sorted(spots)
    for photo in photos:
        assert photo.caption == "プログラムが描いた絵です"
        assert photo.alt.startswith(f"{photo.spot.name}の絵")
        assert photo.image.state == "ready"
    assert any(photo.height > photo.width for photo in photos)
    assert not {photo.uploaded_by_id for photo in photos} - {spot.owner_id for spot in StoredObject.objects.all()}
    people = User.objects.exclude(avatar=None)
    assert len(people) == 5
    assert client.get(f"/images/{people[0].avatar.key}?w=160")["Content-Type"] == "image/jpeg"
    shown = Page(client.get(next(iter(spots.values())).get_absolute_url()))
    assert "プログラムが描いた絵です" in shown.text


def test_a_run_that_was_cut_short_is_finished_and_a_whole_one_left_alone() -> None:
    seed()
    whole = rows()
    assert seed() == "スポットがもうあるので、見本は入れませんでした。\n"
    assert rows() == whole
    lost = SpotPhoto.objects.earliest("pk")
    SpotPhoto.objects.filter(spot=lost.spot_id).delete()
    assert "枚入れました" in seed()
    assert len(rows()) == len(whole)
    lost = SpotPhoto.objects.select_related("spot").earliest("pk")
    lost.delete_softly(lost.spot.created_by or lost.uploaded_by, "見本の絵")
    assert seed() == "スポットがもうあるので、見本は入れませんでした。\n"


def test_a_site_that_is_no_demo_gets_none(make_spot: Callable[..., Spot]) -> None:
    make_spot("東尋坊")
    seed()
    assert rows() == []


def test_the_passwords_are_told_although_the_store_does_not_answer(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file where the folder should be")
    options = settings.STORAGES["media_folder"]["OPTIONS"] | {"location": str(tmp_path / "media")}
    settings.STORAGES = settings.STORAGES | {"media_folder": settings.STORAGES["media_folder"] | {"OPTIONS": options}}
    said = seed()
    assert said.count("パスワード: ") == 6
    assert "もう一度実行すると続きを入れます" in said
    assert rows() == []


@pytest.mark.parametrize("motif", MOTIFS)
def test_a_drawing_is_the_same_for_the_same_seed_and_another_for_another(motif: str) -> None:
    one = drawing("丸岡城", motif)
    assert one == drawing("丸岡城", motif)
    assert one != drawing("福井城址", motif)
