"""Log sources: what a watch reads, and where it goes on next time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.core.judging import Judged, Known
from bot.core.lines import LONGEST_LINE as LONGEST_LINE
from bot.core.lines import block_of as block_of
from bot.core.lines import lines_of
from bot.core.windows import Window


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where reading goes on. `stream` names one file (or other stream) of the source; `position` is the source's own JSON. An empty one says that the stream is
    over: its checkpoint is forgotten.

    `carry` is the engine's, not the source's: which event the last line (of each writer) belongs to, so that the rest of its stack trace is no new error.
    """

    stream: str
    position: Mapping[str, Any]
    carry: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Complete lines of one stream, in order, and the checkpoint behind the last of them. `notes` are words for people (a gap, a refusal).

    `data` holds the lines as they were written, each ended by a newline, none longer than `LONGEST_LINE`; `block_of` makes it of single lines.
    It is empty when only the checkpoint or a note is news. `others` counts further lines, none of them an error, which the source counted and does not give.
    `unreadable` says, each time, what still can't be read since the last time, while the rest of the source can.
    `writers` says, where the lines of several stand in it one after another, whose they are and how many bytes: an event is continued by its own writer only.
    `unread_since` says that reading broke off, and where: what was written since then waits for the next read, and a note or `unreadable` says why.
    """

    data: bytes
    checkpoint: Checkpoint
    notes: tuple[str, ...] = ()
    others: int = 0
    unreadable: tuple[str, ...] = ()
    unread_since: datetime | None = None
    writers: tuple[tuple[str, int], ...] = ()

    @property
    def parts(self) -> Iterator[tuple[str, bytes]]:
        """The lines of each writer in turn; "" where the stream has but one."""
        at = 0
        for writer, size in self.writers or (("", len(self.data)),):
            yield writer, self.data[at : at + size]
            at += size

    @property
    def lines(self) -> list[str]:
        """The lines as text, for whoever wants them one by one."""
        return lines_of(self.data)


class LineCounter(Protocol):
    """Counts the blocks of one scan; see `bot.core.tally.Tally` for what each member promises.

    It is asked for `seen`, then `judged`, then `batches`, once each and after `finish`.

    Raises:
        Unavailable: from `add` and whatever comes after it: counting failed, and nothing may be written down.
    """

    def resume(self, carried: Mapping[str, str]) -> None: ...

    def carry(self, stream: str) -> str: ...

    def add(self, block: bytes, stream: str = "") -> None: ...

    def count_others(self, lines: int) -> None: ...

    def note(self, notes: Iterable[str]) -> None: ...

    def finish(self) -> None: ...

    def seen(self) -> Sequence[str]: ...

    def judged(self, frame: Window, known: Known) -> Judged: ...

    def batches(self) -> Iterator[str]: ...

    def close(self) -> None: ...


class LogSource(Protocol):
    """Something that holds log lines."""

    def read(self, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Batch]:
        """Yield what is new since `checkpoints` (stream → checkpoint), in pieces of bounded size.

        Reading changes nothing: the same checkpoints yield the same lines again, and lines that come later after them. A partial last line waits.

        Raises:
            Unavailable: nothing can be read now.
        """
