"""A host of its own for pictures: what everyone may see is there, without a cookie; all else where sessions are."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from spots.models import SavedList, Spot, SpotPhoto
from tests.media_store.photos import upload
from tests.spots.pictured import avatar_of, photo_of

SignIn = Callable[[User], Client]
HOST = "https://img.example.jp"
HERE = "http://127.0.0.1:8000"
_PICTURE = re.compile(r"((?:https?://[^/\s\"']+)?)(/images/(?:spots|users)/[^\s\"'<,]+)")


@pytest.fixture
def spot(make_spot: Callable[..., Spot], hana: User, settings: Any) -> Spot:
    settings.MEDIA_HOST = HOST
    return make_spot(created_by=hana)


@pytest.fixture
def photo(spot: Spot, hana: User) -> SpotPhoto:
    return photo_of(spot, hana)


def shown(client: Client, url: str) -> dict[str, list[str]]:
    """The addresses of pictures in an answer, by host; none is "" for this one."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    found: dict[str, list[str]] = {}
    for host, path in _PICTURE.findall(answer.content.decode()):
        found.setdefault(host, []).append(path.replace("&amp;", "&"))
    return found


def test_what_everyone_may_see_is_on_the_host_of_pictures(
    spot: Spot, photo: SpotPhoto, hana: User, sign_in: SignIn
) -> None:
    avatar = avatar_of(hana)
    listed = SavedList.objects.create(owner=hana, title="花の道", visibility="public")
    listed.add(spot)
    pages = ["/", "/spots/", f"/spots/{spot.pk}/", "/lists/", f"/lists/{listed.pk}/", "/users/hana/"]
    pages += ["/feeds/spots/", "/sitemap-spots.xml", f"/reports/new/?target=photo:{photo.pk}"]
    api = ["spots/", f"spots/{spot.pk}/", f"spots/{spot.pk}/photos/", f"photos/{photo.pk}/", "users/hana/"]
    api += ["spots/clusters/?bbox=122,20,154,46&zoom=18", f"lists/{listed.pk}/items/"]
    for client in (Client(), sign_in(hana)):
        for url in [*pages, *(f"/api/v1/{path}" for path in api)]:
            assert [*shown(client, url)] == [HOST], url
    for row in (photo.stored_object, avatar):
        answer = Client().get(f"/images/{row.key}?w=160", headers={"host": "img.example.jp"})
        assert (answer.status_code, answer["Cross-Origin-Resource-Policy"]) == (200, "cross-origin")
        assert not answer.cookies
    assert Client().get("/", headers={"host": "img.example.jp"}).status_code == 400


@pytest.mark.parametrize("host", ["img.example.jp", "IMG.example.jp:80", "img.example.jp."])
def test_a_plain_address_there_leads_to_tls_and_logs_nothing(
    photo: SpotPhoto, settings: Any, caplog: pytest.LogCaptureFixture, host: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    path = f"/images/{photo.stored_object.key}?w=160&format=webp"
    for answer in (Client().get(path, headers={"host": host}), Client().head(path, headers={"host": host})):
        assert (answer.status_code, answer["Location"]) == (301, f"{HOST}{path}")
        assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    there = {"host": "img.example.jp", "x-forwarded-proto": "https"}
    assert Client().get(answer["Location"].removeprefix(HOST), headers=there).status_code == 200
    assert not caplog.records


@pytest.mark.parametrize(
    ("host", "path", "media_host"),
    [
        ("img.example.jp", "/", HOST),
        ("img.example.jp.evil.example", "/images/x", HOST),
        ("", "/images/x", HOST),
        ("", "/images/x", ""),
        ("img.example.jp", "/images/x", "http://img.example.jp"),
    ],
)
def test_no_other_plain_address_leads_there(settings: Any, host: str, path: str, media_host: str) -> None:
    settings.SECURE_SSL_REDIRECT, settings.MEDIA_HOST = True, media_host
    answer = Client().get(path, headers={"host": host})
    assert (answer.status_code, answer.get("Location")) == (400, None)


@pytest.mark.parametrize("state", ["draft", "pending", "hidden"])
def test_pictures_of_a_spot_that_is_not_public_are_where_its_owner_has_a_session(
    spot: Spot, photo: SpotPhoto, hana: User, mori: User, sign_in: SignIn, state: str
) -> None:
    Spot.objects.filter(pk=spot.pk).update(state=state)
    viewers = [sign_in(hana)] + ([] if state == "draft" else [sign_in(mori)])
    for client in viewers:
        [here] = shown(client, f"/spots/{spot.pk}/").values()
        assert client.get(here[0]).status_code == 200
        assert "" in shown(client, f"/spots/{spot.pk}/photos/")
        for url in (f"/api/v1/spots/{spot.pk}/", f"/api/v1/spots/{spot.pk}/photos/", f"/api/v1/photos/{photo.pk}/"):
            assert [*shown(client, url)] == [HERE], url


def test_a_hidden_photo_is_where_its_owner_and_moderators_have_a_session(
    spot: Spot, photo: SpotPhoto, hana: User, mori: User, sign_in: SignIn
) -> None:
    second = photo_of(spot, hana, seed=2)
    second.hide(by=mori, reason="ほかの人の顔が写っています")
    owner, moderator = sign_in(hana), sign_in(mori)
    for client in (owner, moderator):
        told = client.get(f"/api/v1/spots/{spot.pk}/").json()["photos"]
        hosts = {one["id"]: {one["url"].partition("/images/")[0], *_hosts(one["srcset"])} for one in told}
        assert hosts == {str(photo.pk): {HOST}, str(second.pk): {HERE}}
        [url] = [one["url"] for one in told if one["id"] == str(second.pk)]
        assert client.get(url.removeprefix(HERE)).status_code == 200
    assert any(_name(second) in path for path in shown(owner, f"/spots/{spot.pk}/photos/")[""])
    for url in ("/admin/spots/spotphoto/", f"/admin/spots/spotphoto/{second.pk}/change/"):
        [picture] = shown(moderator, url)[""]
        assert (_name(second) in picture, moderator.get(picture).status_code) == (True, 200)
    assert [*shown(Client(), f"/spots/{spot.pk}/")] == [HOST]


def _hosts(srcset: dict[str, dict[str, str]]) -> set[str]:
    return {url.partition("/images/")[0] for sizes in srcset.values() for url in sizes.values()}


def _name(photo: SpotPhoto) -> str:
    return photo.stored_object.key.rpartition("/")[2]


def test_a_photo_that_no_spot_has_yet_is_where_its_sender_has_a_session(
    spot: Spot, hana: User, sign_in: SignIn
) -> None:
    row = upload(hana, spot.pk)
    client = sign_in(hana)
    url = client.get(f"/api/v1/photos/{row.pk}/").json()["url"]
    assert url.startswith(f"{HERE}/images/")
    assert client.get(url.removeprefix(HERE)).status_code == 200


def test_a_host_costs_no_query_a_photo(
    spot: Spot, photo: SpotPhoto, hana: User, make_spot: Callable[..., Spot]
) -> None:
    urls = ("/api/v1/spots/", f"/api/v1/spots/{spot.pk}/photos/", f"/spots/{spot.pk}/", "/")
    before = [_queries(url) for url in urls]
    photo_of(spot, hana, seed=2)
    photo_of(make_spot("公園", created_by=hana, latitude=spot.latitude + 1), hana, seed=3)
    assert [_queries(url) for url in urls] == before


def _queries(url: str) -> int:
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        assert HOST in shown(Client(), url)
    return len(captured)
