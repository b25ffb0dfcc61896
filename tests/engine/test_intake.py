"""Group commit: envelopes that arrive together share one transaction, and each returns only after it."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.journal import SqlJournal, open_journal
from bot.engine.intake import Intake
from bot.ports.errors import JournalError
from bot.ports.events import Envelope, EnvelopeKind
from bot.ports.journal import InboxEntry, Transaction
from tests.clocks import FakeClock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def envelope(key: str) -> Envelope:
    return Envelope(EnvelopeKind.COMMAND, key, NOON, name="/release", user="U1", channel="C1")


class Counted:
    """A journal that counts its writing transactions, and holds each one's beginning or its commit back for as long as a test wants."""

    def __init__(self, journal: SqlJournal) -> None:
        self._journal = journal
        self.begun = 0
        self.may_begin = threading.Event()
        self.may_begin.set()
        self.may_commit = threading.Event()
        self.may_commit.set()
        self.asked = threading.Semaphore(0)
        self.fails: Exception | None = None

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        self.asked.release()
        self.may_begin.wait(10)
        self.begun += 1
        with self._journal.begin() as tx:
            yield tx
            self.may_commit.wait(10)
            if self.fails:
                raise self.fails

    def read(self) -> AbstractContextManager[Transaction]:
        return self._journal.read()

    def close(self) -> None:
        self._journal.close()

    def keys(self) -> list[str]:
        with self.read() as tx:
            return [entry.envelope.key for entry in tx.inbox.unfinished()]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Counted]:
    opened = Counted(open_journal(f"sqlite:///{tmp_path}/journal.db", FakeClock()))
    yield opened
    opened.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as threads:
        yield threads


def send(pool: ThreadPoolExecutor, intake: Intake, *keys: str) -> list["Future[InboxEntry | None]"]:
    """Receive envelopes in a thread each, and return when all of them stand in the queue, in this order."""
    sent: list[Future[InboxEntry | None]] = []
    for key in keys:
        before = len(intake._waiting)
        sent.append(pool.submit(intake.receive, envelope(key), f"alone:{key}"))
        moved = threading.Event()
        while len(intake._waiting) == before:
            moved.wait(0.001)
    return sent


def test_a_lone_envelope_is_written_before_it_returns(journal: Counted) -> None:
    entry = Intake(journal).receive(envelope("k1"), "alone:k1")
    assert entry is not None
    assert (entry.envelope.key, entry.lane) == ("k1", "alone:k1")
    assert journal.keys() == ["k1"]


def test_those_who_come_while_the_journal_is_busy_share_one_transaction(journal: Counted, pool: ThreadPoolExecutor) -> None:
    intake = Intake(journal)
    journal.may_begin.clear()
    sent = send(pool, intake, *(f"k{number}" for number in range(16)))

    journal.may_begin.set()

    entries = [each.result(10) for each in sent]
    assert [entry.envelope.key for entry in entries if entry] == [f"k{number}" for number in range(16)]
    assert len({entry.id for entry in entries if entry}) == 16
    assert journal.keys() == [f"k{number}" for number in range(16)]
    assert journal.begun == 1


def test_nobody_returns_before_the_commit_of_their_group(journal: Counted, pool: ThreadPoolExecutor) -> None:
    intake = Intake(journal)
    journal.may_begin.clear()
    journal.may_commit.clear()
    sent = send(pool, intake, "k1", "k2", "k3")
    journal.may_begin.set()
    while intake._waiting:
        threading.Event().wait(0.001)

    late = send(pool, intake, "late")
    assert not any(each.done() for each in [*sent, *late])
    assert journal.keys() == []

    journal.may_commit.set()
    assert all(each.result(10) for each in [*sent, *late])
    assert journal.keys() == ["k1", "k2", "k3", "late"]
    assert journal.begun == 2


def test_of_two_deliveries_in_one_group_one_is_taken(journal: Counted, pool: ThreadPoolExecutor) -> None:
    intake = Intake(journal)
    journal.may_begin.clear()
    sent = send(pool, intake, "k1", "k1", "k2", "k1")
    journal.may_begin.set()
    assert [each.result(10) is not None for each in sent] == [True, False, True, False]
    assert journal.keys() == ["k1", "k2"]


@pytest.mark.parametrize("failure", [JournalError("its disk is full"), ZeroDivisionError("its disk is full")])
def test_an_error_is_raised_to_each_of_the_group_and_the_next_group_is_fine(
    journal: Counted, pool: ThreadPoolExecutor, failure: Exception
) -> None:
    intake = Intake(journal)
    journal.may_begin.clear()
    journal.fails = failure
    sent = send(pool, intake, "k1", "k2", "k3")
    journal.may_begin.set()
    errors = [each.exception(10) for each in sent]
    assert [str(error) for error in errors] == ["its disk is full"] * 3
    assert [type(error) for error in errors[1:]] == [JournalError] * 2
    assert len({id(error) for error in errors}) == 3
    assert journal.keys() == []

    journal.fails = None
    assert intake.receive(envelope("k1"), "alone:k1") is not None
    assert journal.keys() == ["k1"]


def test_those_who_wait_for_a_journal_that_can_not_even_begin_are_told_too(journal: Counted, pool: ThreadPoolExecutor) -> None:
    intake = Intake(journal)
    journal.may_begin.clear()
    sent = send(pool, intake, "k1", "k2")
    journal.close()
    journal.may_begin.set()
    for each in sent:
        assert isinstance(each.exception(10), JournalError)
    with pytest.raises(JournalError, match="closed"):
        intake.receive(envelope("k3"), "alone:k3")


def test_everything_that_comes_from_many_threads_is_written_once(journal: Counted, pool: ThreadPoolExecutor) -> None:
    intake = Intake(journal)

    def work(worker: int) -> int:
        return sum(intake.receive(envelope(f"{worker // 2}-{number}"), "x") is not None for number in range(60))

    assert sum(pool.map(work, range(16))) == 8 * 60
    assert sorted(journal.keys()) == sorted(f"{worker}-{number}" for worker in range(8) for number in range(60))
    assert journal.begun < 16 * 60
