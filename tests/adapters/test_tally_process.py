"""Counting in a process of its own: the same numbers as in the daemon, and an end when it makes no headway."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters import tally_process
from bot.adapters.tally_process import TallyProcess
from bot.core.baseline import HourTally
from bot.core.judging import Judged, Known
from bot.core.lines import block_of
from bot.core.seen_kinds import kinds_in
from bot.core.tally import Tally
from bot.core.windows import Window
from bot.ports.errors import Unavailable
from bot.ports.logs import LineCounter

BEGAN = datetime(2024, 5, 1, 12, tzinfo=UTC)
BLOCKS = [
    block_of([f"2024-05-01 12:00:00 ERROR order {n} of {word} failed", "  at a.b(c:1)", "2024 ok"] * 50) for word in "abc" for n in range(9)
]


@contextmanager
def tally(errors: str = "ERROR", in_process: int = 8000, stuck_s: float = 60) -> Iterator[TallyProcess]:
    made = TallyProcess(errors, in_process=in_process, stuck_s=stuck_s)
    try:
        yield made
    finally:
        made.close()


def window_of(counter: LineCounter) -> tuple[Judged, list[str]]:
    counter.resume({"other": ""})
    for number, block in enumerate(BLOCKS):
        counter.add(block, f"stream {number % 2}\udcff")
        counter.note([f"note {number % 3}"])
        counter.count_others(2)
    counter.add(block_of(["ERROR the last, which may go on"]), "stream 0\udcff")
    counter.finish()
    assert counter.carry("stream 0\udcff")
    hours = tuple(HourTally(BEGAN - timedelta(days=day), BEGAN, 3600.0, 50, 10) for day in range(1, 5))
    known = Known(kinds=frozenset(sorted(counter.seen())[::2]), hours=hours, templates=("a b c",))
    frame = Window("api", BEGAN, BEGAN + timedelta(minutes=15), unreadable=("a file",), unread_since=BEGAN + timedelta(minutes=12))
    judged = counter.judged(frame, known)
    return judged, list(counter.batches())


def test_it_counts_as_a_tally_in_the_daemon_does() -> None:
    with tally() as counter:
        found = window_of(counter)

    assert found == window_of(Tally("ERROR"))
    judged, batches = found
    assert (judged.window.errors, judged.window.unreadable) == (27 * 50 + 1, ("a file",))
    assert judged.window.length == timedelta(minutes=12)
    assert (bool(judged.window.sign), bool(judged.window.new)) == (True, True)
    assert sum(kind.times for batch in batches for kind in kinds_in(batch)) == 27 * 50 + 1


def test_a_small_scan_starts_no_process() -> None:
    with tally(in_process=1 << 30) as counter:
        assert window_of(counter) == window_of(Tally("ERROR"))
        assert counter.process_id is None


def test_a_pattern_that_never_ends_is_ended() -> None:
    with tally("ERROR (x+x+)+y", in_process=0, stuck_s=1) as counter:
        counter.add(block_of(["ERROR " + "x" * 60]), "a")

        with pytest.raises(Unavailable, match="its pattern takes too long"):
            counter.finish()
        assert counter.process_id is None


def test_a_process_that_is_killed_makes_the_scan_fail() -> None:
    with tally(in_process=0) as counter:
        counter.add(BLOCKS[0], "a")
        assert counter.process_id
        os.kill(counter.process_id, signal.SIGKILL)

        with pytest.raises(Unavailable, match="ended before it was done"):
            counter.finish()


@pytest.mark.parametrize("when", ["while it counts", "before it answers"])
def test_a_fork_of_it_that_is_killed_makes_the_scan_fail(when: str) -> None:
    with tally(in_process=0) as counter:
        counter.add(BLOCKS[0], "a")
        if when == "before it answers":
            counter.finish()
            counter.seen()
        os.kill(fork_of(counter.process_id), signal.SIGKILL)

        with pytest.raises(Unavailable, match="ended before it was done"):
            counter.judged(Window("api", BEGAN, BEGAN), Known()) if when == "before it answers" else counter.finish()
        assert counter.process_id is None


def fork_of(process_id: int | None) -> int:
    """Return the process in which the errors are told apart, as soon as there is one."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
        if children:
            return int(children[0])
        time.sleep(0.01)
    raise AssertionError("there is no fork")


def test_nothing_is_left_of_it_after_a_scan_or_after_its_end() -> None:
    for ends_early in (False, True):
        with tally(in_process=0) as counter:
            counter.add(BLOCKS[0], "a")
            processes = [counter.process_id, fork_of(counter.process_id)]
            if not ends_early:
                window_of(counter)
        until = time.monotonic() + 20
        while any(Path(f"/proc/{process}").exists() for process in processes) and time.monotonic() < until:
            time.sleep(0.01)
        assert not any(Path(f"/proc/{process}").exists() for process in processes)


def test_no_more_processes_count_at_once_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_process, "_room", threading.BoundedSemaphore(1))
    with tally() as first, tally() as second:
        first.add(b"ERROR\n" * 2000)
        waiting = threading.Thread(target=second.add, args=(b"ERROR\n" * 2000,))
        waiting.start()
        waiting.join(0.5)
        assert first.process_id
        assert not second.process_id

        first.close()

        waiting.join(20)
        assert second.process_id


def test_a_scan_that_waits_for_room_for_long_begins_beside_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_process, "_room", threading.BoundedSemaphore(1))
    monkeypatch.setattr(tally_process, "ROOM_WITHIN_S", 0.05)
    with tally() as slow, tally() as other:
        slow.add(b"ERROR\n" * 2000)
        other.add(b"ERROR\n" * 2000)
        assert slow.process_id
        assert other.process_id
