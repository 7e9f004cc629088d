"""Unsafe mixes of settings: each is refused or told, with its number and a way out; sensible ones pass in silence."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live
from django.core.checks import CheckMessage, Tags, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings

from machipoke.checks import is_loopback
from tests.machipoke.running_site import eventually, free_port

HTTPS = {"SITE_URL": "https://machi.example.jp", "HTTPS": True, "TRUSTED_PROXIES": 1}
DATABASE = {"DATABASE_URL": "postgres://machi@db.example.jp/machi"}
REMOTE = {"REDIS_URL": "redis://:secret@redis.example.jp:6379"} | DATABASE
S3 = {
    "S3_ENDPOINT_URL": "https://s3.example.jp",
    "S3_ACCESS_KEY_ID": "id",
    "S3_SECRET_ACCESS_KEY": "key",
    "S3_BUCKET": "photos",
    "S3_PRIVATE_BUCKET": "backups",
    "S3_BACKUP_BUCKET": "backups",
    "MEDIA_STORE": "s3",
}
NO_BUCKET = {"S3_BUCKET": "", "S3_PRIVATE_BUCKET": "", "S3_BACKUP_BUCKET": "", "MEDIA_STORE": "folder"}


def ids(**values: Any) -> list[str]:
    return [message.id or "" for message in messages(**values)]


def messages(**values: Any) -> list[CheckMessage]:
    with override_settings(**values):
        return [
            found for found in run_checks(tags=[Tags.security, Tags.caches, Tags.files]) if "machipoke" in str(found.id)
        ]


TOLD: list[tuple[str, dict[str, Any]]] = [
    ("machipoke.E001", HTTPS | {"DEBUG": True}),
    ("machipoke.E002", {"SECRET_KEY": "k3y-" * 12}),
    ("machipoke.E002", {"SECRET_KEY": "ab" * 40}),
    ("machipoke.E002", {"SECRET_KEY": "django-insecure-" + "".join(map(chr, range(48, 110)))}),
    ("machipoke.E003", {"ALLOWED_HOSTS": ["machi.example.jp", "*"]}),
    ("machipoke.E005", {"REDIS_URL": "redis://:secret@10.0.0.5:6379", "DATABASE_URL": ""}),
    ("machipoke.W006", {"SITE_URL": "http://machi.example.jp"}),
    ("machipoke.W007", HTTPS | {"TRUSTED_PROXIES": 0}),
    ("machipoke.W008", DATABASE | {"REDIS_URL": "redis://redis.example.jp:6379"}),
    ("machipoke.E009", S3 | {"S3_BACKUP_BUCKET": "photos"}),
    ("machipoke.E010", S3 | {"S3_SECRET_ACCESS_KEY": ""}),
    (
        "machipoke.E010",
        S3 | NO_BUCKET,
    ),
    ("machipoke.E010", {"S3_BUCKET": "photos"}),
    ("machipoke.E010", S3 | {"S3_ENDPOINT_URL": "", "S3_REGION": "auto"}),
    ("machipoke.E011", S3 | {"S3_ENDPOINT_URL": "http://s3.example.jp"}),
    ("machipoke.E013", S3 | {"S3_PRIVATE_BUCKET": "photos"}),
    ("machipoke.W014", S3 | {"S3_PRIVATE_BUCKET": "", "S3_BACKUP_BUCKET": "", "DATABASE_URL": ""}),
    ("machipoke.E016", S3 | DATABASE | {"S3_PRIVATE_BUCKET": "", "S3_BACKUP_BUCKET": ""}),
    ("machipoke.E015", {"MEDIA_STORE": "s3"}),
    ("machipoke.E015", S3 | {"S3_BUCKET": ""}),
    ("machipoke.E012", {"DATA_DIR": Path("/srv/www/static/data"), "STATIC_ROOT": Path("/srv/www/static")}),
    ("machipoke.E012", {"DATA_DIR": Path("/srv/www"), "STATIC_ROOT": Path("/srv/www")}),
    ("machipoke.E012", {"DATA_DIR": live.BASE_DIR / "machipoke" / "static" / "data"}),
    ("machipoke.E012", {"STATIC_ROOT": live.DATA_DIR / "static"}),
]


@pytest.mark.parametrize(("number", "values"), TOLD, ids=[number for number, _values in TOLD])
def test_an_unsafe_mix_is_told_alone_and_with_a_hint(number: str, values: dict[str, Any]) -> None:
    found = messages(**values)
    assert [message.id for message in found] == [number]
    assert found[0].hint
    assert found[0].is_serious() == number.startswith("machipoke.E")


def test_debug_off_loopback_is_refused_next_to_the_missing_tls() -> None:
    assert ids(DEBUG=True, SITE_URL="http://192.168.1.9:8000") == ["machipoke.E001", "machipoke.W006"]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"DEBUG": True},
        HTTPS,
        HTTPS | REMOTE | S3,
        {"REDIS_URL": "unix:///run/valkey.sock"},
        {"REDIS_URL": "redis://127.0.0.1:6379"},
        S3 | {"S3_ENDPOINT_URL": "http://127.0.0.1:9000"},
        S3 | {"S3_BUCKET": "", "MEDIA_STORE": "folder"},
        S3 | {"MEDIA_STORE": "folder"},
        S3 | {"S3_PRIVATE_BUCKET": "", "MEDIA_STORE": "folder"},
        S3 | {"S3_PRIVATE_BUCKET": "sent"},
        S3 | {"S3_ENDPOINT_URL": "", "S3_REGION": "ap-northeast-1"},
        {"S3_REGION": "auto"},
    ],
)
def test_a_sensible_mix_passes_in_silence(values: dict[str, Any]) -> None:
    assert ids(**values) == []


def test_an_error_stops_a_command_and_shows_no_secret() -> None:
    unsafe = override_settings(SECRET_KEY="0pen-sesame", S3_BUCKET="photos", S3_SECRET_ACCESS_KEY="hush-hush")
    with unsafe, pytest.raises(SystemCheckError, match=r"machipoke\.E002") as stopped:
        call_command("check")
    assert "sesame" not in str(stopped.value)
    assert "hush" not in str(stopped.value)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("", True),
        ("unix:///tmp/valkey.sock", True),
        ("http://localhost:8000", True),
        ("http://machi.localhost", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8000", True),
        ("http://localhost.example.jp", False),
        ("http://10.0.0.1", False),
        ("http://0.0.0.0:8000", False),
        ("http://[2001:db8::1]", False),
    ],
)
def test_only_this_machine_is_loopback(url: str, local: bool) -> None:
    assert is_loopback(url) is local


def run_check(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` in a process of its own, with nothing of this suite's surroundings."""
    return run(tmp_path, "manage.py", "check", *arguments, **environment)


