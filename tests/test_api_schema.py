"""The schema is valid OpenAPI, knows every door, and describes what is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from playwright.sync_api import sync_playwright

from accounts.models import ApiToken, User
from spots.models import Comment, Report, SavedList, Spot
from tests.accounts.token_asking import signing
from tests.attachment_files import gpx
from tests.browser.chromium import FLAGS, require
from tests.pictures import make
from tests.spots.asking import PLACE, ask
from tests.spots.pictured import attachment_of, photo_of


@pytest.fixture
def schema(client: Client, db: None) -> dict[str, Any]:
    """What `/api/schema/` answers."""
    told: dict[str, Any] = client.get("/api/schema/").json()
    return told


def test_it_is_valid_and_served_to_everyone(client: Client, schema: dict[str, Any]) -> None:
    validate(schema)
    assert schema["openapi"].startswith("3.")
    for accept in ("application/json", "application/vnd.oai.openapi+json", "*/*"):
        assert client.get("/api/schema/", headers={"accept": accept}).status_code == 200


def test_it_is_made_without_a_warning(capfd: pytest.CaptureFixture[str], db: None) -> None:
    from spots.api.documentation import schema

    schema.cache_clear()
    schema()
    assert "arning" not in capfd.readouterr().err


def test_it_names_every_door_with_its_refusals(schema: dict[str, Any]) -> None:
    paths = {path.removeprefix("/api/v1/"): methods for path, methods in schema["paths"].items()}
    assert {*paths} == {
        *("spots/", "spots/{id}/", "spots/nearby/", "spots/clusters/", "spots/look-alikes/", "spots/{id}/restoration/"),
        *("spots/{id}/comments/", "comments/{id}/", "categories/", "tags/", "users/{username}/", "me/"),
        *("lists/", "lists/{id}/", "lists/{id}/items/", "lists/{id}/items/{spot_id}/"),
        *("photos/", "photos/{id}/", "photos/{id}/restoration/", "spots/{id}/photos/", "me/avatar/"),
        *("photos/presigned/", "photos/presigned/{id}/complete/"),
        *("attachments/{id}/", "attachments/{id}/restoration/", "spots/{id}/attachments/"),
        *("reports/", "reports/{receipt}/", "tokens/", "tokens/{id}/", "me/sessions/", "me/sessions/{id}/"),
    }
    always = {"401", "429", "503"}
    refusals = {"400", "403", "404", "409", "412", "413", "415", "422", *always}
    assert {*paths["spots/{id}/"]["patch"]["responses"]} == {"200", *refusals}
    assert {*paths["spots/{id}/"]["delete"]["responses"]} == {"204", *refusals}
    assert {*paths["reports/"]["post"]["responses"]} == {"201", "400", "403", "413", "415", "422", *always}
    assert {*paths["tokens/"]["post"]["responses"]} == {"201", "400", "403", "413", "415", *always}
    assert {*paths["categories/"]["get"]["responses"]} == {"200", "400", *always}
    listed = {one["name"]: one for one in paths["spots/"]["get"]["parameters"]}
    assert listed["sort"]["schema"]["enum"] == ["new", "gem", "saved", "near", ""]
    nearby = {one["name"]: one for one in paths["spots/nearby/"]["get"]["parameters"]}
    assert nearby["lat"]["required"]
    assert nearby["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}


def test_answers_are_as_described(
    client: Client, schema: dict[str, Any], make_spot: Callable[..., Spot], hana: User
) -> None:
    spot = make_spot(created_by=hana, tags=["桜"])
    make_spot(latitude=36.07)
    comment = Comment(spot=spot, author=hana, body="よい所")
    comment.post()
    report = Report(reason="spam")
    report.file(spot)
    saved = SavedList.objects.create(owner=hana, title="散歩", visibility="public")
    saved.add(spot)
    places = {
        "spots/": "?near=36.06,136.22",
        "spots/{id}/": f"{spot.pk}",
        "spots/nearby/": "?lat=36.06&lng=136.22",
        "spots/clusters/": "?bbox=122,20,154,46&zoom=5",
        "spots/{id}/comments/": f"{spot.pk}",
        "categories/": "",
        "tags/": "",
        "lists/": "",
        "lists/{id}/": f"{saved.pk}",
        "lists/{id}/items/": f"{saved.pk}",
        "lists/{id}/items/{spot_id}/": f"{saved.pk}",
        "comments/{id}/": f"{comment.pk}",
        "spots/look-alikes/": "?name=中央公園&lat=36.0621&lng=136.2196",
        "reports/{receipt}/": report.receipt,
        "users/{username}/": "hana",
        "spots/{id}/photos/": f"{spot.pk}",
        "photos/{id}/": f"{photo_of(spot, hana).pk}",
        "spots/{id}/attachments/": f"{spot.pk}",
        "attachments/{id}/": f"{attachment_of(spot, hana).pk}",
    }
    for path, value in places.items():
        url = path.format(id=value, username=value, receipt=value, spot_id=spot.pk) if "{" in path else path + value
        content = schema["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]
        for media_type, described in content.items():
            answer = client.get(f"/api/v1/{url}", headers={"accept": media_type})
            assert answer["Content-Type"] == media_type
            _described(answer.json(), described["schema"], schema)


FILES = {"photo": ("photo.jpg", make((64, 48), seed=9)), "walk": ("walk.gpx", gpx())}

WRITES: dict[tuple[str, str], tuple[Any, str]] = {
    ("post", "spots/"): (PLACE | {"tags": ["桜"], "status": "open", "state": "draft"}, "201"),
    ("patch", "spots/{id}/"): ({"name": "別の名前"}, "200"),
    ("delete", "spots/{id}/"): ({"reason": "重複"}, "204"),
    ("post", "spots/{id}/restoration/"): (None, "200"),
    ("post", "spots/{id}/comments/"): ({"body": "いい所", "parent": None}, "201"),
    ("patch", "comments/{id}/"): ({"body": "とてもいい所"}, "200"),
    ("delete", "comments/{id}/"): (None, "204"),
    ("post", "lists/"): ({"title": "旅", "description": "春", "visibility": "public"}, "201"),
    ("patch", "lists/{id}/"): ({"visibility": "link"}, "200"),
    ("put", "lists/{id}/"): ({"title": "旅"}, "200"),
    ("delete", "lists/{id}/"): (None, "204"),
    ("post", "lists/{id}/items/"): ({"spot": "{spot}", "note": "朝に"}, "201"),
    ("put", "lists/{id}/items/"): ({"order": ["{spot}"]}, "200"),
    ("put", "lists/{id}/items/{spot_id}/"): ({"note": "朝に", "position": 0}, "201"),
    ("patch", "lists/{id}/items/{spot_id}/"): ({"position": 0}, "200"),
    ("delete", "lists/{id}/items/{spot_id}/"): (None, "204"),
    ("post", "reports/"): ({"target": "spot:{spot}", "reason": "other", "text": "宣伝です"}, "201"),
    ("post", "photos/"): ({"gallery": "{spot}", "client_id": str(UUID(int=2)), "file": "photo"}, "201"),
    ("post", "spots/{id}/photos/"): (
        {"caption": "椿", "alt": "赤い花", "is_primary": True, "client_id": str(UUID(int=3)), "file": "photo"},
        "201",
    ),
    ("post", "photos/presigned/"): ({"size_bytes": 9, "client_id": str(UUID(int=4))}, "404"),
    ("post", "photos/presigned/{id}/complete/"): ({"gallery": "{spot}"}, "404"),
    ("patch", "photos/{id}/"): ({"caption": "椿", "alt": "赤い花", "is_primary": True, "position": 0}, "200"),
    ("delete", "photos/{id}/"): ({"reason": "重複", "only_waiting": False}, "204"),
    ("post", "photos/{id}/restoration/"): (None, "200"),
    ("post", "spots/{id}/attachments/"): ({"title": "散歩道", "file": "walk"}, "201"),
    ("delete", "attachments/{id}/"): ({"reason": "重複"}, "204"),
    ("post", "attachments/{id}/restoration/"): (None, "200"),
    ("put", "me/avatar/"): ({"file": "photo"}, "200"),
    ("delete", "me/avatar/"): (None, "204"),
    ("patch", "me/"): ({"bio": "町を歩きます"}, "200"),
    ("post", "tokens/"): (signing("hana", code="", expires_in_days=30), "201"),
    ("delete", "tokens/{id}/"): (None, "204"),
    ("delete", "me/sessions/"): (None, "204"),
    ("delete", "me/sessions/{id}/"): (None, "204"),
}
"""For each write a body that says everything it may, and what is answered; 404 is of doors that need a bucket."""

REPEATABLE = {
    *(("post", "lists/{id}/items/"), ("put", "lists/{id}/items/{spot_id}/")),
    *(("post", "photos/"), ("post", "spots/{id}/photos/"), ("post", "spots/{id}/attachments/")),
}
"""Writes that make something the first time and are answered with 200 afterwards."""


KEYLESS = {("post", "tokens/")}
"""Writes whose answer is not kept."""


class Doors:
    """One row of everything of hana's, and the URL of each write on it."""

    def __init__(self, make_spot: Callable[..., Spot], hana: User, client: Client) -> None:
        self.client = client
        self.spot, self.gone = make_spot(created_by=hana), make_spot(created_by=hana)
        self.gone.delete_softly()
        self.comment = Comment(spot=self.spot, author=hana, body="よい所")
        self.comment.post()
        self.saved = SavedList.objects.create(owner=hana, title="散歩", visibility="public")
        self.photo, self.attachment = photo_of(self.spot, hana), attachment_of(self.spot, hana)
        self.taken = photo_of(self.spot, hana, seed=2), attachment_of(self.spot, hana, title="消した道")
        for file in self.taken:
            file.delete_softly(hana)
        self.token = ApiToken.make(hana, "時計", "read")[0]
        Client().force_login(hana)
        self.sessions = [one["id"] for one in client.get("/api/v1/me/sessions/").json()["results"]]

    def url(self, path: str) -> str:
        """The path with ids in it."""
        rows: dict[str, Any] = {"comments": self.comment, "lists": self.saved, "tokens": self.token}
        rows |= {"photos": self.photo, "attachments": self.attachment}
        gone = {"photos": self.taken[0], "attachments": self.taken[1], "spots": self.gone}
        row: Any = (gone if "restoration" in path else rows).get(path.partition("/")[0], self.spot)
        return path.format(id=self.sessions[-1] if "sessions" in path else row.id, spot_id=self.spot.pk)

    def body(self, method: str, path: str) -> Any:
        """What is sent, with ids in it."""
        body = WRITES[method, path][0]
        return None if body is None else json.loads(json.dumps(body).replace("{spot}", str(self.spot.pk)))

    def prepare(self, method: str, path: str) -> None:
        """Have in the list what is to be changed or taken out."""
        if "{spot_id}" in path and method in ("patch", "delete"):
            self.saved.add(self.spot)

    def send(self, method: str, path: str, body: Any = None, client: Client | None = None, **headers: str) -> Any:
        """The answer to the write, with its own body or another."""
        sent = self.body(method, path) if body is None else body
        if "file" not in (WRITES[method, path][0] or {}):
            return ask(client or self.client, method.upper(), self.url(path), sent, **headers)
        parts = {name: _file(value) if name == "file" else value for name, value in sent.items()}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = encode_multipart(BOUNDARY, parts)
        url = f"/api/v1/{self.url(path)}"
        return (client or self.client).generic(method.upper(), url, content, MULTIPART_CONTENT, headers=named)


