"""Interleaved writers: log sources that put a header in front of every line (journald, containers, syslog), also in front of those of one stack trace.

There the lines of a trace are entries of their own, with those of other writers between them. Here what goes on with an event is put behind it, without its
header, as it would stand in a file.
"""

from dataclasses import dataclass, field

from bot.core.events import APART, Event, may_go_on


@dataclass(slots=True)
class _Record:
    """What one writer wrote last, and what of it was not taken yet."""

    message: bytes
    lines: list[bytes] = field(default_factory=list)
    event: Event | None = None  # made when somebody asks: most records are one line, and no other goes on with them

    def takes(self, message: bytes) -> bool:
        """Take in a message that goes on with this record; say whether it does."""
        first, *others = message.split(b"\n")
        if not may_go_on(first) or not self.as_event().takes(first):
            return False
        self.event = _followed(self.as_event(), others)
        self.lines.append(message)
        return True

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
        event, _, writer = carried.partition("|")
        found = Event.from_text(event) if event else None
        self._open = {writer: _Record(b"", event=found)} if found else {}
        self._done: list[bytes] = []

    def add(self, writer: str, header: bytes, message: bytes) -> None:
        """Add what a writer wrote next: one line or several, without the last newline."""
        record = self._open.pop(writer, None)
        if record is None:
            record = _Record(message, [header + message])
        elif APART.match(message) or not record.takes(message):
            self._done += record.lines
            record.message, record.lines, record.event = message, [header + message], None
        self._open[writer] = record  # the one that was written to last is the last one

    def follow(self, line: bytes) -> None:
        """Add a line of which nobody knows who wrote it: it goes with the line before it."""
        writer, record = self._open.popitem() if self._open else ("", _Record(b""))
        if not record.as_event().takes(line):
            record.event = Event.begin(line)
        record.lines.append(line)
        self._open[writer] = record

    def take(self, keeps_open: bool = False) -> bytes:
        """Return the lines that were added since the last time.

        Args:
            keeps_open: keep back what may still go on. Otherwise all of it is returned, and only what was written to last may go on.
        """
        lines, self._done = self._done, []
        if not keeps_open:
            lines += [line for record in self._open.values() for line in record.lines]
            self._open = dict([*self._open.items()][-1:])
            for record in self._open.values():
                record.lines = []
                record.as_event().lines = []
        return b"".join(line + b"\n" for line in lines)

    @property
    def carried(self) -> str:
        """What is to be known when reading goes on later: who wrote last, and what may go on with it."""
        return next((f"{record.as_event().as_text()}|{writer}" for writer, record in self._open.items()), "")


def _followed(event: Event, lines: list[bytes]) -> Event:
    """Return the event that is open behind further lines of its message."""
    for line in lines:
        if not event.takes(line):
            event = Event.begin(line)
    return event
