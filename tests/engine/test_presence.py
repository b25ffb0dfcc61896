"""Who was away says so once, also when it is ended before it could."""

import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from bot.adapters.heartbeat import FileHeartbeat
from bot.adapters.journal.journal import SqlJournal, open_journal
from bot.engine.presence import Presence
from tests.adapters.journal import values
from tests.clocks import FakeClock


def presence(journal: SqlJournal, clock: FakeClock, heartbeat: FileHeartbeat, look: Any) -> Presence:
    permissions = cast(Any, SimpleNamespace(name_of=lambda user: user))
    return Presence(journal, clock, heartbeat, permissions, cast(Any, SimpleNamespace(channel="C0OPS")), look)


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
