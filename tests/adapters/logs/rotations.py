"""Rotations of all kinds in one folder, at random: several logs, each rotated in its own way, and looks wherever a look may come, also around a rotation.

A seed makes a scene; a scene can be played again, also with some of its steps left out. Files, births and times of modification are the file system's.
What docs/log-sources.md says is lost is not played: nothing is written between a copy and its truncation, and what is rotated for the first time, or deleted,
was seen before.
"""

import gzip
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bot.adapters.logs.streams import IDLE_READS
from tests.adapters.logs.reader import Reader

HEADER = "# columns: time level message"
KEPT = 5  # generations
NAMES = ("{name}.log.{number}", "{name}.log-{date}", "{name}.{number}.log", "{name}-{date}.log")
LED_TO = ("{name}.log-{date}", "days/{name}-{date}.log", "{name}.{date}.txt", "days/{date}-{name}.txt")
LOGS = ("app", "app-errors", "worker")
RENAMES = ("rename", "rename and create", "rename and reopen")
COPIES = ("copytruncate", "copytruncate and begin")
LEADS = ("lead", "lead ahead")
_TICKS = 5  # CLOCK_REALTIME_COARSE of linux/time.h, by which births are told
PLACES = 8  # within a rotation, at which a look may come


@dataclass(frozen=True)
class Kept:
    """How a log begins, and how its generations are kept."""

    names: str = NAMES[0]
    packed: str = ""  # "at once" or "later", one rotation after
    keeps_time: bool = True  # whether what is compressed keeps its time of modification
    header: str = ""
    width: int = 0  # of a line, at least
    is_old: bool = False  # whether it was there, with a generation, when the watch began
    is_link: bool = False  # to the log of the day


@dataclass(frozen=True)
class Step:
    """Something that happens.

    Args:
        does: write, write late (to the file that was renamed last), rotate, look, or wait (until the file system tells another time).
        log: what is written to, or rotated.
        lines: how many are written; of a look how many batches count before the daemon is killed, -1 for all.
        cut: how many bytes of what is written come with the next write.
        how: one of RENAMES or COPIES; of a link one of LEADS, of which "lead ahead" makes the next file as well.
        looks: at which places within the rotation a look comes.
        amid: before which opening of a file, or listing of a folder, within a look the rotation comes; 0: between looks.
    """

    does: str
    log: str = ""
    lines: int = -1
    cut: int = 0
    how: str = ""
    looks: tuple[int, ...] = ()
    amid: int = 0


@dataclass(frozen=True)
class Scene:
    """The logs of a folder, and what happens to them."""

    logs: dict[str, Kept]
    steps: tuple[Step, ...]
    pattern: str = "*.log"

    def __str__(self) -> str:
        steps = "".join(f"    {_told(step)},\n" for step in self.steps)
        return f"Scene({_told(self.logs)},\n  (\n{steps}  ),\n  {self.pattern!r})"


@dataclass
class Outcome:
    """Which lines were counted too rarely or too often; `spared` headers stood alone in a file that was truncated, and may be missing."""

    lost: Counter[str]
    twice: Counter[str]
    spared: int
    notes: list[str]

    @property
    def is_right(self) -> bool:
        """Whether each line was counted once."""
        return not self.twice and set(self.lost) <= {HEADER} and self.lost[HEADER] <= self.spared


