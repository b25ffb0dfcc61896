"""Portions: whole files, scanned in two processes at once, each of which tells the errors of every portion that it takes.

A portion begins with a line that goes on with no event, whatever stands above it; so nothing of what it holds depends on the others. They are given back in
the order in which they stand in the files.
"""

import fcntl
import gc
import os
import pickle
import select
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from errno import ESTALE
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bot.adapters.forks import fork, may_fork
from bot.adapters.logs.marks import LogFile
from bot.adapters.logs.streams import BLOCK, blocks
from bot.core.events import may_go_on
from bot.core.windows import Tally, Told

_IN_SIGHT = 16 << 10  # bytes in which the beginning of a portion is looked for
PORTION = BLOCK - 2 * _IN_SIGHT  # bytes; with what its last event has beyond them it is read at once
AHEAD = 200  # pieces that wait for those before them, some three to a portion
HELD = 400_000  # errors that these tell, at some 300 bytes each
CUT_SHORT = "it was cut short while it was read; try again"
_GARBAGE = 200_000  # objects that were made and are still there
_NUMBER = struct.Struct("=Q")
_PIPE = 1 << 20  # bytes


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
    """Say whether these are files that can be cut into portions. Where most lines could go on with an event, one process had nearly all of the work."""
    for path in paths:
        if not is_regular(path) or path.suffix == ".gz" or str(path) == "-":
            return False
        with suppress(OSError), LogFile(str(path)) as file:  # whoever opens it says why
            if file.size > 2 * PORTION and _beginning(file, PORTION) is None:
                return False
    return True


def is_regular(path: Path) -> bool:
    """Say whether this is a file, and not a pipe or the like; whoever opens it says why when nobody may know."""
    with suppress(OSError):
        return path.is_file()
    return False


