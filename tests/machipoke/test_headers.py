"""The headers of CONTRACT section 11 on every kind of answer, and what a request may not make the site say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.models import User
from machipoke.middleware import ClientAddress
from spots.models import Spot
from tests.markup import Page

ROOT = Path(__file__).resolve().parent.parent.parent

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
}
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}
BIG = "x" * 1_100_000
FORM = "application/x-www-form-urlencoded"


def get(url: str, **headers: str) -> Callable[[Client], Any]:
    return lambda client: client.get(url, headers=headers)


def post(url: str, data: Any = None, kind: str = "application/json") -> Callable[[Client], Any]:
    return lambda client: client.post(url, data, content_type=kind)


ANSWERS: dict[str, tuple[int, Callable[[Client], Any]]] = {
    "page": (200, get("/")),
    "page in English": (200, get("/en/about/")),
    "redirect": (302, get("/spots/new/")),
    "slash": (301, get("/about")),
    "wrong value": (400, get("/spots/?near=x")),
    "wrong host": (400, get("/", host="evil.example")),
    "no token": (403, post("/accounts/login/", {}, "multipart/form-data; boundary=x")),
    "missing": (404, get("/nothing/")),
    "wrong method": (405, lambda client: client.generic("TRACE", "/")),
    "too large": (413, lambda client: Client().post("/accounts/login/", f"login={BIG}", content_type=FORM)),
    "machine file": (200, get("/robots.txt")),
    "feed": (200, get("/feeds/spots/")),
    "sitemap": (200, get("/sitemap.xml")),
    "health": (200, get("/healthz")),
    "states": (200, get("/readyz")),
    "API": (200, get("/api/v1/spots/")),
    "API schema": (200, get("/api/schema/")),
    "API wrong value": (400, get("/api/v1/spots/?bbox=x")),
    "API missing": (404, get("/api/v1/nothing/")),
    "API wrong method": (405, lambda client: client.delete("/api/v1/categories/")),
    "API format": (406, get("/api/v1/spots/", accept="text/csv")),
    "static file": (200, get("/static/hello.css")),
    "missing static file": (404, get("/static/nothing.css")),
}


@pytest.fixture
def visitor(settings: Any, tmp_path: Path) -> Client:
    """Someone whose requests are checked as in earnest, on a site with one static file."""
    (tmp_path / "hello.css").write_text("a{}")
    settings.STATIC_ROOT = tmp_path
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def assert_framed(answer: Any) -> None:
    assert {name: answer.get(name) for name in EVERYWHERE} == EVERYWHERE
    parts = (part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert dict(parts) == POLICY
    assert 8 <= len(answer["X-Request-ID"]) <= 64
    assert "Server" not in answer
    assert "X-Powered-By" not in answer


@pytest.mark.parametrize(("status", "ask"), ANSWERS.values(), ids=ANSWERS)
def test_every_kind_of_answer_is_framed(visitor: Client, db: None, status: int, ask: Callable[[Client], Any]) -> None:
    answer = ask(visitor)
    assert answer.status_code == status
    assert_framed(answer)
    answer.close()


def test_a_program_is_told_a_problem_wherever_it_went_wrong(visitor: Client, db: None) -> None:
    for name, (status, ask) in ANSWERS.items():
        if name.startswith("API") and status >= 400:
            assert ask(visitor)["Content-Type"] == "application/problem+json", name
    answer = visitor.get("/api/v1/spots/", headers={"host": "evil.example"})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["request_id"] == answer["X-Request-ID"]


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("secret"), 500), (OperationalError("secret"), 503), (PermissionDenied(), 403)]
)
@pytest.mark.parametrize("url", ["/", "/en/", "/api/v1/spots/"])
def test_failures_are_framed_and_say_nothing_of_their_cause(
    visitor: Client, db: None, monkeypatch: pytest.MonkeyPatch, url: str, error: Exception, status: int
) -> None:
    def fail(*_args: Any) -> None:
        raise error

    monkeypatch.setattr(type(Spot.objects), "listed", fail)
    answer = visitor.get(url)
    assert answer.status_code == status
    assert b"secret" not in answer.content
    assert answer["Cache-Control"] == ("public, no-cache" if status == 403 else "private, no-store")
    assert_framed(answer)


def test_pictures_may_come_from_the_configured_map_alone() -> None:
    environment = {"MAP_TILE_URL": "https://{s}.tiles.example/{z}/{x}/{y}.png", "DATA_DIR": os.environ["DATA_DIR"]}
    code = "from machipoke.settings import CONTENT_SECURITY_POLICY as p; print(p['DIRECTIVES']['img-src'])"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[\"'self'\", 'data:', 'https://*.tiles.example']"


def test_no_page_needs_what_the_policy_refuses(client: Client, make_spot: Callable[..., Spot]) -> None:
    spot = make_spot()
    for url in ("/", "/spots/", spot.get_absolute_url(), "/accounts/login/", "/nothing/", "/api/docs/"):
        page = Page(client.get(url))
        names = {name for element in page.root.iter() for name in element.attrib}
        assert not {name for name in names if str(name).startswith("on") or name == "style"}, url
        assert page.all("style") == []
        assert all("src" in script.attrib or "json" in script.get("type", "") for script in page.all("script"))


@pytest.mark.parametrize("given", ["abc-123-DEF-456", "a" * 64])
def test_a_proxys_request_id_is_kept(client: Client, given: str) -> None:
    assert client.get("/healthz", headers={"x-request-id": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["short", "a" * 65, "a\r\nSet-Cookie: x=1", "<script>alert(1)</script>", ""])
def test_any_other_request_id_is_replaced(client: Client, given: str) -> None:
    assert client.get("/healthz", headers={"x-request-id": given})["X-Request-ID"] != given


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "a@127.0.0.1", "[::1"])
def test_a_strange_host_is_refused_in_the_design_and_not_repeated(visitor: Client, db: None, host: str) -> None:
    answer = visitor.get("/", headers={"host": host})
    assert answer.status_code == 400
    assert Page(answer).texts("h1") == ["送られた内容を読み取れませんでした"]
    assert host.encode() not in answer.content
    assert host not in str(answer.headers)


def test_the_host_asked_and_forwarded_hosts_are_written_nowhere(client: Client, make_spot: Callable[..., Spot]) -> None:
    spot = make_spot()
    lies = {
        "host": "localhost",
        "x-forwarded-host": "evil.example",
        "x-original-url": "/evil/",
        "forwarded": "host=evil",
    }
    for url in ("/", spot.get_absolute_url(), "/sitemap.xml", "/sitemap-spots.xml", "/robots.txt", "/feeds/spots/"):
        answer = client.get(url, headers=lies)
        assert answer.status_code == 200
        assert not any(word in answer.content for word in (b"localhost", b"evil")), url
    assert urlsplit(client.get("/about", headers=lies)["Location"]).netloc == ""


@pytest.mark.parametrize("path", ["//evil.example", "//evil.example/", "/\\evil.example", "/about%0d%0aX: y"])
def test_a_path_redirects_to_no_other_site(client: Client, db: None, path: str) -> None:
    answer = client.get("/", PATH_INFO=path)
    assert answer.status_code in (301, 404)
    location = answer.get("Location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert "X" not in answer.headers


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "1.1.1.1", "10.0.0.9"),
        (1, "", "10.0.0.9"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1", "10.0.0.9"),
        (1, " , 2001:db8::1 ,", "2001:db8::1"),
    ],
)
def test_only_trusted_proxies_say_who_asks(settings: Any, proxies: int, forwarded: str, address: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.9", headers={"x-forwarded-for": forwarded})
    seen: list[str] = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    ClientAddress(answer)(request)
    assert seen == [address]


@pytest.fixture(scope="module")
def over_tls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Answers of a site whose address is https://machi.example, behind one proxy."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "DATA_DIR": str(tmp_path_factory.mktemp("tls")),
        "SITE_URL": "https://machi.example",
        "TRUSTED_PROXIES": "1",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "tests.machipoke.https_site"]
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    answers: dict[str, Any] = json.loads(told.stdout)
    return answers


def test_over_tls_every_answer_asks_to_stay_there(over_tls: dict[str, Any]) -> None:
    for name in ("page", "missing", "form", "sign in", "wrong host over TLS"):
        wish = over_tls[name]["headers"]["Strict-Transport-Security"]
        assert wish == "max-age=31536000; includeSubDomains; preload", name


def test_over_tls_cookies_are_bound_to_the_host(over_tls: dict[str, Any]) -> None:
    cookies = over_tls["form"]["cookies"] | over_tls["sign in"]["cookies"]
    assert {"__Host-sessionid", "__Host-csrftoken", "__Host-messages"} <= set(cookies)
    assert all(name.startswith("__Host-") for name in cookies)
    for name, cookie in cookies.items():
        parts = {part.strip().lower() for part in cookie.split(";")}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts, name
        assert not any(part.startswith("domain") for part in parts)


def test_a_plain_hop_is_sent_to_tls_on_our_own_host(over_tls: dict[str, Any]) -> None:
    assert over_tls["plain"]["status"] == 301
    assert over_tls["plain"]["headers"]["Location"] == "https://machi.example/spots/?q=a"
    for name in ("wrong host", "wrong host over TLS"):
        assert over_tls[name]["status"] == 400
        assert "Location" not in over_tls[name]["headers"]
        assert {key: over_tls[name]["headers"].get(key) for key in EVERYWHERE} == EVERYWHERE
        assert "Content-Security-Policy" in over_tls[name]["headers"]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", "0.0.0.0"),
        ("_hidden", "0.0.0.0"),
        ("", "0.0.0.0"),
        ("999.1.1.1", "0.0.0.0"),
    ],
)
def test_whatever_a_proxy_says_people_sign_in_and_are_counted(
    hana: User, settings: Any, given: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = 1
    EmailAddress.objects.create(user=hana, email=hana.email, verified=True, primary=True)
    typed = {"login": "hana", "password": "tsubaki-no-michi"}
    forwarded: dict[str, Any] = {"HTTP_X_FORWARDED_FOR": given} if given else {"REMOTE_ADDR": ""}
    assert Client().post("/accounts/login/", typed, **forwarded).status_code == 302
    assert [row.ip for row in UserSession.objects.all()] == [address]
    asked = {"username": "hana", "password": "tsubaki-no-michi", "name": "x", "scope": "read"}
    assert Client().post("/api/v1/tokens/", asked, "application/json", **forwarded).status_code == 201
