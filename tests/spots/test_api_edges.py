"""The edges of HTTP at every door of the API: methods, overrides, parameters, other origins, conditions, GeoJSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from spots.models import SavedList, Spot
from tests.rows import every_row
from tests.spots.asking import ask
from tests.test_api_schema import Doors

SignIn = Callable[[User], Client]
MEMBERS = ["type", "title", "status", "detail", "request_id", "errors"]
REQUIRED = {
    "spots/nearby/": "lat=36&lng=136",
    "spots/look-alikes/": "name=a&lat=36&lng=136",
    "spots/clusters/": "bbox=122,20,154,46&zoom=5",
}
CHANGING = ("django_session", "accounts_user")


@pytest.fixture
def doors(make_spot: Callable[..., Spot], hana: User, sign_in: SignIn) -> Doors:
    """One row of everything, and hana's browser."""
    found = Doors(make_spot, hana, sign_in(hana))
    found.saved.add(found.spot)
    return found


@pytest.fixture
def every(client: Client, doors: Doors) -> dict[str, list[str]]:
    """The methods of each address that the schema names, with ids and required parameters in it."""
    from spots.models import Report

    report = Report(reason="spam")
    report.file(doors.spot)
    found = {}
    for path, methods in client.get("/api/schema/").json()["paths"].items():
        short = path.removeprefix("/api/v1/")
        named = short.replace("{username}", "hana").replace("{receipt}", report.receipt)
        found[f"/api/v1/{doors.url(named)}?{REQUIRED.get(short, '')}"] = [name.upper() for name in methods]
    return found


def test_every_address_says_its_methods_and_refuses_others(doors: Doors, every: dict[str, list[str]]) -> None:
    before = every_row(*CHANGING)
    for url, methods in every.items():
        told = doors.client.options(url.partition("?")[0])
        assert (told.status_code, told.content) == (204, b""), url
        assert {*told["Allow"].split(", ")} - {"HEAD", "OPTIONS"} == {*methods}, url
        others = {"GET", "POST", "PUT", "PATCH", "DELETE"} - {*methods} | {"TRACE", "CONNECT", "PROPFIND", "QUERY"}
        for method in others:
            answer = doors.client.generic(method, url, b"{}", "application/json")
            assert (answer.status_code, list(answer.json())) == (405, MEMBERS), f"{method} {url}"
            assert answer["Allow"] == told["Allow"]
    assert every_row(*CHANGING) == before


def test_head_is_get_without_its_body(doors: Doors, every: dict[str, list[str]]) -> None:
    for url, methods in every.items():
        if "GET" in methods:
            whole, head = doors.client.get(url), doors.client.head(url)
            assert (whole.status_code, head.status_code, head.content) == (200, 200, b""), url
            for name in ("Content-Type", "ETag", "Cache-Control", "Content-Length"):
                assert head.get(name) == whole.get(name), f"{name} {url}"


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_makes_another_method_of_one(doors: Doors, every: dict[str, list[str]], header: str) -> None:
    before = every_row(*CHANGING)
    for url, methods in every.items():
        if "GET" in methods:
            assert doors.client.get(url, headers={header: "DELETE"}).status_code == 200
    assert every_row(*CHANGING) == before
    assert ask(doors.client, "POST", "lists/", {"title": "旅"}, **{header: "DELETE"}).status_code == 201


def test_a_parameter_nobody_knows_and_one_given_twice_are_refused_everywhere(
    doors: Doors, every: dict[str, list[str]]
) -> None:
    before = every_row(*CHANGING)
    for url, methods in every.items():
        for method in methods:
            for query in ("raduis=3", "_method=DELETE", "format=json&format=json"):
                sent = b"" if method in ("GET", "DELETE") else b"{}"
                joined = f"{url}{'' if url.endswith('?') else '&'}{query}"
                answer = doors.client.generic(method, joined, sent, "application/json")
                assert answer.status_code == 400, f"{method} {joined}"
                name = query.partition("=")[0]
                assert name in [fault["field"] for fault in answer.json()["errors"]], f"{method} {joined}"
    assert every_row(*CHANGING) == before


