"""Counting beside the daemon: a scan of many lines runs in a process of its own, and a fork of it, so that acks don't wait for the interpreter's lock.

Small scans, which most are, stay in the daemon. A process that makes no headway is ended: no pattern and no line can hold a watch up for ever.
"""

import fcntl
import os
import pickle
import select
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import IO, Any

from bot.adapters.counting_apart import CountingApart
from bot.core.judging import Judged, Known
from bot.core.structured import Structure
from bot.core.tally import Tally
from bot.core.windows import Window
from bot.ports.errors import Unavailable

IN_PROCESS = 1 << 20  # bytes of one scan that the daemon counts by itself; about 2 ms, and 20 ms when every line is an error
STUCK_S = 60.0  # without taking a byte, or without an answer at the end
AT_ONCE = 4  # processes, each of which is two: forty scans after an absence took 1.1 GB, and with so many of them no less time
ROOM_WITHIN_S = 20.0  # after that one begins beside them: a source that is slow may hold its process for minutes
_PATIENCE_AT_END_S = 1.0
_NICE = 19  # the daemon comes first, and whatever else the machine does: at 5 its acks took nearly twice as long at the 99th percentile
_PIPE = 1 << 20
_AGAIN = "Nothing was counted; the next scan tries again."
_FRAME = struct.Struct(">II")  # length of the stream's name, length of the block; both 0: the end of the lines
_LENGTH = struct.Struct(">I")  # of a value, pickled
_room = threading.BoundedSemaphore(AT_ONCE)


class TallyProcess:
    """A `Tally` that moves into a process of its own once there is much to count. See there for what each member promises.

    Raises:
        Unavailable: from `add` and whatever comes after it: the process ended or made no headway. Nothing of it was counted.
    """

    def __init__(self, errors: str, structure: Structure | None = None, in_process: int = IN_PROCESS, stuck_s: float = STUCK_S) -> None:
        self._tally = Tally(errors, structure)
        self._in_process = in_process
        self._stuck_s = stuck_s
        self._seen = 0
        self._child: _Child | None = None
        self._has_room = False
        self._carries: dict[str, str] | None = None  # of the process, once it has finished

    @property
    def process_id(self) -> int | None:
        """The process that counts; None while, or since, there is none."""
        return self._child.process.pid if self._child else None

    def resume(self, carried: Mapping[str, str]) -> None:
        self._tally.resume(carried)

    def carry(self, stream: str) -> str:
        return self._tally.carry(stream) if self._carries is None else self._carries.get(stream, "")

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
            self._has_room = _room.acquire(timeout=ROOM_WITHIN_S)
            self._child = _Child(self._stuck_s)
            state = pickle.dumps(self._tally)
            with self._asking(self._child) as child:
                child.send((_FRAME.pack(0, len(state)), state))
        name = os.fsencode(stream)
        with self._asking(self._child) as child:
            child.send((_FRAME.pack(len(name), len(block)), name, block))

    def finish(self) -> None:
        if self._child is None:
            self._tally.finish()
            return
        with self._asking(self._child) as child:
            child.send((_FRAME.pack(0, 0),))
            child.tell((self._tally.notes, self._tally.others))
            self._carries = child.value()

    def seen(self) -> Sequence[str]:
        if self._child is None:
            return self._tally.seen()
        with self._asking(self._child) as child:
            found: list[str] = child.value()
            return found

    def judged(self, frame: Window, known: Known) -> Judged:
        if self._child is None:
            return self._tally.judged(frame, known)
        with self._asking(self._child) as child:
            # Hour by hour, since nobody else can run while a value is pickled.
            child.tell((frame, replace(known, hours=()), len(known.hours)))
            for hour in known.hours:
                child.tell(hour)
            found: Judged = child.value()
            return found

    def batches(self) -> Iterator[str]:
        if self._child is None:
            yield from self._tally.batches()
            return
        while True:
            with self._asking(self._child) as child:
                batch: str = child.value()
            if not batch:
                return
            yield batch

    def close(self) -> None:
        """End the process, if it still runs."""
        child, self._child = self._child, None
        if child:
            child.close()
        if self._has_room:
            self._has_room = False
            _room.release()

    @contextmanager
    def _asking(self, child: "_Child") -> Iterator["_Child"]:
        try:
            yield child
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
        environment["OPENBLAS_NUM_THREADS"] = "1"  # nobody multiplies matrices; to start threads for it takes as long as all else of numpy
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

    def tell(self, value: object) -> None:
        """Write a value; see `send`."""
        data = pickle.dumps(value)
        self.send((_LENGTH.pack(len(data)), data))

    def value(self) -> Any:
        """Read the next value that the process says.

        Raises:
            EOFError: it said nothing, or not all of it.
            TimeoutError: it takes too long.
        """
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        return pickle.loads(self._read(length))  # noqa: S301 - from our own process

    def _read(self, length: int) -> bytes:
        found = bytearray()
        while len(found) < length:
            self._wait(self._from, select.POLLIN)
            read = os.read(self._from, min(length - len(found), _PIPE))
            if not read:
                raise EOFError
            found += read
        return bytes(found)

    def close(self) -> None:
        """End the process: it does so by itself when nobody talks to it any more, unless it is stuck."""
        os.close(self._to)
        os.close(self._from)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_PATIENCE_AT_END_S)
        self.process.kill()
        self.process.wait()

    def _wait(self, fd: int, event: int) -> None:
        waiting = select.poll()
        waiting.register(fd, event)
        if not waiting.poll(self._patience_ms):
            raise TimeoutError


