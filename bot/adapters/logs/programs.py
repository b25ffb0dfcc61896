"""Programs whose output is read: started without a shell, watched by the clock, and ended with all that they started."""

import io
import os
import secrets
import select
import signal
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from bot.ports.errors import Unavailable

COMPLAINT = 300  # characters of what a program wrote on standard error that people are shown
KEPT = 4096  # bytes kept of that, the last
MARK = "CHATOPSD_STARTED"  # a variable that all that a program starts inherits, whatever session it goes into
_LOOK_S = 0.05
_READ = 1 << 16
_READS = 16


class Program:
    """A program that runs while this is entered. `output` is what it prints.

    Args:
        argv: the program and its arguments.
        limit_s: how long it may run in all; None for no limit. Of one with a limit that did not end by itself nothing is left, wherever it went.
        silence_s: how long it may print nothing; None for no limit.
        hidden: names of variables that it is not given.
        variables: what it is given besides ours.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        limit_s: float | None = None,
        silence_s: float | None = None,
        hidden: Collection[str] = (),
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.name = argv[0]
        self._argv = list(argv)
        self._limit_s = limit_s
        self._silence_s = silence_s
        self._mark = secrets.token_hex(8)
        ours = {name: value for name, value in os.environ.items() if name not in hidden}
        self._environment = ours | dict(variables or {}) | {MARK: self._mark}

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            Unavailable: it can't be started.
        """
        try:
            self._process = subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise Unavailable(f"{self.name} can't be started: {getattr(error, 'strerror', None) or error}.") from error
        self._deadline = None if self._limit_s is None else monotonic() + self._limit_s
        assert self._process.stdout is not None  # noqa: S101 - they are pipes
        assert self._process.stderr is not None  # noqa: S101
        self._pipe, self._complaints = self._process.stdout, self._process.stderr
        os.set_blocking(self._complaints.fileno(), False)
        self._complained = b""
        self._complains = True
        self.output = io.BufferedReader(_Timely(self._pipe.fileno(), self), buffer_size=1 << 17)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End it, and what it started, if it still runs."""
        is_cut_off = kind is not None or self._process.poll() is None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if is_cut_off and self._limit_s is not None:
            self._end_what_it_started()
        self._pipe.close()
        self._complaints.close()

    def exit_code(self) -> int:
        """Wait for its end, once its output was read, and return its exit code.

        Raises:
            Unavailable: it closed its output, and does not end in its time.
        """
        until = self._until()
        while True:
            self._listen()
            try:
                return self._process.wait(_LOOK_S)
            except subprocess.TimeoutExpired:
                if until is not None and monotonic() > until:
                    raise self._too_slow() from None

    def complaint(self) -> str:
        """Return the last line that it wrote on standard error, kept short; "" for none."""
        for _ in range(_READS):  # others may go on writing
            if not self._listen():
                break
        lines = self._complained.decode("utf-8", "replace").split("\n")
        return next((line.strip()[:COMPLAINT] for line in reversed(lines) if line.strip()), "")

    def wait_for_output(self, fd: int) -> None:
        """Return when there is something to read.

        Raises:
            Unavailable: its time is up.
        """
        until = self._until()
        poll = select.poll()  # not select(): that can't watch a number above 1023
        poll.register(fd, select.POLLIN)
        if self._complains:
            poll.register(self._complaints.fileno(), select.POLLIN)
        while True:
            ready = {each for each, _ in poll.poll(None if until is None else max(0.0, until - monotonic()) * 1000)}
            if self._complaints.fileno() in ready:
                self._listen()
                if not self._complains:
                    poll.unregister(self._complaints.fileno())
            if fd in ready:
                return
            if until is not None and monotonic() >= until:
                raise self._too_slow()

    def _until(self) -> float | None:
        """Return by when it must have printed something, or ended."""
        limits = [None if self._silence_s is None else monotonic() + self._silence_s, self._deadline]
        return min((limit for limit in limits if limit is not None), default=None)

    def _listen(self) -> bool:
        """Read what it wrote on standard error, of which only the end is kept; say whether there was something."""
        try:
            found = os.read(self._complaints.fileno(), _READ) if self._complains else b""
        except BlockingIOError:
            return False
        self._complains = self._complains and bool(found)
        self._complained = (self._complained + found)[-KEPT:]
        return bool(found)

    def _too_slow(self) -> Unavailable:
        limit = self._limit_s if self._limit_s is not None else self._silence_s
        said = f" It says: {self.complaint()}" if self.complaint() else ""
        return Unavailable(f"{self.name} was ended: it took longer than {limit:g} s.{said}")

    def _end_what_it_started(self) -> None:
        """End what left its session, and so was not ended with it."""
        ended: set[int] = set()
        while found := set(_marked(f"{MARK}={self._mark}".encode())) - ended:  # until none of them has started another one
            for pid in found:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            ended |= found


def _marked(mark: bytes) -> Iterator[int]:
    """Yield the processes that were given a variable, where the system tells."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is not ours
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)


class _Timely(io.RawIOBase):
    """A pipe that is read within a program's time."""

    def __init__(self, fd: int, program: Program) -> None:
        self._fd = fd
        self._program = program

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._program.wait_for_output(self._fd)
        return os.readv(self._fd, [buffer])
