"""The 20 nearest spots: ours against an R*Tree, GEOSEARCH and a plain latitude/longitude index.

`.venv/bin/python -m benchmarks.nearby [--spots 1000000] [--database sqlite|postgres]`
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import population
from benchmarks.site import empty_site, valkey_server

if TYPE_CHECKING:
    from benchmarks.nearby_peers import Found, Peer
    from spots.models import SpotQuerySet

RADIUS_KM, LIMIT = 50.0, 20
ROUNDS, SECONDS_PER_CASE = 101, 4.0
MOST_TO_RTREE, MOST_TO_GEOSEARCH = 1.5, 0.02
"""The targets at Tokyo: at most one and a half times the best index there is, at most a fiftieth of GEOSEARCH."""
TARGETS_FROM = 1_000_000
"""Spots, on SQLite: GEOSEARCH sorts every hit, so with few of them its share says little."""


class Case(NamedTuple):
    """A place to ask at."""

    name: str
    latitude: float
    longitude: float
    category: str | None = None


CASES = (
    Case("Tokyo", 35.681236, 139.767125),
    Case("Hokkaido", 43.3, 142.6),
    Case("open sea", 30.0, 150.0),
    Case("Tokyo, rare category", 35.681236, 139.767125, population.RARE_CATEGORY),
)


def main() -> int:
    """Print the table; 1 when a target is missed or a search found other ids."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--spots", type=int, default=1_000_000)
    options.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    chosen = options.parse_args()
    with empty_site(chosen.database) as folder, valkey_server(folder) as socket:
        started = time.monotonic()
        population.fill(chosen.spots)
        _note(f"{chosen.spots} spots stored in {time.monotonic() - started:.0f} s")
        from benchmarks import nearby_peers

        return _compare(
            nearby_peers.build(socket, _note), judged=chosen.spots >= TARGETS_FROM and chosen.database == "sqlite"
        )


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _compare(peers: list[Peer], judged: bool) -> int:
    print(f"{'':22}{'ours':>9}{'ids alone':>11}" + "".join(f"{peer.name:>22}" for peer in peers) + "   (ms, ours/peer)")
    failures: list[str] = []
    for case in CASES:
        ours, ids_alone, others = _measure(case, peers, failures)
        ratios = {name: ours / milliseconds for name, milliseconds in others.items()}
        cells = "".join(f"{milliseconds:>12.2f}  ({ratios[name]:6.3f})" for name, milliseconds in others.items())
        print(f"{case.name:22}{ours:>9.2f}{ids_alone:>11.2f}{cells}", flush=True)
        if judged and case is CASES[0]:
            for name, most in (("R*Tree", MOST_TO_RTREE), ("GEOSEARCH", MOST_TO_GEOSEARCH)):
                if ratios.get(name, 0.0) > most:
                    failures.append(f"{case.name}: {ratios[name]:.3f} of {name}, target {most}")
    print("\n".join(failures) or f"all found the same ids{', targets met' if judged else ''}")
    return 1 if failures else 0


def _measure(case: Case, peers: list[Peer], failures: list[str]) -> tuple[float, float, dict[str, float]]:
    """Median milliseconds: ours with rows, ours to the ids, each peer with rows."""
    from spots.models import Category, Spot
    from spots.nearest import as_uuid, ranked

    category = Category.objects.get(slug=case.category) if case.category else None

    def asked() -> SpotQuerySet:
        spots = Spot.objects.listed()
        return spots.filter(category=category) if category else spots

    def nearest() -> list[Spot]:
        return asked().nearest(case.latitude, case.longitude, RADIUS_KM, LIMIT)

    def ids() -> Found:
        hits = ranked(asked(), case.latitude, case.longitude, RADIUS_KM, LIMIT)
        return [(km, as_uuid(id_)) for km, id_ in hits]

    def search(peer: Peer) -> Found:
        return peer.search(case.latitude, case.longitude, RADIUS_KM, LIMIT, category.pk if category else None)

    def searched(peer: Peer) -> list[Spot]:
        return asked().placed({id_: km for km, id_ in search(peer)})

    expected = [spot.pk for spot in nearest()]
    for peer in peers:
        if [id_ for _, id_ in search(peer)] != expected:
            failures.append(f"{case.name}: {peer.name} found other ids")
    medians = _alternating([nearest, ids, *(lambda peer=peer: searched(peer) for peer in peers)])
    return medians[0], medians[1], dict(zip((peer.name for peer in peers), medians[2:], strict=True))


def _alternating(calls: list[Callable[[], object]]) -> list[float]:
    """Median milliseconds of each, taken in turns, so that a busy moment of the machine falls on all of them."""
    taken: list[list[float]] = [[] for _ in calls]
    deadline = time.monotonic() + SECONDS_PER_CASE * len(calls)
    for round_number in range(ROUNDS):
        if round_number > 4 and time.monotonic() > deadline:
            break
        for call, times in zip(calls, taken, strict=True):
            started = time.perf_counter()
            call()
            times.append((time.perf_counter() - started) * 1000)
    return [statistics.median(times) for times in taken]


if __name__ == "__main__":
    sys.exit(main())
