"""Pictures that are not public: for those who may see them, and for nobody else by any sign."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken, User
from media_store import variant_files
from spots.models import Spot
from spots.models.photo import SpotPhoto
from tests.media_store.photos import add_photo, path_of, upload

SignIn = Callable[[User], Client]
REASON = "ほかの人の顔がはっきり写っています"


@pytest.fixture
def spot(make_spot: Callable[..., Spot], hana: User) -> Spot:
    return make_spot(created_by=hana)


@pytest.fixture
def photo(spot: Spot, hana: User) -> SpotPhoto:
    return add_photo(spot, hana)


def _told(response: Any) -> tuple[int, bytes, dict[str, str]]:
    """All that an answer says; its id and what is left of the reading limit differ for any two requests."""
    own = ("X-Request-ID", "RateLimit-Remaining", "RateLimit-Reset")
    return response.status_code, response.content, {k: v for k, v in response.headers.items() if k not in own}


@pytest.mark.parametrize("state", ["draft", "pending", "hidden", "deleted"])
@pytest.mark.parametrize("query", ["", "w=320&format=webp"])
def test_the_spot_says_who_sees_its_photos(
    photo: SpotPhoto, spot: Spot, hana: User, ren: User, mori: User, sign_in: SignIn, state: str, query: str
) -> None:
    path = path_of(photo, query)
    assert Client().get(path).status_code == 200
    times = {"deleted_at": spot.created_at} if state == "deleted" else {}
    Spot.objects.filter(pk=spot.pk).update(state=state, **times)
    variant_files.forget(photo.stored_object.key)
    owner, other, moderator = (sign_in(person).get(path) for person in (hana, ren, mori))
    assert Client().get(path).status_code == other.status_code == 404
    assert owner.status_code == (404 if state == "deleted" else 200)
    assert moderator.status_code == (404 if state == "draft" else 200)
    for shown in (one for one in (owner, moderator) if one.status_code == 200):
        assert shown["Cache-Control"] == "private, no-store"
        assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert not shown.cookies
    assert Client().get(path).status_code == 404  # also once a size was made for those who may


def test_a_hidden_photo_is_for_the_spots_author_and_moderators(
    photo: SpotPhoto, hana: User, ren: User, mori: User, sign_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    path = path_of(photo, "w=320&format=webp")
    tag = Client().get(path)["ETag"]
    with django_capture_on_commit_callbacks(execute=True):
        photo.hide(by=mori, reason=REASON)
    for headers in ({}, {"if-none-match": tag}, {"range": "bytes=0-9"}):
        assert Client().get(path, headers=headers).status_code == 404
        assert sign_in(ren).get(path, headers=headers).status_code == 404
        assert sign_in(hana).get(path, headers=headers).status_code in (200, 206, 304)
    assert sign_in(mori).get(path).status_code == 200


def test_a_deleted_photo_is_for_moderators_alone(
    photo: SpotPhoto, hana: User, mori: User, sign_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    path = path_of(photo, "w=320")
    assert Client().get(path).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        photo.delete_softly(by=hana)
    for client in (Client(), sign_in(hana)):
        assert client.get(path).status_code == 404
    shown = sign_in(mori).get(path)
    assert (shown.status_code, shown["Cache-Control"]) == (200, "private, no-store")
    for client in (Client(), sign_in(hana)):  # also once a size was made for those who may
        assert client.get(path).status_code == 404
    photo.undelete()
    assert Client().get(path).status_code == 200


def test_what_no_spot_has_yet_is_its_senders_alone(hana: User, ren: User, mori: User, sign_in: SignIn) -> None:
    path = path_of(upload(hana, uuid.uuid4()), "w=320")
    assert sign_in(hana).get(path).status_code == 200
    for client in (Client(), sign_in(ren), sign_in(mori)):
        assert client.get(path).status_code == 404


def test_a_token_opens_what_its_person_may_see(spot: Spot, photo: SpotPhoto, hana: User, ren: User) -> None:
    Spot.objects.filter(pk=spot.pk).update(state="draft")
    for person, status in ((hana, 200), (ren, 404)):
        _row, token = ApiToken.objects.create(person, name="地図", scope="read")
        response = Client().get(path_of(photo, "w=320"), headers={"authorization": f"Token {token}"})
        assert response.status_code == status
    assert Client().get(path_of(photo), headers={"authorization": "Token mp_0"}).status_code == 404


def test_not_visible_is_told_in_no_way_from_not_existing(
    spot: Spot, photo: SpotPhoto, ren: User, sign_in: SignIn
) -> None:
    Spot.objects.filter(pk=spot.pk).update(state="draft")
    missing = path_of(photo).replace(str(photo.pk), str(uuid.uuid4()))
    for client in (Client(), sign_in(ren)):
        for query in ("", "?w=320&format=webp", "?w=320&format=auto"):
            client.get(missing)  # the first pushes the session's end on
            assert _told(client.get(f"{path_of(photo)}{query}")) == _told(client.get(f"{missing}{query}"))


def test_a_public_picture_is_answered_alike_whoever_asks(photo: SpotPhoto, ren: User, sign_in: SignIn) -> None:
    path = path_of(photo, "w=320")
    assert _told(Client().get(path)) == _told(sign_in(ren).get(path))


def test_a_private_size_never_lies_where_public_ones_do(
    spot: Spot, photo: SpotPhoto, hana: User, sign_in: SignIn
) -> None:
    Spot.objects.filter(pk=spot.pk).update(state="draft")
    assert sign_in(hana).get(path_of(photo, "w=320")).status_code == 200
    key = photo.stored_object.key
    assert not variant_files.variants_of(key)
    assert len(variant_files.variants_of(key, private=True)) == 1
    variant_files.forget(f"spots/{spot.pk}/")
    assert not variant_files.variants_of(key, private=True)


def test_an_avatar_goes_with_its_account(hana: User, ren: User, client: Client) -> None:
    import io

    from media_store import objects
    from media_store.models import StoredObject
    from media_store.pictures import ingest_square
    from tests import pictures

    made = ingest_square(io.BytesIO(pictures.make((400, 400))))
    row = StoredObject(
        kind="avatar",
        key=f"users/{hana.pk}/avatar-{made.sha256[:12]}.webp",
        content_type=made.content_type,
        sha256=made.sha256,
        width=made.width,
        height=made.height,
        owner_id=hana.pk,
    )
    hana.avatar = objects.store(row, made.content)
    hana.save(update_fields=["avatar"])
    assert client.get(path_of(row, "w=160&h=160&format=webp")).status_code == 200
    User.objects.filter(pk=hana.pk).update(is_active=False)
    variant_files.forget(row.key)
    assert client.get(path_of(row, "w=160&h=160&format=webp")).status_code == 404
