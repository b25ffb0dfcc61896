"""The engine's journal: what holds up an ack goes first, and whoever puts a message in wakes its sender once it is committed."""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.journal import open_journal
from bot.core.blocks import Message
from bot.engine.waking import LONGEST_COURTESY_S, WakingJournal
from bot.ports.chat import Whisper
from bot.ports.events import Envelope, EnvelopeKind
from bot.ports.journal import OutboxRow
from tests.clocks import FakeClock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[WakingJournal]:
    opened = WakingJournal(open_journal(f"sqlite:///{tmp_path}/journal.db", FakeClock()))
    yield opened
    opened.close()


def put(journal: WakingJournal, *rows: OutboxRow) -> None:
    with journal.begin() as tx:
        for row in rows:
            tx.outbox.put(row, NOON)


def test_a_message_wakes_the_sender_of_its_channel_once_it_can_be_read(journal: WakingJournal) -> None:
    seen: list[tuple[list[str], list[str]]] = []

    def wake(channels: Iterable[str]) -> None:
        with journal.read() as tx:
            seen.append((sorted(channels), sorted(tx.outbox.pending_channels())))

    journal.listen(wake)
    person = Whisper("U1", "", "", "")
    put(journal, OutboxRow("C1", Message("a")), OutboxRow("C2", Message("b")), OutboxRow("@U1", Message("c"), whisper=person))
    assert seen == [(["@U1", "C1", "C2"], ["@U1", "C1", "C2"])]


def test_what_was_rolled_back_or_says_nothing_wakes_nobody(journal: WakingJournal) -> None:
    woken: list[str] = []
    journal.listen(woken.extend)
    with pytest.raises(ZeroDivisionError), journal.begin() as tx:
        tx.outbox.put(OutboxRow("C1", Message("a")), NOON)
        raise ZeroDivisionError
    with journal.begin() as tx:
        tx.inbox.receive(Envelope(EnvelopeKind.COMMAND, "k1", NOON), "alone:k1")
    assert woken == []


def test_whoever_holds_up_an_ack_goes_before_those_who_came_earlier(journal: WakingJournal) -> None:
    order: list[str] = []
    begun = threading.Event()

    def work() -> None:
        with journal.begin():
            order.append("work")

    def receive(name: str) -> None:
        with journal.for_acks.begin():
            begun.set()
            order.append(name)

    with ThreadPoolExecutor(3) as pool, journal.for_acks.begin():
        waiting = pool.submit(work)
        next_one = pool.submit(receive, "ack")
        assert not begun.is_set()
        order.append("first ack")
    next_one.result(10)
    waiting.result(10)
    assert order == ["first ack", "ack", "work"]


def test_a_flood_of_acks_holds_nobody_up_for_ever(journal: WakingJournal) -> None:
    over = threading.Event()

    def flood() -> None:
        while not over.is_set():
            with journal.for_acks.begin():
                over.wait(0.001)

    with ThreadPoolExecutor(2) as pool:
        flooding = [pool.submit(flood) for _ in range(2)]
        try:
            put(journal, OutboxRow("C1", Message("a")))
        finally:
            over.set()
        for each in flooding:
            each.result(10 * LONGEST_COURTESY_S)
    with journal.read() as tx:
        assert tx.outbox.pending_channels() == ["C1"]
