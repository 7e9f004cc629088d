"""Points of docs/security.md about what is kept outside the database: S83, S84."""

from __future__ import annotations

import json
import logging
import pickle
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import caches
from django.test import Client
from huey.contrib.djhuey import HUEY

from accounts.models import ApiToken, User
from tests.accounts.letters import code_for
from tests.doors.matrix import Door, Trial
from tests.doors.routes import routes, subject_of
from tests.doors.town import SEEN
from tests.second_factor import SECRET, digits, give
from tests.spots.asking import PLACE, ask

PASSWORD, WRONG = "tsubaki-no-michi", "kanarya-no-kagi-77"
ADDRESS = "203.0.113.77"
PLACED = {"latitude": 35.987123, "longitude": 135.987321}


def test_no_log_holds_what_opens_or_finds_anybody(hana: User, caplog: pytest.LogCaptureFixture) -> None:
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    caplog.set_level(logging.DEBUG)
    client = Client(REMOTE_ADDR=ADDRESS)
    client.post("/accounts/login/", {"login": "hana@example.jp", "password": WRONG})
    client.post("/accounts/password/reset/", {"email": "hana@example.jp"})
    code = code_for("hana@example.jp")
    client.post("/accounts/password/reset/confirm/", {"code": "12345678"})
    give(hana)
    shown = digits()
    client.post("/accounts/login/", {"login": "hana", "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": shown})
    assert client.get("/accounts/sessions/").status_code == 200
    _row, text = ApiToken.make(hana, "時計", ApiToken.Scope.WRITE)
    program = Client(REMOTE_ADDR=ADDRESS, headers={"authorization": f"Token {text}"})
    assert ask(program, "POST", "spots/", PLACE | PLACED).status_code == 201
    program.get(f"/api/v1/spots/nearby/?lat={PLACED['latitude']}&lng={PLACED['longitude']}&radius_km=none")
    for path in ("/no-such-page/", "/spots/new/", "/admin/"):
        client.get(f"{path}?mail=hana@example.jp&key={WRONG}")
        client.post(path, {"password": WRONG, "email": "hana@example.jp"}, headers={"x-csrftoken": "no"})
    said = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    assert "no-such-page" in said
    secrets = (PASSWORD, WRONG, "hana@example.jp", ADDRESS, code, text, SECRET, "35.987", "135.987")
    keys = [client.cookies[name].value for name in ("sessionid", "csrftoken")]
    assert [secret for secret in (*secrets, *keys) if secret in said] == []


def everything_kept() -> dict[bytes, bytes]:
    """Every text of each key/value database that Django writes to."""
    found: dict[bytes, bytes] = {}
    for alias in ("default", "limits", "sessions"):
        store: Any = caches[alias].client.get_client()  # type: ignore[attr-defined]
        found |= {key: store.get(key) for key in store.scan_iter() if store.type(key) == b"string"}
    return found


def test_what_is_kept_beside_the_database_is_json(trial: Trial) -> None:
    kept: dict[bytes, bytes] = {}
    for route in routes():
        for state in list(SEEN[subject_of(route)])[:1]:
            trial.tried(Door(route, state, "GET"), "o")
            kept |= everything_kept()
    assert len(kept) > 1
    for key, value in kept.items():
        json.loads(value.decode()), key


class Trap:
    """What runs when somebody unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Sprung.append, (1,))


class Sprung:
    times: list[int] = []

    @classmethod
    def append(cls, one: int) -> None:
        cls.times.append(one)


def test_whoever_writes_to_the_key_value_store_runs_nothing(hana: User) -> None:
    trap = pickle.dumps(Trap())
    pickle.loads(trap)
    assert Sprung.times == [1]
    client = Client()
    client.force_login(hana)
    client.get("/accounts/sessions/")
    for alias in ("default", "limits", "sessions"):
        store: Any = caches[alias].client.get_client()  # type: ignore[attr-defined]
        for key in list(store.scan_iter()):
            if store.type(key) == b"string":
                store.set(key, trap)
    assert everything_kept()
    client.raise_request_exception = False
    for url in ("/", "/accounts/sessions/", "/api/v1/me/", "/accounts/login/"):
        client.get(url)
    assert Sprung.times == [1]


@pytest.mark.parametrize("signature", [b"", b":" + b"0" * 40], ids=["none", "made up"])
def test_a_job_that_we_did_not_sign_is_not_run(db: None, signature: bytes) -> None:
    """Jobs lie beside the database pickled: with REDIS_URL in the same store, otherwise in a file."""
    before = list(Sprung.times)
    HUEY.storage.flush_queue()  # of what an earlier test asked for and nobody did
    HUEY.storage.enqueue(pickle.dumps(Trap()) + signature)
    with pytest.raises(ValueError, match=r"not found|mismatch"):
        HUEY.dequeue()
    assert Sprung.times == before
    assert HUEY.pending_count() == 0
