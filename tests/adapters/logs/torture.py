"""The rotation torture: one process writes and rotates, others follow and are killed, and in the end every line was counted once.

The writer stands for ten minutes of a busy service, in fast motion: it writes as many lines as that service would, and rotates as often. It does by itself
what logrotate does: rename, copytruncate, compress at once or one generation later, shift the older generations up. Between copytruncate's copy and its
truncation it writes nothing: what falls into that gap is in neither file, and no follower can count it.
"""

import gzip
import json
import multiprocessing
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from string import ascii_lowercase

from sqlalchemy import select

from bot.adapters.journal.tables import fingerprints, windows
from bot.adapters.logs.streams import IDLE_READS
from tests.engine.log_world import LogWorld

KEPT = 25  # generations that the writer keeps
UNSEEN = 12  # rotations after which the writer waits for somebody to read: a log that is read too seldom loses lines whoever reads it
KINDS = [f"{a}{b}" for a in ascii_lowercase for b in ascii_lowercase]  # letters, so that each is a fingerprint of its own
_FORK = multiprocessing.get_context("fork")  # a follower must be there at once, not after a second of imports


@dataclass
class Outcome:
    """What was written, what was counted, and what happened on the way."""

    lines: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    rotations: Counter[str] = field(default_factory=Counter)
    counted_lines: int = 0
    counted_errors: Counter[str] = field(default_factory=Counter)
    windows: int = 0
    kills: int = 0
    restarts: int = 0
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        rotations = ", ".join(f"{number} × {kind}" for kind, number in sorted(self.rotations.items()))
        return (
            f"written: {self.lines:,} lines, {self.errors.total():,} errors of {len(self.errors)} kinds; rotations: {rotations}\n"
            f"counted: {self.counted_lines:,} lines, {self.counted_errors.total():,} errors of {len(self.counted_errors)} kinds in {self.windows} windows;"
            f" {self.kills} × SIGKILL, {self.restarts} × stopped and started; {self.seconds:.1f} s\n"
            f"lost: {(self.errors - self.counted_errors).total()}; twice: {(self.counted_errors - self.errors).total()}; notes: {self.notes}"
        )


def torture(folder: Path, seconds: float, seed: int, lines: int = 120_000, rotations: int = 120) -> Outcome:
    """Write `lines` with `rotations` of them in `seconds`, follow meanwhile, and return how it came out."""
    chance = random.Random(seed)
    begun = time.monotonic()
    outcome = Outcome()
    stop = folder / "stop"  # not a lock or an event: who is killed while holding it would never let it go
    (folder / "app.log").write_text("a first line, by which the file is known\n")
    _follow(folder, 0, seed, stop, once=True)  # the watch begins behind it
    writer = _start(_write, folder, seconds, seed, lines, rotations)
    for number in count(1):
        follower = _start(_follow, folder, number, chance.random(), stop)
        writer.join(chance.uniform(0.05, 0.5))
        if chance.random() < 0.75:
            os.kill(follower.pid or 0, signal.SIGKILL)
            outcome.kills += 1
        else:
            stop.touch()
            outcome.restarts += 1
        follower.join()
        stop.unlink(missing_ok=True)
        if writer.exitcode is not None:
            break
    _follow(folder, number + 1, seed, stop, once=True, reads=IDLE_READS + 3)
    outcome.seconds = time.monotonic() - begun
    written = json.loads((folder / "written.json").read_text())
    outcome.lines, outcome.errors, outcome.rotations = written["lines"], Counter(written["errors"]), Counter(written["rotations"])
    _read_journal(folder, outcome)
    return outcome


def _start(target: Callable[..., None], *arguments: object) -> BaseProcess:
    process = _FORK.Process(target=target, args=arguments)
    process.start()
    return process


def _follow(folder: Path, number: int, seed: float, stop: Path, once: bool = False, reads: int = 1) -> None:
    """Scan as the daemon does, with a real journal, until stopped, killed, or (`once`) after some reads."""
    chance = random.Random(seed)
    world = LogWorld(folder)
    world.clock.advance(timedelta(days=number))
    for read in count(1):
        world.scan()
        (folder / "scanned").touch()
        if stop.exists() or (once and read >= reads):
            break
        if not once:
            time.sleep(chance.choice([0, 0.01, 0.1, 0.3]))  # several rotations come between some reads
    world.journal.close()


