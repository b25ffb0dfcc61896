"""Who was away says so once, also when it is ended before it could."""

import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.adapters.heartbeat import FileHeartbeat, Heartbeats, JournalHeartbeat, heartbeats
from bot.adapters.journal.journal import SqlJournal, open_journal
from bot.engine.presence import Presence
from bot.ports.clock import Heartbeat
from bot.ports.errors import Unavailable
from tests.adapters.journal import values
from tests.clocks import FakeClock


def slack_is_away() -> None:
    raise Unavailable("Slack can't be reached.")


def presence(journal: SqlJournal, clock: FakeClock, heartbeat: Heartbeat, look: Any) -> Presence:
    permissions = cast(Any, SimpleNamespace(name_of=lambda user: user))
    return Presence(journal, clock, heartbeat, permissions, cast(Any, SimpleNamespace(channel="C0OPS")), slack_is_away, look)


def test_an_absence_that_could_not_be_told_before_the_end_is_told_by_the_next_start(tmp_path: Path) -> None:
    clock, heartbeat = FakeClock(values.NOON), FileHeartbeat(tmp_path / "heartbeat")
    journal = open_journal(f"sqlite:///{tmp_path}/journal.db", clock)
    with journal.begin() as tx:
        tx.operations.add(values.operation("OP1"), "request-1")
    heartbeat.beat(clock.now())
    clock.advance(timedelta(hours=2))
    looks = threading.Event()

    def look(stopping: threading.Event, _timeout_s: float) -> bool:
        looks.set()
        return stopping.wait(20)

    first = presence(journal, clock, heartbeat, look)
    first.start()
    assert looks.wait(20)
    first.stop(20)

    assert heartbeat.last() == values.NOON
    journal.close()


def test_an_absence_is_told_once_when_the_daemon_is_killed_before_it_can_note_that_it_lives(tmp_path: Path) -> None:
    clock, heartbeat = FakeClock(values.NOON), FileHeartbeat(tmp_path / "heartbeat")
    journal = open_journal(f"sqlite:///{tmp_path}/journal.db", clock)
    with journal.begin() as tx:
        tx.operations.add(values.operation("OP1"), "request-1")
    heartbeat.beat(clock.now())

    def tell() -> None:
        """Be started, tell, and be killed before the beat that follows."""
        last = heartbeat.last()
        assert last
        assert presence(journal, clock, heartbeat, lambda _stopping, _timeout_s: True).tell(last, clock.now())

    clock.advance(timedelta(hours=2))
    tell()
    clock.advance(timedelta(seconds=10))
    tell()
    assert said(journal, clock) == ["👋 I was away for 2 h. 0 ended meanwhile, 1 still open."]

    clock.advance(timedelta(minutes=30))
    tell()
    assert said(journal, clock) == ["👋 I was away for 30 min 10 s. 0 ended meanwhile, 1 still open."]
    journal.close()


@pytest.mark.parametrize("on_server", [False, True])
def test_an_absence_begins_where_whoever_worked_last_ended_on_whichever_machine(tmp_path: Path, on_server: bool) -> None:
    clock = FakeClock(values.NOON)
    url = f"sqlite:///{tmp_path}/shared/journal.db"
    journal = open_journal(url, clock)
    with journal.begin() as tx:
        tx.operations.add(values.operation("OP1"), "request-1")

    def of(machine: str) -> Heartbeats:
        (tmp_path / machine).mkdir(exist_ok=True)
        return heartbeats(tmp_path / machine, url, journal, on_server=on_server)

    one, other = of("one"), of("other")
    one.beat(clock.now())  # it is stopped, and another one, which never had to wait for it, works for two days
    for _ in range(3):
        clock.advance(timedelta(days=1))
        other.beat(clock.now())
    clock.advance(timedelta(minutes=5))
    last = of("one").last()
    assert last
    assert presence(journal, clock, of("one"), lambda _stopping, _timeout_s: True).tell(last, clock.now())
    assert said(journal, clock) == ["👋 I was away for 5 min. 0 ended meanwhile, 1 still open."]
    assert of("new").last() == last, "a machine that never worked before knows, too"
    journal.close()
    one.beat(clock.now())  # a journal that is away keeps nobody from living
    assert one.last() == clock.now()


def test_a_server_is_not_written_to_at_every_beat(tmp_path: Path) -> None:
    clock = FakeClock(values.NOON)
    journal = open_journal(f"sqlite:///{tmp_path}/journal.db", clock)
    beat = JournalHeartbeat(journal)
    for _ in range(3):
        beat.beat(clock.now())
        clock.advance(5)
    assert beat.last() == values.NOON
    beat.beat(clock.now())
    assert beat.last() == clock.now()
    journal.close()


def said(journal: SqlJournal, clock: FakeClock) -> list[str]:
    texts: list[str] = []
    with journal.begin() as tx:
        while row := tx.outbox.next("C0OPS"):
            texts.append(row.message.text)
            tx.outbox.sent(row, "1.0", clock.now())
    return texts
