"""`manage.py up`: the whole site with one command, in the foreground, until Ctrl+C or SIGTERM."""

import argparse
import http.client
import ipaddress
import os
import signal
import socket
import sqlite3
import sys
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connections

from machipoke import assets, checks, schema, sitelock, valkey
from machipoke.supervisor import Child, ChildDiedError, Supervisor

START_SECONDS = 60.0
VALKEY_START_SECONDS = 10.0


class CannotStartError(Exception):
    """The site cannot be opened; one line that says why and what to do."""


class Command(BaseCommand):
    help = "サイト全体（データベースの準備、Valkey、ウェブサーバー、ジョブ）を一つのコマンドで動かします。"
    requires_system_checks = []  # run below: their report takes one line per error here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=_whole_number(65_535), default=8000, help="既定は 8000")
        parser.add_argument(
            "--host", type=_address, default="127.0.0.1", help="待ち受ける IP アドレス。既定は 127.0.0.1"
        )
        parser.add_argument("--workers", type=_whole_number(64), help="ウェブのプロセス数。既定は WEB_WORKERS")
        parser.add_argument("--demo", action="store_true", help="空のサイトに見本のスポットと利用者を入れます")

    def handle(self, *args: Any, **options: Any) -> None:
        # Until the supervisor takes over, SIGTERM ends the preparations like Ctrl+C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            self._open_site(options["host"], options["port"], options["workers"], options["demo"])
        except KeyboardInterrupt:
            pass
        except ChildDiedError as error:
            self._fail(str(error), *error.lines)
        except (CannotStartError, sitelock.SiteRunsError, valkey.NoValkeyError) as error:
            self._fail(*str(error).splitlines())

    def _fail(self, *lines: str) -> None:
        for line in lines:
            self.stderr.write(line)
        sys.exit(1)

    def _open_site(self, host: str, port: int, workers: int | None, demo: bool) -> None:
        _check()
        _make_folders()
        with sitelock.held(settings.DATA_DIR):
            _check_port(host, port)
            web, jobs, store = _children(host, port, workers or settings.WEB_WORKERS)
            supervisor = Supervisor(stop_order=[web, jobs, store])
            try:
                if not settings.REDIS_URL:
                    _start_valkey(supervisor, store)
                self._prepare(demo)
                supervisor.start(web)
                address = f"{_url_host(host)}:{port}"
                supervisor.wait_until(web, partial(_site_answers, address), START_SECONDS)
                self.stdout.write(f"マチポケを開きました: http://{address}/  （止めるには Ctrl+C）")
                self.stdout.flush()
                supervisor.start(jobs)
                supervisor.run()
            finally:
                supervisor.stop_all()

    def _prepare(self, demo: bool) -> None:
        try:
            copy = schema.bring_up_to_date()
            if copy:
                self.stdout.write(f"データベースを新しい形にしました。前の状態: {copy}")
        except (DatabaseError, sqlite3.Error, OSError) as error:
            raise CannotStartError(f"データベースを準備できません（{_first_line(error)}）。") from error
        try:
            if not assets.are_current():
                self.stdout.write("静的ファイルを用意しています（初めてのときと新しい版のときだけ）…")
                self.stdout.flush()
                assets.collect()
        except OSError as error:
            raise CannotStartError(
                f"静的ファイルを {settings.STATIC_ROOT} に置けません（{error.strerror}）。"
            ) from error
        # spots is a root for us: it may be asked for by name only.
        if demo and "seed_demo" in get_commands():
            call_command("seed_demo", stdout=self.stdout)
        self.stdout.flush()
        connections.close_all()


def _whole_number(maximum: int) -> Any:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= maximum:
            raise argparse.ArgumentTypeError(f"1 から {maximum} までの整数にしてください")
        return int(text)

    return parse


def _address(text: str) -> str:
    """An IP address as the web server takes it; a name could mean several."""
    try:
        return str(ipaddress.ip_address("127.0.0.1" if text == "localhost" else text))
    except ValueError as error:
        raise argparse.ArgumentTypeError("IP アドレスにしてください") from error