def test_nothing_is_for_other_origins(doors: Doors, every: dict[str, list[str]]) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "DELETE"}
    for url, methods in [*every.items(), ("/api/schema/", ["GET"]), ("/api/docs/", ["GET"]), ("/api/v1/x/", ["GET"])]:
        for method in [*methods, "OPTIONS"] if url.startswith("/api/v1/") else methods:
            answer = Client().generic(method, url, headers=asked)
            assert not [name for name in answer.headers if name.lower().startswith("access-control-")], url
            assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("number", "status"),
    [("1e-7", 200), ("-1.5E-300", 200), ("1e-9999", 400), ("1e1", 400), ("1e+1", 400), ("e-7", 400), ("1e-", 400)],
)
def test_a_tiny_number_may_have_an_exponent(client: Client, db: None, number: str, status: int) -> None:
    assert client.get(f"/api/v1/spots/nearby/?lat={number.replace('+', '%2B')}&lng=0").status_code == status


@pytest.mark.parametrize("tag", ["{tag}", "W/{tag}", '"x", {tag}', '"x",W/{tag}', "*"])
def test_who_has_it_is_told_so_by_any_of_their_tags(doors: Doors, tag: str) -> None:
    for path in (f"spots/{doors.spot.pk}/", f"comments/{doors.comment.pk}/", f"lists/{doors.saved.pk}/", "me/"):
        known = ask(doors.client, "GET", path)["ETag"]
        answer = ask(doors.client, "GET", path, if_none_match=tag.format(tag=known))
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", known)


@pytest.mark.parametrize("tag", ["", "x", '"x"', "W/", '"999999"', ", ,"])
def test_a_tag_of_nothing_gets_the_whole_answer_and_writes_nothing(doors: Doors, tag: str) -> None:
    path = f"lists/{doors.saved.pk}/"
    assert ask(doors.client, "GET", path, if_none_match=tag).status_code == 200
    assert ask(doors.client, "PATCH", path, {"title": "旅"}, if_match=tag).status_code == 412
    assert SavedList.objects.get(pk=doors.saved.pk).title == "散歩"


@pytest.mark.parametrize("tag", ["{tag}", "W/{tag}", '"x", {tag}', "*"])
def test_a_write_goes_on_where_one_of_the_tags_is_right(doors: Doors, tag: str) -> None:
    path = f"lists/{doors.saved.pk}/"
    known = ask(doors.client, "GET", path)["ETag"]
    assert ask(doors.client, "PATCH", path, {"title": "旅"}, if_match=tag.format(tag=known)).status_code == 200
    if tag != "*":
        assert ask(doors.client, "PATCH", path, {"title": "春"}, if_match=tag.format(tag=known)).status_code == 412


@pytest.mark.parametrize("path", ["spots/", "spots/nearby/", "spots/look-alikes/", "spots/clusters/"])
def test_geojson_is_as_its_standard_says(client: Client, doors: Doors, path: str) -> None:
    asked = {"spots/": "", "spots/look-alikes/": "name=中央公園&lat=36.0621&lng=136.2196"}.get(path, REQUIRED.get(path))
    url = f"/api/v1/{path}?{asked}".replace("lat=36&lng=136", "lat=36.06&lng=136.22")
    answer = client.get(url, headers={"accept": "application/geo+json"})
    assert answer["Content-Type"] == "application/geo+json"
    told = answer.json()
    assert (told["type"], len(told["features"]) > 0) == ("FeatureCollection", True)
    for feature in told["features"]:
        _is_feature(feature)


def _is_feature(feature: dict[str, Any]) -> None:
    """RFC 7946: 3.2 a feature, 3.1.1 longitude first, 5 a box of west, south, east, north."""
    assert feature["type"] == "Feature"
    assert isinstance(feature["properties"], dict)
    assert feature["geometry"]["type"] == "Point"
    longitude, latitude = feature["geometry"]["coordinates"]
    assert (122 < longitude < 154, 20 < latitude < 46) == (True, True)
    if "bbox" in feature:
        west, south, east, north = feature["bbox"]
        assert (west <= longitude <= east, south <= latitude <= north) == (True, True)
    assert {"coordinates", "geometry", "features"} & {*feature["properties"]} == set()


@pytest.mark.parametrize("id_", [str(2**64), str(2**70), "-1", "0", "x" * 3000, "%2e%2e", "1;DROP", "true"])
def test_an_id_that_is_none_does_not_exist(doors: Doors, every: dict[str, list[str]], id_: str) -> None:
    for path in ("spots/{}/", "comments/{}/", "lists/{}/", "spots/{}/comments/", "lists/{}/items/", "tokens/{}/"):
        answer = doors.client.get(f"/api/v1/{path.format(id_)}")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), path
