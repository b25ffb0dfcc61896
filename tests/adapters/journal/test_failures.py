"""What a journal says when its database fails: each error one sentence on what to do, and on it goes when the cause is gone."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from bot.adapters.journal import SqlJournal, open_journal
from bot.adapters.journal import direct as direct_module
from bot.adapters.journal.failures import explained
from bot.adapters.journal.schema import bring_up_to_date
from bot.adapters.journal.sqlite import open_sqlite
from bot.ports.errors import JournalError

from .values import NOON, StillClock, envelope, event


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for other processes as short as can be."""
    monkeypatch.setattr(direct_module, "BUSY_TIMEOUT_S", 0.01)


@pytest.fixture
def full(path: Path, clock: StillClock) -> Iterator[tuple[SqlJournal, "Disk"]]:
    database = open_sqlite(make_url(f"sqlite:///{path}"))
    bring_up_to_date(database.writer, database.where)
    journal = SqlJournal(database, clock)
    yield journal, Disk(journal)
    journal.close()


class Disk:
    """How much room a journal's file has."""

    def __init__(self, journal: SqlJournal) -> None:
        self._writer = journal._database.writer

    def has_pages(self, count: int) -> None:
        with self._writer.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={count}")


def test_a_full_disk_is_told_loses_nothing_and_is_recovered_from(full: tuple[SqlJournal, Disk]) -> None:
    journal, disk = full
    disk.has_pages(1)
    written = 0

    def fill() -> None:
        nonlocal written
        while written < 1000:
            with journal.begin() as tx:
                tx.inbox.receive(envelope(f"k{written}", text="x" * 3000), "U1")
                tx.audit.add(event())
            written += 1

    with pytest.raises(JournalError, match=r"disk is full\. Free some space") as caught:
        fill()
    assert "xxx" not in str(caught.value)
    assert not caught.value.is_mistake

    disk.has_pages(1_000_000)
    with journal.begin() as tx:
        assert tx.inbox.receive(envelope("after"), "U1") is not None
    with journal.read() as tx:
        assert len(tx.inbox.unfinished()) == written + 1
        assert tx.audit.verify() is None


@pytest.mark.usefixtures("impatient")
def test_a_lock_held_by_another_process_is_told_and_goes_away_with_it(path: Path, clock: StillClock) -> None:
    journal = open_journal(f"sqlite:///{path}", clock)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(JournalError, match="another process holds it locked"), journal.begin():
        pass
    with journal.read() as tx:
        assert tx.inbox.unfinished() == []

    other.execute("ROLLBACK")
    with journal.begin() as tx:
        tx.audit.add(event())
    other.close()
    journal.close()


