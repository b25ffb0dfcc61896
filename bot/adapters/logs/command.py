"""A program's output as a log: run at each read, counted only when it did its work.

Two kinds. A program that prints what is new (`{since}` in an argument becomes the time of the last run): all of it counts. A program that prints again what
it printed before (`overlaps`): it is known again by hashes of lines, the end of what was read is looked for in the new output, and only what stands behind
it counts; its very first run only finds that end. Both together make `{since}` exact, which alone is not: what a program prints of the time around its start
it may print twice.
"""

import re
import tempfile
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import IO, Any

from bot.adapters.logs.positions import unreadable
from bot.adapters.logs.programs import Program
from bot.adapters.logs.streams import blocks
from bot.core.lines import LONGEST_LINE, without_nuls
from bot.core.sources import CommandSource
from bot.ports.clock import Clock
from bot.ports.errors import Unavailable
from bot.ports.logs import Batch, Checkpoint

STREAM = "command"
SINCE = "{since}"
TAIL = 64  # lines by whose hashes the end of the last output is looked for
IN_MEMORY = 4 << 20  # bytes of output; what is more waits on the disk
_CHUNK = 1 << 16
_MB = 1_000_000
_LOOKED_AT = 2048  # bytes of a line in which its time is looked for
_TIME = re.compile(rb"[0-9]{1,2}:[0-9]{2}:[0-9]{2}|(?<![0-9])1[0-9]{9}")
_REPEATS = "Its lines repeat, so that which of them are new can't be told: let it print the time of each line."


@dataclass(frozen=True, slots=True)
class Printed:
    """What was read of an output: how many lines, a hash of all of them in order, and the hashes of the last ones."""

    lines: int = 0
    whole: str = ""
    tail: tuple[str, ...] = ()

    def then(self, lines: Iterable[bytes]) -> "Printed":
        """Return it with more lines."""
        count, whole, tail = self.lines, self.whole, deque(self.tail, TAIL)
        for line in lines:
            digest = _hash(line)
            count, whole = count + 1, _hash((whole + digest).encode())
            tail.append(digest)
        return Printed(count, whole, tuple(tail))

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {"lines": self.lines, "whole": self.whole, "tail": list(self.tail)}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Printed":
        """Read what `as_json` wrote.

        Raises:
            Unavailable: it has another form.
        """
        lines, whole, tail = body.get("lines", 0), body.get("whole", ""), body.get("tail", [])
        if not (isinstance(lines, int) and isinstance(whole, str) and isinstance(tail, list)):
            raise unreadable("lines, whole or tail")
        return cls(lines, whole, tuple(tail))


class CommandLogSource:
    """What a program prints on standard output: one stream.

    Args:
        hidden: names of variables that it is not given: our own secrets.
    """

    def __init__(self, source: CommandSource, clock: Clock, hidden: Collection[str] = ()) -> None:
        self._source = source
        self._clock = clock
        self._hidden = hidden

    def read(self, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Batch]:
        """See `bot.ports.logs.LogSource.read`."""
        now = self._clock.now().astimezone(UTC)
        saved = checkpoints[STREAM].position if STREAM in checkpoints else {}
        since = _since(saved) or now
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            if self._source.overlaps:
                sieve = self._sieve(file, saved)
                self._run(sieve.take, since)
                notes = (f"{self._printed_more} that is new: what came behind is read the next time.",) if sieve.is_cut else ()
                yield from _what_is_new(_Output(file), sieve, saved, now, notes)
            else:
                is_all = self._run(_All(file, self._limit).take, since)
                notes = () if is_all else (f"{self._printed_more}: it was ended, and what came behind is not read.",)
                yield from _all_of_it(_Output(file), saved, now, notes)

    @property
    def _printed_more(self) -> str:
        return f"{self._source.argv[0]} printed more than {self._source.output_mb} MB"

    @property
    def _limit(self) -> int:
        return self._source.output_mb * _MB

    def _sieve(self, file: IO[bytes], saved: Mapping[str, Any]) -> "_Sieve":
        # What is printed again when the same is asked for begins with the same line; else an equal line without a time is another one.
        asks_anew = any(SINCE in word for word in self._source.argv) and not saved.get("is_cut")
        before = Printed.from_json(saved) if "lines" in saved else None
        return _Sieve(file, self._limit, before, is_bounded=asks_anew)

    def _run(self, take: Callable[[Program], bool], since: datetime) -> bool:
        """Run it, and let what it prints be taken; say whether all was.

        Args:
            take: reads its output; False when that is enough, and it is ended.

        Raises:
            Unavailable: it could not be started, took too long, or ended with an exit code that means that it failed.
        """
        argv = [word.replace(SINCE, since.strftime("%Y-%m-%dT%H:%M:%SZ")) for word in self._source.argv]
        with Program(argv, limit_s=self._source.timeout.total_seconds(), hidden=self._hidden) as program:
            if not take(program):
                return False
            code, complaint = program.exit_code(), program.complaint()
        if code not in self._source.exit_codes:
            ended = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            raise Unavailable(
                f"{program.name} {ended}, so nothing of its output is counted." + (f" It says: {complaint}" if complaint else "")
            )
        return True


