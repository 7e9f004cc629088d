"""Whether the clock tells which accounts there are: the median CPU time of each answer, all kinds interleaved.

The gap by the wall's clock is told beside it: that is what strangers see, and what the neighbours on the machine blur.

`.venv/bin/python -m benchmarks.enumeration [--rounds 25]`
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.site import empty_site

MOST = 1.10
"""The target: the slowest kind of account against the quickest (notes: S2)."""

WRONG = "kawara-no-kaze-11"
PEOPLE: dict[str, dict[str, Any] | None] = {
    "known": {},
    "closed": {"is_active": False},
    "unusable": {"password": None},
    "unknown": None,
}


def main() -> int:
    """Print the table; 1 when a gap is larger than the target."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--rounds", type=int, default=25)
    chosen = options.parse_args()
    print("ms of CPU and by the wall")
    with empty_site():
        store = _store()
        try:
            _fill()
            gaps = [_told(name, _medians(ask, chosen.rounds)) for name, ask in QUESTIONS.items()]
        finally:
            store.terminate()
            store.wait(10)
    return int(max(gaps) > MOST)


def _store() -> subprocess.Popen[bytes]:
    import logging

    from django.conf import settings

    from tests.environment import start_valkey

    logging.disable(logging.WARNING)
    settings.RATELIMIT_ENABLE = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.ACCOUNT_RATE_LIMITS = False
    return start_valkey(settings.VALKEY_SOCKET, Path(settings.RUNTIME_DIR))


def _fill() -> None:
    """Each kind of account, with the site's own password hasher."""
    from allauth.account.models import EmailAddress

    from accounts.models import User

    for name, fields in PEOPLE.items():
        if fields is not None:
            given: dict[str, Any] = {"password": "tsubaki-no-michi"} | fields
            person = User.objects.create_user(name, f"{name}@example.jp", **given)
            EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)


def _sign_in(name: str) -> Any:
    return _client().post("/accounts/login/", {"login": name, "password": WRONG})


def _sign_in_by_address(name: str) -> Any:
    return _client().post("/accounts/login/", {"login": f"{name}@example.jp", "password": WRONG})


def _token(name: str) -> Any:
    sent = {"username": name, "password": WRONG, "name": "x", "scope": "read"}
    return _client().post("/api/v1/tokens/", sent, "application/json")


def _reset(name: str) -> Any:
    return _client().post("/accounts/password/reset/", {"email": f"{name}@example.jp"})


def _sign_up(name: str) -> Any:
    sent = {"username": "kawa", "email": f"{name}@example.jp", "password1": WRONG, "password2": WRONG}
    return _client().post("/accounts/signup/", sent)


def _client() -> Any:
    from django.test import Client

    return Client()


QUESTIONS: dict[str, Callable[[str], Any]] = {
    "sign in by name": _sign_in,
    "sign in by address": _sign_in_by_address,
    "token": _token,
    "forgotten password": _reset,
    "sign up": _sign_up,
}


class Median(NamedTuple):
    """Milliseconds."""

    cpu: float
    wall: float


def _medians(ask: Callable[[str], Any], rounds: int) -> dict[str, Median]:
    """By kind of account."""
    times: dict[str, list[Median]] = {name: [] for name in PEOPLE}
    for number in range(rounds + 1):
        for name in PEOPLE:
            cpu, wall = time.process_time(), time.perf_counter()
            ask(name)
            if number:  # the first round warms up
                times[name].append(Median((time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000))
    return {name: Median(*(median(column) for column in zip(*rows, strict=True))) for name, rows in times.items()}


def _gap(medians: list[float]) -> float:
    return max(medians) / min(medians)


def _told(question: str, found: dict[str, Median]) -> float:
    cpu, wall = (_gap([one[number] for one in found.values()]) for number in (0, 1))
    told = "  ".join(f"{name} {one.cpu:6.1f} {one.wall:6.1f}" for name, one in found.items())
    print(f"{question:20} {told}   gap {cpu:.3f} {wall:.3f}")
    return cpu


if __name__ == "__main__":
    sys.exit(main())
