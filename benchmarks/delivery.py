"""A kept picture of 60 KB against nginx's static file of as many bytes: requests per second by wrk, CPU of the server.

wrk takes a core of its own, so that on two cores the rates come nearer to each other than the servers are; the CPU of
the server's processes does not count it.

`.venv/bin/python -m benchmarks.delivery [--seconds 4]`. It needs `nginx` and `wrk` (apt-get install nginx-light wrk).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.load import cpu_seconds
from benchmarks.site import empty_site
from tests.machipoke.running_site import BASE_DIR, children_of, eventually, free_port, running_site

if TYPE_CHECKING:
    from media_store.stores import Store

PICTURE_BYTES = 60_000
LEAST_OF_NGINX = 0.25
"""The target: requests per second of a kept picture, whole, in those of nginx."""

ROUNDS = 5
WRK = ("wrk", "-t1", "-c8")
_LISTENS_SECONDS = 30


class Asked(NamedTuple):
    """What is measured: an address, the processes that answer, headers, and how many bytes must come."""

    url: str
    pids: frozenset[int]
    headers: tuple[str, ...] = ()
    size_bytes: int = PICTURE_BYTES


class Server(NamedTuple):
    """Where it listens, and its processes."""

    address: str
    pids: frozenset[int]


class Rate(NamedTuple):
    """Of one run."""

    per_second: float
    cpu_us: float
    """Of the server, per request."""


def main() -> int:
    """Print the ratios; 1 when the target is missed or a peer is not installed."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--seconds", type=float, default=4.0, help="of each measurement; there are five of each")
    chosen = options.parse_args()
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None or shutil.which("wrk") is None:
        print("nginx and wrk are needed: apt-get install nginx-light wrk", file=sys.stderr)
        return 1
    with contextlib.ExitStack() as open_things:
        folder = open_things.enter_context(empty_site())
        path, etag = _picture()
        site = open_things.enter_context(running_site(folder, port=free_port()))
        site.wait_until_open()
        alone = open_things.enter_context(_django_alone(site.environment))
        static = open_things.enter_context(_nginx(nginx, folder / "nginx"))
        url = f"http://{site.address}{path}"
        kinds = {
            "nginx, static file": Asked(f"http://{static.address}/file", static.pids),
            "kept picture": Asked(url, frozenset(site.pids())),
            "kept picture, 304": Asked(url, frozenset(site.pids()), (f"If-None-Match: {etag}",), 0),
            "the same, Django alone": Asked(f"http://{alone.address}{path}", alone.pids),
        }
        rates = _rates(kinds, chosen.seconds)
        _print_fetches(folder)
    return _report(rates)


def _picture() -> tuple[str, str]:
    """The address of a public photo whose kept size has just so many bytes, and its ETag."""
    from accounts.models import User
    from media_store import variant_files
    from media_store.delivery.asked import etag_of
    from media_store.variants import Variant
    from spots.models import Category, Spot
    from tests.media_store.photos import add_photo

    author = User.objects.create_user("bench", "bench@example.jp", "tsubaki-no-michi", display_name="計測")
    spot = Spot(name="計測", category=Category.objects.all()[0], latitude=36.06, longitude=136.21, created_by=author)
    spot.save()
    key = add_photo(spot, author).stored_object.key
    name = Variant(640).name
    _hear()
    variant_files.keep(key, name, os.urandom(PICTURE_BYTES))
    return f"/images/{key}?w=640&format=webp", etag_of(key, name)


def _hear() -> None:
    """A folder that heard of nothing yet would be emptied by the site."""
    from media_store.withdrawn import Listener

    Listener().has_heard()


