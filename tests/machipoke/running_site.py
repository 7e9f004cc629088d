"""A real `manage.py up` in a folder of its own, and a look at its processes; for tests and benchmarks."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 90.0
"""Far above the 2-3 s it takes: the first start of a checkout also compresses the static files."""


def free_port() -> int:
    """A port that nobody uses now; the kernel does not hand it out again at once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether `holds` comes true within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


class RunningSite:
    """One `up` process, started on a free port with an environment that has nothing of ours in it."""

    def __init__(self, data_dir: Path, *options: str, port: int | None = None, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = port or free_port()
        self.mark = f"UP_TEST={uuid.uuid4().hex}"
        self.address = f"127.0.0.1:{self.port}"
        self.said: list[str] = []
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
        name, value = self.mark.split("=")
        # From another folder and with a relative DATA_DIR: both must mean the same to every process.
        self.environment = kept | {"DATA_DIR": str(data_dir.relative_to("/")), name: value} | environment
        number, name = tempfile.mkstemp(suffix=".err")
        self._errors = Path(name)
        with open(number, "wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, str(BASE_DIR / "manage.py"), "up", "--port", str(self.port), *options],
                env=self.environment,
                cwd="/",
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )

    def wait_until_open(self) -> str:
        """The URL of the line that says so. Fails with what the command said when it ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.search(r"マチポケを開きました: (http://[0-9a-z.:]+)", line):
                return found[1]
        raise AssertionError(f"status {self.process.wait()}: {self.errors()}")

    def errors(self) -> str:
        """Everything on stderr so far."""
        return self._errors.read_text(encoding="utf-8")

    def ends(self, seconds: float = 30.0) -> int:
        """The exit status, which must come within `seconds`."""
        return self.process.wait(seconds)

    def get(self, path: str, timeout: float = 10.0) -> tuple[int, str]:
        """Status and text of a GET; status 0 when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def answers(self) -> bool:
        """Whether a page comes."""
        return self.get("/healthz", timeout=2.0)[0] == 200

    def pids(self) -> set[int]:
        """Every live process of this site, orphans too: each inherited the mark in its environment."""
        found = set()
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self.mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found.add(int(folder.name))
        return found

    def pid_of(self, word: str) -> int:
        """The process directly below `up` whose command line contains `word`; 0 when there is none."""
        return next((pid for pid in children_of(self.process.pid) if word in command_of(pid)), 0)

    def workers(self) -> set[int]:
        """The web workers."""
        server = self.pid_of("machipoke.webserver")
        return set(children_of(server)) if server else set()

    def close(self) -> None:
        """Leave nothing behind, however the test ended."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        eventually(lambda: not self.pids(), 5)
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._errors.unlink()


@contextlib.contextmanager
def running_site(data_dir: Path, *options: str, port: int | None = None, **environment: str) -> Iterator[RunningSite]:
    """An `up` that is closed at the end of the block; call `wait_until_open` in it."""
    site = RunningSite(data_dir, *options, port=port, **environment)
    try:
        yield site
    finally:
        site.close()


def children_of(pid: int) -> list[int]:
    """The processes that `pid` made and that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            # After the name in brackets, which may hold anything: state, parent.
            state, parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(folder.name))
    return found


def command_of(pid: int) -> str:
    """The command line; empty when it has gone."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""
