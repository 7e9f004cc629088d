"""Pictures on a real site with two workers: one making for all who ask, and a takedown that every process hears."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.machipoke.running_site import BASE_DIR, RunningSite, eventually, running_site

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

PROMISE_SECONDS = 5.0

POST = """
from accounts.models import User
from media_store.variants import RECIPE
from spots.models import Category, Spot
from tests.media_store.photos import add_photo
hana, _made = User.objects.get_or_create(username="hana", email="hana@example.jp", display_name="花")
spot = Spot.objects.create(name="公園", category=Category.objects.first(), latitude=36.06, longitude=136.21,
                           created_by=hana)
print(add_photo(spot, hana, (1600, 1200)).stored_object.key)
"""

MAKE = """
import threading
from media_store.access import find_picture
from media_store.delivery import making
from media_store.variants import Variant
row = find_picture("{key}", None)
gate, made = threading.Barrier(8), []
def ask():
    gate.wait()
    made.append(making.make(row, Variant(1280))[1])
input()
threads = [threading.Thread(target=ask) for _number in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(made), sum(made))
"""

TAKE_AWAY = """
import os, signal
from accounts.models import User
from django.db import transaction
from spots.models.photo import SpotPhoto
with transaction.atomic():
    if {killed}:
        transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
    SpotPhoto.objects.get(image__key="{key}").delete_softly(by=User.objects.get(username="hana"))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """Two workers, as by default."""
    with running_site(tmp_path_factory.mktemp("site") / "data", PYTHONPATH=str(BASE_DIR)) as site:
        site.wait_until_open()
        yield site


def _process(site: RunningSite, code: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(BASE_DIR / "manage.py"), "shell", "--no-imports", "-c", code]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=site.environment, cwd="/", text=True, **pipes)


def _run(site: RunningSite, code: str) -> str:
    process = _process(site, code)
    out, errors = process.communicate(timeout=60)
    assert process.returncode in (0, -9), errors
    return out.strip()


def _ask(site: RunningSite, path: str, **headers: str) -> tuple[int, dict[str, str]]:
    """On a connection of its own, which either worker may take."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def _paths(key: str) -> list[str]:
    return [f"/images/{key}?w={width}&format={format}" for width in (160, 320, 640) for format in ("webp", "jpeg")]


def _all_gone(site: RunningSite, key: str, tags: list[str]) -> bool:
    """Every variant, asked for whole, conditionally and in part, three times each."""
    asked: list[dict[str, str]] = [{}, {"range": "bytes=0-9"}, *({"if_none_match": tag} for tag in tags[:1])]
    return all(_ask(site, path, **headers)[0] == 404 for path in _paths(key) for headers in asked for _time in range(3))


def _folder(site: RunningSite, key: str) -> Path:
    return site.data_dir / "cache" / "variants" / key


def test_sixteen_who_ask_at_once_in_two_processes_cost_one_making(site: RunningSite) -> None:
    key = _run(site, POST)
    processes = [_process(site, MAKE.format(key=key)) for _number in range(2)]
    time.sleep(2)  # both have imported Django and wait for the line
    outs = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    outs = [process.communicate(timeout=60) for process in processes]
    counts = [tuple(map(int, out.split())) for out, _errors in outs]
    assert [asked for asked, _made in counts] == [8, 8]
    assert sum(made for _asked, made in counts) == 1


def test_sixteen_visitors_get_one_and_the_same_picture(site: RunningSite) -> None:
    key = _run(site, POST)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _number: _ask(site, f"/images/{key}?w=1280&format=webp"), range(16)))
    assert {status for status, _headers in answers} == {200}
    assert {headers["cache-control"] for _status, headers in answers} == {"public, max-age=31536000, immutable"}
    assert len({headers["content-length"] for _status, headers in answers}) == 1


@pytest.mark.parametrize("killed", [False, True], ids=["in order", "killed after the commit"])
def test_a_takedown_is_everywhere_within_five_seconds(site: RunningSite, killed: bool) -> None:
    key = _run(site, POST)
    tags = [_ask(site, path)[1]["etag"] for path in _paths(key) for _time in range(4)]
    stop, seen = threading.Event(), []

    def go_on_asking() -> None:
        while not stop.is_set():
            seen.append((_ask(site, _paths(key)[0])[0], time.monotonic()))

    visitor = threading.Thread(target=go_on_asking)
    visitor.start()
    _run(site, TAKE_AWAY.format(key=key, killed=killed))
    taken = time.monotonic()
    assert eventually(lambda: _all_gone(site, key, tags), PROMISE_SECONDS)
    stop.set()
    visitor.join()
    assert not [moment for status, moment in seen if status != 404 and moment > taken + PROMISE_SECONDS]
    assert {status for status, _moment in seen} == {200, 404}
    assert not _folder(site, key).exists()
    assert _all_gone(site, key, tags)


def test_what_a_generator_left_that_was_killed_before_it_looked_again_is_gone_too(site: RunningSite) -> None:
    key = _run(site, POST)
    path = _paths(key)[0]
    assert _ask(site, path)[0] == 200
    name = next(_folder(site, key).iterdir()).name
    content = (_folder(site, key) / name).read_bytes()
    _run(site, TAKE_AWAY.format(key=key, killed=False))
    assert eventually(lambda: _ask(site, path)[0] == 404, PROMISE_SECONDS)
    _folder(site, key).mkdir(parents=True)
    (_folder(site, key) / name).write_bytes(content)
    assert eventually(lambda: all(_ask(site, path)[0] == 404 for _time in range(10)), PROMISE_SECONDS)
    assert not (_folder(site, key) / name).exists()


def test_a_takedown_while_the_site_stands_still_is_heard_before_the_first_answer(site: RunningSite) -> None:
    key = _run(site, POST)
    tags = [_ask(site, path)[1]["etag"] for path in _paths(key)]
    for pid in site.workers():
        subprocess.run(["kill", "-STOP", str(pid)], check=True)
    _run(site, TAKE_AWAY.format(key=key, killed=True))
    assert _folder(site, key).exists()
    for pid in site.workers():
        subprocess.run(["kill", "-KILL", str(pid)], check=True)
    assert eventually(site.answers, 20)
    for path in _paths(key):
        for _time in range(4):
            assert _ask(site, path, if_none_match=tags[0])[0] == 404


def test_rebuild_makes_the_usual_sizes_and_goes_on_where_it_was(site: RunningSite) -> None:
    key = _run(site, POST)
    command = [sys.executable, str(BASE_DIR / "manage.py"), "rebuild_variants", "--json"]

    def rebuilt() -> dict[str, int]:
        done = subprocess.run(command, env=site.environment, cwd="/", capture_output=True, text=True, check=True)
        return dict(json.loads(done.stdout))

    first = rebuilt()
    assert first["made"] >= 3
    assert sorted(path.name for path in _folder(site, key).iterdir()) == [
        "1280-q82.webp",
        "320-q82.webp",
        "640-q82.webp",
    ]
    (_folder(site, key) / "640-q82.webp").unlink()
    assert rebuilt() == {"made": 1, "there": first["made"] + first["there"] - 1, "failed": 0, "left": 0}
