"""Ten photos on a real site, by curl: posted, looked at where they are shown, taken away; in a folder and on S3."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from PIL import Image

from tests import pictures
from tests.machipoke.running_site import BASE_DIR, RunningSite, running_site
from tests.markup import Page
from tests.s3_server import Buckets, client

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

PASSWORD = "tsubaki-no-michi-7"
SPOT = {"name": "足羽山の見晴らし台", "category": "nature", "latitude": 36.0553, "longitude": 136.2081}


class Answer(NamedTuple):
    """What curl brought."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Visitor:
    """Somebody with curl, and perhaps a token."""

    def __init__(self, site: RunningSite, folder: Path, token: str = "") -> None:
        self.site, self.folder, self.token = site, folder, token

    def ask(self, path: str, *options: str, method: str = "GET") -> Answer:
        path = path.removeprefix(f"http://{self.site.address}")
        said = ["-H", f"Authorization: Token {self.token}"] if self.token else []
        out, head = self.folder / "body", self.folder / "head"
        out.write_bytes(b"")
        verb = ["-I"] if method == "HEAD" else ["-X", method]
        kept = ["-D", str(head), "-o", str(out)]
        url = f"http://{self.site.address}{path}"
        subprocess.run(["curl", "-sS", "--max-time", "30", *verb, *said, *options, *kept, url], check=True)
        status, *lines = head.read_text().strip().split("\r\n\r\n")[-1].splitlines()
        headers = {
            name.strip().lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)
        }
        return Answer(int(status.split()[1]), headers, out.read_bytes())

    def send(self, path: str, value: dict[str, Any], method: str = "POST") -> Answer:
        return self.ask(path, "-H", "Content-Type: application/json", "-d", json.dumps(value), method=method)

    def send_file(self, path: str, content: bytes, name: str, **fields: str) -> Answer:
        file = self.folder / "upload"
        file.write_bytes(content)
        form = [part for field, text in fields.items() for part in ("-F", f"{field}={text}")]
        return self.ask(path, "-F", f"file=@{file};filename={name}", *form, method="POST")


@pytest.fixture(params=["folder", "rclone"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningSite]:
    """A site with its own store of objects."""
    buckets: Buckets | None = request.getfixturevalue("rclone_bucket") if request.param == "rclone" else None
    environment: dict[str, Any] = dict(buckets.environment()) if buckets else {}
    with running_site(tmp_path / "data", **environment) as site:
        site.wait_until_open()
        site.buckets = buckets  # type: ignore[attr-defined]
        yield site


def member(site: RunningSite, folder: Path, name: str) -> Visitor:
    """A person with a token."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), "create_user", name, "--email", f"{name}@example.jp"]
    subprocess.run(command, input=PASSWORD, text=True, env=site.environment, cwd="/", check=True, capture_output=True)
    stranger = Visitor(site, folder)
    asked = {"username": name, "password": PASSWORD, "name": "curl", "scope": "write"}
    return Visitor(site, folder, stranger.send("/api/v1/tokens/", asked).json["token"])


def files() -> list[tuple[str, bytes]]:
    """Ten from a phone: two on their side, one that tells its place, one that is no picture."""
    plain = [(f"IMG_{number}.jpg", pictures.make((1600, 1200), seed=number)) for number in range(1, 7)]
    return [
        *plain,
        ("横 向き.jpg", pictures.make((900, 1200), orientation=6, seed=7)),
        ("逆向き.jpg", pictures.make((1200, 900), orientation=3, seed=8)),
        ("どこで?撮った#.jpg", pictures.make((1200, 900), canary=True, seed=9)),
        ("絵.jpg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    ]


def objects_of(site: RunningSite) -> set[str]:
    """The keys of all public objects, as somebody finds them who looks past the site."""
    buckets: Buckets | None = site.buckets  # type: ignore[attr-defined]
    if buckets is None:
        media = site.data_dir / "media"
        return {path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()}
    outside = client(buckets.endpoint)
    return {found["Key"] for found in outside.list_objects_v2(Bucket=buckets.media).get("Contents", [])}


def test_ten_photos_are_posted_shown_everywhere_and_gone_in_seconds(site: RunningSite, tmp_path: Path) -> None:
    hana, stranger = member(site, tmp_path, "hana"), Visitor(site, tmp_path)
    spot = hana.send("/api/v1/spots/", SPOT).json
    answers = [hana.send_file(f"/api/v1/spots/{spot['id']}/photos/", content, name) for name, content in files()]

    assert [answer.status for answer in answers] == [201] * 9 + [415]
    assert answers[-1].json["errors"][0]["field"] == "file"
    photos = [answer.json for answer in answers[:-1]]
    assert {photo["url"].split("?")[0].partition("/images/")[2] for photo in photos} == objects_of(site)
    _are_upright_and_clean(stranger, photos)
    _are_shown(stranger, spot, photos[0])

    assert hana.ask(f"/api/v1/spots/{spot['id']}/", method="DELETE").status == 204
    deadline = time.monotonic() + 5
    addresses = [address for photo in photos for sizes in photo["srcset"].values() for address in sizes.values()]
    while left := [address for address in addresses if stranger.ask(address, method="HEAD").status != 404]:
        assert time.monotonic() < deadline, left


def _are_upright_and_clean(stranger: Visitor, photos: list[dict[str, Any]]) -> None:
    for photo, (_name, sent) in zip(photos, files(), strict=False):
        answer = stranger.ask(photo["srcset"]["jpeg"]["640"])
        assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "set-cookie" not in answer.headers
        for trace in (b"Exif", b"http://ns.adobe.com", b"CANARY", b"ICC_PROFILE", b"GPS"):
            assert trace not in answer.body
        seen = pictures.shown(answer.body)
        assert (seen.width < seen.height) == (photo["width"] < photo["height"])
        assert _top_left(seen) == "red"
        assert len(answer.body) < len(sent)
    assert photos[6]["width"] < photos[6]["height"]


def _top_left(picture: Image.Image) -> str:
    red, green, blue = picture.getpixel((picture.width // 20, picture.height // 20))  # type: ignore[misc]
    return "red" if red > 1.5 * max(green, blue) else f"{red} {green} {blue}"


def _are_shown(stranger: Visitor, spot: dict[str, Any], cover: dict[str, Any]) -> None:
    """On the spot's page, in lists, in the map's popup, and in the tags that other sites read."""
    key = cover["url"].split("?")[0].partition("/images/")[2]
    page = stranger.ask(f"/spots/{spot['id']}/")
    assert page.body.decode().count(f"/images/spots/{spot['id']}/") >= 9
    metas = Page(SimpleNamespace(content=page.body)).all("meta")
    tags = {meta.get("property"): meta.get("content") for meta in metas}
    shared = stranger.ask(str(tags["og:image"]))
    assert (shared.status, shared.headers["content-type"]) == (200, "image/jpeg")
    assert key in str(tags["og:image"])
    for path in ("/", "/spots/", "/categories/nature/", "/users/hana/"):
        assert key in stranger.ask(path).body.decode(), path
    found = stranger.ask("/api/v1/spots/clusters/?bbox=136.1,36.0,136.3,36.1&zoom=18").json
    assert key in json.dumps(found)
    assert len(stranger.ask(f"/api/v1/spots/{spot['id']}/").json["photos"]) == 9