def scene(seed: int, length: int = 60) -> Scene:
    """Return what a seed makes."""
    chance = random.Random(seed)
    names = chance.sample(LOGS, chance.choice([1, 1, 2, 3]))
    header = chance.choice(["", HEADER, HEADER])
    logs = {}
    for name in names:
        is_link = chance.random() < 0.2
        logs[name] = Kept(
            chance.choice(LED_TO if is_link else NAMES),
            "" if is_link else chance.choice(["", "at once", "later"]),
            chance.random() < 0.8,
            header,
            chance.choice([0, 0, 0, 1500]),
            chance.random() < 0.5,
            is_link,
        )
    ways = {name: LEADS if logs[name].is_link else chance.choice([RENAMES, RENAMES, COPIES, RENAMES + COPIES]) for name in names}
    waits, looks = chance.choice([0.1, 0.9]), chance.choice([0.1, 0.3, 0.5])
    steps: list[Step] = []
    while len(steps) < length:
        if chance.random() < looks:
            steps.append(Step("look", lines=chance.choice([-1, -1, -1, 0, 1, 2])))
        log = chance.choice(names)
        does = chance.choice(["write", "write", "write late", "rotate"])
        if does == "rotate":
            within = tuple(place for place in range(PLACES) if chance.random() < looks / 3)
            amid = chance.choice([0, 0, chance.randrange(1, 25)])
            steps.append(Step(does, log, how=chance.choice(ways[log]), looks=() if amid else within, amid=amid))
        else:
            steps.append(Step(does, log, chance.choice([0, 1, 2]), chance.choice([0, 0, 0, chance.randrange(40)])))
        if chance.random() < waits:
            steps.append(Step("wait"))
    return Scene(logs, tuple(steps), chance.choice(["*.log", "*.log*"]))


def slowly(what: Scene) -> Scene:
    """Return a scene with a wait behind each step."""
    return replace(what, steps=tuple(each for step in what.steps for each in (step, Step("wait"))))


def play(what: Scene, folder: Path) -> Outcome:
    """Play a scene in an empty folder."""
    reader = Reader(folder / what.pattern)
    logs = {name: _Log(folder, name, kept) for name, kept in what.logs.items()}
    found: Counter[str] = Counter()

    def look(batches: int = -1, rotated: _Log | None = None) -> None:
        read = reader.peek()
        is_whole = batches < 0 or batches >= len(read)
        found.update(reader.take(read if is_whole else read[:batches]))
        if is_whole:
            for each in logs.values():
                if each is not rotated:
                    each.saw()

    for log in logs.values():
        log.begin()
    look()
    for step in what.steps:
        match step.does:
            case "look":
                look(step.lines)
            case "wait":
                _wait()
            case "write":
                logs[step.log].write(step.lines, step.cut)
            case "write late":
                logs[step.log].write_late(step.lines)
            case "rotate":
                if not logs[step.log].may_rotate:
                    look()
                rotate = partial(logs[step.log].rotate, step.how, lambda place, step=step: look() if place in step.looks else None)
                if step.amid:
                    with _before_opening(step.amid, rotate):
                        look(rotated=logs[step.log])
                else:
                    rotate()
    for log in logs.values():
        log.write(0, 0)
    for _ in range(IDLE_READS + 2):
        look()
    written = sum((log.written for log in logs.values()), Counter[str]())
    if any(kept.header and kept.packed and not kept.keeps_time for kept in what.logs.values()):
        del written[HEADER], found[HEADER]  # nothing tells files that hold nothing else from one another
    return Outcome(written - found, found - written, sum(log.spared for log in logs.values()), reader.notes)


