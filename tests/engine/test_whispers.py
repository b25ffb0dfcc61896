"""Words that are sent before they are written down: said once whatever happens beside them, and never lost but with the entry that brings them again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.journal import open_journal
from bot.core.blocks import Message
from bot.engine.waking import WakingJournal
from bot.engine.whispers import Whispers
from bot.ports.chat import Whisper
from bot.ports.journal import OutboxRow, Transaction
from tests.clocks import FakeClock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LANE = "@U1 C1"


class World:
    def __init__(self, journal: WakingJournal) -> None:
        self.journal = journal
        self.whispers = Whispers(journal)
        self.handed: list[OutboxRow] = []
        self.ended: list[str] = []
        journal.listen(lambda lanes: self.handed.extend(row for rows in lanes.values() for row in rows or ()))

    def say(self, text: str) -> OutboxRow:
        """Say something, and return the row as its sender has it."""
        row = OutboxRow("C1", Message.of(text), whisper=Whisper("U1", "C1", "", ""))
        self.whispers.say([row], NOON, "alone:k1", lambda _tx: self.ended.append(text))
        return self.handed[-1]

    def next(self) -> str | None:
        with self.journal.read() as tx:
            row = tx.outbox.next(LANE)
        return row and row.message.text


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    journal = WakingJournal(open_journal(f"sqlite:///{tmp_path}/journal.db", FakeClock()))
    yield World(journal)
    journal.close()


def test_what_was_sent_before_anybody_wrote_is_not_written_down(world: World) -> None:
    world.whispers.was_said(world.say("hello"), NOON)
    world.journal.write_notes()
    assert (world.ended, world.next()) == (["hello"], None)


def test_what_is_unsent_when_somebody_writes_is_written_down_and_noted_once_it_is_sent(world: World) -> None:
    row = world.say("hello")
    world.journal.write_notes()
    assert (world.ended, world.next()) == (["hello"], "hello")
    world.whispers.was_said(row, NOON)
    world.journal.write_notes()
    assert world.next() is None


def test_what_was_written_down_in_vain_leaves_no_trace(world: World) -> None:
    row = world.say("hello")
    with pytest.raises(ZeroDivisionError), world.journal.begin():
        raise ZeroDivisionError
    with world.journal.begin() as tx:  # would have the number of the row that was rolled back, if it were written first
        tx.outbox.put(OutboxRow("C1", Message.of("another"), whisper=Whisper("U1", "C1", "", "")), NOON)
    world.whispers.was_said(row, NOON)
    world.journal.write_notes()
    assert world.next() == "another"


def test_what_was_sent_while_its_row_was_rolled_back_marks_no_other_row(world: World) -> None:
    row = world.say("hello")

    def sent_meanwhile(_tx: Transaction) -> None:
        world.whispers.was_said(row, NOON)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), world.journal.begin() as tx:
        sent_meanwhile(tx)
    with world.journal.begin() as tx:
        tx.outbox.put(OutboxRow("C1", Message.of("another"), whisper=Whisper("U1", "C1", "", "")), NOON)
    world.journal.write_notes()
    assert (world.ended, world.next()) == (["hello", "hello"], "another")


def test_two_for_one_person_keep_their_order_in_the_journal(world: World) -> None:
    first, second = world.say("first"), world.say("second")
    world.journal.write_notes()
    assert world.next() == "first"
    world.whispers.was_said(first, NOON)
    world.journal.write_notes()
    assert world.next() == "second"
    assert first.key != second.key
