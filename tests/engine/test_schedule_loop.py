"""The schedule loop goes by the wall clock, and that of the machine's own zone: it goes back once a year, and whenever somebody sets it."""

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
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
from bot.ports.errors import JournalError
from bot.ports.events import Answer, Envelope
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


class Looking:
    """A loop with two watches, of which one reads with a delay of a second; `look` is what a look does."""

    def __init__(self, folder: Path, look: Callable[[str], None], *paced: Watch) -> None:
        plugin, self.clock = Plugin("probe"), FakeClock()
        self.watches = paced or (_watch("api", LokiSource("{}", delay=timedelta(seconds=1))), _watch("web", FileSource(("/x",))))

        @plugin.each_watch
        def scan(_ctx: Context, _watch: Watch) -> None:
            """Look."""

        self.journal = open_journal(f"sqlite:///{folder}/journal.db", self.clock)
        self.lanes = Lanes(4, patient=2)
        inbox = Inbox(self.journal, self.lanes, lambda _envelope: True, lambda entry, _reply: look(entry.envelope.value), self.clock)
        self.loop = ScheduleLoop(plugin.jobs, self.watches, inbox, self.lanes, self.clock, {}, {})

    def __enter__(self) -> "Looking":
        self.lanes.start()
        self.loop.start()
        return self

    def __exit__(self, *_how: object) -> None:
        self.loop.stop(10)
        self.lanes.stop(10)
        self.journal.close()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what was written be read at once."""
    monkeypatch.setattr("bot.engine.schedule_loop.SETTLES_S", 0)


@pytest.mark.usefixtures("at_once")
def test_a_watch_that_is_to_look_soon_looks_once_more_after_its_delay(tmp_path: Path) -> None:
    came: queue.SimpleQueue[str] = queue.SimpleQueue()
    with Looking(tmp_path, came.put) as looking:
        assert {came.get(timeout=15), came.get(timeout=15)} == {"api", "web"}  # at the start
        looking.clock.advance(timedelta(seconds=1))

        looking.loop.soon(looking.watches[0])

        assert came.get(timeout=15) == "api"
        with pytest.raises(queue.Empty):
            came.get(timeout=2.5)


@pytest.mark.usefixtures("at_once")
def test_a_watch_that_is_to_look_while_it_reads_looks_again_once_it_has_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    came: queue.SimpleQueue[str] = queue.SimpleQueue()
    release = threading.Event()

    def read(watch: str) -> None:
        came.put(watch)
        if watch == "api":
            release.wait(15)

    with Looking(tmp_path, read) as looking:
        assert {came.get(timeout=15), came.get(timeout=15)} == {"api", "web"}
        looking.clock.advance(timedelta(seconds=1))
        for _ in range(3):  # a run began, ended, and somebody called the errors over: one more look shows all of it
            looking.loop.soon(looking.watches[0])
        with pytest.raises(queue.Empty):
            came.get(timeout=2.5)

        release.set()

        assert came.get(timeout=15) == "api"
        with pytest.raises(queue.Empty):
            came.get(timeout=2.5)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_ticks_that_can_not_be_written_down_wait_for_the_journal_and_the_loop_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.engine.schedule_loop.AGAIN_S", 2.0)
    came: queue.SimpleQueue[str] = queue.SimpleQueue()
    looking = Looking(tmp_path, came.put)
    tried: list[str] = []
    receive = looking.loop._inbox.receive

    def locked(envelope: Envelope, waited_s: float = 0.0) -> Answer | None:
        tried.append(envelope.value)
        if len(tried) == 1:
            raise JournalError("database is locked")
        return receive(envelope, waited_s)

    monkeypatch.setattr(looking.loop._inbox, "receive", locked)
    with looking:
        while not tried:
            threading.Event().wait(0.01)
        lives = threading.Event()
        looking.loop.prove(lives.set)
        assert lives.wait(1.5)
        assert tried == ["api"], "the others would wait for it as long"
        assert {came.get(timeout=15), came.get(timeout=15)} == {"api", "web"}


def test_a_job_that_takes_longer_than_its_pace_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot.engine.schedule_loop")
    came: queue.SimpleQueue[str] = queue.SimpleQueue()
    release = threading.Event()

    def read(watch: str) -> None:
        came.put(watch)
        release.wait(15)

    with Looking(tmp_path, read, replace(_watch("api", FileSource(("/x",))), every=timedelta(seconds=1))) as looking:
        came.get(timeout=15)
        with pytest.raises(queue.Empty):
            came.get(timeout=3.5)
        looking.clock.advance(timedelta(seconds=1))
        release.set()
        came.get(timeout=15)
    told = [record.message for record in caplog.records if record.message.startswith("job.")]
    assert told == ["job.still_running", "job.on_time_again"]


def _watch(name: str, source: FileSource | LokiSource) -> Watch:
    return Watch(name, source, timedelta(minutes=15), "C0OPS", "ERROR")
