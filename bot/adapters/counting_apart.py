"""Counting apart: in a process that only scans, the errors are found here and told apart in a fork of it, on another processor.

Where the fork does not keep up, kinds are told here as well; it only counts them then. Threads would not do: most of both is Python, of which the
interpreter runs one at a time.
"""

import fcntl
import os
import pickle
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import IO, Any, Protocol

from bot.adapters.forks import fork, may_fork
from bot.core.scan import Found
from bot.core.tally import Tally

BEHIND = 2  # blocks
PATIENCE_S = 0.3
_PIPE = 1 << 20
_FINGERPRINTS = "bot.core.fingerprints"  # builds its patterns when it is imported, for some 0.2 s

_GONE = (BrokenPipeError, EOFError, pickle.UnpicklingError)  # the other one is, maybe within a value

Answer = Callable[[Tally, Callable[[], Any]], None]
"""Called in the fork when all is counted, with the tally and what returns the next value that was told."""


class Adds(Protocol):
    """What blocks are given to."""

    def add(self, block: bytes, stream: str = "") -> None: ...


class CountingApart:
    """A fork in which a tally goes on. Nothing may run in other threads when it is made.

    Raises:
        OSError: the system has no more processes for us.
        BrokenPipeError: from whatever tells it something: the fork has ended.
    """

    def __init__(self, tally: Tally, answer: Answer) -> None:
        self._tally = tally
        theirs, ours = os.pipe()
        self._receipts, receipts = os.pipe()

        def count() -> None:
            os.close(ours)
            os.close(self._receipts)
            _count(tally, theirs, receipts, answer)

        try:
            self._fork = fork(count)
        except OSError:
            os.close(ours)
            os.close(self._receipts)
            raise
        finally:
            os.close(theirs)
            os.close(receipts)
        os.set_blocking(self._receipts, False)
        with suppress(OSError):
            fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, _PIPE)
        self._to: IO[bytes] = os.fdopen(ours, "wb")
        self._waiting = 0  # handed on, and not counted yet
        self._kept_up_at = time.monotonic()

    def add(self, block: bytes, stream: str = "") -> None:
        """Find the errors in a block, and have them counted. Where the fork does not keep up, their kinds are told here."""
        found = self._tally.find(block, stream)
        if found.singles or found.traces:
            # What was told goes as columns: thousands of small objects would take four times as long to be packed.
            self.pass_on(pickle.dumps((stream, tuple(zip(*self._tally.tell(found), strict=True)) if self._is_behind() else found)))
            self._waiting += 1

    def end(self) -> None:
        """Say that there are no more blocks."""
        self.pass_on(pickle.dumps(self._tally.hand_over()))

    def pass_on(self, pickled: bytes) -> None:
        """Hand a value on to the fork."""
        self._to.write(pickled)
        self._to.flush()

    def close(self) -> None:
        """Let the fork come to its end, and wait for it."""
        with suppress(BrokenPipeError):
            self._to.close()
        os.close(self._receipts)
        os.waitpid(self._fork, 0)

    def _is_behind(self) -> bool:
        """Say whether the fork has not kept up for a while: to get ready to help takes as long as many blocks."""
        with suppress(BlockingIOError):
            self._waiting -= len(os.read(self._receipts, 4096))
        now = time.monotonic()
        if self._waiting < BEHIND:
            self._kept_up_at = now
        return self._waiting >= BEHIND and (_FINGERPRINTS in sys.modules or now - self._kept_up_at >= PATIENCE_S)


def counted_apart(tally: Tally, scan: Callable[[Adds], None]) -> Tally:
    """Let something be scanned, and return the tally with all of it: with another processor at hand, it is counted there.

    Raises:
        ChildProcessError: the fork ended before it was done.
    """
    if not may_fork():
        return _counted_here(tally, scan)
    from_fork, to_us = os.pipe()

    def answer(counted: Tally, _: Callable[[], Any]) -> None:
        os.close(from_fork)  # else this would wait for ever for itself to read, once nobody else does
        with os.fdopen(to_us, "wb") as file:
            counted.finish()
            pickle.dump(counted, file)

    try:
        apart = CountingApart(tally, answer)
    except OSError:
        os.close(from_fork)
        return _counted_here(tally, scan)
    finally:
        os.close(to_us)
    try:
        with os.fdopen(from_fork, "rb") as file:  # closed before the fork is waited for, which may be about to answer
            scan(apart)
            apart.end()
            found: Tally = pickle.load(file)  # noqa: S301 - from our own fork
    except _GONE as error:
        raise ChildProcessError("the process that tells the errors apart ended before it was done") from error
    finally:
        apart.close()
    return found


def _counted_here(tally: Tally, scan: Callable[[Adds], None]) -> Tally:
    scan(tally)
    tally.finish()
    return tally


def _count(tally: Tally, source: int, receipts: int, answer: Answer) -> None:
    """Be the fork: count what is found until the scanner itself comes, then answer."""
    import_module(_FINGERPRINTS)
    with suppress(*_GONE), os.fdopen(source, "rb") as file:  # then nobody wants to know any more

        def value() -> Any:
            return pickle.load(file)  # noqa: S301 - from the process that forked us

        while isinstance(found := value(), tuple):
            stream, errors = found
            if isinstance(errors, Found):
                tally.count(errors, stream)
            else:
                tally.count_told(zip(*errors, strict=True), stream)
            os.write(receipts, b".")
        tally.take_over(found)
        answer(tally, value)
