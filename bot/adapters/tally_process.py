"""Counting beside the daemon: a scan of many lines runs in a process of its own, so that acks don't wait for the interpreter's lock.

Small scans, which most are, stay in the daemon. A process that makes no headway is ended: no pattern and no line can hold a watch up for ever.
"""

import fcntl
import os
import pickle
import select
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import IO

from bot.adapters.reading_ahead import ahead
from bot.core.alerts import WhichAreNew, Window
from bot.core.structured import Structure
from bot.core.windows import Tally
from bot.ports.errors import Unavailable

IN_PROCESS = 1 << 20  # bytes of one scan that the daemon counts by itself; about 2 ms, and 20 ms when every line is an error
STUCK_S = 60.0  # without taking a byte, or without an answer at the end
_NICE = 5  # the daemon comes first
_PIPE = 1 << 20
_AGAIN = "Nothing was counted; the next scan tries again."
_FRAME = struct.Struct(">II")  # length of the stream's name, length of the block; both 0: the end


class TallyProcess:
    """A `Tally` that moves into a process of its own once there is much to count. See there for what each member promises.

    Raises:
        Unavailable: from `add` and `finish`: the process ended or made no headway. Nothing of it was counted.
    """

    def __init__(self, errors: str, structure: Structure | None = None, in_process: int = IN_PROCESS, stuck_s: float = STUCK_S) -> None:
        self._tally = Tally(errors, structure)
        self._in_process = in_process
        self._stuck_s = stuck_s
        self._seen = 0
        self._child: _Child | None = None

    @property
    def process_id(self) -> int | None:
        """The process that counts; None while, or since, there is none."""
        return self._child.process.pid if self._child else None

    def resume(self, carried: Mapping[str, str]) -> None:
        self._tally.resume(carried)

    def carry(self, stream: str) -> str:
        return self._tally.carry(stream)

    def note(self, notes: Iterable[str]) -> None:
        self._tally.note(notes)

    def count_others(self, lines: int) -> None:
        self._tally.count_others(lines)

    def add(self, block: bytes, stream: str = "") -> None:
        if not block:
            return
        self._seen += len(block)
        if self._child is None and self._seen <= self._in_process:
            self._tally.add(block, stream)
            return
        if self._child is None:
            self._child = _Child(self._stuck_s)
            state = pickle.dumps(self._tally)
            self._asked(self._child, _FRAME.pack(0, len(state)), state)
        name = os.fsencode(stream)
        self._asked(self._child, _FRAME.pack(len(name), len(block)), name, block)

    def finish(self) -> None:
        if self._child:
            notes, others = self._tally.notes, self._tally.others
            self._tally = pickle.loads(self._asked(self._child, _FRAME.pack(0, 0), wants_answer=True))  # noqa: S301 - from our own process
            self.close()
            self._tally.note(notes)
            self._tally.count_others(others - self._tally.others)
        self._tally.finish()

    def window(self, watch: str, began_at: datetime, ended_at: datetime, which_are_new: WhichAreNew) -> Window:
        return self._tally.window(watch, began_at, ended_at, which_are_new)

    def close(self) -> None:
        """End the process, if it still runs."""
        child, self._child = self._child, None
        if child:
            child.close()

    def _asked(self, child: "_Child", *parts: bytes, wants_answer: bool = False) -> bytes:
        try:
            child.send(parts)
            return child.answer() if wants_answer else b""
        except (BrokenPipeError, EOFError) as error:
            self.close()
            raise Unavailable(f"The process that counts the log lines ended before it was done. {_AGAIN}") from error
        except TimeoutError as error:
            self.close()
            why = f"made no headway for {self._stuck_s:g} s: its pattern takes too long on some line"
            raise Unavailable(f"The process that counts the log lines {why}. {_AGAIN}") from error


class _Child:
    """The process, and the two pipes between."""

    def __init__(self, patience_s: float) -> None:
        self._patience_ms = patience_s * 1000
        theirs, self._to = os.pipe2(os.O_CLOEXEC)
        self._from, answers = os.pipe2(os.O_CLOEXEC)
        environment = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "HOME") if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)  # and none of the daemon's secrets
        command = [sys.executable, "-c", "from bot.adapters.tally_process import serve; serve()"]
        try:
            self.process = subprocess.Popen(command, stdin=theirs, stdout=answers, env=environment)
        finally:
            os.close(theirs)
            os.close(answers)
        os.set_blocking(self._to, False)
        with suppress(OSError):
            fcntl.fcntl(self._to, fcntl.F_SETPIPE_SZ, _PIPE)

    def send(self, parts: Iterable[bytes]) -> None:
        """Write it all.

        Raises:
            BrokenPipeError: the process has ended.
            TimeoutError: it takes nothing more.
        """
        for part in parts:
            left = memoryview(part)
            while left:
                self._wait(self._to, select.POLLOUT)
                with suppress(BlockingIOError):
                    left = left[os.write(self._to, left[:_PIPE]) :]

    def answer(self) -> bytes:
        """Read until the process has said all.

        Raises:
            EOFError: it said nothing.
            TimeoutError: it takes too long.
        """
        found = bytearray()
        while True:
            self._wait(self._from, select.POLLIN)
            read = os.read(self._from, _PIPE)
            if not read:
                break
            found += read
        if not found:
            raise EOFError
        return bytes(found)

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        os.close(self._to)
        os.close(self._from)

    def _wait(self, fd: int, event: int) -> None:
        waiting = select.poll()
        waiting.register(fd, event)
        if not waiting.poll(self._patience_ms):
            raise TimeoutError


def serve() -> None:
    """Count what comes on the standard input, and answer with the tally; the other side closing it early ends this."""
    with suppress(OSError):
        os.nice(_NICE)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    state = _frame(source)
    if state is None:
        return
    tally: Tally = pickle.loads(state[1])  # noqa: S301 - from our own parent
    ended = False

    def frames() -> Iterator[tuple[str, bytes]]:
        nonlocal ended
        while (found := _frame(source)) is not None:
            if found == ("", b""):
                ended = True
                return
            yield found

    for (stream, block), prepared in ahead(frames(), lambda frame: tally.prepare(frame[1])):
        tally.add(block, stream, prepared)
    if ended:
        sink.write(pickle.dumps(tally))
        sink.flush()


def _frame(source: IO[bytes]) -> tuple[str, bytes] | None:
    """Read a stream's name and a block; None when the other side has closed."""
    head = source.read(_FRAME.size)
    if len(head) < _FRAME.size:
        return None
    name_length, length = _FRAME.unpack(head)
    name, data = source.read(name_length), source.read(length)
    return (os.fsdecode(name), data) if len(data) == length else None