def _check() -> None:
    try:
        errors = checks.error_lines()
    except ImproperlyConfigured:
        raise
    except Exception as error:  # the code itself, which they import; `manage.py check` shows where
        raise CannotStartError(
            f"サイトのコードを読み込めません（{type(error).__name__}: {_first_line(error)}）。"
        ) from error
    if errors:
        raise CannotStartError("\n".join(errors))


def _make_folders() -> None:
    try:
        valkey.private_folder(settings.DATA_DIR / "run")
        valkey.private_folder(settings.RUNTIME_DIR)
        (settings.DATA_DIR / "run" / "up.lock").touch()
    except OSError as error:
        reason = error.strerror or error
        raise CannotStartError(f"DATA_DIR: {settings.DATA_DIR} に書き込めません（{reason}）。") from error


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As granian binds it, but without SO_REUSEPORT, which would let two servers share the port silently.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStartError(
                f"{host} のポート {port} を使えません（{error.strerror}）。--port で別の番号にしてください。"
            ) from error


def _children(host: str, port: int, workers: int) -> tuple[Child, Child, Child]:
    """Web, jobs and key/value store, in the order they stop."""
    environment = _environment(host, port, workers)
    manage = str(settings.BASE_DIR / "manage.py")
    web = [sys.executable, "-P", "-m", "machipoke.webserver", "--host", host, "--port", str(port)]
    web += ["--workers", str(workers), "--threads", str(settings.WEB_THREADS), "--checked"]
    jobs = [sys.executable, manage, "run_huey", "--quiet"]
    store = [] if settings.REDIS_URL else valkey.command(settings.VALKEY_SOCKET, settings.DATA_DIR / "run")
    return (
        Child("ウェブサーバー", web, environment),
        Child("ジョブ", jobs, environment),
        Child("Valkey", store, environment, stop_seconds=10, quiet=True),
    )


def _environment(host: str, port: int, workers: int) -> dict[str, str]:
    """What the children see: our own environment, and what the command line decided."""
    environment = dict(os.environ)
    # Found from any folder: a relative DATA_DIR, or a NAME_FILE, means the folder we were called in.
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(settings.BASE_DIR), environment.get("PYTHONPATH")]))
    environment["PYTHONUNBUFFERED"] = "1"  # a pipe would hold the last lines back when a process is killed
    environment["PYTHONIOENCODING"] = "utf-8"
    environment["WEB_WORKERS"] = str(workers)
    environment.pop("WEB_WORKERS_FILE", None)
    if not environment.get("SITE_URL") and not environment.get("SITE_URL_FILE"):
        environment["SITE_URL"] = f"http://{_url_host(host)}:{port}"
    return environment


def _url_host(host: str) -> str:
    """The host of a URL that reaches a server bound to `host` from this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"[{host}]" if ":" in host else host


def _start_valkey(supervisor: Supervisor, store: Child) -> None:
    is_ready = partial(valkey.answers, settings.VALKEY_SOCKET)
    valkey.stop_orphan(settings.VALKEY_SOCKET)  # we hold the lock, so no other `up` needs it
    supervisor.start(store)
    try:
        supervisor.wait_until(store, is_ready, VALKEY_START_SECONDS)
    except ChildDiedError:
        if not valkey.set_aside(settings.DATA_DIR / "run"):
            raise
        supervisor.start(store)
        supervisor.wait_until(store, is_ready, VALKEY_START_SECONDS)


def _site_answers(address: str) -> bool:
    """Whether it is our site that answers, and not with a failure; asked for by the name and scheme it expects."""
    site = urlsplit(settings.SITE_URL)
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": site.netloc, "X-Forwarded-Proto": site.scheme})
        answer = connection.getresponse()
        return answer.status < 500 and "X-Request-ID" in answer.headers
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
