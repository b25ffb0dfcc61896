"""Programs whose output is read: started without a shell, watched by the clock, and ended with all that they started."""

import io
import os
import select
import signal
import subprocess
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import Self

from bot.ports.errors import Unavailable

COMPLAINT = 300  # characters of what a program wrote on standard error that people are shown
END_S = 5.0  # a program that has closed its output has this long to end


class Program:
    """A program that runs while this is entered. `output` is what it prints.

    Args:
        argv: the program and its arguments.
        limit_s: how long it may run in all; None for no limit.
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
        self._environment = {name: value for name, value in os.environ.items() if name not in hidden} | dict(variables or {})

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            Unavailable: it can't be started.
        """
        self._complaints = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                env=self._environment,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            self._complaints.close()
            raise Unavailable(f"{self.name} can't be started: {getattr(error, 'strerror', None) or error}.") from error
        self._deadline = None if self._limit_s is None else monotonic() + self._limit_s
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        self._pipe = self._process.stdout
        self.output = io.BufferedReader(_Timely(self._pipe.fileno(), self), buffer_size=1 << 17)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End it, and what it started, if it still runs."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._pipe.close()
        self._complaints.close()

    def exit_code(self) -> int:
        """Wait for its end, once its output was read, and return its exit code.

        Raises:
            Unavailable: it closed its output, and does not end.
        """
        left = END_S if self._deadline is None else max(0.1, min(END_S, self._deadline - monotonic()))
        try:
            return self._process.wait(left)
        except subprocess.TimeoutExpired:
            raise self._too_slow() from None

    def complaint(self) -> str:
        """Return the last line that it wrote on standard error, kept short; "" for none."""
        size = self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, size - 4096))
        lines = self._complaints.read().decode("utf-8", "replace").split("\n")
        return next((line.strip()[:COMPLAINT] for line in reversed(lines) if line.strip()), "")

    def wait_for_output(self, fd: int) -> None:
        """Return when there is something to read.

        Raises:
            Unavailable: its time is up.
        """
        limits = [self._silence_s, None if self._deadline is None else self._deadline - monotonic()]
        left = min((limit for limit in limits if limit is not None), default=None)
        poll = select.poll()  # not select(): that can't watch a number above 1023
        poll.register(fd, select.POLLIN)
        if not poll.poll(None if left is None else max(0.0, left) * 1000):
            raise self._too_slow()

    def _too_slow(self) -> Unavailable:
        limit = self._limit_s if self._limit_s is not None else self._silence_s
        said = f" It says: {self.complaint()}" if self.complaint() else ""
        return Unavailable(f"{self.name} was ended: it took longer than {limit or END_S:g} s.{said}")


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
