"""Photos on pages: the gallery of a spot, covers on every card, and what others are told of them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from spots.models import SavedList, Spot, SpotPhoto
from tests.markup import Page
from tests.spots.pictured import photo_of

SignIn = Callable[[User], Client]
SITE = "http://127.0.0.1:8000"
ATOM = "{http://www.w3.org/2005/Atom}"
IMAGE = "{http://www.google.com/schemas/sitemap-image/1.1}"
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def spot(make_spot: Callable[..., Spot], hana: User) -> Spot:
    return make_spot("椿の小道", created_by=hana)


def pictures(page: Page) -> list[Any]:
    """The pictures of the page without the placeholders behind them."""
    return [image for image in page.all("img") if image.get("srcset")]


def test_the_gallery_shows_the_cover_first_and_at_once_and_the_others_when_they_come_near(
    client: Client, spot: Spot, hana: User
) -> None:
    made = [photo_of(spot, hana, size=(1200, 900), seed=seed) for seed in range(5)]
    shown = pictures(Page(client.get(spot.get_absolute_url())))
    assert [str(photo.pk) in image.get("src") for photo, image in zip(made, shown, strict=True)] == [True] * 5
    assert shown[0].get("fetchpriority") == "high"
    assert "loading" not in shown[0].attrib
    assert {image.get("loading") for image in shown[1:]} == {"lazy"}
    sizes = [(image.get("width"), image.get("height")) for image in shown]
    assert sizes == [("1200", "900")] * 3 + [("640", "480")] * 2
    assert [image.get("alt") for image in shown[:2]] == ["椿の小道の写真", "椿の小道の写真 2"]


def test_a_picture_comes_in_both_formats_over_its_placeholder(client: Client, spot: Spot, hana: User) -> None:
    photo = photo_of(spot, hana, size=(1200, 900))
    page = Page(client.get(spot.get_absolute_url()))
    source, [image] = page.one("source", type="image/webp"), pictures(page)
    widths = ["160w", "320w", "640w", "960w", "1200w"]
    for element, format in ((source, "webp"), (image, "jpeg")):
        parts = [part.split() for part in element.get("srcset", "").split(", ")]
        assert [width for _url, width in parts] == widths
        assert all(url.startswith(f"/images/{photo.image.key}?w=") and format in url for url, _width in parts)
    assert page.one("img", src=photo.placeholder).get("alt") == ""
    link = next(a for a in page.all("a") if "/images/" in (a.get("href") or ""))
    assert link.get("href") == f"/images/{photo.image.key}?w=2048&format=jpeg"
    for url in (link.get("href", ""), image.get("src")):
        assert client.get(url)["Content-Type"] == "image/jpeg"
    assert not [element for element in page.root.iter() if "style" in element.attrib]


def test_its_own_words_come_first_and_stay_words(client: Client, spot: Spot, hana: User) -> None:
    photo_of(spot, hana, caption=HOSTILE, seed=1)
    photo_of(spot, hana, caption="石段", alt="赤い花の落ちた石段", seed=2)
    page = Page(client.get(spot.get_absolute_url()))
    assert [image.get("alt") for image in pictures(page)] == [HOSTILE, "赤い花の落ちた石段"]
    assert page.texts("figcaption") == [HOSTILE, "石段"]
    assert page.faults == []


def test_without_photos_the_drawing_stays(client: Client, spot: Spot) -> None:
    page = Page(client.get(spot.get_absolute_url()))
    assert pictures(page) == []
    assert page.one("meta", name="twitter:card").get("content") == "summary"
    assert not page.all("meta", property="og:image")


@pytest.mark.parametrize("who", ["anybody", "its author", "a moderator"])
def test_a_hidden_photo_is_on_no_page_of_the_spot(
    client: Client, spot: Spot, hana: User, mori: User, sign_in: SignIn, who: str
) -> None:
    hidden, shown = photo_of(spot, hana, seed=1), photo_of(spot, hana, seed=2)
    hidden.hide(mori, "個人の家")
    browser = {"anybody": client, "its author": sign_in(hana), "a moderator": sign_in(mori)}[who]
    for path in (spot.get_absolute_url(), "/", "/spots/", "/categories/park/", f"/users/{hana.username}/"):
        text = browser.get(path).content.decode()
        assert str(hidden.pk) not in text, path
        assert str(shown.pk) in text, path


def test_who_may_edit_adds_photos_and_who_may_not_reports_them(
    client: Client, spot: Spot, hana: User, ren: User, sign_in: SignIn
) -> None:
    photo = photo_of(spot, hana)
    add, report = f"/spots/{spot.pk}/photos/", f"/reports/new/?target=photo:{photo.pk}"
    for browser, may_edit in ((client, False), (sign_in(ren), False), (sign_in(hana), True)):
        links = [a.get("href") for a in Page(browser.get(spot.get_absolute_url())).all("a")]
        assert (add in links, report in links) == (may_edit, not may_edit)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_cover_stands_on_every_list_with_its_own_proportions(
    client: Client, spot: Spot, hana: User, prefix: str
) -> None:
    photo = photo_of(spot, hana, size=(900, 1200))
    saved = SavedList.objects.create(owner=hana, title="春", visibility="public")
    saved.add(spot)
    paths = ["/", "/spots/", "/categories/park/", "/areas/182010/", f"/users/{hana.username}/", "/lists/"]
    for path in [*paths, f"/lists/{saved.pk}/", f"/users/{hana.username}/?show=lists"]:
        page = Page(client.get(prefix + path))
        shown = pictures(page)
        assert shown, path
        for image in shown:
            assert str(photo.pk) in image.get("src")
            assert image.get("alt") == ""
            assert (image.get("width"), image.get("height")) in (("640", "480"), ("320", "320"), ("900", "675")), path
            assert "&h=" in image.get("src")
        assert page.faults == []


def test_todays_spot_is_one_with_a_photo(
    client: Client, make_spot: Callable[..., Spot], spot: Spot, hana: User
) -> None:
    for number in range(12):
        make_spot(f"{number}番目の公園")
    photo_of(spot, hana)
    page = Page(client.get("/"))
    assert page.one("h2", id="today").find("a").text == "椿の小道"  # type: ignore[union-attr]
    assert pictures(page)[0].get("fetchpriority") == "high"


def test_a_list_shows_the_cover_of_a_spot_that_everyone_may_see(
    client: Client, make_spot: Callable[..., Spot], spot: Spot, hana: User, mori: User
) -> None:
    private, shown = photo_of(spot, hana, seed=1), photo_of(make_spot("二番目", created_by=hana), hana, seed=2)
    saved = SavedList.objects.create(owner=hana, title="春", visibility="public")
    for one in (private.spot, shown.spot):
        saved.add(one)
    assert str(private.pk) in pictures(Page(client.get("/lists/")))[0].get("src")
    private.spot.hide(mori, "個人の家")
    text = client.get("/lists/").content.decode()
    assert str(private.pk) not in text
    assert str(shown.pk) in text


def test_a_page_of_covers_costs_no_query_more_than_one_of_drawings(
    client: Client, make_spot: Callable[..., Spot], hana: User, django_assert_num_queries: Any
) -> None:
    for number in range(6):
        photo_of(make_spot(f"{number}番目", created_by=hana), hana, size=(200, 150), seed=number)
    with django_assert_num_queries(4):
        client.get("/categories/park/")


def test_the_first_page_asks_for_all_its_covers_at_once(
    client: Client, make_spot: Callable[..., Spot], hana: User, django_assert_num_queries: Any
) -> None:
    photos = [
        photo_of(make_spot(f"{n}番目", created_by=hana, hidden_gem_score=60), hana, size=(200, 150), seed=n)
        for n in range(3)
    ]
    saved = SavedList.objects.create(owner=hana, title="春", visibility="public")
    saved.add(photos[0].spot)
    with django_assert_num_queries(10):
        page = Page(client.get("/"))
    shown = [image.get("src", "") for image in pictures(page)]
    assert len(shown) == 8  # today's, three new ones, three gems, and a list's
    assert all(any(str(photo.pk) in src for src in shown) for photo in photos)


def test_links_that_are_sent_show_the_cover(client: Client, spot: Spot, hana: User) -> None:
    photo = photo_of(spot, hana, size=(1600, 1200), alt="赤い花")
    page = Page(client.get(spot.get_absolute_url()))
    told = {meta.get("property"): meta.get("content") for meta in page.all("meta") if meta.get("property")}
    address = f"{SITE}/images/{photo.image.key}?w=1280&format=jpeg"
    assert (told["og:image"], told["og:image:alt"]) == (address, "赤い花")
    assert (told["og:image:width"], told["og:image:height"]) == ("1280", "960")
    assert page.one("meta", name="twitter:card").get("content") == "summary_large_image"
    assert json.loads(page.one("script", type="application/ld+json").text or "")["image"] == [address]


def test_machines_are_told_of_the_cover(client: Client, spot: Spot, hana: User, mori: User) -> None:
    photo = photo_of(spot, hana, size=(1600, 1200), alt='赤い"花"')
    summary = ET.fromstring(client.get("/feeds/spots/").content).findtext(f".//{ATOM}summary") or ""
    assert f'src="{SITE}/images/{photo.image.key}?w=640&amp;format=jpeg" width="640" height="480"' in summary
    assert 'alt="赤い&quot;花&quot;"' in summary
    named = [found.text for found in ET.fromstring(client.get("/sitemap-spots.xml").content).iter(f"{IMAGE}loc")]
    assert named == [f"{SITE}/images/{photo.image.key}?w=1280&format=jpeg"]
    photo.hide(mori, "個人の家")
    assert b"/images/" not in client.get("/feeds/spots/").content + client.get("/sitemap-spots.xml").content


def test_a_pin_knows_its_picture(client: Client, make_spot: Callable[..., Spot], spot: Spot, hana: User) -> None:
    photo = photo_of(spot, hana, size=(1600, 1200), alt="赤い花")
    make_spot("絵のない公園", latitude=34.0)
    marks = client.get("/api/v1/spots/clusters/?bbox=130,30,140,40&zoom=12").json()["features"]
    told = {mark["properties"]["name"]: mark["properties"].get("image") for mark in marks}
    address = f"{SITE}/images/{photo.image.key}?w=320&h=240&format=jpeg"
    assert told == {
        "椿の小道": {"url": address, "width": 320, "height": 240, "alt": "赤い花"},
        "絵のない公園": None,
    }


def test_a_picture_that_is_gone_from_the_store_costs_the_page_nothing(client: Client, spot: Spot, hana: User) -> None:
    from media_store.stores import store_of

    photo = photo_of(spot, hana)
    store_of("media", photo.image.place).delete_many([photo.image.key])
    page = Page(client.get(spot.get_absolute_url()))
    assert page.response.status_code == 200
    assert page.one("img", src=SpotPhoto.objects.get(pk=photo.pk).placeholder) is not None
