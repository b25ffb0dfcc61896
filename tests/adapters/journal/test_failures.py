"""What a journal says when its database fails: each error one sentence on what to do, and on it goes when the cause is gone."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.adapters.journal import SqlJournal, open_journal
from bot.adapters.journal import sqlite as sqlite_module
from bot.adapters.journal.failures import explained
from bot.adapters.journal.schema import bring_up_to_date
from bot.adapters.journal.sqlite import open_sqlite
from bot.ports.errors import JournalError

from .values import NOON, StillClock, envelope, event


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for other processes as short as can be."""
    monkeypatch.setattr(sqlite_module, "BUSY_TIMEOUT_S", 0.01)


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


def test_a_damaged_file_is_told(journal: SqlJournal, path: Path, url: str, clock: StillClock) -> None:
    with journal.begin() as tx:
        for number in range(200):
            tx.inbox.receive(envelope(f"k{number}", text="x" * 2000), "U1")
    journal.close()
    content = bytearray(path.read_bytes())
    for page in range(len(content) // 8192, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xa5" * 64
    path.write_bytes(content)

    damaged = open_journal(url, clock)
    with pytest.raises(JournalError, match=r"damaged\. Stop the daemon, keep a copy"), damaged.read() as tx:
        tx.inbox.unfinished()
    damaged.close()


@pytest.mark.parametrize(
    "name", ["SQLITE_READONLY_DBMOVED", "SQLITE_CANTOPEN", "SQLITE_IOERR_FSYNC", "SQLITE_PERM", "SQLITE_NOMEM", "SQLITE_AUTH"]
)
def test_every_error_of_sqlite_becomes_a_journal_error_in_words(name: str) -> None:
    error = sqlite3.OperationalError("its own words")
    error.sqlite_errorname = name
    with pytest.raises(JournalError, match=r"\(here\) can't be used: .+\. \[" + name + ": its own words]"), explained("here"):
        raise error


def test_a_value_that_no_column_takes_is_told_without_the_rest_of_its_row(journal: SqlJournal) -> None:
    with pytest.raises(JournalError, match="aware times only") as caught, journal.begin() as tx:
        tx.inbox.prune(NOON.replace(tzinfo=None))
    assert "DELETE" not in str(caught.value)


def test_other_errors_pass_as_they_are(journal: SqlJournal) -> None:
    with pytest.raises(ZeroDivisionError), journal.begin():
        raise ZeroDivisionError
