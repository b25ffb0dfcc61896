"""Interleaved writers: log sources that put a header in front of every line (journald, containers, syslog), also in front of those of one stack trace.

There the lines of a trace are entries of their own, with those of other writers between them. Here what goes on with an event is put behind it, without its
header, as it would stand in a file.
"""

import json
from dataclasses import dataclass, field
from itertools import chain
from zlib import crc32

from bot.core.events import APART, Event, may_go_on
from bot.core.lines import block_of

MOST_WRITERS = 20  # of whose traces is known, when reading goes on later, what may go on with them: those that wrote last
PLACES = 1024  # under whose names writers are counted that may go on; each is used again by others, so that what is open in them is bounded
_PLACE = "\nplace "  # no path or pod is called so
MOST_OPEN = 2000  # writers whose last message is kept back, and bytes of all of these
MOST_OPEN_BYTES = 8 << 20


@dataclass(slots=True)
class _Record:
    """What one writer wrote last, and what of it was not taken yet."""

    message: bytes
    lines: list[bytes] = field(default_factory=list)
    event: Event | None = None  # made when somebody asks: most records are one line, and no other goes on with them
    is_taken: bool = False  # its beginning was: whatever goes on with it comes before what is new

    def takes(self, message: bytes) -> bool:
        """Take in a message if it goes on with this record; say whether it does."""
        first, *others = message.split(b"\n")
        if not may_go_on(first) or not self.as_event().takes(first):
            return False
        self.event = _followed(self.as_event(), others)
        return True

    @property
    def is_trace(self) -> bool:
        return self.event is not None and self.event.is_trace

    def as_event(self) -> Event:
        if self.event is None:
            first, *others = self.message.split(b"\n")
            self.event = _followed(Event.begin(first), others)
        return self.event


class Interleaved:
    """Puts the messages of several writers in order, each behind what it goes on with. Lines are neither lost nor made.

    Args:
        carried: what `carried` said when the messages before these were taken.
    """

    def __init__(self, carried: str = "") -> None:
        self._open: dict[str, _Record] = {}  # the one that was written to last is the last one
        for writer, text in _carried(carried):
            event = Event.from_text(text)
            if event:
                self._open[writer] = _Record(b"", event=event, is_taken=True)
        self._last = next(reversed(self._open), "")  # who wrote what was taken last
        self._rests: dict[str, list[bytes]] = {}  # lines that go on with what was taken, by writer
        self._done: list[bytes] = []

    def add(self, writer: str, header: bytes, message: bytes) -> None:
        """Add what a writer wrote next: one line or several, without the last newline."""
        record = self._open.pop(writer, None)
        if record is None:
            record = _Record(message, [header + message])
        elif APART.match(message) or not record.takes(message):
            self._done += record.lines
            record.message, record.lines, record.event, record.is_taken = message, [header + message], None, False
        else:
            self._lines_behind(writer, record).append(message)
        self._open[writer] = record

    def follow(self, line: bytes) -> None:
        """Add a line of which nobody knows who wrote it: it goes with the line before it."""
        writer, record = self._open.popitem() if self._open else ("", _Record(b""))
        if not record.as_event().takes(line):
            record.event, record.is_taken = Event.begin(line), False
        self._lines_behind(writer, record).append(line)
        self._open[writer] = record

    def take(self, keeps_open: bool = False) -> bytes:
        """Return the lines that were added since the last time.

        Args:
            keeps_open: keep back what may still go on, of as many writers as there is room for. Otherwise all of it is returned.
        """
        lines = [*self._rests.pop(self._last, ()), *chain.from_iterable(self._rests.values()), *self._done]
        self._rests, self._done = {}, []
        if keeps_open:
            size = sum(len(line) for record in self._open.values() for line in record.lines)
            while len(self._open) > MOST_OPEN or (size > MOST_OPEN_BYTES and self._open):
                record = self._open.pop(next(iter(self._open)))
                size -= sum(map(len, record.lines))
                lines += record.lines
            if lines:  # nothing may come before these any more
                self._open = {writer: record for writer, record in self._open.items() if not record.is_taken}
        else:
            records = sorted(self._open.items(), key=lambda item: item[1].is_trace)  # a trace stands last, where its further lines will
            lines += [line for _, record in records for line in record.lines]
            # What else goes on with one line may be an event of its own, and would be taken for the end of another.
            self._open = dict([each for each in records if each[1].is_trace][-MOST_WRITERS:] or records[-1:])
            self._last = next(reversed(self._open), "")
            self._let_go()
        return block_of(lines)

    def take_by_writer(self) -> list[tuple[str, bytes]]:
        """Return the lines that were added since the last time, in parts, each with a name: what goes on with it comes in later parts of that name.

        Nothing goes on with the part that has no name. Of many writers what may go on is known of those that wrote last.
        """
        kept = {_place_of(writer): writer for writer in [*self._open][-MOST_WRITERS:]}  # of two with one place the one that wrote last
        parts: dict[str, list[bytes]] = {"": self._done}
        for writer, lines in self._rests.items():
            parts.setdefault(_place_of(writer), []).extend(lines)
        for writer, record in sorted(self._open.items(), key=lambda item: item[1].is_trace):
            place = _place_of(writer)
            parts.setdefault(place if kept.get(place) == writer else "", []).extend(record.lines)
        self._rests, self._done = {}, []
        self._open = {writer: record for writer, record in self._open.items() if kept.get(_place_of(writer)) == writer}
        self._let_go()
        return [(name, block_of(lines)) for name, lines in parts.items() if lines]

    def _let_go(self) -> None:
        """Forget the lines of what is open, but for what tells which ones go on with it."""
        for record in self._open.values():
            record.lines, record.is_taken = [], True
            record.as_event().let_go()

    @property
    def is_open(self) -> bool:
        """Whether anything may go on with what was added."""
        return bool(self._open)

    @property
    def carried(self) -> str:
        """What is to be known when reading goes on later: who wrote last, and what may go on with it."""
        return json.dumps([[writer, record.as_event().as_text()] for writer, record in self._open.items()]) if self._open else ""

    def _lines_behind(self, writer: str, record: _Record) -> list[bytes]:
        """Return where a line stands that goes on with a record."""
        return self._rests.setdefault(writer, []) if record.is_taken else record.lines


def is_in_order(name: str) -> bool:
    """Say, of the name of a part or what ends with it, whether its lines were put in order by who wrote them, and need no second look for that."""
    return _PLACE in name


def _place_of(writer: str) -> str:
    return f"{_PLACE}{crc32(writer.encode()) % PLACES}"


def _carried(text: str) -> list[tuple[str, str]]:
    """Return the writers of `Interleaved.carried`, and what is known of them; an earlier version kept the last one only."""
    if text.startswith("["):
        return [(writer, event) for writer, event in json.loads(text)]
    event, _, writer = text.partition("|")
    return [(writer, event)] if event else []


def _followed(event: Event, lines: list[bytes]) -> Event:
    """Return the event that is open behind further lines of its message."""
    for line in lines:
        if not event.takes(line):
            event = Event.begin(line)
    return event