class _Log:
    """A log, what writes it, and what rotates it."""

    def __init__(self, folder: Path, name: str, kept: Kept) -> None:
        self.path = folder / f"{name}.log"
        self.written: Counter[str] = Counter()
        self.spared = 0
        self._name = name
        self._kept = kept
        self._lines = 0
        self._waiting = b""  # of a line of which the rest was written
        self._begins = True  # the next that is written is the header
        self._has_header_alone = False
        self._generations: list[Path] = []  # the newest first
        self._is_open = False  # the newest of them is held open still
        self._unseen = 0  # rotations since the last look
        self._is_known = False
        self._is_late = False  # what was held nothing but a header, and is compressed next, was written to
        self._date = 20240101
        self._ahead: Path | None = None  # what the link is led to next

    def begin(self) -> None:
        """Write what is there when the watch begins, and does not count."""
        if self._kept.is_old:
            self.write(1, 0)
            self.rotate("rename", lambda _: None)
            self.write(1, 0)
            self.written.clear()
            self._is_open = False

    def saw(self) -> None:
        """Note that a look has seen all of it."""
        self._unseen = 0
        self._is_known = self._is_known or self.path.exists()
        self._is_late = False

    @property
    def may_rotate(self) -> bool:
        """Whether nothing is deleted, rotated for the first time, or added late and compressed, that nobody has seen."""
        return self._unseen < (1 if self._kept.is_link else KEPT - 2) and not self._is_late and (self._is_known or not self.path.exists())

    def write(self, lines: int, cut: int) -> None:
        """Write lines, the first of them a header where the log has one and the file is new, and hold the last bytes back."""
        if self._kept.is_link and not self.path.exists():
            self._lead("lead", lambda _: None)
        data, self._waiting = self._waiting, b""
        if self._begins and self._kept.header and not data:
            data += self._line(self._kept.header)
            self._begins, self._has_header_alone = False, lines == 0
        elif lines:
            self._begins, self._has_header_alone = False, False
        data += self._some(lines)
        end = max(0, len(data) - cut)
        if data[:end] or cut == 0:
            with self.path.open("ab") as file:
                file.write(data[:end])
        self._waiting = data[end:]

    def write_late(self, lines: int) -> None:
        """Write lines to the file that was renamed last, if its writer may still hold it open."""
        if self._is_open:
            is_bare = self._generations[0].stat().st_size <= len(HEADER) + 1
            self._is_late = self._is_late or (self._kept.packed == "later" and is_bare)
            with self._generations[0].open("ab") as file:
                file.write(self._some(lines))

    def rotate(self, how: str, at: Callable[[int], None]) -> None:
        """Rotate as logrotate does."""
        if not self.path.exists():
            return
        if self._kept.is_link:
            self._lead(how, at)
            return
        self._is_open = False
        if self._kept.packed == "later" and self._generations and self._generations[0].suffix != ".gz":
            self._compress(at)
        self._unseen += 1
        self._shift(at)
        at(1)
        if how in RENAMES:
            self._rename(how, at)
        else:
            self._copy(how, at)
        at(3)
        if self._kept.packed == "at once":
            self._compress(at)

    def _rename(self, how: str, at: Callable[[int], None]) -> None:
        self.path.rename(self._generations[0])
        at(2)
        waiting, self._waiting = self._waiting, b""
        self._begins, self._is_open = True, self._kept.packed != "at once"
        if how == "rename and create":
            self.path.touch()
        elif how == "rename and reopen":
            self.write(0, 0)
        if waiting:
            with self._generations[0].open("ab") as file:
                file.write(waiting)

    def _lead(self, how: str, at: Callable[[int], None]) -> None:
        """Lead the link to the next file."""
        file, self._ahead, led = self._ahead or self._make(), None, self.path.with_name("led")
        at(0)
        led.symlink_to(file)
        if self.path.exists():
            self._generations.insert(0, self.path.resolve())
            self._is_open = True
        led.rename(self.path)
        self._unseen += 1
        at(1)
        self._begins = not file.stat().st_size
        if not self._begins:
            self._line(self._kept.header)
        if self._waiting:
            with self._generations[0].open("ab") as older:
                older.write(self._waiting)
            self._waiting = b""
        if how == "lead ahead":
            self._ahead = self._make()
        if len(self._generations) > KEPT:
            self._generations.pop().unlink()

    def _make(self) -> Path:
        """Make the file of the next day."""
        self._date += 1
        file = self.path.parent / self._kept.names.format(name=self._name, date=self._date)
        file.parent.mkdir(exist_ok=True)
        file.write_text(self._kept.header and f"{self._kept.header}\n" * (self._date % 2))
        return file

    def _copy(self, how: str, at: Callable[[int], None]) -> None:
        if self._waiting:
            with self.path.open("ab") as file:
                file.write(self._waiting)
            self._waiting = b""
        self.spared += self._has_header_alone
        content = self.path.read_bytes()
        with self._generations[0].open("wb", buffering=0) as file:
            file.write(content[: len(content) // 2])
            at(7)
            file.write(content[len(content) // 2 :])
        at(2)
        os.truncate(self.path, 0)
        self._begins, self._has_header_alone = how == "copytruncate and begin", False

    def _shift(self, at: Callable[[int], None]) -> None:
        """Make place for the newest generation, and remove the oldest."""
        self._date += 1
        first = self.path.with_name(self._kept.names.format(name=self._name, number=1, date=self._date))
        if len(self._generations) == KEPT:
            self._generations.pop().unlink()
        for place in reversed(range(len(self._generations)) if "{number}" in self._kept.names else ()):
            old = self._generations[place]
            new = self._kept.names.format(name=self._name, number=place + 2) + (".gz" if old.suffix == ".gz" else "")
            self._generations[place] = old.rename(old.with_name(new))
            if place == len(self._generations) // 2:
                at(0)
        self._generations.insert(0, first)

    def _compress(self, at: Callable[[int], None]) -> None:
        plain = self._generations[0]
        was, packed = plain.stat(), Path(f"{plain}.gz")
        content = gzip.compress(plain.read_bytes(), 1)
        with packed.open("wb", buffering=0) as file:
            file.write(content[: len(content) // 2])
            at(4)
            file.write(content[len(content) // 2 :])
        at(5)
        if self._kept.keeps_time:
            os.utime(packed, ns=(was.st_atime_ns, was.st_mtime_ns))
        at(6)
        plain.unlink()
        self._generations[0] = packed

    def _some(self, lines: int) -> bytes:
        first, self._lines = self._lines, self._lines + lines
        return b"".join(self._line(f"{self._name} {first + n:04}".ljust(self._kept.width, "x")) for n in range(lines))

    def _line(self, text: str) -> bytes:
        self.written[text] += 1
        return f"{text}\n".encode()


@contextmanager
def _before_opening(number: int, do: Callable[[], None]) -> Iterator[None]:
    """Do something before the file that is opened, or the folder that is listed, as such a one from now on; or at the end, if there are fewer."""
    opens, lists, left = os.open, os.scandir, number

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            do()

    def opened(*arguments: Any, **named: Any) -> int:
        count()
        return opens(*arguments, **named)

    def listed(folder: str) -> Any:
        count()
        return lists(folder)

    os.open, os.scandir = opened, listed  # type: ignore[assignment]
    try:
        yield
    finally:
        os.open, os.scandir = opens, lists
    if left > 0:
        do()


def _wait() -> None:
    """Wait until a file that is made then is younger than any other one."""
    now = time.clock_gettime_ns(_TICKS)
    while time.clock_gettime_ns(_TICKS) == now:
        time.sleep(0.001)


def main() -> None:
    """Play seeds, and print the scenes of those that were wrong."""
    number, first = int(sys.argv[1] if len(sys.argv) > 1 else 400), int(sys.argv[2] if len(sys.argv) > 2 else 0)
    wrong = 0
    for seed in range(first, first + number):
        with tempfile.TemporaryDirectory() as folder:
            outcome = play(scene(seed), Path(folder))
        if not outcome.is_right or outcome.notes:
            wrong += 1
            print(f"seed {seed}\n{outcome}\n{scene(seed)}", flush=True)
    print(f"{number} seeds, {wrong} of them wrong")
    sys.exit(wrong > 0)


def _told(value: object) -> str:
    """Tell a scene in Python, without what is as usual."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_told(each)}' for key, each in value.items())}}}"
    usual = type(value)("") if isinstance(value, Step) else type(value)()
    told = ", ".join(f"{name}={each!r}" for name in value.__dataclass_fields__ if (each := getattr(value, name)) != getattr(usual, name))
    return f"{type(value).__name__}({told})"


if __name__ == "__main__":
    main()
