"""A site killed -9 while people post and take away photos: is ever a picture broken, do rows and objects agree?

    python -m benchmarks.kill_uploads [--kills 100] [--store folder|s3] [--seed 1] [--json]

Starts `up` on SQLite, with a folder or with `rclone serve s3`. Four writers send photos through the API and the form,
post spots with them, add and delete photos and delete spots, while a process beside them sweeps what was deleted at
once. At a random moment that process dies, and a web worker or the supervisor; nobody writes or sweeps then, and once
the site is back every public page is fetched with every picture that it names, none of them from a kept size. After
the last kill, when all is old, the files are swept: rows and objects must be the same then.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.photo_writers import PASSWORD, Writer
from benchmarks.site import empty_site
from benchmarks.visitor import Visitor, is_picture, pictures_of
from tests import s3_server
from tests.machipoke.running_site import RunningSite, eventually

WRITERS = 4
LONGEST_SECONDS = 1.2
"""In which four writers have done some fifty things."""

BACK_SECONDS = 30.0
OLD = timedelta(days=40)
"""Above every time for which anything is kept that is deleted, unfinished, or an original."""


def main() -> int:
    """Kill, look, count and print; status 1 when a picture is broken or anything disagrees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--store", choices=["folder", "s3"], default="folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with contextlib.ExitStack() as open_things:
        endpoint = ""
        if options.store == "s3":
            folder = Path(open_things.enter_context(tempfile.TemporaryDirectory(prefix="ku-")))
            endpoint = open_things.enter_context(contextlib.contextmanager(s3_server.rclone)(folder))
        data_dir = open_things.enter_context(empty_site())
        trial = Trial(data_dir, endpoint, random.Random(options.seed))
        open_things.callback(trial.close)
        trial.run(min(options.kills, 1000))
    found, wrong = trial.found, trial.wrong()
    if options.json:
        print(json.dumps(found | {"wrong": wrong, "complaints": trial.complaints[:20]}))
    else:
        print("\n".join(f"{name.replace('_', ' '):<36} {count:>7}" for name, count in found.items()))
        print("\n".join(trial.complaints[:20]) or "no picture was broken; rows and objects agree")
    return int(bool(wrong))