def _file(kind: str | bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(*FILES[kind]) if isinstance(kind, str) else SimpleUploadedFile("x", kind)


@pytest.fixture
def doors(make_spot: Callable[..., Spot], hana: User, sign_in: Callable[[User], Client]) -> Doors:
    return Doors(make_spot, hana, sign_in(hana))


def test_every_described_write_is_in_the_table(schema: dict[str, Any]) -> None:
    assert {
        (method, path.removeprefix("/api/v1/"))
        for path, methods in schema["paths"].items()
        for method in methods
        if method != "get"
    } == {*WRITES}


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_write_takes_and_answers_what_is_described(
    schema: dict[str, Any], doors: Doors, method: str, path: str
) -> None:
    operation, (body, status) = schema["paths"][f"/api/v1/{path}"][method], WRITES[method, path]
    if "requestBody" in operation:
        [shape] = [described["schema"] for described in operation["requestBody"]["content"].values()]
        _described(doors.body(method, path) or {}, shape, schema)
        reference = shape["$ref"].rpartition("/")[2]
        component = schema["components"]["schemas"][reference]
        assert operation["requestBody"].get("required", False) == ("required" in component)
        assert {*component["properties"]} >= {*(body or {})}
    else:
        assert body is None
    doors.prepare(method, path)
    key: dict[str, Any] = {} if (method, path) in KEYLESS else {"idempotency_key": "k"}
    answer = doors.send(method, path, **key)
    assert str(answer.status_code) == status, answer.content.decode()
    if status != "204":
        [shown] = operation["responses"][status]["content"].values() if status == "404" else [None]
        shown = shown or operation["responses"][status]["content"]["application/json"]
        _described(answer.json(), shown["schema"], schema)
    if (method, path) in REPEATABLE:
        again = doors.send(method, path)
        assert again.status_code == 200
        _described(again.json(), operation["responses"]["200"]["content"]["application/json"]["schema"], schema)


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_the_refusals_of_a_write_are_described(
    schema: dict[str, Any], doors: Doors, client: Client, method: str, path: str
) -> None:
    operation = schema["paths"][f"/api/v1/{path}"][method]
    headers = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"}
    doors.prepare(method, path)
    refusals = {"400": doors.send(method, path, body={"naem": "x"})}
    body = signing("hana", password="chigau") if (method, path) in KEYLESS else None
    refusals["401"] = doors.send(method, path, body=body, client=client, authorization="Token mp_0")
    if "If-Match" in headers:
        refusals["412"] = doors.send(method, path, if_match='"0"')
    assert ("412" in operation["responses"]) == ("If-Match" in headers)
    assert ("Idempotency-Key" in headers) == ((method, path) not in KEYLESS)
    takes_file = "file" in (WRITES[method, path][0] or {})
    large = {"file": b"a" * 20_000_001} if takes_file else {"body": "a" * 65_536}
    refusals["413"] = doors.send(method, path, body=large)
    refusals["415"] = doors.client.generic(method.upper(), f"/api/v1/{doors.url(path)}", "a=1", "text/plain")
    if "Idempotency-Key" in headers and WRITES[method, path][1] != "404":
        doors.send(method, path, idempotency_key="k")
        other = doors.body(method, path) | {"file": b"%PDF-"} if takes_file else {"reason": "別"}
        refusals["422"] = doors.send(method, path, body=other, idempotency_key="k")
    for status, answer in refusals.items():
        assert str(answer.status_code) == status
        described = operation["responses"][status]["content"]["application/problem+json"]["schema"]
        _described(answer.json(), described, schema)


def test_each_operation_names_the_ways_in(schema: dict[str, Any]) -> None:
    assert {*schema["components"]["securitySchemes"]} == {"session", "token"}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            ways = [next(iter(one), "") for one in operation.get("security", [])]
            keyless = (method, path.removeprefix("/api/v1/")) in KEYLESS
            assert ({*ways} - {""}) == (set() if keyless else {"session", "token"}), f"{method} {path}"


def test_one_s_tokens_are_as_described(schema: dict[str, Any], doors: Doors) -> None:
    for path in ("tokens/", "tokens/{id}/"):
        described = schema["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"]
        _described(ask(doors.client, "GET", doors.url(path)).json(), described["schema"], schema)


def test_problems_are_as_described(client: Client, schema: dict[str, Any]) -> None:
    described = schema["paths"]["/api/v1/spots/"]["get"]["responses"]["400"]["content"]["application/problem+json"]
    _described(client.get("/api/v1/spots/?x=1").json(), described["schema"], schema)


def _described(answer: Any, shape: dict[str, Any], schema: dict[str, Any]) -> None:
    """Raise unless the answer has the shape, and nothing the shape does not name."""
    OAS31Validator(shape | {"components": schema["components"]}).validate(answer)
    named = [_component(shape, schema)]
    named = [_component(choice, schema) for one in named for choice in one.get("oneOf", [])] or named
    assert any({*answer} <= {*one.get("properties", {})} for one in named)


def _component(shape: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    return found


@pytest.mark.browser
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_page_works_under_our_policy_and_asks_nobody_else(live_server: Any) -> None:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=require(), args=FLAGS)
        page = browser.new_page()
        asked: list[str] = []
        refused: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
        page.goto(f"{live_server.url}/api/docs/")
        page.locator(".opblock-summary", has_text="/api/v1/spots/nearby/").click()
        page.get_by_text("半径 km（既定 5、最大 50）").wait_for()
        browser.close()
    assert refused == []
    assert all(url.startswith(live_server.url) for url in asked)
