"""A merge while others write: nothing is left behind in what was merged, and nobody waits for each other for ever."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from spots.models import Category, Spot
from spots.open_data.importing import import_file
from spots.open_data.rows import Origin

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

A_MOMENT = 1.0
"""Seconds that the other gets to come as far as it can."""


def category(slug: str) -> Category:
    return Category.objects.get(slug=slug)


@contextmanager
def beside(job: Callable[[], object]) -> Iterator[None]:
    """The job runs on a connection of its own: a moment before the block, and to its end after it."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - told by the test, not by the thread
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(A_MOMENT)
    yield
    thread.join(30)
    assert raised == []


def merge(by: User) -> Callable[[], object]:
    return lambda: category("park").merge_into(category("nature"), by, "まとめる")


def test_an_import_under_way_leaves_nothing_behind(mori: User, tmp_path: Path) -> None:
    file = tmp_path / "spots.csv"
    file.write_text("名称,緯度,経度,カテゴリ\r\n甲,36.01,136.01,park\r\n", encoding="utf-8")
    running: list[Any] = []

    def track(things: Iterable[Any], label: str, _total: int | None) -> Iterable[Any]:
        if label == "照合と保存":  # the categories are read, nothing is written yet
            running.append(beside(merge(mori)))
            running[0].__enter__()
        return things

    import_file(file, Origin("市"), track=track)
    running[0].__exit__(None, None, None)
    assert set(Spot.objects.values_list("category__slug", flat=True)) == {"nature"}


def test_a_spot_that_is_being_posted_follows(mori: User) -> None:
    spot = Spot(name="川辺", latitude=36.0, longitude=136.0, category=category("park"))
    waiting = beside(merge(mori))
    with transaction.atomic():
        spot.post([])
        waiting.__enter__()
    waiting.__exit__(None, None, None)
    spot.refresh_from_db()
    assert spot.category.slug == "nature"


def test_an_edit_into_the_target_and_the_merge_do_not_block_each_other(make_spot: Any, mori: User) -> None:
    """As the API does: the row is held, then its category changes to what the merge holds."""
    pk = make_spot(category="park").pk
    waiting = beside(merge(mori))
    with transaction.atomic():
        spot = Spot.objects.select_for_update().get(pk=pk)
        waiting.__enter__()
        spot.edit({"category": category("nature")})
    waiting.__exit__(None, None, None)
    spot.refresh_from_db()
    assert (spot.category.slug, category("park").merged_into) == ("nature", category("nature"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_postgresqls_memory_does_not_grow_with_the_spots(mori: User) -> None:
    """It did by 150 kB for each, which it gave back at the end alone."""
    if connection.vendor != "postgresql":
        pytest.skip("about PostgreSQL")
    park = category("park")
    places = (Spot(name="所", latitude=36.0, longitude=136.0, category=park, state="draft") for _number in range(1500))
    Spot.objects.bulk_create(places, batch_size=500)
    before = _peak_mb()
    assert park.merge_into(category("nature"), mori, "まとめる") == 1500
    assert _peak_mb() - before < 100


def _peak_mb() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        status = Path(f"/proc/{cursor.fetchone()[0]}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024
