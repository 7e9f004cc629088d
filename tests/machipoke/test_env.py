"""Environment variables: a bad one stops the start with its name in one line, and its value is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from machipoke import env
from tests.machipoke.test_checks import run_check

BAD: list[tuple[str, str]] = [
    ("TRUSTED_PROXIES", "many"),
    ("WEB_WORKERS", "0"),
    ("WEB_THREADS", "1.5"),
    ("DEBUG", "maybe"),
    ("LOG_LEVEL", "LOUD"),
    ("TIME_ZONE", "Mars/Olympus"),
    ("TIME_ZONE", "../../etc/passwd"),
    ("SITE_URL", "machi.example.jp"),
    ("DATABASE_URL", "postgres://machi:hush-hush@db.example.jp:port/machi"),
    ("REDIS_URL", "http://:hush-hush@redis.example.jp"),
    ("S3_ENDPOINT_URL", "s3.example.jp/hush-hush"),
    ("EMAIL_URL", "pigeon://machi:hush-hush@mail.example.jp"),
    ("SECRET_KEY_FILE", "/nonexistent/hush-hush"),
]


@pytest.mark.parametrize(("name", "value"), BAD, ids=[name for name, _value in BAD])
def test_a_bad_value_stops_the_start_with_one_line(tmp_path: Path, name: str, value: str) -> None:
    answer = run_check(tmp_path, **{name: value})
    lines = answer.stderr.splitlines()
    assert (answer.returncode, answer.stdout, len(lines)) == (1, "", 1), answer.stderr
    assert lines[0].startswith(f"設定エラー: {name}: ")
    assert "hush" not in answer.stderr


@pytest.mark.parametrize("value", ["1_000", "１０", "--1", "-", "", " ", "1e3", "0x10", "9" * 5000, "65"])
def test_only_plain_whole_numbers_in_range_are_integers(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MP_NUMBER", value)
    if not value.strip():
        assert env.integer("MP_NUMBER", 7, 1, 64) == 7
    else:
        with pytest.raises(ImproperlyConfigured, match=r"^MP_NUMBER: 1 から 64 までの整数"):
            env.integer("MP_NUMBER", 7, 1, 64)


@pytest.mark.parametrize(("value", "meaning"), [("TRUE", True), ("on", True), ("0", False), ("No", False), ("", True)])
def test_booleans_in_any_case(monkeypatch: pytest.MonkeyPatch, value: str, meaning: bool) -> None:
    monkeypatch.setenv("MP_FLAG", value)
    assert env.boolean("MP_FLAG", True) is meaning


@pytest.mark.parametrize("value", ["https://", "https:///path", "http://a b/", "//host", "javascript:1", "http://[::1"])
def test_urls_need_a_scheme_and_a_host(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MP_URL", value)
    with pytest.raises(ImproperlyConfigured, match=r"^MP_URL: "):
        env.url("MP_URL", "", ("http", "https"))


def test_urls_lose_their_last_slash_and_sockets_need_no_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MP_URL", "https://machi.example.jp/")
    assert env.url("MP_URL", "", ("https",)) == "https://machi.example.jp"
    monkeypatch.setenv("MP_URL", "unix:///run/valkey.sock")
    assert env.url("MP_URL", "", ("redis", "unix")) == "unix:///run/valkey.sock"


def test_names_are_trimmed_and_never_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MP_NAMES", " a.jp, ,b.jp,")
    assert env.names("MP_NAMES") == ["a.jp", "b.jp"]


def test_a_file_may_hold_the_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("hush-hush\n")
    monkeypatch.setenv("MP_KEY_FILE", str(secret))
    assert env.text("MP_KEY") == "hush-hush"
    monkeypatch.setenv("MP_KEY", "other")
    with pytest.raises(ImproperlyConfigured, match=r"^MP_KEY: .*MP_KEY_FILE") as refused:
        env.text("MP_KEY")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    monkeypatch.setenv("MP_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(ImproperlyConfigured, match=r"^MP_KEY_FILE: "):
        env.text("MP_KEY")


def test_every_name_asked_for_is_known_to_the_docs() -> None:
    env.text("MP_ASKED")
    assert "MP_ASKED" in env.declared
    env.declared.discard("MP_ASKED")
