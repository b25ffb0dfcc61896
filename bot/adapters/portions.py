"""Portions: whole files, scanned in two processes at once, each of which tells the errors of every portion that it takes.

They are given back in the order in which they stand in the files. Where files are cut: see portion_plan.py.
"""

import fcntl
import gc
import os
import pickle
import select
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

from bot.adapters.forks import fork, may_fork
from bot.adapters.portion_plan import Piece, Plan
from bot.core.tally import Tally, Told

AHEAD = 200  # pieces that wait for those before them, some three to a portion
HELD = 400_000  # errors that these tell, at some 300 bytes each
_GARBAGE = 200_000  # objects that were made and are still there
_NUMBER = struct.Struct("=Q")
_PIPE = 1 << 20  # bytes


def told_in_portions(paths: Sequence[Path], tally: Tally) -> Iterator[Piece]:
    """Yield what regular files hold, in order; with another processor at hand, a fork takes its share.

    Args:
        tally: tells the errors. Nothing is counted in it.

    Raises:
        ChildProcessError: the fork ended before it was done.
    """
    with closing(Plan(paths, tally)) as plan, _few_collections():
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


def _shared(plan: Plan) -> _Shared | None:
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


def _told_by_two(plan: Plan, shared: _Shared) -> Iterator[Piece]:
    try:
        yield from _in_order(plan, shared.numbers, shared.theirs)
    except EOFError as error:
        raise ChildProcessError("the process that shares the work ended before it was done") from error
    finally:
        os.close(shared.theirs)
        os.close(shared.numbers)
        os.waitpid(shared.pid, 0)


def _share(plan: Plan, numbers: int, theirs: int, ours: int) -> None:
    """Be the fork: take portions as long as there are some, and say so when there are none."""
    os.close(theirs)
    with suppress(OSError):
        fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, _PIPE)
    with suppress(BrokenPipeError), os.fdopen(ours, "wb") as to:  # then nobody wants to know any more
        columns = _Columns(plan.kinds)
        while (number := _next(numbers)) is not None:
            for piece in plan.told(number):
                sent = pickle.dumps((tuple(piece._replace(errors=())), columns.of(piece.errors)))
                to.write(_NUMBER.pack(len(sent)) + sent)
                to.flush()
        to.write(_NUMBER.pack(0))


class _Columns:
    """Errors on their way to whoever counts them: thousands of small objects would take four times as long to be packed.

    Once more kinds were sent than are told apart, of a further error only its kind and number matter to anybody: all that was sent before is counted before.

    Args:
        kinds: how many are told apart.
    """

    def __init__(self, kinds: int) -> None:
        self._kinds = kinds
        self._sent: set[str] = set()

    def of(self, errors: Sequence[Told]) -> Sequence[Sequence[Any]]:
        ids, templates, times, lines = zip(*errors, strict=True) if errors else ((), (), (), ())
        if len(self._sent) >= self._kinds:
            return ids, times
        self._sent.update(ids)
        return ids, times, templates, lines

    @staticmethod
    def errors(
        ids: Sequence[str], times: Sequence[int], templates: Iterable[str] = repeat(""), lines: Iterable[list[bytes]] = repeat([])
    ) -> list[Told]:
        return list(zip(ids, templates, times, lines, strict=False))


def _in_order(plan: Plan, numbers: int, theirs: int) -> Iterator[Piece]:
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
                waiting.add(Piece._make(told)._replace(errors=_Columns.errors(*errors)))
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
