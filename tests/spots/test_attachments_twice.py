"""The same file for a spot is the same attachment: sent again, downloaded and sent, or beside one that was deleted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from media_store.models import StoredObject
from spots.models import Spot
from tests.attachment_files import add, gpx, pdf
from tests.markup import Page

SignIn = Callable[[User], Client]
MakeSpot = Callable[..., Spot]


@pytest.fixture
def spot(hana: User, make_spot: MakeSpot) -> Spot:
    return make_spot("川の道", created_by=hana)


def test_the_same_file_twice_is_one(hana: User, spot: Spot, sign_in: SignIn) -> None:
    client = sign_in(hana)
    for _ in range(2):
        assert add(client, spot, gpx()).status_code == 302
    assert (spot.attachments.count(), StoredObject.objects.count()) == (1, 1)
    assert "もう「散策マップ」として" in Page(client.get(f"/spots/{spot.pk}/attachments/")).text


@pytest.mark.parametrize("make", [gpx, pdf])
def test_what_was_downloaded_is_the_same_file(
    hana: User, spot: Spot, sign_in: SignIn, make: Callable[[], bytes]
) -> None:
    client = sign_in(hana)
    add(client, spot, make())
    downloaded = Client().get(spot.attachments.get().path).content
    assert downloaded != make()
    assert add(client, spot, downloaded).status_code == 302
    assert (spot.attachments.count(), StoredObject.objects.count()) == (1, 1)
    assert "もう「散策マップ」として" in Page(client.get(f"/spots/{spot.pk}/attachments/")).text


def test_two_files_that_are_stored_as_the_same_are_one(hana: User, spot: Spot, sign_in: SignIn) -> None:
    client = sign_in(hana)
    for sent in (gpx(), gpx().replace(b"2026-05-03", b"2026-05-04")):
        assert add(client, spot, sent).status_code == 302
    assert add(client, spot, gpx(name="別の道")).status_code == 302
    assert spot.attachments.count() == 2
    assert sorted(StoredObject.objects.values_list("state", flat=True)) == ["condemned", "ready", "ready"]


def test_the_same_file_is_another_attachment_of_another_spot(
    hana: User, spot: Spot, make_spot: MakeSpot, sign_in: SignIn
) -> None:
    other = make_spot("別の道", created_by=hana)
    for place in (spot, other):
        add(sign_in(hana), place, gpx())
    assert (spot.attachments.count(), other.attachments.count()) == (1, 1)


def test_one_does_not_come_back_where_a_moderator_took_the_same_file_away(
    hana: User, mori: User, spot: Spot, sign_in: SignIn
) -> None:
    client = sign_in(hana)
    add(client, spot, gpx())
    walk = spot.attachments.get()
    walk.delete_softly(hana)
    add(client, spot, gpx().replace(b"2026-05-03", b"2026-05-04"))
    again = spot.attachments.exclude(state="deleted").get()
    again.delete_softly(mori, "個人の家")
    response = client.post(f"/attachments/{walk.pk}/restoration/", follow=True)
    assert "同じファイルをモデレーターが取り下げたため、元に戻せません。" in Page(response).text
    assert not spot.attachments.exclude(state="deleted").exists()


def test_one_does_not_come_back_beside_the_same_file(hana: User, spot: Spot, sign_in: SignIn) -> None:
    client = sign_in(hana)
    add(client, spot, pdf())
    leaflet = spot.attachments.get()
    leaflet.delete_softly(hana)
    assert add(client, spot, pdf(), "もう一度").status_code == 302
    again = spot.attachments.exclude(state="deleted").get()
    response = client.post(f"/attachments/{leaflet.pk}/restoration/", follow=True)
    assert "同じファイルが、もう一度追加されています。" in Page(response).text
    assert StoredObject.objects.get(pk=leaflet.pk).state == "condemned"
    again.delete_softly(hana)
    client.post(f"/attachments/{leaflet.pk}/restoration/")
    assert Client().get(leaflet.path).status_code == 200
