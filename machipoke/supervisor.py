"""Child processes kept alive by one loop in one thread; `up` says which, this starts, restarts and stops them.

One thread, because the kernel ties "dies with its parent" (machipoke.processes) to the thread that made the child.
"""

import contextlib
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import FrameType

from machipoke.processes import die_with, guarded

FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""A child that lived this long is started again after the first delay, not after the next longer one."""

KEPT_LINES = 8
"""Of a child's output, to be shown when it dies: the end of a traceback."""

_IDLE_SECONDS = 30.0
_PROBE_SECONDS = 0.03
_READ_BYTES = 65_536

logger = logging.getLogger("machipoke.up")


class ChildDiedError(Exception):
    """A child ended before it was ready; the message is one line, `lines` the end of what it said."""

    def __init__(self, child: "Child", reason: str) -> None:
        super().__init__(f"{child.name}を開始できません（{reason}）。")
        self.lines = list(child.lines)


@dataclass(eq=False)
class Child:
    """One program that should be running, and what is known about its last run."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    stop_seconds: float = 30.0
    quiet: bool = False
    """Its lines are shown only when it dies."""

    process: subprocess.Popen[bytes] | None = None
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    rest: bytes = b""
    delay_seconds: float = FIRST_DELAY_SECONDS
    started_at: float = 0.0
    due_at: float | None = None
    """Monotonic time of its next start after a death; None while it runs or is meant to stand still."""

    def start(self) -> None:
        """Start it in a session of its own, so that a terminal's Ctrl+C reaches the supervisor alone."""
        self.due_at = None
        self.started_at = time.monotonic()
        self.lines.clear()
        self.rest = b""
        self.process = subprocess.Popen(  # noqa: S603 - our own programs
            guarded(self.command),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(die_with, os.getpid()) if sys.platform == "linux" else None,
        )
        os.set_blocking(self.output, False)

    @property
    def output(self) -> int:
        """The file descriptor of its output and errors."""
        assert self.process is not None
        assert self.process.stdout is not None
        return self.process.stdout.fileno()

    def whole_lines(self, received: bytes) -> list[str]:
        """The lines that are complete now; the rest waits for its end, or for the end of the output (empty)."""
        *lines, self.rest = (self.rest + received).split(b"\n")
        if self.rest and (not received or len(self.rest) > _READ_BYTES):
            lines, self.rest = [*lines, self.rest], b""
        return [line.decode(errors="replace") for line in lines]

    def is_running(self) -> bool:
        """Whether its process is there; false also before the first start."""
        return self.process is not None and self.process.poll() is None

    def ending(self) -> str:
        """How its last run ended, in words."""
        code = self.process.returncode if self.process else 0
        return f"シグナル {-code}" if code < 0 else f"終了コード {code}"

    def kill_group(self) -> None:
        """End it, or what it left behind, at once."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def schedule(self) -> float:
        """Decide when it starts again after a death; returns the seconds until then."""
        if time.monotonic() - self.started_at >= STEADY_SECONDS:
            self.delay_seconds = FIRST_DELAY_SECONDS
        delay = self.delay_seconds
        self.due_at = time.monotonic() + delay
        self.delay_seconds = min(delay * 2, LONGEST_DELAY_SECONDS)
        return delay


class Supervisor:
    """Keeps the children it started running; `stop_order` names all it may be given, the first to stop first.

    SIGTERM, SIGINT and SIGHUP raise KeyboardInterrupt until `run` begins, and end `run` from then on.
    """

    def __init__(self, stop_order: Sequence[Child]) -> None:
        self.stop_order = stop_order
        self._selector = selectors.DefaultSelector()
        self._stop_requests = 0
        self._counts_requests = False
        self._listen()

    def _listen(self) -> None:
        # A signal also writes a byte here, so that no signal can fall between a check and the wait that follows it.
        woken, wake = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._selector.register(woken, selectors.EVENT_READ, None)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            # nohup starts us with SIGHUP ignored, and means it.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._on_stop_request)

    def _on_stop_request(self, number: int, frame: FrameType | None) -> None:
        self._stop_requests += 1
        if not self._counts_requests:
            raise KeyboardInterrupt

    def start(self, child: Child) -> None:
        """Start a child and keep it running from now on. Raises `ChildDiedError` when the system cannot."""
        with self._signals_counted():
            try:
                child.start()
            except (OSError, subprocess.SubprocessError) as error:  # the second: a failure between fork and exec
                raise ChildDiedError(child, getattr(error, "strerror", None) or str(error)) from error
            self._selector.register(child.output, selectors.EVENT_READ, child)

    @contextlib.contextmanager
    def _signals_counted(self) -> Iterator[None]:
        """Hold a stop request back: raised in the hooks of a fork it would be printed and ignored."""
        if self._counts_requests:
            yield
            return
        before, self._counts_requests = self._stop_requests, True
        try:
            yield
        finally:
            self._counts_requests = False
        if self._stop_requests > before:
            raise KeyboardInterrupt

    def wait_until(self, child: Child, is_ready: Callable[[], bool], timeout_seconds: float) -> None:
        """Return when `is_ready`. Raises `ChildDiedError` when the child ends before, or time runs out."""
        deadline = time.monotonic() + timeout_seconds
        while not is_ready():
            if not child.is_running():
                self._close(child)
                raise ChildDiedError(child, child.ending())
            if time.monotonic() > deadline:
                raise ChildDiedError(child, f"{timeout_seconds:.0f} 秒たっても応答がありません")
            self._wait(_PROBE_SECONDS)

    def run(self) -> None:
        """Restart what dies, until a signal asks to stop."""
        self._counts_requests = True
        while not self._stop_requests:
            self._restart_the_dead()
            due = [child.due_at for child in self.stop_order if child.due_at is not None]
            self._wait(max(0.0, min(due) - time.monotonic()) if due else _IDLE_SECONDS)

    def _restart_the_dead(self) -> None:
        for child in self.stop_order:
            if child.due_at is not None:
                if child.due_at <= time.monotonic():
                    self._start_again(child)
            elif child.process is not None and not child.is_running():
                self._close(child)
                for line in child.lines if child.quiet else ():
                    _show(child, line)
                logger.warning(
                    "%sが終了しました（%s）。%.1f 秒後に再開します。", child.name, child.ending(), child.schedule()
                )

    def _start_again(self, child: Child) -> None:
        try:
            self.start(child)
        except ChildDiedError as error:  # no memory or no process left for it now
            logger.warning("%s%.1f 秒後に試します。", error, child.schedule())

    def stop(self, child: Child) -> None:
        """Ask a child to end and wait for it; kill it when it takes too long or a second signal is in a hurry."""
        child.due_at = None
        if child.process is None:
            return
        if child.is_running():
            child.process.terminate()
        deadline = time.monotonic() + child.stop_seconds
        while child.is_running() and time.monotonic() < deadline and self._stop_requests < 2:
            self._wait(min(1.0, deadline - time.monotonic()))
        self._close(child)
        child.process = None

    def stop_all(self) -> None:
        """Stop every child in order."""
        self._counts_requests = True
        for child in self.stop_order:
            self.stop(child)

    def _close(self, child: Child) -> None:
        """Clear away a run that is over, or end it."""
        child.kill_group()
        assert child.process is not None
        child.process.wait()
        if child.process.stdout is not None and not child.process.stdout.closed:
            self._read(child)
            with contextlib.suppress(KeyError):
                self._selector.unregister(child.output)
            child.process.stdout.close()

    def _wait(self, seconds: float) -> None:
        """Wait for a signal, a line of output or the end of time, and pass the output on."""
        for key, _ in self._selector.select(max(0.0, seconds)):
            if isinstance(key.data, Child):
                self._read(key.data)
            else:
                os.read(key.fd, _READ_BYTES)

    def _read(self, child: Child) -> None:
        try:
            received = os.read(child.output, _READ_BYTES)
        except BlockingIOError:
            return
        if not received:  # nobody holds the other end any more
            with contextlib.suppress(KeyError):
                self._selector.unregister(child.output)
        for line in child.whole_lines(received):
            child.lines.append(line)
            if not child.quiet:
                _show(child, line)


def _show(child: Child, line: str) -> None:
    # A terminal that was closed must not end the site.
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{child.name}: {line}\n")
        sys.stderr.flush()
