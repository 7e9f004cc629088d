"""docs/api.md as a newcomer reads it: every example is run as it is printed, against a site that `up --demo` made."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest

from tests.machipoke.running_site import BASE_DIR, RunningSite, running_site

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are for curl"),
]

NAME, PASSWORD = "aruku", "tsubaki-no-michi"
FIVE_MINUTES = 300
ADDRESS = "http://127.0.0.1:8000"
STRICT = """set -euo pipefail
curl() { command curl --fail-with-body --silent --show-error "$@" && echo; }
"""
"""A refusal by the site, or a command that fails, ends the walk; the examples are printed without this."""


class Walk(NamedTuple):
    """What the shell printed, what it knew at the end, and the address of the site."""

    lines: list[str]
    known: dict[str, str]
    site: str

    def told(self, path: str) -> Any:
        """What a visitor is told."""
        with urlopen(f"{self.site}/api/v1/{path}") as answer:
            return json.load(answer)


def examples(language: str) -> list[str]:
    """The code blocks, with the name and password of the reader's own account."""
    text = (BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    blocks = [block.replace("hana", NAME).replace('"password": "…"', f'"password": "{PASSWORD}"') for block in blocks]
    return [block.replace("password=…", f"password={PASSWORD}") for block in blocks]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A town, and someone who has an account in it."""
    with running_site(tmp_path_factory.mktemp("docs") / "data", "--demo") as site:
        site.wait_until_open()
        command = [sys.executable, str(BASE_DIR / "manage.py"), "create_user", NAME, "--email", "a@example.jp"]
        subprocess.run(command, input=PASSWORD, env=site.environment, cwd="/", check=True, text=True, timeout=60)
        yield site


@pytest.fixture(scope="module")
def walk(site: RunningSite, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """All of them, from the first to the last, in one shell."""
    url = f"http://{site.address}"
    names = ("SPOT", "COMMENT", "LIST", "PHOTO", "GALLERY", "FIRST", "FILE")
    script = STRICT + "\n".join(examples("bash")).replace(ADDRESS, url)
    script += "\n" + "\n".join(f'echo "{name}=${name}"' for name in names)
    start = time.monotonic()
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path_factory.mktemp("newcomer"),
        capture_output=True,
        text=True,
        timeout=FIVE_MINUTES,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert time.monotonic() - start < FIVE_MINUTES
    lines = done.stdout.splitlines()
    return Walk(lines, dict(line.split("=", 1) for line in lines[-len(names) :]), url)


def test_there_are_examples_and_none_has_a_gap_left(walk: Walk) -> None:
    printed = "\n".join(examples("bash"))
    assert len(examples("bash")) >= 6
    assert not re.search(r"<[a-z ]*id>|…", printed)
    assert printed.count(ADDRESS) == 1  # the one that the reader replaces


def test_what_was_posted_is_there_for_everyone(walk: Walk) -> None:
    spot = walk.told(f"spots/{walk.known['SPOT']}/")
    told = (spot["name"], spot["tags"], spot["opening_hours"], spot["state"], spot["created_by"]["username"])
    assert told == ("足羽山公園", ["桜"], "9:00〜17:00", "published", NAME)
    comments = walk.told(f"spots/{walk.known['SPOT']}/comments/")["results"]
    assert [one["body"] for one in comments] == ["日の入りのころがきれいです", "何時ごろですか"]
    assert comments[1]["parent"] == walk.known["COMMENT"]
    [item] = walk.told(f"lists/{walk.known['LIST']}/items/")["results"]
    assert (item["spot_id"], item["note"]) == (walk.known["SPOT"], "朝に")
    assert walk.told(f"users/{NAME}/")["bio"] == "町を歩きます"


def test_its_photos_too(walk: Walk) -> None:
    [photo] = walk.told(f"spots/{walk.known['SPOT']}/")["photos"]
    told = (photo["id"], photo["caption"], photo["alt"], photo["is_primary"])
    assert told == (walk.known["PHOTO"], "展望台から、朝", "町と川のながめ", True)
    [first] = walk.told(f"spots/{walk.known['GALLERY']}/photos/")["results"]
    assert first["id"] == walk.known["FIRST"]


def test_its_file_and_the_picture_of_its_author(walk: Walk) -> None:
    [file] = walk.told(f"spots/{walk.known['SPOT']}/attachments/")["results"]
    assert (file["id"], file["title"], file["format"]) == (walk.known["FILE"], "展望台までの道", "gpx")
    assert any("/avatar-" in line for line in walk.lines)
    assert walk.told(f"users/{NAME}/")["avatar_url"] is None


def test_the_statuses_are_those_that_are_printed_beside(walk: Walk) -> None:
    beside = re.findall(r"%\{http_code\}.*# (\d{3})", "\n".join(examples("bash")).replace("\\\n", ""))
    assert [line for line in walk.lines if re.fullmatch(r"\d{3}", line)] == beside == ["304", "204", "302"]


def test_the_loop_in_python_reads_every_spot(walk: Walk, site: RunningSite) -> None:
    [loop] = examples("python")
    command = [sys.executable, "-c", loop.replace(ADDRESS, walk.site)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    urls = [line.rpartition(" ")[2] for line in done.stdout.splitlines()]
    assert len(urls) == len(set(urls)) > 100
    assert f"{walk.site}/spots/{walk.known['SPOT']}/" in urls
