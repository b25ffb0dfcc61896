"""The schedule loop goes by the wall clock, and that of the machine's own zone: it goes back once a year, and whenever somebody sets it."""

import queue
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import schedule

from bot.adapters.journal import open_journal
from bot.api import Context, Plugin
from bot.core.configuration import Watch
from bot.core.sources import FileSource, LokiSource
from bot.engine.inbox import Inbox
from bot.engine.lanes import Lanes
from bot.engine.schedule_loop import ScheduleLoop
from tests.clocks import FakeClock


class WallClock(datetime):
    """What `schedule` takes for the time."""

    behind = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) - cls.behind


@pytest.fixture
def came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Run a loop whose one job is due every minute; return what is set when it ticks."""
    monkeypatch.setattr(schedule, "datetime", SimpleNamespace(datetime=WallClock, timedelta=timedelta))
    monkeypatch.setattr(WallClock, "behind", timedelta(0))
    plugin = Plugin("probe")

    @plugin.every("60s")
    def look(_ctx: Context) -> None:
        """Look."""

    ticked, clock = threading.Event(), FakeClock()
    journal = open_journal(f"sqlite:///{tmp_path}/journal.db", clock)
    lanes = Lanes(1)
    lanes.start()
    inbox = Inbox(journal, lanes, lambda _envelope: True, lambda _entry, _reply: ticked.set(), clock)
    loop = ScheduleLoop(plugin.jobs, (), inbox, lanes, clock, {"seldom": lambda: None}, {"often": lambda: None})
    loop.start()
    while not loop._planned:
        ticked.wait(0.01)
    yield ticked
    loop.stop(10)
    lanes.stop(10)
    journal.close()


def test_what_is_due_every_minute_does_not_wait_for_an_hour_when_summer_time_ends(came: threading.Event) -> None:
    WallClock.behind = timedelta(hours=1)
    assert came.wait(15)


def test_a_watch_that_is_to_look_soon_looks_once_more_after_its_delay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.engine.schedule_loop.SETTLES_S", 0)
    plugin, watches = Plugin("probe"), [_watch("api", LokiSource("{}", delay=timedelta(seconds=1))), _watch("web", FileSource(("/x",)))]

    @plugin.each_watch
    def look(_ctx: Context, _watch: Watch) -> None:
        """Look."""

    came: queue.SimpleQueue[str] = queue.SimpleQueue()
    clock = FakeClock()
    journal = open_journal(f"sqlite:///{tmp_path}/journal.db", clock)
    lanes = Lanes(1)
    lanes.start()
    inbox = Inbox(journal, lanes, lambda _envelope: True, lambda entry, _reply: came.put(entry.envelope.value), clock)
    loop = ScheduleLoop(plugin.jobs, tuple(watches), inbox, lanes, clock, {}, {})
    loop.start()
    assert {came.get(timeout=15), came.get(timeout=15)} == {"api", "web"}  # at the start
    clock.advance(timedelta(seconds=1))

    loop.soon(watches[0])

    assert came.get(timeout=15) == "api"
    with pytest.raises(queue.Empty):
        came.get(timeout=2.5)
    loop.stop(10)
    lanes.stop(10)
    journal.close()


def _watch(name: str, source: FileSource | LokiSource) -> Watch:
    return Watch(name, source, timedelta(minutes=15), "C0OPS", "ERROR")
