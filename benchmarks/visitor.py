"""A browser of a benchmark: cookies, another address for each request, forms with files, the pictures of a page."""

from __future__ import annotations

import html
import http.client
import io
import json
import random
import re
import uuid
from collections.abc import Mapping, Sequence
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import urlencode

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
_PICTURE = re.compile(r"/images/[^\s\"'<>,)\\]+")


class Answer(NamedTuple):
    """What came; status 0 when the connection broke before the answer was whole."""

    status: int = 0
    content: bytes = b""
    kind: str = ""
    location: str = ""

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Visitor:
    """Each request comes from another address, so that limits per address do not count; the site trusts one proxy."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}

    def request(self, method: str, path: str, body: str | bytes = "", kind: str = JSON) -> Answer:
        """One request on a connection of its own."""
        address = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"
        headers = {"Content-Type": kind, "X-Forwarded-For": address}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers["X-CSRFToken"] = self._cookies.get("csrftoken", "")
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, body=body or None, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            return Answer()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        about = answer.headers
        return Answer(answer.status, content, about.get("Content-Type", ""), about.get("Location", ""))

    def get(self, path: str) -> Answer:
        """A page or a picture."""
        return self.request("GET", path)

    def send(self, path: str, fields: Mapping[str, str], files: Sequence[bytes], name: str = "file") -> Answer:
        """A form with files in the field `name`."""
        mark = uuid.uuid4().hex * 2  # a short one may be in a picture
        parts = [f'Content-Disposition: form-data; name="{field}"\r\n\r\n{value}' for field, value in fields.items()]
        head = f'Content-Disposition: form-data; name="{name}"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        pieces = [part.encode() for part in parts] + [head.encode() + content for content in files]
        body = b"".join(f"--{mark}\r\n".encode() + piece + b"\r\n" for piece in pieces)
        return self.request("POST", path, body + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}")

    def sign_in(self, name: str, password: str) -> None:
        """Through the form, as a person does."""
        self.get("/accounts/login/")
        answer = self.request("POST", "/accounts/login/", urlencode({"login": name, "password": password}), FORM)
        assert answer.status == 302, f"sign-in: {answer.status} {answer.text[:300]}"


def pictures_of(page: str) -> set[str]:
    """The address of every picture that a page names: shown, in sizes, linked to, or told to other machines."""
    return set(_PICTURE.findall(html.unescape(page).replace("\\u0026", "&")))


def is_picture(answer: Answer) -> bool:
    """Whether it came, and whole."""
    from PIL import Image

    if answer.status != 200 or not answer.kind.startswith("image/"):
        return False
    try:
        with Image.open(io.BytesIO(answer.content)) as picture:
            picture.load()
    except (OSError, ValueError):
        return False
    return True
