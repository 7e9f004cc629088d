"""What search engines, feed readers and home screens read: well formed, complete, and only what is listed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from spots.models import SavedList, Spot

MakeSpot = Callable[..., Spot]
SITE = "http://127.0.0.1:8000"
ATOM = "{http://www.w3.org/2005/Atom}"
MAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def locations(client: Client, path: str) -> list[str]:
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/xml")
    return [found.text or "" for found in ET.fromstring(answer.content).iter(f"{MAPS}loc")]


def test_the_sitemap_names_every_listed_thing_and_nothing_else(client: Client, make_spot: MakeSpot, hana: User) -> None:
    listed = make_spot(created_by=hana)
    for state in ("draft", "pending", "hidden"):
        make_spot(state=state, municipality_code="011002")
    for visibility in ("private", "link", "public"):
        SavedList.objects.create(owner=hana, title=visibility, visibility=visibility).add(listed)
    sections = locations(client, "/sitemap.xml")
    assert sections == [f"{SITE}/sitemap-{name}.xml" for name in ("spots", "lists", "places")]
    assert locations(client, "/sitemap-spots.xml") == [f"{SITE}{listed.get_absolute_url()}"]
    assert locations(client, "/sitemap-lists.xml") == [
        f"{SITE}{SavedList.objects.get(visibility='public').get_absolute_url()}"
    ]
    places = locations(client, "/sitemap-places.xml")
    assert [place for place in places if "/areas/" in place] == [f"{SITE}/areas/", f"{SITE}/areas/182010/"]
    assert all(client.get(place.removeprefix(SITE)).status_code == 200 for place in places)


@pytest.mark.parametrize("change", ["hidden", "deleted", "pending"])
def test_a_spot_leaves_the_pages_sitemap_and_feeds_at_once(
    client: Client, make_spot: MakeSpot, mori: User, change: str
) -> None:
    spot = make_spot()
    machines = ("/sitemap-spots.xml", "/feeds/spots/", "/feeds/categories/park/", "/feeds/areas/182010/")
    pages = ("/", "/spots/", "/en/spots/", "/categories/park/", "/areas/182010/", "/api/v1/spots/")
    paths = (*machines, *pages, spot.get_absolute_url())
    assert all(str(spot.pk).encode() in client.get(path).content for path in paths)
    if change == "hidden":
        spot.hide(mori, "確認中")
    elif change == "deleted":
        spot.delete_softly()
    else:
        Spot.objects.filter(pk=spot.pk).update(state=change)
    assert not any(str(spot.pk).encode() in client.get(path).content for path in (*machines, *pages))
    assert client.get(spot.get_absolute_url()).status_code == 404


def test_long_sitemaps_have_parts(client: Client, make_spot: MakeSpot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spots.sitemaps.SpotSitemap.limit", 2)
    spots = {f"{SITE}{make_spot(str(number)).get_absolute_url()}" for number in range(5)}
    parts = [part.removeprefix(SITE) for part in locations(client, "/sitemap.xml") if "spots" in part]
    assert parts == ["/sitemap-spots.xml", "/sitemap-spots.xml?p=2", "/sitemap-spots.xml?p=3"]
    assert {url for part in parts for url in locations(client, part)} == spots
    for wrong in ("/sitemap-spots.xml?p=4", "/sitemap-spots.xml?p=x", "/sitemap-none.xml"):
        assert client.get(wrong).status_code == 404


def test_the_index_of_the_sitemap_reads_no_rows(client: Client, make_spot: MakeSpot, hana: User) -> None:
    spot = make_spot()
    saved = SavedList.objects.create(owner=hana, title="公開", visibility="public")
    saved.add(spot)
    saved.refresh_from_db()
    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/sitemap.xml")
    told = [found.text or "" for found in ET.fromstring(answer.content).iter(f"{MAPS}lastmod")]
    assert [datetime.fromisoformat(text) for text in told] == [spot.updated_at, saved.updated_at]
    statements = [query["sql"] for query in asked if "spots_category" not in query["sql"]]
    assert all(re.match(r"SELECT (MAX|COUNT|DISTINCT)\b", sql) for sql in statements), statements
    assert sum("MAX(" in sql for sql in statements) == 2


def test_a_machines_file_costs_the_same_however_many_spots(
    client: Client, make_spot: MakeSpot, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        make_spot(str(number), tags=["桜"])
    for path, queries in (("/sitemap.xml", 6), ("/sitemap-spots.xml", 3), ("/feeds/spots/", 2), ("/robots.txt", 0)):
        with django_assert_max_num_queries(queries):
            client.get(path)


@pytest.mark.parametrize(
    "path", ["/feeds/spots/", "/feeds/categories/park/", "/feeds/areas/182010/", "/feeds/areas/180009/"]
)
def test_feeds_are_atom_with_our_own_addresses(client: Client, make_spot: MakeSpot, path: str) -> None:
    older = make_spot("前の公園", published_at=timezone.now() - timedelta(days=1))
    newer = make_spot("新しい公園", description="川ぞい & 橋")
    answer = client.get(path)
    feed = ET.fromstring(answer.content)
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert feed.tag == f"{ATOM}feed"
    assert all(feed.find(f"{ATOM}{name}") is not None for name in ("id", "title", "updated"))
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["新しい公園", "前の公園"]
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [f"urn:uuid:{newer.pk}", f"urn:uuid:{older.pk}"]
    assert entries[0].findtext(f"{ATOM}summary") == "川ぞい &amp; 橋"
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"{SITE}{path}"
    assert all(link.get("href", "").startswith(f"{SITE}/") for link in feed.iter(f"{ATOM}link"))
    assert client.get(links["alternate"].removeprefix(SITE)).status_code == 200  # type: ignore[union-attr]


def test_a_summary_is_html_with_the_lines_and_links_of_the_text(client: Client, make_spot: MakeSpot) -> None:
    make_spot(description="1 < 2\nhttps://a.example/?x&y")
    [summary] = ET.fromstring(client.get("/feeds/spots/").content).iter(f"{ATOM}summary")
    assert summary.get("type") == "html"
    link = '<a href="https://a.example/?x&amp;y" rel="nofollow ugc noopener">https://a.example/?x&amp;y</a>'
    assert summary.text == f"1 &lt; 2<br>\n{link}"


def test_feeds_end_at_fifty_and_unknown_ones_are_missing(client: Client, make_spot: MakeSpot) -> None:
    park = make_spot().category_id
    Spot.objects.bulk_create(
        Spot(name=str(n), latitude=36, longitude=136, category_id=park, published_at=timezone.now()) for n in range(60)
    )
    assert len(ET.fromstring(client.get("/feeds/spots/").content).findall(f"{ATOM}entry")) == 50
    for wrong in ("/feeds/", "/feeds/categories/none/", "/feeds/areas/999999/", "/feeds/areas/18/"):
        assert client.get(wrong).status_code == 404


def test_pages_name_their_feeds(client: Client, make_spot: MakeSpot) -> None:
    make_spot()
    for path in ("/categories/park/", "/areas/182010/"):
        assert f'href="/feeds{path}"' in client.get(path).content.decode()


def test_robots_may_read_what_is_public_and_not_the_endless(client: Client, db: None) -> None:
    answer = client.get("/robots.txt")
    lines = answer.content.decode().splitlines()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert lines[0] == "User-agent: *"
    assert lines[-1] == f"Sitemap: {SITE}/sitemap.xml"
    refused = [line.removeprefix("Disallow: ") for line in lines[1:-1]]
    assert {"/accounts/", "/admin/", "/spots/?", "/en/spots/?"} <= set(refused)
    assert not [path for path in ("/", "/spots/x/", "/feeds/spots/", "/sitemap.xml") if path.startswith(tuple(refused))]


def test_the_home_screen_finds_name_and_icon(client: Client, db: None) -> None:
    answer = client.get("/manifest.webmanifest")
    told = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (told["name"], told["start_url"], told["lang"], told["display"]) == ("マチポケ", "/", "ja", "standalone")
    assert all(icon["src"].startswith("/static/") for icon in told["icons"])


def test_security_txt_has_what_rfc_9116_asks(client: Client, db: None) -> None:
    answer = client.get("/.well-known/security.txt")
    told = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert set(told) >= {"Contact", "Expires", "Canonical", "Preferred-Languages"}
    assert told["Canonical"] == f"{SITE}/.well-known/security.txt"
    assert re.match(r"(https?:|mailto:|tel:)", told["Contact"])
    left = datetime.fromisoformat(told["Expires"]) - datetime.now(UTC)
    assert timedelta(days=30) < left <= timedelta(days=366)
