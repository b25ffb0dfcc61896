"""The engine's journal: what holds up an ack goes first, and whoever puts a message in wakes its sender once it is committed."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.journal import open_journal
from bot.core.blocks import Message
from bot.engine import waking
from bot.engine.waking import LONGEST_COURTESY_S, Lanes, WakingJournal
from bot.ports.chat import Whisper
from bot.ports.events import Envelope, EnvelopeKind
from bot.ports.journal import OutboxRow, Transaction
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


def until(is_so: Callable[[], bool]) -> None:
    moment = threading.Event()
    while not is_so():
        moment.wait(0.001)


def test_a_message_wakes_the_sender_of_its_channel_once_it_can_be_read(journal: WakingJournal) -> None:
    seen: list[tuple[list[str], list[str]]] = []

    def wake(lanes: Lanes) -> None:
        with journal.read() as tx:
            seen.append((sorted(lanes), sorted(tx.outbox.pending_channels())))

    journal.listen(wake)
    person = Whisper("U1", "", "", "")
    put(journal, OutboxRow("C1", Message.of("a")), OutboxRow("C2", Message.of("b")), OutboxRow("@U1", Message.of("c"), whisper=person))
    assert seen == [(["@U1", "C1", "C2"], ["@U1", "C1", "C2"])]


def test_what_was_rolled_back_or_says_nothing_wakes_nobody(journal: WakingJournal) -> None:
    woken: list[str] = []
    journal.listen(woken.extend)
    with pytest.raises(AttributeError):
        put(journal, OutboxRow("C1", Message.of("a")), None)  # type: ignore[arg-type]
    with journal.begin() as tx:
        tx.inbox.receive(Envelope(EnvelopeKind.COMMAND, "k1", NOON), "alone:k1")
    assert woken == []


def test_what_may_wait_is_written_by_the_next_transaction_and_by_one_that_ends_well(journal: WakingJournal) -> None:
    put(journal, OutboxRow("C1", Message.of("a")))
    with journal.read() as tx:
        row = tx.outbox.next("C1")
    assert row is not None

    journal.note(lambda tx: tx.outbox.sent(row, "1.0", NOON))
    with journal.read() as tx:
        assert tx.outbox.pending_channels() == ["C1"]

    with pytest.raises(ZeroDivisionError), journal.begin():
        raise ZeroDivisionError
    with journal.read() as tx:
        assert tx.outbox.pending_channels() == ["C1"]

    put(journal, OutboxRow("C2", Message.of("b")))
    with journal.read() as tx:
        assert tx.outbox.pending_channels() == ["C2"]


def test_what_may_wait_is_written_by_itself_where_nobody_writes(journal: WakingJournal) -> None:
    written: list[int] = []
    journal.note(lambda _tx: written.append(1))
    journal.note(lambda _tx: written.append(2))
    journal.write_notes()
    journal.write_notes()
    assert written == [1, 2]
    journal.note(lambda _tx: written.append(3))


def test_a_whisper_is_handed_over_as_it_is_and_for_anything_else_the_journal_is_asked(journal: WakingJournal) -> None:
    woken: dict[str, Sequence[OutboxRow] | None] = {}
    journal.listen(woken.update)
    ann, bob = Whisper("U1", "C1", "", ""), Whisper("U2", "C1", "", "")
    put(
        journal,
        OutboxRow("C1", Message.of("a")),
        OutboxRow("C1", Message.of("b"), whisper=ann),
        OutboxRow("C1", Message.of("c"), whisper=ann),
        OutboxRow("C1", Message.of("d"), whisper=bob),
        OutboxRow("C1", Message.of("e"), whisper=bob, story="s"),  # may be replaced while it waits
    )
    assert woken["C1"] is None
    assert woken["@U2 C1"] is None
    handed = woken["@U1 C1"] or ()
    assert [row.message.text for row in handed] == ["b", "c"]
    with journal.read() as tx:
        assert tx.outbox.next("@U1 C1") == handed[0]


def test_after_one_that_came_alone_nobody_waits(journal: WakingJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.engine.waking.QUIET_S", 60.0)
    monkeypatch.setattr("bot.engine.waking.BURST_S", 0.0)
    with journal.for_acks.begin():
        pass
    started = time.monotonic()
    journal.give_way()
    assert time.monotonic() - started < LONGEST_COURTESY_S


def test_whoever_holds_up_an_ack_goes_before_those_who_came_earlier(journal: WakingJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.engine.waking.LONGEST_COURTESY_S", 60.0)
    order: list[str] = []

    def work() -> None:
        with journal.begin():
            order.append("work")

    def receive() -> None:
        with journal.for_acks.begin():
            order.append("second ack")

    with ThreadPoolExecutor(2) as pool:
        with journal.for_acks.begin():
            working, receiving = pool.submit(work), pool.submit(receive)
            until(lambda: journal._courtesy._foremost == 2)
            order.append("first ack")
        receiving.result(10)
        working.result(10)
    assert order == ["first ack", "second ack", "work"]


def test_a_flood_of_acks_holds_nobody_up_for_ever(journal: WakingJournal) -> None:
    over = threading.Event()

    def flood() -> None:
        while not over.is_set():
            with journal.for_acks.begin():
                over.wait(0.001)

    with ThreadPoolExecutor(2) as pool:
        flooding = [pool.submit(flood) for _ in range(2)]
        try:
            put(journal, OutboxRow("C1", Message.of("a")))
        finally:
            over.set()
        for each in flooding:
            each.result(10 * LONGEST_COURTESY_S)
    with journal.read() as tx:
        assert tx.outbox.pending_channels() == ["C1"]


@pytest.mark.parametrize(("burst_s", "waits_for_the_disk"), [(-1.0, True), (60.0, False)])
def test_what_need_not_last_does_not_wait_for_the_disk_in_a_flood_alone(
    journal: WakingJournal, monkeypatch: pytest.MonkeyPatch, burst_s: float, waits_for_the_disk: bool
) -> None:
    monkeypatch.setattr(waking, "BURST_S", burst_s)
    monkeypatch.setattr(waking, "QUIET_S", 0.0)
    begin, lasting = journal._journal.begin, []

    def noted(**how: bool) -> AbstractContextManager[Transaction]:
        lasting.append(how["lasting"])
        return begin(**how)

    for _ in range(2):
        with journal.for_acks.begin():
            pass
    monkeypatch.setattr(journal._journal, "begin", noted)
    with journal.begin(lasting=False):
        pass
    with journal.begin():
        pass
    assert lasting == [waits_for_the_disk, True]
