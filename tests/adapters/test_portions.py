"""Portions: wherever files are cut, and whoever takes which part, they hold what they hold when they are read from front to back."""

import errno
import fcntl
import json
import os
import pickle
import random
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters import portion_plan, portions
from bot.adapters.logs.marks import LogFile
from bot.adapters.logs.streams import blocks
from bot.adapters.portion_plan import Piece, have_portions
from bot.adapters.portions import _Columns, _in_order, _next, _numbers, told_in_portions
from bot.core.tally import Tally, Told
from tests.core.traces import TRACES

ROOT = Path(__file__).parents[2]
LINES = [
    line.encode()
    for n in range(40)
    for trace in TRACES.values()
    for line in [*trace.block, f"2024-05-01 12:00:00 ERROR disk {n} of {'abc'[n % 3]}", "  and indented", "2024-05-01 12:00:01 INFO fine"]
]
ODD = [
    b"",
    b"\0\0\0",
    b"2024\0 ERROR with a hole",
    b"x" * 50,
    b"\xff\xfe ERROR",
    b"\tat a.b.C(D.java:7)",
    b"ERROR\r",
    b"Caused by: ERROR x",
]
SCAN = """
import json, os, signal, sys, time
us = os.getpid()
from pathlib import Path
from bot.adapters import portion_plan, portions
from bot.adapters.portion_plan import have_portions
from bot.adapters.portions import told_in_portions
from bot.core.tally import Tally
portion_plan.PORTION = int(sys.argv[1])
real, portions.AHEAD = portion_plan.Plan.told, 3
forks, fork = [], portions.fork
def remembered(run):
    forks.append(fork(run))
    return forks[-1]
portions.fork = remembered
made, numbers_of = [], portions._numbers
def numbered(count):
    made.append(numbers_of(count))
    return made[0]
portions._numbers = numbered
own = []
def told(plan, number):
    own.append(number)
    while os.getpid() == us and len(own) == 1 and os.lseek(made[0], 0, os.SEEK_CUR) == 8:
        time.sleep(0.01)  # until the other one has taken a portion as well
    if sys.argv[2] == "kill" and len(own) == 1 and forks:
        os.kill(forks[0], signal.SIGKILL)
    return real(plan, number)
portion_plan.Plan.told = told
tally, refused = Tally("ERROR"), []
numbers = []
for piece in told_in_portions([Path(name) for name in sys.argv[3:]], Tally("ERROR")):
    numbers.append(piece.number)
    tally.count_others(piece.lines)
    tally.count_told(piece.errors, str(piece.path))
    if piece.refused:
        refused.append(str(piece.refused))
kinds = sorted((kind.id, kind.count, kind.sample) for kind in tally.kinds())
print(json.dumps([numbers == sorted(numbers), 0 < len(own) < len(set(numbers)), tally.lines, tally.errors, kinds, refused]))
"""


def scan(portion: int, how: str, *paths: Path) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-c", SCAN, str(portion), how, *map(str, paths)]
    return subprocess.run(command, capture_output=True, env={"PYTHONPATH": str(ROOT)}, check=False, timeout=60)


def from_front_to_back(*paths: Path) -> Tally:
    tally = Tally("ERROR")
    for path in paths:
        with LogFile(str(path)) as file:
            for block, _ in blocks(file, 0, takes_rest=True):
                tally.add(block, str(path))
    tally.finish()
    return tally


def as_list(tally: Tally) -> list[Any]:
    return [tally.lines, tally.errors, sorted([kind.id, kind.count, kind.sample] for kind in tally.kinds())]


def write(path: Path, lines: Iterable[bytes], end: bytes = b"\n") -> Path:
    path.write_bytes(b"\n".join(lines) + end)
    return path


@pytest.mark.parametrize("portion", [700, 5_000])
def test_two_processes_find_what_one_finds(portion: int, tmp_path: Path) -> None:
    paths = [write(tmp_path / "a.log", LINES), write(tmp_path / "b.log", LINES[7::-1], b""), write(tmp_path / "empty.log", [], b"")]

    found = json.loads(scan(portion, "", *paths).stdout)

    assert found[:2] == [True, True], "portions in order, and both processes took some"
    assert [*found[2:5]] == as_list(from_front_to_back(*paths))


def test_a_file_that_can_not_be_read_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.log", LINES)

    *_, kinds, refused = json.loads(scan(5_000, "", tmp_path / "gone.log", path, tmp_path).stdout)

    assert kinds == as_list(from_front_to_back(path))[2]
    assert [each.split("/")[0] for each in refused] == ["[Errno 2] No such file or directory: '", "[Errno 21] it is a folder: '"]