@contextlib.contextmanager
def _django_alone(environment: dict[str, str]) -> Iterator[Server]:
    """As many workers and threads as `up` has, with nothing in front of Django."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "2"]
    command += ["--blocking-threads", "4", "--log-level", "error", "benchmarks.django_alone:application"]
    with _running(command, port, environment | {"DJANGO_SETTINGS_MODULE": "machipoke.settings"}) as pids:
        yield Server(f"127.0.0.1:{port}", pids)


@contextlib.contextmanager
def _nginx(program: str, folder: Path) -> Iterator[Server]:
    folder.mkdir()
    (folder / "file").write_bytes(os.urandom(PICTURE_BYTES))
    port = free_port()
    temporary = " ".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/errors; events {{}}\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000; {temporary}\n"
        f"server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n"
    )
    command = [program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")]
    with _running(command, port, dict(os.environ)) as pids:
        yield Server(f"127.0.0.1:{port}", pids)


@contextlib.contextmanager
def _running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[frozenset[int]]:
    def listens() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    # Relative to /, as the DATA_DIR of a running site is.
    environment = environment | {"PYTHONPATH": str(BASE_DIR)}
    process = subprocess.Popen(command, env=environment, cwd="/")
    try:
        if not eventually(listens, _LISTENS_SECONDS):
            raise RuntimeError(f"{command[0]} does not listen")
        time.sleep(1)  # its workers are there as well
        yield frozenset([process.pid, *children_of(process.pid)])
    finally:
        process.terminate()
        process.wait(30)


def _rates(kinds: dict[str, Asked], seconds: float) -> dict[str, list[Rate]]:
    """In turns, so that a busy moment of the machine falls on all; the first short turn warms up."""
    taken: dict[str, list[Rate]] = {name: [] for name in kinds}
    for round_number in range(ROUNDS + 1):
        for name, asked in kinds.items():
            rate = _wrk(asked, seconds if round_number else 1.0)
            if round_number:
                taken[name].append(rate)
    return taken


def _wrk(asked: Asked, seconds: float) -> Rate:
    headers = [part for header in asked.headers for part in ("-H", header)]
    command = [*WRK, f"-d{seconds:g}s", *headers, asked.url]
    before = cpu_seconds(asked.pids)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = cpu_seconds(asked.pids) - before
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    done = re.search(r"([0-9]+) requests in [0-9.]+m?s, ([0-9.]+)([KMG])B read", said)
    if rate is None or done is None or "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"{asked.url}: {said}")
    requests, read = int(done[1]), float(done[2]) * {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}[done[3]]
    if not asked.size_bytes <= read / requests * 1.01 <= asked.size_bytes * 1.05 + 1500:
        raise RuntimeError(f"{asked.url}: {read / requests:.0f} bytes a request")
    return Rate(float(rate[1]), spent / requests * 1e6)


def _print_fetches(folder: Path) -> None:
    """What it takes to come by the bytes from the folder, the hot tier, and a bucket on this machine if it has one."""
    from django.core.cache import cache

    from media_store import hot, variant_files
    from media_store.variants import Variant

    content = os.urandom(PICTURE_BYTES)
    key = "spots/00000000-0000-4000-8000-000000000000/00000000-0000-4000-8000-000000000000.jpg"
    variant_files.keep(key, Variant(640).name, content)
    hot._keep(key, content)
    fetches: dict[str, Callable[[], bytes | None]] = {
        "folder": lambda: (found := variant_files.find(key, Variant(640).name)) and found.read(),
        "key/value store, as the hot tier does": lambda: hot.find(key, hot.HOT),
        "key/value store, the question alone": lambda: cache.get(hot._name(key)),
    }
    with contextlib.ExitStack() as open_things:
        if shutil.which("rclone", path=str(Path(sys.executable).parent)):
            from tests import s3_server

            (folder / "rclone").mkdir()
            endpoint = open_things.enter_context(contextlib.contextmanager(s3_server.rclone)(folder / "rclone"))
            bucket = _bucket(endpoint)
            bucket.put(key, content, "image/webp")
            fetches["bucket, rclone on this machine"] = lambda: bytes(bucket.get(key))
        micros = {name: _micros(fetch) for name, fetch in fetches.items()}
    print(f"{'fetch of 60 KB':40}{'µs':>8}{'folder':>8}")
    for name, one in micros.items():
        print(f"{name:40}{one:>8.0f}{one / micros['folder']:>8.1f}")
    print()


def _bucket(endpoint: str) -> Store:
    from django.conf import settings
    from django.utils.module_loading import import_string

    from tests import s3_server

    s3_server.make_buckets(endpoint).use(settings)
    made: Any = settings.STORAGES["media_s3"]
    store: Store = import_string(made["BACKEND"])(**made["OPTIONS"])
    return store


def _micros(fetch: Callable[[], bytes | None]) -> float:
    """The median of many; what does not find anything measures nothing."""
    taken = []
    for _time in range(300):
        begun = time.perf_counter()
        if not fetch():
            raise RuntimeError("nothing was fetched")
        taken.append((time.perf_counter() - begun) * 1e6)
    return statistics.median(taken)


def _report(rates: dict[str, list[Rate]]) -> int:
    peer = rates["nginx, static file"]
    print(f"{'picture of 60 KB':26}{'best /s':>9}{'median /s':>11}{'of nginx':>10}{'CPU µs':>8}{'of nginx':>10}")
    reached = {}
    for name, taken in rates.items():
        # Round by round: both met the same neighbours on the machine.
        pairs = list(zip(taken, peer, strict=True))
        reached[name] = statistics.median(one.per_second / other.per_second for one, other in pairs)
        cost = statistics.median(one.cpu_us / other.cpu_us for one, other in pairs)
        best, median = max(one.per_second for one in taken), statistics.median(one.per_second for one in taken)
        cpu = statistics.median(one.cpu_us for one in taken)
        print(f"{name:26}{best:>9.0f}{median:>11.0f}{reached[name]:>10.2f}{cpu:>8.0f}{cost:>10.2f}")
    if reached["kept picture"] < LEAST_OF_NGINX:
        print(f"kept picture: {reached['kept picture']:.2f} of nginx, target {LEAST_OF_NGINX}")
        return 1
    print("target met")
    return 0


if __name__ == "__main__":
    sys.exit(main())