def serve() -> None:
    """Count what comes on the standard input, and answer on the standard output; the other side closing either ends this."""
    with suppress(OSError):
        os.nice(_NICE)
    source = sys.stdin.buffer
    state = _frame(source)
    if state is None:
        return
    tally: Tally = pickle.loads(state[1])  # noqa: S301 - from our own parent
    import_module("numpy")  # once, for the fork as well
    apart = CountingApart(tally, partial(_answer, sys.stdout.fileno()))
    os.close(sys.stdout.fileno())  # it is the fork that answers
    with suppress(BrokenPipeError):  # the fork has ended, and said why if it could; the daemon sees that nobody answers
        while (found := _frame(source)) is not None:
            if found == ("", b""):
                apart.end()
                _pass_on(source, apart)
                break
            apart.add(found[1], found[0])
    apart.close()


def _pass_on(source: IO[bytes], apart: CountingApart) -> None:
    while len(head := source.read(_LENGTH.size)) == _LENGTH.size:
        apart.pass_on(source.read(*_LENGTH.unpack(head)))


def _answer(sink: int, tally: Tally, value: Callable[[], Any]) -> None:
    """Say what was counted, piece by piece: the daemon can do nothing else while it unpickles one."""
    with os.fdopen(sink, "wb") as file:

        def say(told: object) -> None:
            data = pickle.dumps(told)
            file.write(_LENGTH.pack(len(data)) + data)
            file.flush()

        notes, others = value()
        tally.note(notes)
        tally.count_others(others - tally.others)
        tally.finish()
        say(tally.carries())
        say(tally.seen())
        frame, known, hours = value()
        known = replace(known, hours=tuple(value() for _ in range(hours)))
        say(tally.judged(frame, known))
        for batch in tally.batches():
            say(batch)
        say("")


def _frame(source: IO[bytes]) -> tuple[str, bytes] | None:
    """Read a stream's name and a block; None when the other side has closed."""
    head = source.read(_FRAME.size)
    if len(head) < _FRAME.size:
        return None
    name_length, length = _FRAME.unpack(head)
    name, data = source.read(name_length), source.read(length)
    return (os.fsdecode(name), data) if len(data) == length else None
