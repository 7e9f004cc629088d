"""What no code may store: the database refuses it, also where a script goes past the models."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, models, transaction
from django.db.models import F

from accounts.models import ApiToken, Export, User
from media_store.models import ClientId, RefusedPicture, StoredObject
from spots.models import Category, Comment, Report, SavedItem, SavedList, Spot, Tag
from tests.spots.pictured import attachment_of, photo_of

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)  # fixed: a parameter is part of the test's name


@pytest.fixture
def rows(make_spot: Callable[..., Spot], hana: User, ren: User) -> dict[str, models.Model]:
    """One stored row of each kind, and a second one where two could collide."""
    spot = make_spot(created_by=hana, source="福井市", external_id="1")
    other = make_spot("別の公園", source="福井市", external_id="2")
    comment = Comment(spot=spot, author=hana, body="いい所です")
    comment.post()
    saved = SavedList.objects.default_of(hana)
    saved.add(spot)
    item, _created = saved.add(other)
    tag, _other = Tag.objects.for_names(["桜", "花火"])
    report = Report(reason="wrong")
    report.file(spot)
    Report(reason="wrong", receipt="AAAA-AAAA").file(other)
    second_list = SavedList.objects.create(owner=hana, title="旅")
    return {
        "spot": spot,
        "comment": comment,
        "list": second_list,
        "item": item,
        "tag": tag,
        "report": report,
        "case": report.case,
        "second": other,
        "user": ren,
        "token": ApiToken.objects.create(ren, name="台所の電話")[0],
        "export": Export.objects.create(user=ren),
        "made export": Export.objects.create(user=ren, state="ready"),
        "category": Category.objects.get(slug="park"),
        "photo": (photo := photo_of(spot, hana)),
        "second photo": photo_of(spot, hana, seed=2),
        "attachment": attachment_of(spot, hana),
        "object": photo.image,
        "refused": _refused(photo.image),
        "client id": _called(photo.image, 2) and _called(photo.image, 1),
        "twin": StoredObject.objects.exclude(pk=photo.pk).get(pk=photo_of(other, hana).pk),
    }


def _called(photo: StoredObject, name: int) -> models.Model:
    return ClientId.objects.create(owner_id=1, client_id=UUID(int=name), photo=photo)


def _refused(picture: StoredObject) -> models.Model:
    RefusedPicture.objects.create(sha256="a", picture=picture.pk)
    return RefusedPicture.objects.create(sha256="b", picture=picture.pk)


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("token_scope_known", "token", {"scope": "admin"}),
    ("export_state_known", "export", {"state": "lost"}),
    ("export_one_under_way", "made export", {"state": "pending"}),
    ("category_not_merged_into_itself", "category", {"merged_into": F("pk")}),
    ("spot_latitude_range", "spot", {"latitude": 90.000001}),
    ("spot_latitude_range", "spot", {"latitude": -91.0}),
    ("spot_latitude_range", "spot", {"latitude": float("inf")}),
    ("spot_latitude_range", "spot", {"latitude": float("nan")}),
    ("spot_longitude_range", "spot", {"longitude": 180.000001}),
    ("spot_longitude_range", "spot", {"longitude": -181.0}),
    ("spot_longitude_range", "spot", {"longitude": float("-inf")}),
    ("spot_not_null_island", "spot", {"latitude": 0.0, "longitude": 0.0}),
    ("spot_not_null_island", "spot", {"latitude": -0.0, "longitude": -0.0}),
    ("spot_has_name", "spot", {"name": ""}),
    ("spot_status_known", "spot", {"status": "lost"}),
    ("spot_state_known", "spot", {"state": "secret"}),
    ("spot_published_has_time", "spot", {"published_at": None}),
    ("spot_deleted_has_time", "spot", {"state": "deleted"}),
    ("spot_deleted_has_time", "spot", {"deleted_at": LONG_AGO}),
    ("spot_gem_score_range", "spot", {"hidden_gem_score": 101}),
    ("spot_gem_score_range", "spot", {"hidden_gem_score": -1}),
    ("spot_website_is_http", "spot", {"website": "javascript:alert(1)"}),
    ("spot_website_is_http", "spot", {"website": "ftp://example.jp/"}),
    ("spot_once_per_source", "spot", {"external_id": "2"}),
    ("comment_state_known", "comment", {"state": "secret"}),
    ("comment_not_its_own_parent", "comment", {"parent": F("id")}),
    ("photo_state_known", "photo", {"state": "secret", "is_primary": False}),
    ("photo_deleted_has_time", "second photo", {"state": "deleted"}),
    ("photo_deleted_has_time", "photo", {"deleted_at": LONG_AGO}),
    ("photo_one_cover_per_spot", "second photo", {"is_primary": True}),
    ("photo_cover_is_shown", "photo", {"state": "hidden"}),
    ("attachment_state_known", "attachment", {"state": "secret"}),
    ("attachment_deleted_has_time", "attachment", {"state": "deleted"}),
    ("attachment_format_known", "attachment", {"format": "exe"}),
    ("object_bucket_known", "object", {"bucket": "attic"}),
    ("object_place_known", "object", {"place": "moon"}),
    ("object_kind_known", "object", {"kind": "song"}),
    ("object_state_known", "object", {"state": "lost"}),
    ("object_condemned_has_time", "object", {"state": "condemned"}),
    ("object_key_once", "twin", {"key": "object.key"}),
    ("refused_once_per_picture", "refused", {"sha256": "a"}),
    ("object_photo_once", "twin", {"gallery": "object.gallery"}),
    ("client_id_once", "client id", {"client_id": UUID(int=2)}),
    ("case_target_known", "case", {"target_kind": "planet"}),
    ("case_state_known", "case", {"state": "secret"}),
    ("case_once_per_target", "case", {"target_id": "other"}),
    ("list_visibility_known", "list", {"visibility": "secret"}),
    ("list_one_default_each", "list", {"is_default": True}),
    ("item_once_per_list", "item", {"spot": "spot"}),
    ("tag_has_key", "tag", {"key": ""}),
    ("user_language_known", "user", {"language": "xx"}),
    ("user_has_display_name", "user", {"display_name": ""}),
    ("unique", "tag", {"key": "花火"}),
    ("unique", "report", {"receipt": "AAAA-AAAA"}),
    ("unique", "user", {"username_key": "hana"}),
    ("unique", "user", {"email_key": "hana@example.jp"}),
    ("unique", "category", {"slug": "cafe"}),
    ("no negative count", "spot", {"comment_count": F("comment_count") - 2}),
    ("no negative count", "spot", {"save_count": -1}),
    ("no negative count", "list", {"item_count": -1}),
    ("not null", "spot", {"latitude": None}),
    ("not null", "comment", {"spot": None}),
    ("not null", "item", {"saved_list": None}),
]


@pytest.mark.parametrize(("name", "kind", "values"), REFUSED, ids=[f"{name} {values}" for name, _k, values in REFUSED])
def test_the_database_refuses(rows: dict[str, models.Model], name: str, kind: str, values: dict[str, Any]) -> None:
    row = rows[kind]
    meant = {
        "spot": rows["spot"],
        "other": str(rows["second"].pk),
        **{f"object.{field}": getattr(rows["object"], field) for field in ("key", "gallery")},
    }
    values = {field: meant.get(value, value) if isinstance(value, str) else value for field, value in values.items()}
    # A position that is no number fails in the cell's arithmetic before its constraint on PostgreSQL.
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk).update(**values)


def test_a_bulk_insert_is_refused_too(rows: dict[str, models.Model]) -> None:
    spot = Spot(name="公園", latitude=91.0, longitude=136.0, category=Category.objects.get(slug="park"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Spot.objects.bulk_create([spot])
    twice = SavedItem(saved_list=SavedList.objects.get(is_default=True), spot=Spot.objects.first(), spot_name="公園")
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedItem.objects.bulk_create([twice])


def test_the_table_above_names_every_constraint_of_these_apps() -> None:
    named = {name for name, _kind, _values in REFUSED}
    declared = {
        constraint.name
        for label in ("spots", "accounts", "media_store")
        for model in apps.get_app_config(label).get_models()
        for constraint in model._meta.constraints
    }
    assert declared - named == set()
