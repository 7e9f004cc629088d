"""Sixteen writers while processes are killed: is each acknowledged write kept, and does the site come back?

    python -m benchmarks.kill_writers [--rounds 12] [--seed 1]

Starts `up` on a temporary DATA_DIR. Every writer changes a spot of its own through the API; each round kills -9 a web
worker, Valkey or the supervisor itself (which is then started again). Bounded: some seconds per round, loopback only.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.visitor import Visitor
from tests.machipoke.running_site import BASE_DIR, RunningSite, eventually

WRITERS = 16
PASSWORD = "kawara-no-kaze-2041"
TARGETS = ("web worker", "Valkey", "supervisor")
BACK_SECONDS = 30.0


@dataclass
class Writer:
    """Counts up in one spot's description and remembers how far the site has said yes."""

    visitor: Visitor
    spot_id: str
    first_version: int
    attempted: int = 0
    acknowledged: int = 0
    yes: int = 0
    refused: Counter[int] = field(default_factory=Counter)

    def run(self, stop: threading.Event) -> None:
        """Write until told to stop."""
        while not stop.is_set():
            self.attempted += 1
            number = self.attempted
            body = json.dumps({"description": f"number {number}"})
            status = self.visitor.request("PATCH", f"/api/v1/spots/{self.spot_id}/", body).status
            if status == 200:
                self.acknowledged, self.yes = number, self.yes + 1
            else:
                self.refused[status] += 1
                time.sleep(0.2)  # sixteen of them trying all the time would slow the restart

    def lost(self, database: sqlite3.Connection) -> int:
        """How many acknowledged writes the database does not have."""
        acknowledged, yes = self.acknowledged, self.yes
        # A UUID is 32 hexadecimal digits in SQLite.
        query = "SELECT description, version FROM spots_spot WHERE id = ?"
        description, version = database.execute(query, [self.spot_id.replace("-", "")]).fetchone()
        behind = acknowledged - int(description.removeprefix("number ") or 0)
        # Every accepted change also counts `version` up, so a write lost in the middle shows there.
        return max(0, behind, yes - (int(version) - self.first_version))


class Trial:
    """The site, its writers and what was measured."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self.back_ms: dict[str, list[float]] = {target: [] for target in TARGETS}
        self.left = 0
        self.writers: list[Writer] = []
        self.site = self._start(None)

    def _start(self, port: int | None) -> RunningSite:
        # One trusted proxy: the address a writer claims is believed.
        return RunningSite(self.data_dir, port=port, TRUSTED_PROXIES="1")

    def prepare(self) -> None:
        """Wait for the site; make the account, and a spot for each writer."""
        self.site.wait_until_open()
        self._manage("create_user", "mori", "--email", "mori@example.jp", "--moderator", typed=f"{PASSWORD}\n")
        table = self.data_dir.parent / "spots.csv"
        rows = (f"{number},書き込み先 {number},36.{number:06},136.22" for number in range(1, WRITERS + 1))
        table.write_text("\n".join(["NO,名称,緯度,経度", *rows]), encoding="utf-8")
        self._manage("import_spots", str(table), "--source", "trial")
        visitor = Visitor(self.site.port)
        visitor.sign_in("mori", PASSWORD)
        spots = visitor.get("/api/v1/spots/?page_size=100").json["results"]
        self.writers = [Writer(visitor, spot["id"], spot["version"]) for spot in spots]
        assert len(self.writers) == WRITERS

    def _manage(self, *arguments: str, typed: str = "") -> None:
        command = [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
        environment = self.site.environment | {"DATA_DIR": str(self.data_dir)}
        subprocess.run(command, input=typed, text=True, env=environment, check=True, stdout=subprocess.DEVNULL)

    def kill(self, target: str) -> None:
        """Kill one process and measure until a page comes again."""
        started = time.monotonic()
        if target == "supervisor":
            self.site.process.kill()
            self.site.ends()
            eventually(lambda: not self.site.pids(), 3)
            self.left += len(self.site.pids())
            port = self.site.port
            self.site.close()
            self.site = self._start(port)
            self.site.wait_until_open()
        else:
            choices = sorted(self.site.workers()) if target == "web worker" else [self.site.pid_of("valkey-server")]
            victim = random.choice(choices) if choices else 0
            if victim:
                os.kill(victim, signal.SIGKILL)
            assert eventually(lambda: victim not in self.site.pids() and self.site.answers(), BACK_SECONDS), target
        self.back_ms[target].append((time.monotonic() - started) * 1000)

    def lost(self) -> int:
        """Acknowledged writes that are not in the database now."""
        with contextlib.closing(sqlite3.connect(self.data_dir / "db.sqlite3", timeout=20)) as database:
            return sum(writer.lost(database) for writer in self.writers)

    def is_whole(self) -> bool:
        """SQLite's own check of every page and index."""
        with contextlib.closing(sqlite3.connect(self.data_dir / "db.sqlite3")) as database:
            return bool(database.execute("PRAGMA integrity_check").fetchall() == [("ok",)])


def main() -> int:
    """Run the rounds and print the table; status 1 when anything was lost or left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    with tempfile.TemporaryDirectory(prefix="kw-") as folder:
        trial = Trial(Path(folder))
        try:
            trial.prepare()
            lost = _run(trial, min(options.rounds, 200))
            return _report(trial, lost)
        finally:
            trial.site.close()


def _run(trial: Trial, rounds: int) -> int:
    stop = threading.Event()
    threads = [threading.Thread(target=writer.run, args=[stop], daemon=True) for writer in trial.writers]
    for thread in threads:
        thread.start()
    lost = 0
    try:
        for number in range(rounds):
            time.sleep(random.uniform(0.3, 1.2))
            # Each target in turn, in an order that differs from time to time.
            trial.kill(TARGETS[number % len(TARGETS)] if number < len(TARGETS) else random.choice(TARGETS))
            lost = max(lost, trial.lost())
        time.sleep(1)
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    trial.site.process.terminate()
    assert trial.site.ends() == 0
    return max(lost, trial.lost())


def _report(trial: Trial, lost: int) -> int:
    print(f"{'killed -9':<12} {'times':>5} {'back after ms, median':>22} {'worst':>7}")
    for target, times in trial.back_ms.items():
        if times:
            print(f"{target:<12} {len(times):>5} {statistics.median(times):>22.0f} {max(times):>7.0f}")
    refused = sum((writer.refused for writer in trial.writers), Counter[int]())
    others = ", ".join(f"{status}: {times}" for status, times in sorted(refused.items())) or "none"
    left, whole = trial.left + len(trial.site.pids()), trial.is_whole()
    acknowledged = sum(writer.yes for writer in trial.writers)
    print(f"acknowledged {acknowledged}, lost {lost}; other answers (0 is a broken connection): {others}")
    print(f"integrity_check {'ok' if whole else 'FAILED'}, processes left {left}")
    return int(bool(lost or left or not whole))


if __name__ == "__main__":
    sys.exit(main())
