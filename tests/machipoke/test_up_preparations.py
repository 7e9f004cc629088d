"""What `up` does and refuses before the site opens: checks, migrations with a copy, a damaged store."""

import contextlib
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from machipoke import valkey
from tests.machipoke.running_site import BASE_DIR, RunningSite, eventually, running_site

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
FAULTY = "tests.machipoke.faulty_site"


def manage(data_dir: Path, *arguments: str) -> None:
    """Run another command on that site, which does not run."""
    command = [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
    subprocess.run(command, env={"DATA_DIR": str(data_dir)}, cwd=BASE_DIR, check=True, capture_output=True)


def tables(path: Path) -> set[str]:
    """The names of the tables in an SQLite file that is whole."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def close_in_order(site: RunningSite) -> None:
    site.process.send_signal(signal.SIGTERM)
    assert site.ends() == 0


def test_the_first_start_has_nothing_to_copy(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with running_site(data_dir, "--workers", "1") as site:
        site.wait_until_open()
        assert "django_session" in tables(data_dir / "db.sqlite3")
        assert list(data_dir.glob("db.sqlite3.before-*")) == []
        close_in_order(site)


def test_a_migration_keeps_the_state_before_and_the_newest_three(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    manage(data_dir, "migrate")
    manage(data_dir, "migrate", "sessions", "zero")
    for year in (2021, 2022, 2023):
        (data_dir / f"db.sqlite3.before-{year}0101T000000Z").write_text("an older copy")
    with running_site(data_dir, "--workers", "1") as site:
        site.wait_until_open()
        close_in_order(site)
    copies = sorted(data_dir.glob("db.sqlite3.before-*"))
    assert [path.name[-16:-12] for path in copies[:2]] == ["2022", "2023"]
    assert len(copies) == 3
    assert "django_session" not in tables(copies[2])
    assert "django_session" in tables(data_dir / "db.sqlite3")


def test_each_error_of_the_checks_is_one_line(tmp_path: Path) -> None:
    with running_site(tmp_path / "data", DJANGO_SETTINGS_MODULE=FAULTY, UP_FAULT="check") as site:
        assert site.ends() == 1
        assert site.errors().splitlines() == ["faulty.E001: one message a hint", "faulty.E002: another"]


def test_a_web_server_that_cannot_come_up_ends_it_with_the_reason(tmp_path: Path) -> None:
    with running_site(tmp_path / "data", DJANGO_SETTINGS_MODULE=FAULTY, UP_FAULT="middleware") as site:
        assert site.ends() == 1
        assert "ウェブサーバーを開始できません（終了コード 1）。" in site.errors()
        assert "no_such_module" in site.errors()
        assert eventually(lambda: not site.pids(), 1)


def test_a_damaged_key_value_file_does_not_keep_the_site_closed(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    folder = data_dir / "run" / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("not a manifest\n")
    with running_site(data_dir, "--workers", "1") as site:
        site.wait_until_open()
        assert (data_dir / "run" / "appendonlydir.damaged").is_dir()
        close_in_order(site)


def test_a_store_left_behind_is_replaced_by_our_own(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "run"
    folder.mkdir(parents=True)
    command = valkey.command(folder / "valkey.sock", folder)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as orphan:
        assert eventually(lambda: valkey.answers(folder / "valkey.sock"), 10)
        with running_site(tmp_path / "data", "--workers", "1") as site:
            site.wait_until_open()
            assert orphan.wait(5) == 0
            assert site.pid_of("valkey-server") != 0
            close_in_order(site)


def test_the_demo_fills_an_empty_site_and_tells_its_accounts_once(tmp_path: Path) -> None:
    for told in (True, False):
        with running_site(tmp_path / "data", "--workers", "1", "--demo") as site:
            site.wait_until_open()
            assert any("パスワード: " in line and "hana" in line for line in site.said) is told
            assert site.get("/spots/")[0] == 200
            close_in_order(site)