class Trial:
    """The site, its writers, and what was found; `complaints` say what was broken, and where."""

    MUST_BE_NONE = (
        *("broken_pages", "broken_pictures", "photos_not_on_their_page", "acknowledged_and_lost", "deleted_and_shown"),
        *("objects_without_row", "rows_without_object", "parts_left", "left_behind"),
    )
    MUST_BE_SOME = ("pages_fetched", "pictures_fetched", "photos_sent", "deletions", "objects_after")

    def __init__(self, data_dir: Path, endpoint: str, chance: random.Random) -> None:
        from allauth.account.models import EmailAddress

        from accounts.models import User

        self.data_dir, self.endpoint, self.chance = data_dir, endpoint, chance
        self.found = Counter(dict.fromkeys(("kills_of_a_web_worker", "kills_of_the_supervisor", *self.MUST_BE_NONE), 0))
        self.complaints: list[str] = []
        self.environment = {"DJANGO_SETTINGS_MODULE": "benchmarks.door_settings", "TRUSTED_PROXIES": "1"}
        if endpoint:
            self._use_buckets()
        author = User.objects.create_user("hana", "hana@example.jp", PASSWORD)
        EmailAddress.objects.create(user=author, email=author.email, verified=True, primary=True)
        self.site = self._start(None)
        self.author = Visitor(self.site.port)
        self.author.sign_in("hana", PASSWORD)
        self.writers = [Writer(self.author, chance.randrange(1 << 30)) for _number in range(WRITERS)]

    def _use_buckets(self) -> None:
        from django.conf import settings

        buckets = s3_server.make_buckets(self.endpoint)
        buckets.use(settings)
        self.environment |= buckets.environment()

    def _start(self, port: int | None) -> RunningSite:
        site = RunningSite(self.data_dir, port=port, **self.environment)
        try:
            site.wait_until_open()
        except BaseException:
            site.close()
            raise
        return site

    def close(self) -> None:
        """Leave no process behind."""
        self.site.close()

    def run(self, kills: int) -> None:
        """Every kill with a look afterwards, and the sweep at the end."""
        for _number in range(kills):
            self._kill_one()
            self._look()
        self._sweep()
        self._look()
        self.site.process.terminate()
        self.found["left_behind"] += int(self.site.ends() != 0 or bool(self.site.pids()))
        self.found.update(self._compare())

    def wrong(self) -> list[str]:
        """The counts that are not what they must be."""
        there = [name for name in self.MUST_BE_NONE if self.found[name]]
        return there + [name for name in self.MUST_BE_SOME if not self.found[name]]

    def _kill_one(self) -> None:
        stop = threading.Event()
        sweeper = _sweeper()  # before there are threads: it is a copy of this process
        threads = [threading.Thread(target=writer.run, args=[stop], daemon=True) for writer in self.writers]
        for thread in threads:
            thread.start()
        # A bucket takes longer: as many things are under way and done as with a folder.
        time.sleep(self.chance.uniform(0.02, LONGEST_SECONDS * (2 if self.endpoint else 1)))
        os.kill(sweeper, signal.SIGKILL)
        os.waitpid(sweeper, 0)
        port, is_supervisor = self.site.port, self.chance.random() < 0.5
        if is_supervisor:
            self.site.process.kill()
        else:
            victim = self.chance.choice(sorted(self.site.workers()))
            os.kill(victim, signal.SIGKILL)
        stop.set()
        for thread in threads:
            thread.join(60)
        if is_supervisor:
            self.site.ends()
            eventually(lambda: not self.site.pids(), 3)
            self.found["left_behind"] += len(self.site.pids())
            self.site.close()
            self.site = self._start(port)
        else:
            assert eventually(lambda: victim not in self.site.pids() and self.site.answers(), BACK_SECONDS)
        self.found["kills_of_the_supervisor" if is_supervisor else "kills_of_a_web_worker"] += 1

    def _look(self) -> None:
        """At every public page as a stranger, and at every picture that one of them names."""
        from media_store import variant_files

        variant_files.empty()  # a size that was kept would hide that its master is gone
        stranger = Visitor(self.site.port)
        spots: dict[str, set[str]] = {
            spot["id"]: {photo["id"] for photo in spot["photos"]} for spot in _spots(stranger)
        }
        named = self._look_at_pages(stranger, spots)
        for address, page in named.items():
            answer = stranger.get(address)
            if not is_picture(answer):
                self.found["broken_pictures"] += 1
                self.complaints.append(f"{page}: {address}: {answer.status}")
        self.found["pictures_fetched"] += len(named)
        for writer in self.writers:
            self.found["acknowledged_and_lost"] += len(writer.lost(spots))
            self.found["deleted_and_shown"] += len(writer.shown_yet(spots))
        self._begin_again(spots)

    def _look_at_pages(self, stranger: Visitor, spots: dict[str, set[str]]) -> dict[str, str]:
        """The addresses of all pictures, each with a page that names it."""
        named: dict[str, str] = {}
        pages = {"/": set[str](), "/spots/": set[str]()} | {f"/spots/{id}/": photos for id, photos in spots.items()}
        for path, photos in pages.items():
            page = stranger.get(path)
            found = pictures_of(page.text)
            named.update((address, path) for address in found)
            self.found["photos_not_on_their_page"] += sum(not any(id in address for address in found) for id in photos)
            if page.status != 200:
                self.found["broken_pages"] += 1
                self.complaints.append(f"{path}: {page.status}")
        self.found["pages_fetched"] += len(pages)
        return named

    def _begin_again(self, spots: dict[str, set[str]]) -> None:
        """Everybody goes on with what is really there, and with a new day's quota."""
        from media_store.models import Sent

        Sent.objects.all().delete()
        for number, writer in enumerate(self.writers):
            writer.take_over(dict(list(spots.items())[number::WRITERS]))

    def _sweep(self) -> None:
        """When all that may go is old."""
        from django.db.models import F

        from media_store import sweeping
        from media_store.models import StoredObject

        rows = StoredObject.objects
        for state in ("ready", "pending", "condemned"):
            self.found[f"{state}_before_the_sweep"] = rows.filter(state=state).count()
        rows.update(created_at=F("created_at") - OLD, delete_after=F("delete_after") - OLD)
        _end_waiting()
        counts: dict[str, int] = {}
        while not counts:  # the site's own sweep may be under way
            counts = sweeping.sweep()
        self.found.update({f"swept_{name}": count for name, count in counts.items()})

    def _compare(self) -> dict[str, int]:
        from media_store.models import StoredObject

        there = _objects(self.endpoint)
        names = {bucket: StoredObject.objects.filter(bucket=bucket).values_list("key", flat=True) for bucket in there}
        keys = {bucket: set(found) for bucket, found in names.items()}
        done = sum((writer.done for writer in self.writers), Counter[str]())
        return {
            "objects_after": sum(len(found) for found in there.values()),
            "parts_left": sum(key.endswith(".part") for found in there.values() for key in found),
            "objects_without_row": sum(len(there[bucket] - keys[bucket]) for bucket in there),
            "rows_without_object": sum(len(keys[bucket] - there[bucket]) for bucket in there),
            "deletions": done["photos_deleted"] + done["spots_deleted"],
            **{name: done[name] for name in sorted(done)},
        }


def _sweeper() -> int:
    """A process that removes what is deleted without waiting for days, until it is killed; its id."""
    from django.db import connections

    from media_store import sweeping

    connections.close_all()  # nothing of ours is open in the child
    if (child := os.fork()) != 0:
        return child
    try:
        while True:
            _end_waiting()
            sweeping.sweep()
            time.sleep(0.02)
    except BaseException as error:  # noqa: BLE001 - the copy of this process ends here whatever it was
        print(f"sweep: {error!r}", file=sys.stderr)
    finally:
        os._exit(1)


def _end_waiting() -> None:
    """Nobody can bring back any more what is deleted."""
    from django.db.models import F

    from media_store.models import StoredObject
    from spots.models import Spot

    StoredObject.objects.filter(state="condemned").update(delete_after=F("delete_after") - OLD)
    Spot.objects.filter(state="deleted").update(deleted_at=F("deleted_at") - OLD)


def _spots(stranger: Visitor) -> Iterator[dict[str, Any]]:
    """All that the API lists."""
    path = "/api/v1/spots/?page_size=100"
    while path:
        answer = stranger.get(path).json
        yield from answer["results"]
        path = (answer["next"] or "").partition("/api/v1/")[2]
        path = path and f"/api/v1/{path}"


def _objects(endpoint: str) -> dict[str, set[str]]:
    """Every key of each bucket, asked from outside of the site's own code."""
    from django.conf import settings

    found: dict[str, set[str]] = {}
    if not endpoint:
        for bucket in ("media", "private"):
            root = Path(settings.DATA_DIR) / bucket
            found[bucket] = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
        return found
    outside = s3_server.client(endpoint)
    for bucket, name, prefix in (
        ("media", settings.S3_BUCKET, ""),
        ("private", settings.S3_PRIVATE_BUCKET, "private/"),
    ):
        pages = outside.get_paginator("list_objects_v2").paginate(Bucket=name)
        keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        found[bucket] = {key.removeprefix(prefix) for key in keys}
    outside.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
