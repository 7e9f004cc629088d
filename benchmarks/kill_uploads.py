"""Uploads, deletions and sweeps killed -9 at any moment: do rows and objects agree afterwards?

    python -m benchmarks.kill_uploads [--kills 100] [--store folder|s3] [--seed 1] [--json]

On SQLite, with a folder or with `rclone serve s3`. A process uploads small pictures, attaches some to a spot, takes
others away and sweeps; it is killed after a random time, a hundred times over. After each kill no photo that a page
shows may lack its bytes; after the last one, and a sweep of what is old by then, rows and objects must be the same.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import signal
import sys
import tempfile
import time
import uuid
from datetime import timedelta
from pathlib import Path

from benchmarks.site import empty_site
from tests import s3_server

LONGEST_SECONDS = 0.6
"""Some ten uploads, each with a deletion and a sweep now and then."""


def main() -> int:
    """Kill, count and print; status 1 when anything disagrees."""
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
        open_things.enter_context(empty_site())
        found = _trial(min(options.kills, 1000), random.Random(options.seed), endpoint)
    if options.json:
        print(json.dumps(found))
    else:
        print("\n".join(f"{name.replace('_', ' '):<36} {count}" for name, count in found.items()))
    wrong = ("broken_before_the_sweep", "objects_without_row", "rows_without_object", "parts_left")
    return int(any(found[name] for name in wrong) or not found["stored"])


def _trial(kills: int, chance: random.Random, endpoint: str) -> dict[str, int]:
    from django.conf import settings
    from django.db import connections

    from accounts.models import User
    from media_store.models import StoredObject

    if endpoint:
        s3_server.make_buckets(endpoint).use(settings)
    owner = User.objects.create_user("hana", "hana@example.jp", "tsubaki-no-michi")
    found = {"kills": kills, "broken_before_the_sweep": 0, "pending_before_the_sweep": 0}
    for _number in range(kills):
        connections.close_all()  # nothing of ours is open in the child
        child = os.fork()
        if child == 0:
            _work(owner.pk, chance.random())
        # A bucket takes longer: as many uploads are under way and done as with a folder.
        time.sleep(chance.uniform(0.02, LONGEST_SECONDS * (3 if endpoint else 1)))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        there = _objects(endpoint)
        found["broken_before_the_sweep"] += sum(key not in there["media"] for key in _shown())
    found["stored"] = StoredObject.objects.ready().count()
    found["pending_before_the_sweep"] = StoredObject.objects.filter(state="pending").count()
    return found | _after_the_sweep(endpoint)


def _work(owner_id: int, seed: float) -> None:
    """Until it is killed; what fails here says so, and shows as too little that is stored."""
    import traceback

    try:
        chance = random.Random(seed)
        while True:
            _upload(owner_id, chance)
    except Exception:  # noqa: BLE001 - the process ends here whatever it was
        traceback.print_exc()
    finally:
        os._exit(1)


def _upload(owner_id: int, chance: random.Random) -> None:
    from media_store import sweeping, uploads
    from media_store.models import StoredObject
    from spots.models import Category, Spot, SpotPhoto
    from spots.models.photo import NewPhoto

    uploads.MOST_A_DAY = 1_000_000
    gallery = uuid.uuid4()
    row = uploads.take_photo(io.BytesIO(_picture(chance)), owner_id, gallery).row
    if chance.random() < 0.7:
        place = {"latitude": 36.0621, "longitude": 136.2196, "municipality_code": "182010"}
        spot = Spot(
            pk=gallery, name="公園", category=Category.objects.get(slug="park"), created_by_id=owner_id, **place
        )
        spot.save(force_insert=True)
        SpotPhoto.objects.attach(spot, [NewPhoto(row.pk)], owner_id)
    if chance.random() < 0.5:
        old = StoredObject.objects.ready().filter(kind="photo").order_by("?").first()
        if old is not None:
            StoredObject.objects.filter(pk=old.pk).condemn(at_once=True)
    if chance.random() < 0.5:
        sweeping.sweep()


def _picture(chance: random.Random) -> bytes:
    from PIL import Image

    content = io.BytesIO()
    Image.frombytes("RGB", (64, 48), chance.randbytes(64 * 48 * 3)).save(content, "PNG")
    return content.getvalue()


def _shown() -> list[str]:
    """The keys of what pages show."""
    from spots.models import SpotPhoto

    photos = SpotPhoto.objects.filter(state="published", image__state="ready")
    return list(photos.values_list("image__key", flat=True))


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


def _after_the_sweep(endpoint: str) -> dict[str, int]:
    from django.db.models import F

    from media_store import sweeping
    from media_store.models import StoredObject

    StoredObject.objects.update(created_at=F("created_at") - timedelta(days=2))
    swept = sweeping.sweep()
    there = _objects(endpoint)
    keys = {bucket: set(StoredObject.objects.filter(bucket=bucket).values_list("key", flat=True)) for bucket in there}
    return {
        "swept_unfinished": swept["unfinished"],
        "swept": swept.get("removed", 0),
        "objects_after": sum(len(found) for found in there.values()),
        "parts_left": sum(key.endswith(".part") for found in there.values() for key in found),
        "objects_without_row": sum(len(there[bucket] - keys[bucket]) for bucket in there),
        "rows_without_object": sum(len(keys[bucket] - there[bucket]) for bucket in there),
        "broken_after": sum(key not in there["media"] for key in _shown()),
    }


if __name__ == "__main__":
    sys.exit(main())
