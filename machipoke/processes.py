"""A child process that dies with its parent, whatever kills the parent.

SIGKILL gives the parent no chance to stop its children, and a Valkey or a web worker left behind would hold the
socket, the port and the database against the next start.
"""

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
"""linux/prctl.h: the signal this process gets when the thread that made it ends."""

_PARENT_CHECK_SECONDS = 0.5

# Loaded here and not after the fork: dlopen may wait for a lock that another thread held when the process was copied.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with(parent_pid: int) -> None:
    """Let this process be killed as soon as `parent_pid`, which made it, is gone; also when it is gone already.

    SIGKILL, not SIGTERM: an orphan must not finish a long request while the next `up` wants its port, and every store
    survives a kill. The kernel keeps the promise across exec, but not across fork: each process makes its own.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent_pid:
            os.kill(os.getpid(), signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent_pid,), name="parent-watch", daemon=True).start()


def _watch(parent_pid: int) -> None:
    """The same where the kernel has no such signal; it works in Python processes only and takes up to half a second."""
    while os.getppid() == parent_pid:
        time.sleep(_PARENT_CHECK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
