"""The inbox's way for whoever may not wait: the same entries, in one commit, or nothing at all."""

import sqlite3
import threading
from pathlib import Path

import pytest

from bot.adapters.journal import SqlJournal
from bot.ports.errors import JournalError
from bot.ports.events import EnvelopeKind

from .values import envelope


def test_what_is_written_at_once_is_what_the_inbox_would_have_written(journal: SqlJournal) -> None:
    sent = envelope("k1", kind=EnvelopeKind.CLICK, values={"a": ["b"]}, text="\ud83d half, \0, ü")
    with journal.begin() as tx:
        assert tx.inbox.receive(envelope("old"), lane="U1")

    entries = journal.receive_at_once([(sent, "U1"), (envelope("old"), "U1"), (sent, "U1")])

    if entries is None:  # a server: there each write is a round trip, and waits
        return
    entry, *known = entries
    assert known == [None, None]
    with journal.read() as tx:
        assert tx.inbox.unfinished()[-1] == entry
    assert entry is not None
    assert entry.envelope == sent


def test_it_does_not_wait_for_another_writer_of_this_process(journal: SqlJournal) -> None:
    inside, leave = threading.Event(), threading.Event()

    def write() -> None:
        with journal.begin():
            inside.set()
            leave.wait(20)

    writer = threading.Thread(target=write)
    writer.start()
    inside.wait(20)
    try:
        assert journal.receive_at_once([(envelope("k1"), "U1")]) is None
    finally:
        leave.set()
        writer.join()


def test_it_does_not_wait_for_another_process_and_goes_on_after_it(journal: SqlJournal, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    assert journal.receive_at_once([(envelope("k1"), "U1")]) is None

    other.execute("ROLLBACK")
    assert journal.receive_at_once([(envelope("k1"), "U1")]) is not None
    other.close()


def test_a_commit_that_fails_leaves_nothing_and_says_what_is_wrong(journal: SqlJournal, path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TRIGGER no BEFORE INSERT ON inbox WHEN NEW.key = 'k2' BEGIN SELECT RAISE(ABORT, 'no'); END")
    other.close()

    with pytest.raises(JournalError, match="can't be used"):
        journal.receive_at_once([(envelope("k1"), "U1"), (envelope("k2"), "U1")])

    assert journal.receive_at_once([(envelope("k3"), "U1")]) is not None
    with journal.read() as tx:
        assert [entry.envelope.key for entry in tx.inbox.unfinished()] == ["k3"]


def test_a_closed_journal_takes_nothing(journal: SqlJournal, path: Path) -> None:
    journal.receive_at_once([(envelope("k1"), "U1")])
    journal.close()
    with pytest.raises(JournalError, match="is closed"):
        journal.receive_at_once([(envelope("k2"), "U1")])
    assert not path.with_name(path.name + "-wal").exists()
