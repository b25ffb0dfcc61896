"""Real logs, written in pieces while the watch runs: every line and every error counts exactly once, against a plain recount."""

import csv
import random
import re
from itertools import pairwise
from pathlib import Path

import pytest

from bot.core.fingerprints import fingerprint
from tests.engine.log_world import LogWorld

LOGHUB = Path(__file__).parents[2].parent / "shared" / "data" / "loghub"
SETS = sorted(LOGHUB.glob("*.tsv"))
# Wide on purpose: two of the sets hold no line that says ERROR.
ERRORS = r"ERROR|FATAL|\[error\]|[Ff]ail|[Ee]rror|Exception|[Ii]nvalid|denied|SCREEN|[Dd]elet|[Tt]erminat"
PIECES = 60


def raw_lines(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return [row["raw"] for row in csv.DictReader(file, delimiter="\t")]


def pieces_of(data: bytes, rnd: random.Random) -> list[bytes]:
    """Cut at random places, most of them within a line, some within a character."""
    at = sorted({0, len(data), *(rnd.randrange(len(data)) for _ in range(PIECES))})
    return [data[start:end] for start, end in pairwise(at)]


class Writer:
    """Writes a log as a program does: after a rotation it finishes its line in the old file before it opens the new one."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._generation = 0
        self._old: Path | None = None

    def write(self, piece: bytes) -> None:
        if self._old:
            rest, newline, piece = piece.partition(b"\n")
            self._append(self._old, rest + newline)
            self._old = None if newline else self._old
        if piece:
            self._append(self._log, piece)

    def rotate(self) -> None:
        if self._log.exists() and not self._old:
            self._generation += 1
            partial = not self._log.read_bytes().endswith(b"\n")
            renamed = self._log.rename(f"{self._log}.{self._generation}")
            self._old = renamed if partial else None

    @staticmethod
    def _append(path: Path, data: bytes) -> None:
        with path.open("ab") as file:
            file.write(data)


@pytest.mark.skipif(not SETS, reason="the real logs are not here: ../shared/data/loghub is missing")
@pytest.mark.parametrize("was_there", [False, True], ids=["missing at first", "empty at first"])
@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_every_error_line_counts_once_however_it_was_written(path: Path, was_there: bool, tmp_path: Path) -> None:
    lines = raw_lines(path)
    rnd = random.Random(f"{path.stem} {was_there}")
    world, writer = LogWorld(tmp_path, ERRORS), Writer(tmp_path / "api.log")
    world.configure(resolve_after=10_000)
    if was_there:
        world.log.touch()
    windows = [world.scan()]

    for piece in pieces_of("".join(f"{line}\n" for line in lines).encode(), rnd):
        writer.write(piece)
        if rnd.random() < 0.6:
            windows.append(world.scan())
            if rnd.random() < 0.2:
                writer.rotate()
        if rnd.random() < 0.1:
            world.restart()
    windows.append(world.scan())

    errors = [line for line in lines if re.search(ERRORS, line)]
    assert len(errors) > 10, "a set without errors proves nothing"
    assert sum(window.lines for window in windows) == len(lines)
    assert sum(window.errors for window in windows) == len(errors)
    assert sum(window.new for window in windows) == len({fingerprint(line).id for line in errors})
    assert [alert.total for alert in world.alerts.open()] == [len(errors)]
    assert not [note for window in windows for note in window.notes]
    assert world.scan().lines == 0
    world.journal.close()
