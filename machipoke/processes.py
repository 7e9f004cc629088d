"""A child process that dies with its parent, whatever kills the parent.

SIGKILL gives the parent no chance to stop its children, and a Valkey or a web worker left behind would hold the
socket, the port and the database against the next start.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1
"""linux/prctl.h: the signal this process gets when the thread that made it ends."""

_GUARD_SECONDS = 0.5

# Loaded here and not after the fork: dlopen may wait for a lock that another thread held when the process was copied.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with(parent_pid: int) -> None:
    """On Linux, let this process be killed when `parent_pid`, which made it, is gone; also when it is gone already.

    SIGKILL, not SIGTERM: an orphan must not finish a long request while the next `up` wants its port, and every store
    survives a kill. The kernel keeps the promise across exec, but not across fork: each process makes its own.
    """
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)


def guarded(command: Sequence[str]) -> Sequence[str]:
    """The command, where the kernel keeps that promise; elsewhere the same below a guard that keeps it."""
    if _LIBC is not None:
        return command
    return [sys.executable, "-P", "-m", "machipoke.processes", str(os.getpid()), *command]


def guard(parent_pid: int, command: Sequence[str]) -> int:
    """Run `command`, and kill our whole process group within half a second after `parent_pid`, which made us, is gone.

    The group must be our own: what the command starts is in it too.
    """
    child = subprocess.Popen(command)  # noqa: S603 - our own programs
    signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())
    while child.poll() is None:
        if os.getppid() != parent_pid:
            os.killpg(0, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GUARD_SECONDS)
    return child.returncode


if __name__ == "__main__":
    sys.exit(guard(int(sys.argv[1]), sys.argv[2:]))
