"""Writing through the API as a program does."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

PLACE = {"name": "足羽山公園", "latitude": 36.0512, "longitude": 136.2091, "category": "park"}
"""The least that a spot must have."""


def ask(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """The answer to a request with this JSON, or with none."""
    sent = b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.generic(method, f"/api/v1/{path}", sent, "application/json", headers=named)


def fields(answer: Any) -> list[str | None]:
    """Which fields a refusal names."""
    return [fault["field"] for fault in answer.json()["errors"]]


def codes(answer: Any) -> list[str]:
    """Why it was refused."""
    return [fault["code"] for fault in answer.json()["errors"]]
