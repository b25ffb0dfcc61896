"""The plan of portions: where files are cut for two processes at once.

A portion begins with a line that goes on with no event, whatever stands above it; so nothing of what it holds depends on the others.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from errno import ESTALE
from pathlib import Path
from typing import NamedTuple

from bot.adapters.logs.marks import LogFile
from bot.adapters.logs.streams import BLOCK, blocks
from bot.core.entries import are_of_containers, without_header
from bot.core.events import may_go_on
from bot.core.tally import Tally, Told

_IN_SIGHT = 16 << 10  # bytes in which the beginning of a portion is looked for
PORTION = BLOCK - 2 * _IN_SIGHT  # bytes; with what its last event has beyond them it is read at once
CUT_SHORT = "it was cut short while it was read; try again"


class Piece(NamedTuple):
    """What a block of a portion holds, or why its file can't be read."""

    number: int  # of the portion
    path: Path
    lines: int = 0
    errors: Sequence[Told] = ()
    size: int = 0  # bytes of the portion, with the last of its pieces; as planned: all portions of a file together have its size
    is_last: bool = False
    refused: OSError | None = None


def have_portions(paths: Sequence[Path]) -> bool:
    """Say whether these are files that can be cut into portions. Where most lines could go on with an event, one process had nearly all of the work; what
    goes on with an event in a container's log is known only from above."""
    for path in paths:
        if not is_regular(path) or path.suffix == ".gz" or str(path) == "-":
            return False
        with suppress(OSError), LogFile(str(path)) as file:  # whoever opens it says why
            if are_of_containers(file.read(0, _IN_SIGHT)) or (file.size > 2 * PORTION and _beginning(file, PORTION) is None):
                return False
    return True


def is_regular(path: Path) -> bool:
    """Say whether this is a file, and not a pipe or the like; whoever opens it says why when nobody may know."""
    with suppress(OSError):
        return path.is_file()
    return False


class _Place(NamedTuple):
    """A portion: near which offset it begins, and which file it was of which size when all this began."""

    path: Path
    start: int
    size: int
    inode: tuple[int, int] | None


class Plan:
    """Which portions there are. Each process opens the files for itself, one at a time."""

    def __init__(self, paths: Sequence[Path], tally: Tally) -> None:
        self._tally = tally
        self._places = [place for path in paths for place in _places(path)]
        self._file: LogFile | None = None
        self.count = len(self._places)
        self.kinds = tally.limit

    def told(self, number: int) -> Iterator[Piece]:
        """Tell the errors of a portion, block by block."""
        place = self._places[number]
        last = Piece(number, place.path, size=min(PORTION, place.size - place.start), is_last=True)
        try:
            file = self._opened(place)
            for lines, errors in self._tally.told_apart(self._blocks(file, place.start, place.size)):
                yield Piece(number, place.path, lines, errors)
        except OSError as error:
            last = last._replace(refused=error)
        yield last

    def _opened(self, place: _Place) -> LogFile:
        if self._file is None or self._file.path != str(place.path):
            self.close()
            file = self._file = LogFile(str(place.path))
            if place.inode and place.inode != (file.dev, file.ino):  # one process would read the old file, the other one the new
                self.close()
                raise OSError(ESTALE, "it was replaced while it was read; try again")
        return self._file

    def _blocks(self, file: LogFile, start: int, size: int) -> Iterator[bytes]:
        """Yield the lines of a portion, up to where the next one begins. One whose beginning is not in sight belongs to the one before it.

        Raises:
            OSError: the file no longer reaches to where it did.
        """
        file.size = size
        first = _beginning(file, start)
        if first is not None:
            ends = (_beginning(file, end) for end in range(start + PORTION, size, PORTION))
            file.size = next((end for end in ends if end is not None), size)
            for block, _ in blocks(file, first, takes_rest=True):
                yield block
        if file.is_cut_short:
            raise OSError(ESTALE, CUT_SHORT)

    def close(self) -> None:
        """Close the file that was read last."""
        if self._file:
            self._file.close()
            self._file = None


def _places(path: Path) -> list[_Place]:
    try:
        found = path.stat()
        size, inode = found.st_size, (found.st_dev, found.st_ino)
    except OSError:
        size, inode = 0, None  # whoever opens it says why
    return [_Place(path, start, size, inode) for start in range(0, max(size, 1), PORTION)]


def _beginning(file: LogFile, at: int) -> int | None:
    """Return where, from an offset on, the first line begins that goes on with no event; None when it is not in sight."""
    if not at:
        return 0
    sight = file.read(at - 1, _IN_SIGHT)
    newline = sight.find(b"\n")
    while newline >= 0:
        end = sight.find(b"\n", newline + 1)
        line = sight[newline + 1 : end]
        if end > newline + 1 and b"\0" not in line and not may_go_on(line) and not may_go_on(without_header(line)):
            return at + newline
        newline = end
    return None
