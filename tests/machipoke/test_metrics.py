"""Figures for those who hold the token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from spots.models import Spot


@pytest.mark.django_db
@pytest.mark.parametrize("header", [{}, {"HTTP_AUTHORIZATION": "Bearer wrong"}, {"HTTP_AUTHORIZATION": "Bearer "}])
def test_without_the_token_there_are_no_metrics(client: Client, settings: Any, header: dict[str, str]) -> None:
    settings.METRICS_TOKEN = "kagi-no-kotoba"
    assert client.get("/metrics", **header).status_code == 404  # type: ignore[arg-type]


@pytest.mark.django_db
def test_without_a_configured_token_an_empty_one_opens_nothing(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer ").status_code == 404


def test_the_token_shows_rows_and_the_state_of_the_stores(
    client: Client, settings: Any, make_spot: Callable[..., Spot]
) -> None:
    settings.METRICS_TOKEN = "kagi-no-kotoba"
    make_spot()
    answer = client.get("/metrics", HTTP_AUTHORIZATION="Bearer kagi-no-kotoba")
    lines = answer.content.decode().splitlines()
    assert 'machipoke_rows{table="spots_spot"} 1' in lines
    assert "machipoke_key_value_up 1" in lines
    assert answer["Cache-Control"] == "no-store"
