"""Requests that are far too much of something: refused quickly, never with 500."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.markup import Page

MANY = "&".join(f"a{number}=1" for number in range(10_000))
FORM = "application/x-www-form-urlencoded"
LONG = "あ" * 20_000
"""60 kB, and 180 kB as it is sent; five of them fill a body."""


def asked(act: Callable[[], Any]) -> Any:
    """The answer, for which this thread computed two seconds at most, however busy the machine is otherwise."""
    start = time.thread_time()
    answer = act()
    assert time.thread_time() - start < 2
    return answer


@pytest.mark.parametrize("path", ["/spots/", "/accounts/login/", "/api/v1/spots/", "/en/spots/"])
def test_ten_thousand_parameters_are_refused(client: Client, db: None, path: str) -> None:
    assert asked(lambda: client.get(f"{path}?{MANY}")).status_code == 400


def test_ten_thousand_fields_are_refused(client: Client, db: None) -> None:
    answer = asked(lambda: client.post("/accounts/login/", MANY, content_type=FORM))
    assert answer.status_code == 400
    assert Page(answer).texts("h1") == ["送られた内容を読み取れませんでした"]


def test_a_hundred_files_are_refused(client: Client, db: None) -> None:
    part = '--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nb\r\n'
    kind = "multipart/form-data; boundary=x"
    answer = asked(lambda: client.post("/accounts/login/", f"{part * 100}--x--\r\n", content_type=kind))
    assert answer.status_code == 400


@pytest.mark.parametrize("field", ["name", "reading", "description", "address", "tags", "phone", "website", "latitude"])
@pytest.mark.parametrize(
    "text", [LONG, "a" * 90_000, "\u0301" * 30_000, "(" * 90_000, "🇯" * 20_000, "http://" * 10_000]
)
def test_endless_text_in_a_field_is_refused_soon(
    sign_in: Callable[[User], Client], hana: User, field: str, text: str
) -> None:
    visitor = sign_in(hana)
    sent = {"name": "橋", "latitude": "36", "longitude": "136", "category": "park", "status": "open"}
    answer = asked(lambda: visitor.post("/spots/new/", sent | {field: text}))
    assert answer.status_code in (302, 400)


@pytest.mark.parametrize(
    "path", ["/spots/?q=", "/spots/?tag=", "/spots/?bbox=", "/tags/", "/users/", "/areas/", "/spots/new/?name="]
)
def test_endless_text_in_an_address_is_answered_soon(client: Client, db: None, path: str) -> None:
    answer = asked(lambda: client.get(f"{path}{'a' * 60_000}/"))
    assert answer.status_code in (302, 400, 404)


@pytest.mark.parametrize("body", [b"\xff\xfe=\x80", b"a=%ff%fe&b=%00", b"&&&===", b"\x00" * 1000])
def test_bytes_that_are_no_text_are_no_fault_of_ours(
    sign_in: Callable[[User], Client], hana: User, body: bytes
) -> None:
    visitor = sign_in(hana)
    for path in ("/spots/new/", "/accounts/login/"):
        assert visitor.post(path, body, content_type=FORM).status_code < 500
    assert visitor.post("/spots/new/", b"x", content_type="multipart/form-data; boundary=y").status_code in (400, 403)


@pytest.mark.parametrize(
    "path",
    [
        "/%ff%fe/",
        "/tags/%ff/",
        "/spots/%00/",
        "/users/%F0%9F/",
        "/users/%00/",
        "/tags/%00/",
        "/areas/%00/",
        "/categories/%00/",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/static/../settings.py",
    ],
)
def test_addresses_that_are_no_text_do_not_exist(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("cookie", ["x" * 4000, "../../etc/passwd", "a\x01b", "' OR 1=1 --", ""])
def test_a_cookie_made_up_is_a_strangers(client: Client, db: None, cookie: str) -> None:
    client.cookies["sessionid"] = cookie
    client.cookies["messages"] = cookie
    client.cookies["csrftoken"] = cookie
    assert [client.get(path).status_code for path in ("/", "/accounts/login/", "/spots/new/")] == [200, 200, 302]
