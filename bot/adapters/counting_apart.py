"""Counting apart: in a process that only scans, the errors are found here and told apart in a fork of it, on another processor.

Threads would not do: most of both is Python, of which the interpreter runs one at a time.
"""

import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Protocol

from bot.core.scan import Found
from bot.core.windows import Tally

Answer = Callable[[Tally, Callable[[], Any]], None]
"""Called in the fork when all is counted, with the tally and what returns the next value that was told."""


class Adds(Protocol):
    """What blocks are given to."""

    def add(self, block: bytes, stream: str = "") -> None: ...


class CountingApart:
    """A fork in which a tally goes on. Nothing may run in other threads when it is made.

    Raises:
        BrokenPipeError: from whatever tells it something: the fork has ended.
    """

    def __init__(self, tally: Tally, answer: Answer) -> None:
        self._tally = tally
        theirs, ours = os.pipe()
        sys.stdout.flush()
        self._fork = os.fork()
        if not self._fork:
            os.close(ours)
            _count(tally, theirs, answer)
        os.close(theirs)
        self._to: IO[bytes] = os.fdopen(ours, "wb")

    def add(self, block: bytes, stream: str = "") -> None:
        """Find the errors in a block, and have them counted."""
        found = self._tally.find(block, stream)
        if found.singles or found.traces:
            self.tell((stream, found.singles, found.traces))

    def end(self) -> None:
        """Say that there are no more blocks."""
        self.tell(self._tally.hand_over())
        self._to.flush()

    def tell(self, value: object) -> None:
        """Hand a value on to the fork."""
        pickle.dump(value, self._to)

    def pass_on(self, pickled: bytes) -> None:
        """Hand a value on that is pickled already, at once."""
        self._to.write(pickled)
        self._to.flush()

    def close(self) -> None:
        """Let the fork come to its end, and wait for it."""
        with suppress(BrokenPipeError):
            self._to.close()
        os.waitpid(self._fork, 0)


def counted_apart(tally: Tally, scan: Callable[[Adds], None]) -> Tally:
    """Let something be scanned, and return the tally with all of it: with another processor at hand, it is counted there.

    Raises:
        ChildProcessError: the fork ended before it was done.
    """
    if not _may_fork():
        scan(tally)
        tally.finish()
        return tally
    from_fork, to_us = os.pipe()

    def answer(counted: Tally, _: Callable[[], Any]) -> None:
        with os.fdopen(to_us, "wb") as file:
            counted.finish()
            pickle.dump(counted, file)

    apart = CountingApart(tally, answer)
    os.close(to_us)
    with os.fdopen(from_fork, "rb") as file:
        try:
            scan(apart)
            apart.end()
            found: Tally = pickle.load(file)  # noqa: S301 - from our own fork
        except (BrokenPipeError, EOFError) as error:
            raise ChildProcessError("the process that tells the errors apart ended before it was done") from error
        finally:
            apart.close()
    return found


def _may_fork() -> bool:
    """Say whether there is a processor for a fork, and nothing in this process that a fork could break."""
    try:
        threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return False
    return threads == 1 and len(os.sched_getaffinity(0)) > 1


def _count(tally: Tally, source: int, answer: Answer) -> None:
    """Be the fork: count what is found until the scanner itself comes, then answer, and end."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends when the other one does
        with suppress(EOFError, BrokenPipeError), os.fdopen(source, "rb") as file:  # then nobody wants to know any more

            def value() -> Any:
                return pickle.load(file)  # noqa: S301 - from the process that forked us

            while isinstance(found := value(), tuple):
                stream, singles, traces = found
                tally.count(Found(singles, traces), stream)
            tally.take_over(found)
            answer(tally, value)
            code = 0
    except Exception:  # noqa: BLE001 - told as Python tells it, but without what our own end would run in the fork
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)
