"""Contract of the transactions: all or nothing, writers in a row, readers beside them."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import ResourceClosedError

from bot.adapters.journal import SqlJournal, open_journal
from bot.adapters.journal import journal as journal_module
from bot.adapters.journal.turnstile import Turnstile
from bot.ports.errors import JournalError
from bot.ports.journal import Transaction

from .values import NOON, StillClock, alert, envelope, event, operation, row, window


def count(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    try:
        found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - a name of ours
    finally:
        connection.close()
    return int(found)


def test_an_exception_leaves_nothing_behind(journal: SqlJournal) -> None:
    with suppress(ZeroDivisionError), journal.begin() as tx:
        tx.inbox.receive(envelope("k1"), "U1")
        tx.operations.add(operation("1"), "k1")
        tx.outbox.put(row("hello"), NOON)
        tx.audit.add(event())
        raise ZeroDivisionError

    with journal.read() as tx:
        assert tx.inbox.unfinished() == []
        assert tx.operations.get("1") is None
        assert tx.outbox.pending_channels() == []
        assert tx.audit.recent(1) == []


def writes(tx: Transaction) -> list[object]:
    return [
        lambda: tx.inbox.receive(envelope("k1"), "U1"),
        lambda: tx.operations.add(operation("1"), "k1"),
        lambda: tx.audit.add(event()),
        lambda: tx.outbox.put(row("hello"), NOON),
        lambda: tx.watches.add_window(window()),
        lambda: tx.alerts.add(alert("A1")),
        lambda: tx.alerts.next_id(),
    ]


@pytest.mark.parametrize("number", range(7))
def test_a_reading_transaction_can_not_write(journal: SqlJournal, number: int) -> None:
    with pytest.raises(JournalError, match="only reads") as caught, journal.read() as tx:
        writes(tx)[number]()  # type: ignore[operator]
    assert caught.value.is_mistake


def test_a_reader_sees_one_moment_and_waits_for_no_writer(journal: SqlJournal) -> None:
    with journal.begin() as writing:
        writing.operations.add(operation("1"), "k1")
        with journal.read() as reading:
            assert reading.operations.recent(10) == []
    with journal.read() as reading:
        assert len(reading.operations.recent(10)) == 1
        with journal.begin() as writing:
            writing.operations.add(operation("2"), "k2")
        assert len(reading.operations.recent(10)) == 1
    with journal.read() as reading:
        assert len(reading.operations.recent(10)) == 2


def test_a_second_writing_transaction_in_one_thread_is_a_mistake_that_is_told(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        with pytest.raises(RuntimeError, match="open already"), journal.begin():
            pass
        tx.operations.add(operation("1"), "k1")
    with journal.read() as tx:
        assert tx.operations.get("1") is not None


def test_a_transaction_that_has_ended_can_not_be_used(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.operations.add(operation("1"), "k1")
        inbox = tx.inbox
    with pytest.raises(ResourceClosedError):
        inbox.receive(envelope("k1"), "U1")


def test_a_closed_journal_says_so_and_closing_twice_is_fine(journal: SqlJournal) -> None:
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="closed"), journal.begin():
        pass
    with pytest.raises(JournalError, match="closed"), journal.read():
        pass


def test_eight_threads_write_fifty_transactions_each_and_all_of_it_is_there(journal: SqlJournal, url: str, clock: StillClock) -> None:
    def work(worker: int) -> int:
        for number in range(50):
            key = f"{worker}-{number}"
            with journal.begin() as tx:
                assert tx.inbox.receive(envelope(key), lane=f"U{worker}") is not None
                tx.operations.add(operation(key), key)
                tx.audit.add(event(subject=f"operation:{key}"))
                tx.outbox.put(row(key, story=f"operation:{key}"), NOON)
            with journal.read() as tx:
                assert tx.operations.by_request(key) is not None
        return worker

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(8))) == list(range(8))

    journal.close()
    again = open_journal(url, clock)
    with again.read() as tx:
        assert len(tx.inbox.unfinished()) == 400
        assert len(tx.operations.recent(1000)) == 400
        assert [each.seq for each in tx.audit.recent(1000)] == list(range(400, 0, -1))
        assert tx.audit.verify() is None
    again.close()


def test_two_journals_over_one_database_take_turns(journal: SqlJournal, url: str, clock: StillClock) -> None:
    other = open_journal(url, clock)

    def work(mine: SqlJournal) -> None:
        for _ in range(50):
            with mine.begin() as tx:
                tx.audit.add(event())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, [journal, other]))
    with other.read() as tx:
        assert tx.audit.recent(1)[0].seq == 100
        assert tx.audit.verify() is None
    other.close()


def test_a_writer_that_waits_too_long_is_told_that_the_journal_is_busy(journal: SqlJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "PATIENCE_S", 0.02)
    refused: list[str] = []

    def write() -> None:
        try:
            with journal.begin():
                pass
        except JournalError as error:
            refused.append(str(error))

    with journal.begin():
        other = threading.Thread(target=write)
        other.start()
        other.join()
    assert "is busy" in refused[0]
    write()
    assert len(refused) == 1


def test_closing_waits_for_the_writer_at_work(journal: SqlJournal, path: Path) -> None:
    with journal.begin() as tx:
        closing = threading.Thread(target=journal.close)
        closing.start()
        tx.operations.add(operation("1"), "k1")
    closing.join()
    assert count(path, "operations") == 1


def test_the_turnstile_lets_writers_in_as_they_came() -> None:
    turnstile = Turnstile()
    order: list[int] = []

    def pass_through(number: int) -> None:
        assert turnstile.enter(10)
        order.append(number)
        turnstile.leave()

    assert turnstile.enter(1)
    threads = []
    for number in range(20):
        thread = threading.Thread(target=pass_through, args=(number,))
        threads.append(thread)
        thread.start()
        while turnstile.waiting <= number:
            thread.join(0.001)
    turnstile.leave()
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_who_gave_up_waiting_does_not_stop_those_behind() -> None:
    turnstile = Turnstile()
    assert turnstile.enter(1)
    with ThreadPoolExecutor(2) as pool:
        assert pool.submit(turnstile.enter, 0.01).result() is False
        behind = pool.submit(turnstile.enter, 10)
        turnstile.leave()
        assert behind.result() is True