class _All:
    """Keeps all that is printed, up to a limit in bytes."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self._file = file
        self._left = limit

    def take(self, program: Program) -> bool:
        """Read what is printed, to its end or up to the limit; say which."""
        while piece := program.output.read1(_CHUNK):
            self._file.write(piece[: self._left])
            if len(piece) > self._left:
                return False
            self._left -= len(piece)
        return True


class _Sieve:
    """Keeps of what is printed the complete lines that stand behind the end of the last output, up to a limit in bytes.

    The output may hold all of the last one from its first line on; or the last lines of it, somewhere; or begin within those.

    Args:
        before: what was printed the last time; None when there was no last time, and only the end of this is looked for.
        is_bounded: it was asked for what came since then. Then it prints of the last output no more than that of a moment: equal lines are the same ones
            only where one of them says when.

    Attributes:
        count: how many lines were looked at; none only where nothing was printed.
        start: what stands before what is kept.
        is_found: whether the end of the last output was.
        is_ambiguous: whether it may as well have been another one.
        is_cut: whether lines are missing at the end.
    """

    def __init__(self, file: IO[bytes], limit: int, before: Printed | None, *, is_bounded: bool) -> None:
        self.start = Printed()
        self.is_found = self.is_ambiguous = self.is_cut = False
        self.count = 0
        self._file = file
        self._limit = self._left = limit
        self._before = before
        self.is_bounded = is_bounded
        self._wanted = list(before.tail) if before else []
        self._is_whole = self._is_known_by_all = False
        self._whole = ""
        self._tail: deque[str] = deque(maxlen=TAIL)
        self._lines: deque[bytes] = deque(maxlen=TAIL)

    def take(self, program: Program) -> bool:
        """Read what is printed, to its end or until more of it is new than is kept; say which."""
        while line := program.output.readline(LONGEST_LINE):
            if not line.endswith(b"\n") and len(line) < LONGEST_LINE:
                break
            self._take(line)
            if self.is_cut and self.is_found:
                return False
        if self._before is None:
            self._begin_behind()
        return True

    def _take(self, line: bytes) -> None:
        if self._is_whole:
            self._keep(line)
            return
        digest = _hash(line)
        self.count, self._whole = self.count + 1, _hash((self._whole + digest).encode())
        self._tail.append(digest)
        if self.is_bounded:
            self._lines.append(line[:_LOOKED_AT])
        if self._before is None:
            return
        if (self.count, self._whole) == (self._before.lines, self._before.whole) and self._says_when():
            self._is_whole, self.is_ambiguous = True, False
            self._begin_behind()
        elif self._is_end_of_last() and self._says_when():
            self.is_ambiguous = self._is_known_by_all
            self._is_known_by_all = len(self._tail) >= len(self._wanted)
            self._begin_behind()
        elif not self.is_cut:
            self._keep(line)

    def _is_end_of_last(self) -> bool:
        if not self._wanted or self._tail[-1] != self._wanted[-1]:
            return False
        return list(self._tail)[-len(self._wanted) :] == self._wanted[-len(self._tail) :]

    def _says_when(self) -> bool:
        return not self.is_bounded or any(map(_TIME.search, self._lines))

    def _begin_behind(self) -> None:
        self.start = Printed(self.count, self._whole, tuple(self._tail))
        self.is_found, self.is_cut, self._left = True, False, self._limit
        self._file.seek(0)
        self._file.truncate()

    def _keep(self, line: bytes) -> None:
        self.is_cut = len(line) > self._left < self._limit
        if not self.is_cut:
            self._file.write(line)
            self._left -= len(line)


class _Output:
    """What was printed, read as a file is."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = file.seek(0, 2)

    def read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(length)

    def lines(self) -> Iterator[bytes]:
        """Yield each line with its line end; one that is too long in pieces, of which only the last has one."""
        self._file.seek(0)
        while line := self._file.readline(LONGEST_LINE):
            yield line


def _since(saved: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(saved["since"]).astimezone(UTC) if saved.get("since") else None
    except (TypeError, ValueError):
        raise unreadable("since") from None


def _all_of_it(output: _Output, saved: Mapping[str, Any], now: datetime, notes: tuple[str, ...]) -> Iterator[Batch]:
    before, after = (Checkpoint(STREAM, dict(position)) for position in (saved, {"since": now.isoformat()}))
    for block, _ in blocks(output, 0, takes_rest=True):
        yield Batch(block, before)
    yield Batch(b"", after, notes)


def _what_is_new(output: _Output, sieve: _Sieve, saved: Mapping[str, Any], now: datetime, notes: tuple[str, ...]) -> Iterator[Batch]:
    """Yield what the sieve kept. A partial last line waits: the next run prints all of it. What was cut off is asked for again."""
    before, seen = Printed.from_json(saved), sieve.start
    since = saved.get("since") or now.isoformat()
    if before.lines and sieve.count and not sieve.is_found and not sieve.is_bounded:
        notes += ("Nothing of what was printed the last time is printed this time: lines in between may be missing.",)
    if sieve.is_ambiguous:
        notes += (_REPEATS,)
    for lines in _groups(output):
        seen = seen.then(lines)
        data = without_nuls(b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines))
        yield Batch(data, Checkpoint(STREAM, {**seen.as_json(), "since": since}))
    latest = seen if sieve.count else before  # nothing at all was printed: what was there may come back
    ended = {"since": since, "is_cut": True} if sieve.is_cut else {"since": now.isoformat()}
    yield Batch(b"", Checkpoint(STREAM, {**latest.as_json(), **ended}), notes)


def _groups(output: _Output) -> Iterator[list[bytes]]:
    """Yield the complete lines, some at a time, a long one in pieces."""
    group: list[bytes] = []
    size = 0
    for line in output.lines():
        group.append(line)
        size += len(line)
        if size >= LONGEST_LINE:
            yield group
            group, size = [], 0
    if group:
        yield group


def _hash(line: bytes) -> str:
    return blake2b(line, digest_size=8).hexdigest()
