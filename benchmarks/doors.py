"""What a door costs: a signed-in page, a request with a token, a counted request, against the same without the door.

`.venv/bin/python -m benchmarks.doors [--spots 100000] [--seconds 3]`
"""

from __future__ import annotations

import argparse
import sys
from typing import NamedTuple

from benchmarks import population
from benchmarks.load import Cost, measure
from benchmarks.site import empty_site
from tests.machipoke.running_site import RunningSite, free_port, running_site

ROUNDS = 5
MOST = 1.35
"""The target: CPU of a request through the door in requests without it."""

LIST = "/spots/"
NEARBY = "/api/v1/spots/nearby/?lat=35.681236&lng=139.767125&radius_km=50"


class Door(NamedTuple):
    """One request: what is asked, and with which headers."""

    path: str
    headers: dict[str, str]


def main() -> int:
    """Print the table; 1 when a target is missed."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--spots", type=int, default=100_000)
    options.add_argument(
        "--seconds", type=float, default=3.0, help="of each measurement; there are five of each request"
    )
    chosen = options.parse_args()
    with empty_site() as folder:
        population.fill(chosen.spots)
        doors = _doors(*_keys())
        with running_site(folder, port=free_port(), DJANGO_SETTINGS_MODULE="benchmarks.door_settings") as site:
            site.wait_until_open()
            costs = _medians(site, doors, chosen.seconds)
    return _report(costs)


def _keys() -> tuple[str, str]:
    """The session and the token of somebody who has been here for a while."""
    from django.test import Client

    from accounts.models import ApiToken, User

    person = User.objects.create_user("bench", "bench@example.jp", "tsubaki-no-michi", display_name="計測")
    client = Client()
    client.force_login(person)
    _row, text = ApiToken.objects.create(person, name="計測")
    return str(client.session.session_key), text


def _doors(session: str, token: str) -> dict[str, Door]:
    cookie, key = {"Cookie": f"sessionid={session}"}, {"Authorization": f"Token {token}"}
    return {
        "list": Door(LIST, {}),
        "list, signed in": Door(LIST, cookie),
        "list, counted": Door(LIST, {"X-Counted": "1"}),
        "nearby": Door(NEARBY, {}),
        "nearby, with a token": Door(NEARBY, key),  # counted by its token
    }


def _medians(site: RunningSite, doors: dict[str, Door], seconds: float) -> dict[str, Cost]:
    """In turns, so that a busy moment of the machine falls on all; the first short turn warms up."""
    taken: dict[str, list[Cost]] = {name: [] for name in doors}
    for number in range(ROUNDS + 1):
        for name, door in doors.items():
            cost = measure(site.address, door.path, site.pids(), seconds if number else 0.5, door.headers)
            if number:
                taken[name].append(cost)
    return {name: sorted(costs, key=lambda cost: cost.cpu_ms)[ROUNDS // 2] for name, costs in taken.items()}


def _report(costs: dict[str, Cost]) -> int:
    print(f"{'':32}{'CPU ms':>9}{'ratio':>8}{'per second':>12}")
    missed = []
    for name, cost in costs.items():
        ratio = cost.cpu_ms / costs[name.partition(",")[0]].cpu_ms
        print(f"{name:32}{cost.cpu_ms:>9.2f}{ratio:>8.2f}{cost.per_second:>12.0f}")
        if ratio > MOST:
            missed.append(f"{name}: {ratio:.2f}, target {MOST}")
    print("\n".join(missed) or "targets met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
