"""What a page costs against an empty view behind the same middleware, on a site with 100 k spots started by `up`.

`.venv/bin/python -m benchmarks.pages [--spots 100000] [--seconds 3] [--database sqlite|postgres]`
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import population
from benchmarks.load import Cost, measure
from benchmarks.site import empty_site
from tests.machipoke.running_site import free_port, running_site

if TYPE_CHECKING:
    from spots.models import Spot

ROUNDS = 3
TOKYO = (35.681236, 139.767125)
MOST_EMPTY_VIEWS = {"spot page": 20.0, "list of 24 cards": 40.0}
"""The targets: CPU of a page in empty views."""


def main() -> int:
    """Print the table; 1 when a target is missed."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--spots", type=int, default=100_000)
    options.add_argument("--seconds", type=float, default=3.0, help="of each measurement; there are three of each page")
    options.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    chosen = options.parse_args()
    with empty_site(chosen.database) as folder:
        population.fill(chosen.spots)
        spot = _busy_spot()
        environment = {"DJANGO_SETTINGS_MODULE": "benchmarks.page_settings"}
        if "DATABASE_URL" in os.environ:
            environment["DATABASE_URL"] = os.environ["DATABASE_URL"]
        with running_site(folder, port=free_port(), **environment) as site:
            site.wait_until_open()
            costs = _medians(site.address, site.pids(), _paths(spot), chosen.seconds)
        alike = costs["list of 24 cards"].size_bytes
        costs |= dict(_through_nginx(folder / "nginx", alike, chosen.seconds))
    return _report(costs)


def _busy_spot() -> Spot:
    """The spot nearest to Tokyo station, with tags and a thread of comments."""
    from accounts.models import User
    from spots.models import Comment, Spot, Tag

    author = User.objects.create_user("bench", "bench@example.jp", "tsubaki-no-michi", display_name="計測")
    spot = Spot.objects.listed().nearest(*TOKYO, 50.0, 1)[0]
    spot.tags.set(Tag.objects.for_names(["桜", "夜景", "川沿い", "散歩", "写真"]))
    for number in range(8):
        Comment.objects.create(spot=spot, author=author, body=f"{number + 1}回目に行きました。夕方がおすすめです。")
    Spot.objects.filter(pk=spot.pk).update(comment_count=8, created_by=author)
    return spot


def _paths(spot: Spot) -> dict[str, str]:
    lat, lng = TOKYO
    return {
        "empty view": "/empty/",
        "spot page": f"/spots/{spot.pk}/",
        "list of 24 cards": "/spots/",
        "spot JSON": f"/api/v1/spots/{spot.pk}/",
        "nearby JSON, 20 spots": f"/api/v1/spots/nearby/?lat={lat}&lng={lng}&radius_km=50",
        "static file, whitenoise": _static_path(),
    }


def _static_path() -> str:
    """The largest stylesheet that is served as it stands."""
    from django.contrib.staticfiles import finders

    sheets = [Path(str(storage.path(name))) for finder in finders.get_finders() for name, storage in finder.list([])]
    own = [path for path in sheets if path.suffix == ".css" and path.parent.parent.parent.name == "machipoke"]
    largest = max(own, key=lambda path: path.stat().st_size)
    return f"/static/css/{largest.name}"


def _medians(address: str, pids: set[int], paths: dict[str, str], seconds: float) -> dict[str, Cost]:
    """In turns, so that a busy moment of the machine falls on all; the first short turn warms up."""
    taken: dict[str, list[Cost]] = {name: [] for name in paths}
    for round_number in range(ROUNDS + 1):
        for name, path in paths.items():
            cost = measure(address, path, pids, seconds if round_number else 0.5)
            if round_number:
                taken[name].append(cost)
    return {name: _median(costs) for name, costs in taken.items()}


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.cpu_ms for cost in costs),
        statistics.median(cost.per_second for cost in costs),
        costs[0].size_bytes,
    )


def _through_nginx(folder: Path, size_bytes: int, seconds: float) -> Iterator[tuple[str, Cost]]:
    """A file as large as the list page, where there is an nginx: the floor of serving bytes on this machine."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        return
    with _nginx(program, folder, size_bytes) as (address, pid):
        costs = [measure(address, "/file", [pid], seconds) for _ in range(ROUNDS)]
    yield "static file, nginx", _median(costs)


@contextlib.contextmanager
def _nginx(program: str, folder: Path, size_bytes: int) -> Iterator[tuple[str, int]]:
    folder.mkdir()
    (folder / "file").write_bytes(os.urandom(size_bytes))
    port = free_port()
    temporary = " ".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors; events {{}}\n"
        f"http {{ access_log off; sendfile on; keepalive_requests 1000000; {temporary}\n"
        f"server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n"
    )
    process = subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")])
    try:
        time.sleep(0.5)
        yield f"127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(10)


def _report(costs: dict[str, Cost]) -> int:
    empty = costs["empty view"].cpu_ms
    print(f"{'':26}{'CPU ms':>9}{'empty views':>13}{'per second':>12}{'bytes':>10}")
    missed = []
    for name, cost in costs.items():
        ratio = cost.cpu_ms / empty
        print(f"{name:26}{cost.cpu_ms:>9.2f}{ratio:>13.1f}{cost.per_second:>12.0f}{cost.size_bytes:>10}")
        if ratio > MOST_EMPTY_VIEWS.get(name, ratio):
            missed.append(f"{name}: {ratio:.1f} empty views, target {MOST_EMPTY_VIEWS[name]:.0f}")
    print("\n".join(missed) or "targets met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