def run(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=live.BASE_DIR,
        env=inherited | {"DATA_DIR": str(tmp_path)} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_embedded_site_is_clean_without_any_setting(tmp_path: Path) -> None:
    answer = run_check(tmp_path, "--fail-level", "WARNING")
    assert answer.returncode == 0, answer.stderr


def test_a_sensible_production_is_clean_with_deploy(tmp_path: Path) -> None:
    answer = run_check(
        tmp_path,
        "--deploy",
        "--fail-level",
        "WARNING",
        SITE_URL="https://machi.example.jp",
        TRUSTED_PROXIES="1",
        SECRET_KEY="".join(map(chr, range(48, 112))),
        DATABASE_URL="postgres://machi:word@db.example.jp/machi",
        REDIS_URL="rediss://:word@redis.example.jp:6379",
        S3_ENDPOINT_URL="https://s3.example.jp",
        S3_ACCESS_KEY_ID="id",
        S3_SECRET_ACCESS_KEY="key",
        S3_BUCKET="photos",
        S3_BACKUP_BUCKET="backups",
        EMAIL_URL="smtp+tls://machi:word@mail.example.jp:587",
    )
    assert answer.returncode == 0, answer.stderr


def test_a_production_mix_with_debug_does_not_start(tmp_path: Path) -> None:
    answer = run_check(tmp_path, SITE_URL="https://machi.example.jp", TRUSTED_PROXIES="1", DEBUG="1")
    assert answer.returncode == 1
    assert "machipoke.E001" in answer.stderr


WEB_SERVER = ("-m", "machipoke.webserver", "--host", "127.0.0.1", "--workers", "1", "--threads", "1")


def test_a_web_server_on_its_own_refuses_an_unsafe_mix_with_a_line_each(tmp_path: Path) -> None:
    unsafe = {"SITE_URL": "https://machi.example.jp", "TRUSTED_PROXIES": "1", "DEBUG": "1", "ALLOWED_HOSTS": "*"}
    answer = run(tmp_path, *WEB_SERVER, "--port", str(free_port()), **unsafe)
    assert answer.returncode == 1
    assert [line.split(":")[0] for line in answer.stderr.splitlines()] == ["machipoke.E001", "machipoke.E003"]


def test_a_web_server_on_its_own_tells_a_bad_setting_in_a_line(tmp_path: Path) -> None:
    answer = run(tmp_path, *WEB_SERVER, "--port", str(free_port()), WEB_WORKERS="many")
    assert answer.returncode == 1
    assert len(answer.stderr.splitlines()) == 1
    assert "WEB_WORKERS" in answer.stderr


def test_a_web_server_on_its_own_opens_with_sensible_settings(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, *WEB_SERVER, "--port", str(port)]
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=live.BASE_DIR, env=environment) as server:
        try:
            assert eventually(lambda: answers(port), 30)
        finally:
            server.terminate()


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        return b" 200 " in client.recv(100)
    return False
