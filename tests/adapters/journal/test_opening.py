"""Opening a journal: what is created, and which words a person reads when it can't be."""

import errno
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.adapters.journal import SqlJournal, open_journal, schema
from bot.adapters.journal.lease import open_lease
from bot.adapters.journal.schema import HEAD
from bot.ports.errors import ConfigError, JournalError
from tests import ready_tables

from .values import StillClock, operation


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def sql(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    with connection:
        rows = connection.execute(statement).fetchall()
    connection.close()
    return rows


def test_folder_and_files_are_made_for_nobody_else_to_read(journal: SqlJournal, path: Path) -> None:
    with journal.begin() as tx:
        tx.operations.add(operation("1"), "k1")
    assert rights(path.parent) == 0o700
    assert {rights(file) for file in path.parent.iterdir()} == {0o600}


def test_a_folder_that_is_there_keeps_its_rights(path: Path, clock: StillClock) -> None:
    path.parent.mkdir(mode=0o755)
    open_journal(f"sqlite:///{path}", clock).close()
    assert rights(path.parent) == 0o755


@pytest.mark.usefixtures("path")
def test_every_connection_is_set_up_for_durable_work(journal: SqlJournal) -> None:
    for engine, waits_ms in ((journal._database.writer, 0), (journal._database.reader, 5000)):
        with engine.connect() as connection:
            found = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
        assert found == ["wal", 2, 1, waits_ms]


def test_a_closed_journal_is_one_file(journal: SqlJournal, path: Path) -> None:
    with journal.begin() as tx:
        tx.operations.add(operation("1"), "k1")
    assert path.with_name("journal.db-wal").stat().st_size > 0
    journal.close()
    assert [file.name for file in path.parent.iterdir()] == ["journal.db"]


def test_a_journal_opened_again_holds_what_it_held(journal: SqlJournal, url: str, clock: StillClock) -> None:
    with journal.begin() as tx:
        tx.operations.add(operation("1"), "k1")
    journal.close()
    again = open_journal(url, clock)
    with again.read() as tx:
        assert tx.operations.get("1") == operation("1")
    again.close()


def test_a_path_with_odd_characters_is_fine(tmp_path: Path, clock: StillClock) -> None:
    place = tmp_path / "50% of it" / "größe #1.db"
    open_journal(f"sqlite:///{place}", clock).close()
    assert place.is_file()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", "no database URL"),
        ("journal.db", "no database URL"),
        ("postgresql://ann:hunter2@db:port/x", "no database URL"),
        ("oracle://ann:hunter2@db/x", "starts with oracle:"),
        ("postgresql+psycopg2://ann:hunter2@db/x", "starts with postgresql\\+psycopg2:"),
        ("postgresql+psycopg://ann:hunter2@db", "must name a database"),
        ("sqlite+aiosqlite:////x/y.db", "starts with sqlite\\+aiosqlite:"),
        ("sqlite://", "a file that lasts"),
        ("sqlite:///:memory:", "a file that lasts"),
        ("sqlite:///file:x?mode=memory", "a file that lasts"),
        ("sqlite://host/x.db", "no host"),
        ("sqlite:////x.db?cache=shared", "question mark"),
    ],
)
def test_a_url_that_can_not_be_used_is_a_mistake_in_the_settings(address: str, told: str, clock: StillClock) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        open_journal(address, clock)
    assert "DATABASE_URL" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_place_that_can_not_be_written_is_a_mistake_in_the_settings(tmp_path: Path, clock: StillClock) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="can't be opened for writing"):
        open_journal(f"sqlite:///{tmp_path}/file/journal.db", clock)
    with pytest.raises(ConfigError, match="can't be opened for writing"):
        open_journal(f"sqlite:///{tmp_path}", clock)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.EIO])
def test_a_disk_that_is_full_for_a_while_is_no_mistake_in_the_settings_a_restart_may_help(
    path: Path, clock: StillClock, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", refuse)

    for open_it in (lambda: open_journal(f"sqlite:///{path}", clock), open_lease(f"sqlite:///{path}").take):
        with pytest.raises(JournalError, match=f"can't be opened for writing now: {os.strerror(code)}"):
            open_it()


def test_a_folder_without_the_right_to_write_is_a_mistake_in_the_settings(
    path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir(mode=0o500)
    if os.geteuid() == 0:  # root may write anywhere: ask as somebody else would be answered
        monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ConfigError, match=r"can't be (opened for writing|written by this user)"):
        open_journal(f"sqlite:///{path}", clock)


def test_a_file_that_is_no_database_is_left_alone_and_named(path: Path, clock: StillClock) -> None:
    path.parent.mkdir()
    path.write_text("Dear diary, " * 100)
    with pytest.raises(JournalError, match="no SQLite database") as caught:
        open_journal(f"sqlite:///{path}", clock)
    assert str(path) in str(caught.value)
    assert path.read_text() == "Dear diary, " * 100


def test_another_programs_database_is_left_alone(path: Path, clock: StillClock) -> None:
    path.parent.mkdir()
    sql(path, "CREATE TABLE recipes (name TEXT)")
    with pytest.raises(JournalError, match="another program's tables"):
        open_journal(f"sqlite:///{path}", clock)
    assert sql(path, "SELECT name FROM sqlite_master") == [("recipes",)]


def test_a_newer_programs_journal_is_refused_and_left_alone(journal: SqlJournal, path: Path, clock: StillClock) -> None:
    journal.close()
    sql(path, "UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(JournalError, match="newer chatopsd: its schema is 0999, this program knows up to " + HEAD):
        open_journal(f"sqlite:///{path}", clock)
    assert sql(path, "SELECT version_num FROM alembic_version") == [("0999",)]


def test_a_migration_that_fails_leaves_nothing_behind(path: Path, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic.runtime.migration import MigrationContext

    def run_and_fail(self: MigrationContext, **_: object) -> None:
        assert self.connection is not None
        self.connection.exec_driver_sql("CREATE TABLE half (x)")
        self.connection.exec_driver_sql("CREATE TABLE half (x)")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "_migrate", ready_tables.from_the_first)
        patch.setattr(MigrationContext, "run_migrations", run_and_fail)
        with pytest.raises(JournalError):
            open_journal(f"sqlite:///{path}", clock)
    assert sql(path, "SELECT name FROM sqlite_master") == []

    open_journal(f"sqlite:///{path}", clock).close()


def test_processes_that_open_a_new_journal_at_once_all_get_it(url: str) -> None:
    program = (
        "import sys; from bot.adapters.journal import open_journal; print('ready', flush=True); sys.stdin.readline(); "
        "open_journal(sys.argv[1], None).close(); print('fine')"
    )
    root = Path(__file__).parents[3]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env={"PYTHONPATH": str(root)},
        )
        for _ in range(3)
    ]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in started] == ["fine\n"] * 3