@pytest.fixture
def stranger(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Return another process that holds the file until a line is written to it."""
    program = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN EXCLUSIVE');"
        "print('held', flush=True); sys.stdin.readline(); c.execute('ROLLBACK'); print('let go', flush=True)"
    )
    open_journal(f"sqlite:///{path}", StillClock()).close()
    with subprocess.Popen([sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def let_go(stranger: "subprocess.Popen[str]") -> None:
    assert stranger.stdin is not None
    assert stranger.stdout is not None
    stranger.stdin.write("\n")
    stranger.stdin.flush()
    assert stranger.stdout.readline() == "let go\n"


def test_a_writer_waits_for_another_process_that_holds_the_file_for_a_while(
    path: Path, clock: StillClock, stranger: "subprocess.Popen[str]"
) -> None:
    fresh = SqlJournal(open_sqlite(make_url(f"sqlite:///{path}")), clock)

    def write() -> int:
        with fresh.begin() as tx:
            return tx.audit.add(event()).seq

    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(write)
        with pytest.raises(TimeoutError):
            written.result(timeout=1.0)
        let_go(stranger)
        assert written.result() == 1
    fresh.close()


@pytest.mark.usefixtures("impatient")
def test_another_process_that_holds_the_file_for_too_long_is_told_and_forgotten_when_it_ends(
    path: Path, clock: StillClock, stranger: "subprocess.Popen[str]"
) -> None:
    fresh = SqlJournal(open_sqlite(make_url(f"sqlite:///{path}")), clock)
    for _ in range(3):
        with pytest.raises(JournalError, match=r"another process holds it locked\..*lsof"), fresh.begin():
            pass
    let_go(stranger)
    with fresh.begin() as tx:
        assert tx.audit.add(event()).seq == 1
    fresh.close()


def damage(path: Path) -> None:
    """Overwrite the head of each page in the second half of the file."""
    content = bytearray(path.read_bytes())
    for page in range(len(content) // 8192, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xa5" * 64
    path.write_bytes(content)


def fill(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        for number in range(200):
            tx.inbox.receive(envelope(f"k{number}", text="x" * 2000), "U1")


def test_a_damaged_file_is_told_at_the_start_with_its_name_and_the_remedy(
    journal: SqlJournal, path: Path, url: str, clock: StillClock
) -> None:
    fill(journal)
    journal.close()
    damage(path)

    with pytest.raises(
        JournalError, match=r"damaged.*Stop the daemon, keep a copy of the file, and put the newest backup in its place"
    ) as caught:
        open_journal(url, clock)
    assert str(path) in str(caught.value)


def test_a_file_that_is_damaged_while_it_is_open_is_told_and_the_restored_one_is_fine(
    journal: SqlJournal, path: Path, url: str, clock: StillClock
) -> None:
    fill(journal)
    journal.close()
    whole = path.read_bytes()
    fresh = SqlJournal(open_sqlite(make_url(url)), clock)
    damage(path)

    with pytest.raises(JournalError, match=r"damaged\. Stop the daemon, keep a copy"), fresh.read() as tx:
        tx.inbox.unfinished()

    fresh.close()
    path.write_bytes(whole)
    restored = open_journal(url, clock)
    with restored.read() as tx:
        assert len(tx.inbox.unfinished()) == 200
    restored.close()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("08006", "line to its server is gone"),
        ("57P01", "its server is starting, or was stopped"),
        ("57P03", "its server is starting, or was stopped"),
        ("57014", "cancelled the statement"),
        ("25006", "DATABASE_URL must name the primary"),
        ("40001", "undid the transaction, so that somebody else's could go on"),
        ("40P01", "nothing of it was written"),
        ("40003", "does not say whether it took the transaction"),
        ("25P03", "stood still for too long"),
        ("28P01", "refuses the user or the password"),
        ("3D000", "createdb"),
        ("42501", "owner of the database"),
        ("42P01", "changed by another program"),
        ("23505", "mistake in the program"),
        ("53100", "server's disk is full"),
        ("53200", "short of memory"),
        ("53300", "max_connections"),
        ("55P03", "another daemon holds it"),
        ("58030", "server's log"),
        ("XX001", "restore a backup"),
        ("22012", "answered with an error"),
    ],
)
def test_every_error_of_a_server_becomes_a_journal_error_in_words(state: str, told: str) -> None:
    cause = psycopg.errors.lookup(state)("its own words\nDETAIL: what somebody wrote")
    error = OperationalError("SELECT 'secret'", {}, cause)
    with pytest.raises(JournalError, match=told) as caught, explained("here"):
        raise error
    assert str(caught.value).endswith("its own words]")


@pytest.mark.parametrize(
    "name", ["SQLITE_READONLY_DBMOVED", "SQLITE_CANTOPEN", "SQLITE_IOERR_FSYNC", "SQLITE_PERM", "SQLITE_NOMEM", "SQLITE_AUTH"]
)
def test_every_error_of_sqlite_becomes_a_journal_error_in_words(name: str) -> None:
    error = sqlite3.OperationalError("its own words")
    error.sqlite_errorname = name
    with pytest.raises(JournalError, match=r"\(here\) can't be used: .+\. \[" + name + ": its own words]"), explained("here"):
        raise error


def test_a_value_that_no_column_takes_is_told_without_the_rest_of_its_row(journal: SqlJournal) -> None:
    for _ in range(3):  # SQLAlchemy's way, and the shorter one from the second run on
        with pytest.raises(JournalError, match="aware times only") as caught, journal.begin() as tx:
            tx.inbox.prune(NOON.replace(tzinfo=None))
        assert "DELETE" not in str(caught.value)


def test_other_errors_pass_as_they_are(journal: SqlJournal) -> None:
    with pytest.raises(ZeroDivisionError), journal.begin():
        raise ZeroDivisionError
