"""The watch engine: each line counts exactly once, and whatever is told was written down in the same transaction."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.journal.watches import SqlWatches
from bot.adapters.logs.files import FileLogSource
from bot.core.alerts import AlertState
from bot.core.baseline import hour_of
from bot.core.configuration import Watch
from bot.core.lines import block_of
from bot.core.seen_kinds import SeenKind
from bot.core.tally import BATCH, Tally
from bot.core.windows import Samples
from bot.engine.watch_alerts import WatchAlerts
from bot.engine.watches import WatchEngine
from bot.ports.errors import Unavailable
from bot.ports.logs import Batch, Checkpoint
from tests.engine.killed_scans import KINDS, KNOWN, LINES
from tests.engine.log_world import CHANNEL, Interrupted, LogWorld, shown

ROOT = Path(__file__).parents[2]


def test_the_first_scan_counts_nothing_of_what_was_there_before(tmp_path: Path) -> None:
    world = LogWorld(tmp_path)
    world.append("ERROR long ago\n")

    assert world.scan().lines == 0
    assert world.sent() == []


def test_a_window_with_errors_becomes_one_message(world: LogWorld) -> None:
    world.append("INFO ok\nERROR disk 1 is slow\nERROR disk 2 is slow\nERROR disk is full\n")

    window = world.scan()

    assert (window.lines, window.errors, window.distinct, window.new) == (4, 3, 2, 2)
    assert window.ended_at - window.began_at == timedelta(minutes=15)
    (row,) = world.sent()
    assert (row.channel, row.story) == (CHANNEL, "alert:A1")
    assert "3 errors of 4 lines in 15 min · 2 kinds (2 new)" in shown(row.message)
    (alert,) = world.alerts.open()
    assert (alert.id, alert.watch, alert.service, alert.state, alert.window) == ("A1", "api", "checkout", AlertState.FIRING, window)
    assert world.audited() == [("chatopsd", "alert.opened", "alert:A1")]


def test_a_quiet_window_posts_nothing_but_is_remembered(world: LogWorld) -> None:
    world.append("INFO one\nINFO two\n")

    window = world.scan()

    assert (window.lines, window.errors) == (2, 0)
    assert world.sent() == []
    assert world.alerts.open() == []
    assert world.watches.last_windows() == [(world.watch, window)]


def test_a_kind_is_new_only_once(world: LogWorld) -> None:
    world.append("ERROR disk 1 is slow\n")
    assert [kind.is_new for kind in world.scan().fingerprints] == [True]
    world.append("ERROR disk 2 is slow\nERROR out of memory\n")

    window = world.scan()

    assert {kind.template: kind.is_new for kind in window.fingerprints} == {"disk <*> is slow": False, "out of memory": True}
    assert window.new == 1


def test_a_further_name_in_a_known_family_is_not_new(world: LogWorld) -> None:
    for name in ("accounts", "reports", "messages", "users"):
        world.append(f"ERROR cannot publish to {name} any more\n")
        assert world.scan().new == 1
    world.append("ERROR cannot publish to events any more\nERROR cannot subscribe to reports any more\n")
    world.restart()

    window = world.scan()

    assert (window.errors, window.distinct) == (2, 2)
    assert [kind.template for kind in window.fingerprints if kind.is_new] == ["cannot subscribe to reports any more"]


def test_a_restart_goes_on_where_it_stopped(world: LogWorld) -> None:
    world.append("ERROR one\nERROR tw")
    assert world.scan().errors == 1
    world.restart()
    world.append("o\nERROR three\n")

    window = world.scan()

    assert (window.lines, window.errors) == (2, 2)


def test_a_stack_trace_is_one_error_even_when_it_comes_in_two_windows(world: LogWorld) -> None:
    world.append("2024-05-01 12:00:00 ERROR cannot charge\njava.lang.IllegalStateException: ERROR in queue\n\tat com.acme.A.b(A.java:1)\n")
    assert (world.scan().errors, world.alerts.open()[0].window.lines) == (1, 3)
    world.restart()
    world.append("\tat com.acme.ERROR.c(ERROR.java:2)\nCaused by: java.io.IOException: ERROR\n2024-05-01 12:00:01 INFO ok\n")

    window = world.scan()

    assert (window.lines, window.errors) == (3, 0)


def test_nothing_is_written_when_the_transaction_fails_and_the_lines_count_next_time(
    world: LogWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.append("ERROR one\n")
    with monkeypatch.context() as broken:
        broken.setattr("bot.engine.alert_desk.alert_card", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.scan()
    assert world.alerts.open() == []
    assert world.audited() == []

    window = world.scan()

    assert (window.errors, window.new) == (1, 1)
    assert [alert.id for alert in world.alerts.open()] == ["A1"]
    assert len(world.sent()) == 1


def test_lines_that_another_daemon_counted_meanwhile_are_not_counted_again(world: LogWorld) -> None:
    world.append("ERROR one\n")
    other = world.engines({"api": Interrupted(world, [world.scan])}).watches

    window = other.scan(world.watch)

    assert window.lines == 0
    assert [alert.window.errors for alert in world.alerts.open()] == [1]


def test_a_scan_that_is_overtaken_again_and_again_gives_up(world: LogWorld) -> None:
    def write_and_scan() -> None:
        world.append("ERROR one\n")
        world.scan()

    other = world.engines({"api": Interrupted(world, [write_and_scan] * 50)}).watches

    with pytest.raises(Unavailable, match="at the same time"):
        other.scan(world.watch)


def test_scans_at_the_same_time_count_each_line_once(world: LogWorld) -> None:
    windows = []

    def scan_often() -> None:
        for _ in range(20):
            windows.append(world.watches.scan(world.watch))

    threads = [threading.Thread(target=scan_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(200):
        world.append(f"ERROR number {n}\n")
    for thread in threads:
        thread.join()
    windows.append(world.scan())

    assert sum(window.errors for window in windows) == 200
    assert sum(alert.total for alert in world.alerts.open()) == 200


def test_what_a_source_says_is_kept_in_the_window(world: LogWorld) -> None:
    world.append("ERROR one\n")
    world.scan()
    world.log.unlink()

    assert "api.log is gone; what was written to it since the last read" in world.scan().notes[0]


def test_secrets_of_a_log_are_neither_shown_nor_kept(world: LogWorld) -> None:
    world.append("ERROR login failed password=hunter2 for ann@example.com\n")

    window = world.scan()

    (row,) = world.sent()
    assert "hunter2" not in shown(row.message) + repr(window)
    assert "ann@example.com" not in shown(row.message) + repr(window)


def test_each_line_and_each_new_kind_counts_once_wherever_a_scan_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.engine.killed_scans", str(tmp_path)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, check=True).stdout
    counted = [json.loads(line) for line in said.splitlines()]

    total = LINES.count("\n") + KNOWN.count("\n")
    assert len(counted) == 2 * 3  # the window, and a batch after the other
    assert counted == [{"errors": total, "new": KINDS, "counts": total, "kinds": KINDS, "notes": 0}] * len(counted)


def test_a_scan_of_many_new_kinds_holds_up_no_other_writer_for_long(world: LogWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[int] = []
    count = SqlWatches._count

    def noted(watches: SqlWatches, watch: str, kinds: Sequence[SeenKind], at: datetime) -> None:
        rows.append(len(kinds))
        count(watches, watch, kinds, at)

    monkeypatch.setattr(SqlWatches, "_count", noted)
    world.append(LINES)

    window = world.scan()

    assert window.new == KINDS == sum(rows)
    assert max(rows) <= BATCH


class InPart:
    """A source that reads as far as `until`, each minute with a line, of which every tenth is an error."""

    def __init__(self, world: LogWorld) -> None:
        self._clock = world.clock
        self.until: datetime | None = None
        self.unreadable: tuple[str, ...] = ()

    def read(self, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Batch]:
        until = self.until or self._clock.now()
        at = Checkpoint("x", {"at": until.isoformat()})
        if "x" not in checkpoints:
            yield Batch(b"", at)
            return
        minutes = round((until - datetime.fromisoformat(checkpoints["x"].position["at"])) / timedelta(minutes=1))
        yield Batch(block_of("INFO ok" if n % 10 else "ERROR disk is full" for n in range(minutes)), at)
        if self.until:
            yield Batch(b"", at, () if self.unreadable else ("It broke off.",), unreadable=self.unreadable, unread_since=until)


def test_a_window_that_was_read_in_part_ends_where_reading_broke_off_and_the_next_begins_there(world: LogWorld) -> None:
    """Hours of errors that are read late are no spike of one window."""
    source = InPart(world)
    watches = world.engines({"api": source}).watches
    watches.scan(world.watch)
    began = world.clock.now()
    world.clock.advance(timedelta(hours=6))
    source.until = began + timedelta(hours=3)

    first = watches.scan(world.watch)

    assert (first.began_at, first.until, first.ended_at, first.lines) == (began, source.until, world.clock.now(), 180)
    assert (first.hours, first.notes, first.unreadable) == (3.0, ("It broke off.",), ())
    (row,) = world.sent()
    assert "18 errors of 180 lines in 3 h" in shown(row.message)
    world.clock.advance(timedelta(minutes=15))
    source.until, source.unreadable = began + timedelta(hours=5), ("It broke off again.",)
    second = watches.scan(world.watch)
    assert (second.began_at, second.hours) == (first.until, 2.0)
    assert {alert.title for alert in world.alerts.open()} == {"api", "Not all of api can be read"}
    world.clock.advance(timedelta(minutes=15))
    source.until = None

    last = watches.scan(world.watch)

    assert (last.began_at, last.until, last.lines, last.sign) == (second.until, world.clock.now(), 90, "")
    assert [alert.title for alert in world.alerts.open()] == ["api"]
    with world.journal.read() as tx:
        hours = tx.watches.hours("api", [hour_of(window.ended_at) for window in (first, last)])
    assert sum(hour.seconds for hour in hours) == (world.clock.now() - began).total_seconds()


def test_when_the_clock_went_back_what_is_usual_is_no_spike(world: LogWorld) -> None:
    for _ in range(4 * 24 + 5):
        world.append("ERROR disk is full\n" * 200)
        world.scan()
    world.append("ERROR disk is full\n" * 200)
    world.clock.advance(timedelta(hours=-1))

    window = world.watches.scan(world.watch)

    assert (window.length, window.errors, window.sign) == (timedelta(minutes=15), 200, "")


@pytest.mark.parametrize(("broke_off", "until"), [(-60, 0), (60, 60), (1800, 900)])
def test_where_reading_broke_off_is_within_the_window_whatever_the_clocks_say(world: LogWorld, broke_off: int, until: int) -> None:
    source = InPart(world)
    watches = world.engines({"api": source}).watches
    began = watches.scan(world.watch).ended_at
    source.until = began + timedelta(seconds=broke_off)
    world.clock.advance(timedelta(minutes=15))

    window = watches.scan(world.watch)

    assert (window.began_at, window.until) == (began, began + timedelta(seconds=until))


def test_a_scan_whose_watch_is_taken_out_meanwhile_comes_to_its_end(world: LogWorld) -> None:
    world.scan()
    world.append("ERROR disk is full\n")

    def tally(watch: Watch) -> Tally:
        watches.use({})
        return Tally(watch.errors)

    source, alerts = FileLogSource(str(world.folder / "*.log")), WatchAlerts(world.desk, world.configuration, world.releases)
    watches = WatchEngine(world.journal, world.clock, {"api": source}, world.configuration, alerts, lambda _watch: Samples.MASKED, tally)

    assert watches.scan(world.watch).errors == 1
    with pytest.raises(Unavailable, match="There is no watch api any more"):
        watches.scan(world.watch)
