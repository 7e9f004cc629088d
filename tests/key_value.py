"""A key/value store that can be killed, hung and healed."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from machipoke.caching import BreakerCache
from tests.environment import start_valkey


class Store:
    """A Valkey of this test alone."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.socket = folder, folder / "kv.sock"
        self.process: subprocess.Popen[bytes] = start_valkey(self.socket, folder)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def hang(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def heal(self) -> None:
        """Up again, and the breaker's five seconds are over."""
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGCONT)
        else:
            self.process = start_valkey(self.socket, self.folder)
        BreakerCache._open_until = 0.0