def test_where_a_file_begins_the_event_before_it_does_not_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = write(tmp_path / "ends.log", [b"2024-05-01 12:00:00 ERROR disk full"])
    begins = write(tmp_path / "begins.log", [b"Caused by: ERROR x", b"2024-05-01 12:00:01 INFO fine"])
    monkeypatch.setattr(portions, "may_fork", lambda: False)

    pieces = list(told_in_portions([ends, begins], Tally("ERROR")))

    assert [len(piece.errors) for piece in pieces if piece.errors] == [1, 1]


class Plan:
    """Portion `own` has 1,000 pieces, the others one each."""

    count = 1_000

    def __init__(self, own: int) -> None:
        self.own = own
        self.told_by_us = 0

    def told(self, number: int) -> Iterator[Piece]:
        for _ in range(999 if number == self.own else 0):
            self.told_by_us += 1
            yield Piece(number, Path())
        yield Piece(number, Path(), is_last=True)


def sent(plan: Plan, numbers: Iterable[int]) -> Iterator[bytes]:
    for number in numbers:
        for piece in plan.told(number):
            packed = pickle.dumps((tuple(piece), ((), ())))
            yield struct.pack("=Q", len(packed)) + packed
    yield struct.pack("=Q", 0)


def test_while_a_long_portion_is_told_the_other_one_waits() -> None:
    plan, numbers, (theirs, ours) = Plan(own=0), _numbers(1), os.pipe()
    fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, 4096)
    written = [0]

    def share() -> None:
        with os.fdopen(ours, "wb", buffering=0) as to:
            for each in sent(plan, range(1, plan.count)):
                to.write(each)
                written[0] += 1

    thread = threading.Thread(target=share)
    thread.start()
    pieces = _in_order(plan, numbers, theirs)  # type: ignore[arg-type]
    first = [next(pieces) for _ in range(999)]
    time.sleep(0.1)
    held = written[0]
    found = first + list(pieces)
    thread.join()
    os.close(numbers)
    os.close(theirs)

    assert held < portions.AHEAD + 100, "no more than may wait, and what is in the pipe"
    assert [piece.number for piece in found] == [0] * 1_000 + list(range(1, plan.count))


def test_a_long_portion_waits_for_the_one_before_it() -> None:
    plan, numbers, (theirs, ours) = Plan(own=1), _numbers(2), os.pipe()
    assert _next(numbers) == 0, "it is theirs"
    held = [0]

    def share() -> None:
        while held[0] < plan.told_by_us or not held[0]:
            held[0] = plan.told_by_us
            time.sleep(0.1)
        with os.fdopen(ours, "wb") as to:
            to.writelines(sent(plan, [0, *range(2, plan.count)]))

    thread = threading.Thread(target=share)
    thread.start()
    found = list(_in_order(plan, numbers, theirs))  # type: ignore[arg-type]
    thread.join()
    os.close(numbers)
    os.close(theirs)

    assert held[0] <= portions.AHEAD
    assert [piece.number for piece in found] == [0, *[1] * 1_000, *range(2, plan.count)]


def test_a_fork_that_is_killed_is_told(tmp_path: Path) -> None:
    done = scan(700, "kill", write(tmp_path / "a.log", LINES * 5))

    assert done.returncode == 1
    assert b"ChildProcessError: the process that shares the work ended before it was done" in done.stderr


def test_where_no_process_is_to_be_had_one_does_it_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(portions, "may_fork", lambda: True)
    monkeypatch.setattr(os, "fork", refused)
    monkeypatch.setattr(portion_plan, "PORTION", 5_000)
    path, before = write(tmp_path / "a.log", LINES), sorted(Path("/proc/self/fd").iterdir())

    lines = sum(piece.lines for piece in told_in_portions([path], Tally("ERROR")))

    assert lines == len(LINES)
    assert sorted(Path("/proc/self/fd").iterdir()) == before, "nothing stays open"


def test_a_file_that_is_replaced_while_it_is_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [write(tmp_path / name, [b"2024-05-01 12:00:00 ERROR x"] * 100) for name in ("a.log", "b.log")]
    monkeypatch.setattr(portions, "may_fork", lambda: False)

    pieces = told_in_portions([*paths, paths[0]], Tally("ERROR"))
    first = [next(pieces)]
    write(tmp_path / "new.log", [b"2024-05-01 12:00:00 INFO y"]).replace(paths[0])
    found = first + list(pieces)

    assert [piece.lines for piece in found if piece.lines] == [100, 100]
    assert [str(piece.refused) for piece in found if piece.refused] == [
        f"[Errno {errno.ESTALE}] it was replaced while it was read; try again"
    ]