def told_in_portions(paths: Sequence[Path], tally: Tally) -> Iterator[Piece]:
    """Yield what regular files hold, in order; with another processor at hand, a fork takes its share.

    Args:
        tally: tells the errors. Nothing is counted in it.

    Raises:
        ChildProcessError: the fork ended before it was done.
    """
    with closing(_Plan(paths, tally)) as plan, _few_collections():
        shared = _shared(plan) if plan.count > 1 and may_fork() else None
        if shared:
            yield from _told_by_two(plan, shared)
            return
        for number in range(plan.count):
            yield from plan.told(number)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let garbage be looked for seldom: what is told makes thousands of tuples and no cycles, and the looks took 6% of the time."""
    before = gc.get_threshold()
    gc.set_threshold(_GARBAGE, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Shared(NamedTuple):
    """Files by their descriptors, and the fork: the numbers of the portions, and the pipe in which it sends what it tells."""

    pid: int
    numbers: int
    theirs: int


def _shared(plan: "_Plan") -> _Shared | None:
    """Let a fork take its share; None when the system has no more processes for us."""
    numbers = _numbers(plan.count)
    theirs, ours = os.pipe()
    try:
        return _Shared(fork(partial(_share, plan, numbers, theirs, ours)), numbers, theirs)
    except OSError:
        os.close(theirs)
        os.close(numbers)
        return None
    finally:
        os.close(ours)


def _told_by_two(plan: "_Plan", shared: _Shared) -> Iterator[Piece]:
    try:
        yield from _in_order(plan, shared.numbers, shared.theirs)
    except EOFError as error:
        raise ChildProcessError("the process that shares the work ended before it was done") from error
    finally:
        os.close(shared.theirs)
        os.close(shared.numbers)
        os.waitpid(shared.pid, 0)


def _share(plan: "_Plan", numbers: int, theirs: int, ours: int) -> None:
    """Be the fork: take portions as long as there are some, and say so when there are none."""
    os.close(theirs)
    with suppress(OSError):
        fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, _PIPE)
    with suppress(BrokenPipeError), os.fdopen(ours, "wb") as to:  # then nobody wants to know any more
        while (number := _next(numbers)) is not None:
            for piece in plan.told(number):
                # Errors go as columns: thousands of small objects would take four times as long to be packed.
                sent = pickle.dumps((tuple(piece._replace(errors=())), tuple(zip(*piece.errors, strict=True))))
                to.write(_NUMBER.pack(len(sent)) + sent)
                to.flush()
        to.write(_NUMBER.pack(0))


def _in_order(plan: "_Plan", numbers: int, theirs: int) -> Iterator[Piece]:
    """Take portions as well, and yield those of both."""
    waiting = _Waiting()
    own: Iterator[Piece] = iter(())
    own_number = -1
    due, is_at_work = 0, True
    while due < plan.count:
        piece = None
        if own_number == due or waiting.has_room:
            piece = next(own, None)
            if piece is None and (number := _next(numbers)) is not None:
                own, own_number = plan.told(number), number
                piece = next(own)
        if piece:
            waiting.add(piece)
        # Where the pipe is not read the other one waits in its turn. What is due is read in any case.
        while is_at_work and (waiting.has_room or (own_number != due and not waiting.holds(due))):
            if not select.select([theirs], [], [], 0 if piece or waiting.holds(due) else None)[0]:
                break
            length = _NUMBER.unpack(_read(theirs, _NUMBER.size))[0]
            is_at_work = length > 0
            if is_at_work:
                told, errors = pickle.loads(_read(theirs, length))  # noqa: S301 - from our own fork
                waiting.add(Piece._make(told)._replace(errors=list(zip(*errors, strict=True))))
        while pieces := waiting.taken(due):
            yield from pieces
            due += pieces[-1].is_last


class _Waiting:
    """Pieces that wait for those before them, portion by portion."""

    def __init__(self) -> None:
        self._pieces: dict[int, list[Piece]] = {}
        self._count = self._errors = 0

    @property
    def has_room(self) -> bool:
        return self._count < AHEAD and self._errors < HELD

    def add(self, piece: Piece) -> None:
        self._pieces.setdefault(piece.number, []).append(piece)
        self._count += 1
        self._errors += len(piece.errors)

    def holds(self, number: int) -> bool:
        return number in self._pieces

    def taken(self, number: int) -> list[Piece]:
        """Return what waits of a portion, and keep it no longer."""
        pieces = self._pieces.pop(number, [])
        self._count -= len(pieces)
        self._errors -= sum(len(piece.errors) for piece in pieces)
        return pieces


def _read(source: int, length: int) -> bytearray:
    """Read as many bytes as were announced.

    Raises:
        EOFError: the other end is gone.
    """
    found = bytearray(length)
    at = 0
    with memoryview(found) as rest:
        while at < length:
            read = os.readv(source, [rest[at:]])
            if not read:
                raise EOFError
            at += read
    return found


def _numbers(count: int) -> int:
    """Return a file of the numbers of portions. Whoever reads it after a fork shares with the others where it stands."""
    numbers = os.memfd_create("portions")
    with os.fdopen(os.dup(numbers), "wb") as file:
        file.writelines(map(_NUMBER.pack, range(count)))
    os.lseek(numbers, 0, os.SEEK_SET)
    return numbers


def _next(numbers: int) -> int | None:
    # The kernel itself lets two processes read the same place of such a file (it does so for files that were opened by a name only).
    fcntl.lockf(numbers, fcntl.LOCK_EX)
    read = os.read(numbers, _NUMBER.size)
    fcntl.lockf(numbers, fcntl.LOCK_UN)
    return _NUMBER.unpack(read)[0] if read else None


class _Place(NamedTuple):
    """A portion: near which offset it begins, and which file it was of which size when all this began."""

    path: Path
    start: int
    size: int
    inode: tuple[int, int] | None


class _Plan:
    """Which portions there are. Each process opens the files for itself, one at a time."""

    def __init__(self, paths: Sequence[Path], tally: Tally) -> None:
        self._tally = tally
        self._places = [place for path in paths for place in _places(path)]
        self._file: LogFile | None = None
        self.count = len(self._places)

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
        if end > newline + 1 and b"\0" not in line and not may_go_on(line):
            return at + newline
        newline = end
    return None
