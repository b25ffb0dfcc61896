"""A program's output as a log: run at each read, counted only when it did its work.

Two kinds. A program that prints what is new (`{since}` in an argument becomes the time of the last run): all of it counts. A program that prints again what
it printed before (`overlaps`): it is known again by hashes of lines, the end of what was read is looked for in the new output, and only what stands behind
it counts; its very first run only finds that end. Both together make `{since}` exact, which alone is not: what a program prints of the time around its start
it may print twice.
"""

import tempfile
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import IO, Any

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
        """Read what `as_json` wrote."""
        return cls(int(body.get("lines", 0)), str(body.get("whole", "")), tuple(body.get("tail", ())))


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
        since = datetime.fromisoformat(saved["since"]) if saved.get("since") else now
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
            notes = self._run(file, since)
            output = _Output(file)
            if self._source.overlaps:
                yield from _what_is_new(output, saved, now, notes, is_bounded=any(SINCE in word for word in self._source.argv))
            else:
                yield from _all_of_it(output, saved, now, notes)

    def _run(self, file: IO[bytes], since: datetime) -> tuple[str, ...]:
        """Run it, keep what it prints, and return what people should know of it.

        Raises:
            Unavailable: it could not be started, took too long, or ended with an exit code that means that it failed.
        """
        limit = self._source.output_mb * _MB
        argv = [word.replace(SINCE, since.strftime("%Y-%m-%dT%H:%M:%SZ")) for word in self._source.argv]
        size = 0
        with Program(argv, limit_s=self._source.timeout.total_seconds(), hidden=self._hidden) as program:
            while piece := program.output.read1(_CHUNK):
                file.write(piece[: limit - size])
                size += len(piece)
                if size > limit:
                    return (
                        f"{program.name} printed more than {self._source.output_mb} MB: it was ended, and what came behind is not read.",
                    )
            code, complaint = program.exit_code(), program.complaint()
        if code not in self._source.exit_codes:
            ended = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            raise Unavailable(
                f"{program.name} {ended}, so nothing of its output is counted." + (f" It says: {complaint}" if complaint else "")
            )
        return ()


class _Output:
    """What was printed, read as a file is."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = file.seek(0, 2)

    def read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(length)

    def lines(self, offset: int) -> Iterator[bytes]:
        """Yield each complete line with its line end; one that is too long in pieces, of which only the last has one."""
        self._file.seek(offset)
        while line := self._file.readline(LONGEST_LINE):
            if not line.endswith(b"\n") and len(line) < LONGEST_LINE:
                return
            yield line


def _all_of_it(output: _Output, saved: Mapping[str, Any], now: datetime, notes: tuple[str, ...]) -> Iterator[Batch]:
    before, after = (Checkpoint(STREAM, dict(position)) for position in (saved, {"since": now.isoformat()}))
    for block, _ in blocks(output, 0, takes_rest=True):
        yield Batch(block, before)
    yield Batch(b"", after, notes)


def _what_is_new(output: _Output, saved: Mapping[str, Any], now: datetime, notes: tuple[str, ...], *, is_bounded: bool) -> Iterator[Batch]:
    """Yield what stands behind the end of the last output. A partial last line waits: the next run prints all of it.

    Args:
        is_bounded: it was asked for what came since the last run: that nothing of that run's output is printed again is nothing odd.
    """
    before = Printed.from_json(saved)
    begins = "lines" not in saved
    seen, offset = (Printed(), 0) if begins else _find(output, before)
    if before.lines and output.size and not offset and not is_bounded:
        notes += ("Nothing of what was printed the last time is printed this time: lines in between may be missing.",)
    for lines in _groups(output, offset):
        seen = seen.then(lines)
        position = {**seen.as_json(), "since": saved.get("since") or now.isoformat()}
        yield Batch(
            b"" if begins else without_nuls(b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines)),
            Checkpoint(STREAM, position),
        )
    latest = seen if output.size else before  # nothing at all was printed: what was there may come back
    yield Batch(b"", Checkpoint(STREAM, {**latest.as_json(), "since": now.isoformat()}), notes)


def _find(output: _Output, before: Printed) -> tuple[Printed, int]:
    """Find the place behind what was read before, and return what stands before it, with its offset; nothing and 0 when it is not there.

    The output may hold all of it from its first line on; or the last lines of it, somewhere; or begin within those.
    """
    count, whole, offset = 0, "", 0
    tail: deque[str] = deque(maxlen=max(1, len(before.tail)))
    wanted = list(before.tail)
    found = (Printed(), 0)
    for line in output.lines(0):
        digest = _hash(line)
        count, whole, offset = count + 1, _hash((whole + digest).encode()), offset + len(line)
        tail.append(digest)
        if count == before.lines and whole == before.whole:
            return before, offset
        if wanted and digest == wanted[-1] and list(tail) == wanted[-len(tail) :]:
            found = (Printed(count, whole, tuple(tail)), offset)
    return found


def _groups(output: _Output, offset: int) -> Iterator[list[bytes]]:
    """Yield the complete lines from `offset` on, some at a time, a long one in pieces."""
    group: list[bytes] = []
    size = 0
    for line in output.lines(offset):
        group.append(line)
        size += len(line)
        if size >= LONGEST_LINE:
            yield group
            group, size = [], 0
    if group:
        yield group


def _hash(line: bytes) -> str:
    return blake2b(line, digest_size=8).hexdigest()