def _read_journal(folder: Path, outcome: Outcome) -> None:
    world = LogWorld(folder)
    with world.journal.begin() as tx:
        connection = tx.watches._connection  # type: ignore[attr-defined]
        for document in connection.execute(select(windows.c.document)).scalars():
            window = json.loads(document)
            outcome.windows += 1
            outcome.counted_lines += window["lines"]
            outcome.notes += window["notes"]
        for template, number in connection.execute(select(fingerprints.c.template, fingerprints.c.count)):
            outcome.counted_errors[template.split()[-1]] += number
    world.journal.close()


class Writer:
    """A service's log, and the tool that rotates it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.path = folder / "app.log"
        self.chance = random.Random(seed)
        self.lines = 0
        self.errors: Counter[str] = Counter()
        self.rotations: Counter[str] = Counter()
        self._file = self.path.open("ab", buffering=0)

    def write(self, lines: int) -> None:
        """Write lines, at times in pieces that end anywhere."""
        block = b"".join(self._line() for _ in range(lines))
        cut = self.chance.randrange(len(block))
        self._file.write(block[:cut])
        self._file.write(block[cut:])

    def rotate(self) -> None:
        """Rotate in one of five ways."""
        kind = self.chance.choice(["rename", "rename, written to for a while", "rename and gzip", "copytruncate", "copytruncate and gzip"])
        self.rotations[kind] += 1
        self._shift()
        first = self._generation(1)
        if kind.startswith("copytruncate"):
            shutil.copyfile(self.path, first)
            os.truncate(self.path, 0)
        else:
            half, rest = self._halved()
            self._file.write(half)
            self.path.rename(first)
            old, self._file = self._file, self.path.open("ab", buffering=0)
            if "for a while" in kind:
                self._file.write(self._line())
            old.write(rest)
            old.close()
        if kind.endswith("gzip"):
            self._compress(first)
        elif self.chance.random() < 0.3 and self._generation(2).exists():
            self._compress(self._generation(2))

    def _line(self) -> bytes:
        self.lines += 1
        at = f"2024-05-01 12:{self.lines // 12_000 % 60:02}:{self.lines // 200 % 60:02}"
        if self.lines % 10:
            return f"{at} INFO [worker] request {self.lines} is served\n".encode()
        kind = KINDS[self.lines // 10 % len(KINDS)]
        self.errors[kind] += 1
        return f"{at} ERROR [worker] can not reach the part {kind}\n".encode()

    def _halved(self) -> tuple[bytes, bytes]:
        line = self._line()
        cut = self.chance.randrange(len(line))
        return line[:cut], line[cut:]

    def _generation(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _shift(self) -> None:
        for number in range(KEPT, 0, -1):
            for suffix in ("", ".gz"):
                old = self.path.with_name(f"{self.path.name}.{number}{suffix}")
                if old.exists():
                    old.rename(self.path.with_name(f"{self.path.name}.{number + 1}{suffix}")) if number < KEPT else old.unlink()

    def _compress(self, path: Path) -> None:
        was = path.stat()
        target = path.with_name(f"{path.name}.gz")
        with path.open("rb") as plain, gzip.open(target, "wb", compresslevel=1) as packed:
            shutil.copyfileobj(plain, packed)
        os.utime(target, ns=(was.st_atime_ns, was.st_mtime_ns))
        path.unlink()


def _write(folder: Path, seconds: float, seed: int, lines: int, rotations: int) -> None:
    writer = Writer(folder, seed)
    pace = seconds / rotations
    due = time.monotonic()
    steps = 5  # blocks between two rotations
    unseen, seen = 0, (folder / "scanned").stat().st_mtime_ns
    for _ in range(rotations):
        while (now := (folder / "scanned").stat().st_mtime_ns) == seen and unseen >= UNSEEN:
            time.sleep(0.002)
        unseen, seen = (unseen + 1 if now == seen else 0), now
        for _ in range(steps):
            writer.write(lines // rotations // steps)
            due += pace / steps
            time.sleep(max(0.0, due - time.monotonic()))
        writer.rotate()
    body = {"lines": writer.lines, "errors": writer.errors, "rotations": writer.rotations}
    (folder / "written.json").write_text(json.dumps(body))


def main() -> None:
    """Play it at length and print how it came out; the seed makes the writer's choices the same again."""
    import sys
    import tempfile

    seconds, rounds = float(sys.argv[1] if len(sys.argv) > 1 else 60), int(sys.argv[2] if len(sys.argv) > 2 else 3)
    failed = 0
    for seed in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            outcome = torture(Path(folder), seconds, seed)
        print(f"seed {seed}\n{outcome}", flush=True)
        failed += outcome.errors != outcome.counted_errors or outcome.lines != outcome.counted_lines
    sys.exit(failed)


if __name__ == "__main__":
    main()