def test_a_file_that_is_cut_short_while_it_is_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.log", [b"2024-05-01 12:00:00 ERROR x"] * 300)
    monkeypatch.setattr(portions, "may_fork", lambda: False)
    monkeypatch.setattr(portion_plan, "PORTION", 2800)

    pieces = told_in_portions([path], Tally("ERROR"))
    first = [next(pieces)]
    os.truncate(path, 5000)
    found = first + list(pieces)

    assert sum(piece.lines for piece in found) < 300
    assert {str(piece.refused) for piece in found if piece.refused} == {
        f"[Errno {errno.ESTALE}] it was cut short while it was read; try again"
    }


def test_each_portion_is_taken_once() -> None:
    taken = """
import os, sys
from bot.adapters.portions import _next, _numbers
numbers = _numbers(300_000)
source, sink = os.pipe()
fork = os.fork()
own = []
while (number := _next(numbers)) is not None:
    own.append(number)
if not fork:
    os.close(source)
    with os.fdopen(sink, "w") as file:
        print(*own, file=file)
    os._exit(0)
os.close(sink)
with os.fdopen(source) as file:
    theirs = list(map(int, file.read().split()))
os.waitpid(fork, 0)
print(len(own) > 0, len(theirs) > 0, sorted(own + theirs) == list(range(300_000)))
"""
    done = subprocess.run([sys.executable, "-c", taken], capture_output=True, env={"PYTHONPATH": str(ROOT)}, check=True, timeout=60)

    assert done.stdout.split() == [b"True"] * 3


def test_a_file_without_beginnings_is_not_for_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_time, without, packed = (tmp_path / name for name in ("time.log", "none.log", "packed.log.gz"))
    write(with_time, [b"2024-05-01 12:00:00 ERROR x"] * 160_000)
    write(without, [b"ERROR: x"] * 500_000)
    write(packed, [b"2024-05-01 12:00:00 ERROR x"])

    assert have_portions([with_time])
    assert not have_portions([with_time, without])
    assert not have_portions([with_time, packed])
    assert not have_portions([tmp_path])
    monkeypatch.chdir(tmp_path)
    assert not have_portions([write(Path("-"), [b"2024"])]), "it is the standard input"


def test_a_long_portion_is_told_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "none.log", [b"ERROR: x"] * 500_000)
    monkeypatch.setattr(portions, "may_fork", lambda: False)

    pieces = list(told_in_portions([path], Tally("ERROR")))

    assert len({piece.number for piece in pieces if piece.lines}) == 1
    assert len([piece for piece in pieces if piece.lines]) > 1, "what is held at once is bounded"
    assert sum(piece.lines for piece in pieces) == 500_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("portions")


@given(seed=st.integers(0, 2**32), portion=st.integers(1, 400), in_sight=st.integers(2, 300), end=st.sampled_from([b"\n", b""]))
@settings(max_examples=150, deadline=None)
def test_where_files_are_cut_makes_no_difference(folder: Path, seed: int, portion: int, in_sight: int, end: bytes) -> None:
    rnd = random.Random(seed)
    at = rnd.randrange(len(LINES))
    path = write(folder / "cut.log", (rnd.choice(ODD) if rnd.random() < 0.2 else line for line in LINES[at : at + 40]), end)
    tally = Tally("ERROR")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(portion_plan, "PORTION", portion)
        patch.setattr(portion_plan, "_IN_SIGHT", in_sight)
        patch.setattr(portions, "may_fork", lambda: False)
        found = list(told_in_portions([path], Tally("ERROR")))
    for each in found:
        tally.count_others(each.lines)
        tally.count_told(each.errors, str(path))

    assert as_list(tally) == as_list(from_front_to_back(path))
    assert sum(each.size for each in found) == path.stat().st_size


TOLD = st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=8)


@given(TOLD, st.integers(1, 12), st.data())
def test_what_is_not_sent_of_errors_beyond_the_kinds_that_are_told_apart_is_not_missed(
    portions: list[list[int]], kinds: int, data: st.DataObject
) -> None:
    told: list[list[Told]] = [
        [(f"f1-{kind:012x}", f"kind {kind}", 1, [b"%d.%d ERROR kind %d" % (p, n, kind)]) for n, kind in enumerate(portion)]
        for p, portion in enumerate(portions)
    ]
    columns, here, sent = _Columns(kinds), Tally("ERROR", kinds=kinds), Tally("ERROR", kinds=kinds)
    for each in told:
        here.count_told(each)
        sent.count_told(columns.errors(*columns.of(each)) if data.draw(st.booleans()) else each)

    assert (sent.kinds(), sent.errors, sent.distinct) == (here.kinds(), here.errors, here.distinct)
