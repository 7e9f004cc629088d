"""The schema is valid OpenAPI, knows every door, and describes what is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from playwright.sync_api import sync_playwright

from accounts.models import User
from spots.models import Comment, SavedList, Spot
from tests.browser.chromium import FLAGS, require


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
        *("spots/", "spots/{id}/", "spots/nearby/", "spots/clusters/", "spots/{id}/comments/", "categories/", "tags/"),
        *("lists/", "lists/{id}/", "lists/{id}/items/", "users/{username}/"),
    }
    assert {*paths["spots/{id}/"]["patch"]["responses"]} == {"200", "400", "401", "403", "404", "412", "413", "415"}
    nearby = {one["name"]: one for one in paths["spots/nearby/"]["get"]["parameters"]}
    assert nearby["lat"]["required"]
    assert nearby["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}


def test_answers_are_as_described(
    client: Client, schema: dict[str, Any], make_spot: Callable[..., Spot], hana: User
) -> None:
    spot = make_spot(created_by=hana, tags=["桜"])
    make_spot(latitude=36.07)
    Comment(spot=spot, author=hana, body="よい所").post()
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
        "users/{username}/": "hana",
    }
    for path, value in places.items():
        url = path.format(id=value, username=value) if "{" in path else path + value
        content = schema["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]
        for media_type, described in content.items():
            answer = client.get(f"/api/v1/{url}", headers={"accept": media_type})
            assert answer["Content-Type"] == media_type
            _described(answer.json(), described["schema"], schema)


def test_problems_are_as_described(client: Client, schema: dict[str, Any]) -> None:
    described = schema["paths"]["/api/v1/spots/"]["get"]["responses"]["400"]["content"]["application/problem+json"]
    _described(client.get("/api/v1/spots/?x=1").json(), described["schema"], schema)


def _described(answer: Any, shape: dict[str, Any], schema: dict[str, Any]) -> None:
    """Raise unless the answer has the shape, and nothing the shape does not name."""
    OAS31Validator(shape | {"components": schema["components"]}).validate(answer)
    reference = shape["$ref"].rpartition("/")[2]
    assert {*answer} <= {*schema["components"]["schemas"][reference]["properties"]}


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
