"""A bucket that fails in every way of a network: each call ends in its time, and the rest of the site keeps its own."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client

from media_store.stores import ObjectMissing, StoreUnavailable, breaker, bucket, store_of
from media_store.stores.bucket import BucketStore
from tests import fault_proxy
from tests.fault_proxy import FAULTS, FaultProxy
from tests.s3_server import Buckets

KEY = "spots/7f/1.jpg"
GET_SECONDS, PUT_SECONDS = 2.5, 3.0
"""In place of 10 and 20, below which a hanging answer ends by the client's own 3 s: here the deadline itself is met."""


@pytest.fixture
def proxy(rclone_bucket: Buckets, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """Before the buckets of this site."""
    monkeypatch.setattr(bucket, "GET_SECONDS", GET_SECONDS)
    monkeypatch.setattr(bucket, "PUT_SECONDS", PUT_SECONDS)
    with fault_proxy.before(rclone_bucket.endpoint) as proxy:
        rclone_bucket.use(settings, endpoint=proxy.endpoint)
        media().put(KEY, b"x" * 300_000, "image/jpeg")
        yield proxy


def media() -> BucketStore:
    store = store_of("media", "s3")
    assert isinstance(store, BucketStore)
    return store


def seconds_until_refused(use: Callable[[], Any]) -> float:
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable):
        use()
    return time.monotonic() - begun


def many_gets(times: int = 10) -> list[float]:
    """As many calls at once as there are threads for; how long each took, whether it was answered or not."""

    def one(_number: int) -> float:
        begun = time.monotonic()
        with contextlib.suppress(StoreUnavailable):
            media().get(KEY)
        return time.monotonic() - begun

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(one, range(times)))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_call_ends_in_its_time_and_its_thread_with_it(proxy: FaultProxy, fault: str) -> None:
    proxy.fail(fault)
    assert seconds_until_refused(lambda: media().get(KEY)) < GET_SECONDS + 0.5
    assert seconds_until_refused(lambda: media().put("spots/7f/2.jpg", b"x" * 8_000_000, "")) < PUT_SECONDS + 0.5
    assert max(many_gets()) < GET_SECONDS + 1
    proxy.fail("")  # what drips goes on dripping
    bucket._breakers.clear()
    assert max(many_gets()) < 2
    assert len(media().get(KEY)) == 300_000


def test_a_store_that_fails_is_left_alone_and_found_again(proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "ALONE_SECONDS", 1.0)
    proxy.fail("hang")
    for _time in range(3):
        seconds_until_refused(lambda: media().get(KEY))
    assert media().breaker.is_open
    before = proxy.connections
    assert max(many_gets(40)) < 0.5
    assert proxy.connections == before
    time.sleep(1.0)
    many_gets()
    assert 1 <= proxy.connections - before <= 2  # one of them tried, the client twice
    proxy.fail("")
    time.sleep(1.0)
    assert len(media().get(KEY)) == 300_000
    assert not media().breaker.is_open


def test_what_is_missing_is_an_answer(proxy: FaultProxy) -> None:
    for number in range(5):
        with pytest.raises(ObjectMissing):
            media().get(f"spots/7f/{number}9.jpg")
    assert not media().breaker.is_open


def test_one_bucket_that_fails_leaves_the_others(rclone_bucket: Buckets, settings: Any) -> None:
    rclone_bucket._replace(private="no-such-bucket").use(settings)
    for _time in range(4):
        seconds_until_refused(lambda: store_of("private", "s3").get("originals/7f"))
    media().put(KEY, b"x", "image/jpeg")
    assert media().get(KEY) == b"x"


@pytest.mark.django_db
def test_readiness_tells_of_a_store_that_is_away(proxy: FaultProxy, client: Client) -> None:
    assert client.get("/readyz").json()["objects"] == "ok"
    proxy.fail("refuse")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["objects"]) == (200, "down")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("fault", ["hang", "drip headers"])
def test_other_pages_keep_their_speed_meanwhile(proxy: FaultProxy, client: Client, fault: str) -> None:
    def worst() -> float:
        times = []
        for _time in range(20):
            begun = time.monotonic()
            assert client.get("/").status_code == 200
            times.append(time.monotonic() - begun)
        return sorted(times)[-2]

    worst()
    usual = worst()
    proxy.fail(fault)
    with ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(many_gets, 1) for _number in range(8)]
        meanwhile = worst()
        for one in waiting:
            one.result()
    assert meanwhile < 2 * usual + 0.1
