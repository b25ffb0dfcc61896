"""Events of several lines: where the stack trace behind an error line ends.

A line goes on with the event before it only for a reason: it is indented, or says `Caused by:`, `Traceback`, `goroutine` and the like. What begins
with a time stamp or a level begins an event of its own.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple
from zlib import crc32

MOST_LINES = 512
MOST_BYTES = 64 << 10

_WORDS = re.compile(
    rb"""Caused\ by:?\s | Suppressed:\s | Wrapped\ by:\s | Nested\ in:?\s | \.\.\.\ [0-9]+\ (?:more|common)
       | Traceback\ \(most\ recent | During\ handling\ of\ the | The\ above\ exception\ was
       | goroutine\ [0-9]+\ .*:$ | created\ by\ \S | \[signal\ | exit\ status\ [0-9]+$ | runtime\ stack:
       | at\ [\w$.<>/]+\( | (?:Stack|stack)\ ?(?:trace|backtrace|Trace):?\s*$ | note:\ run\ with | [#][0-9]+\ +\S
       | --->\ \S | ---\ End\ of | [A-Za-z_./-][\w./-]*\.rb:[0-9]+:in\  | [)\]}]+[;,]?\s*$
    """,
    re.VERBOSE,
)
_EXCEPTION = re.compile(
    rb"(?:Uncaught |Unhandled )?(?:[A-Za-z_$][\w$]*(?:\.|::|\\|/))*[A-Za-z_$][\w$]*(?:Exception|Error|Throwable|Fault)(?:\$\w+)?(?::|\s*$| \()"
)
_TRACEBACK = re.compile(rb"\s*(?:\+ )?(?:Exception Group )?Traceback \(most recent")
_LAST_OF_PYTHON = re.compile(rb"[A-Za-z_][\w.]*(?::\s|\s*$)")
_GO = re.compile(rb"panic:|fatal error:|goroutine [0-9]+ |\[signal ")
_TRACEBACK_OF_PYTHON = b"Traceback (most recent call last):"
_CHAINED = re.compile(rb"During handling of the |The above exception was")
_DIES = re.compile(rb"panic:|fatal error:")
_GO_FRAME = re.compile(rb"[A-Za-z_(*./][\w./*()\-\xc2\xb7\[\]{}@~%]+\(.*\)(?: in goroutine [0-9]+)?\s*$|created by \S")
_BLANKS = (b"", b" ", b"\t", b"\r")
_CALL = re.compile(
    rb"[A-Za-z_(*./][\w./*)\-\xc2\xb7\[\]{}@~%]*+\(|created by \S"
)  # what begins like a frame of Go, told in one pass whatever the line
_FOLLOWS = re.compile(b"(?x:%s)|%s" % (_WORDS.pattern, b"|".join(each.pattern for each in (_EXCEPTION, _LAST_OF_PYTHON, _GO, _CALL))))
# Bytes with which a line may begin that goes on with an event.
_BEGINS = rb" \t\r\n}\])#.\-\[A-Za-z_$(/*"
MAY_GO_ON = frozenset(b"".join(re.findall(rb"[%s]" % _BEGINS, bytes(range(256)))))
# Of the lines that begin with a word, a host or a key, those that say more behind it go on with nothing, but for what begins with one of these words.
_SAYS_MORE = rb"""(?!(?:Caused|Wrapped|Nested|Traceback|During|The|goroutine|created|exit|runtime|at|[Ss]tack|fatal|Uncaught|Unhandled)\ )
    [A-Za-z_][\w.\-]*+(?:=|\ ++[^\s(]) | -\ ++[^\s(] | \[(?!signal\ )[^\n]{7}"""
APART = re.compile(rb"[^%s] | %s" % (_BEGINS, _SAYS_MORE), re.VERBOSE)
"""Matches a line that goes on with no event, whatever the event; quick, and silent on some of which only `may_go_on` knows."""
_NEXT_APART = re.compile(rb"\n(?:[^%s] | %s)" % (_BEGINS, _SAYS_MORE), re.VERBOSE)
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LONGEST_KNOWN = 8 << 10  # bytes of a trace that is remembered
_REMEMBERED = 256  # traces
# A line that begins an event of its own, even indented: a time, a date, a level.
_RECORD = re.compile(
    rb"\s*[\[(<]?(?:[0-9]{2,4}[-/.][0-9]{2}[-/.][0-9]{2,4}|[0-9]{2}:[0-9]{2}:[0-9]{2}|[A-Z][a-z]{2} +[0-9]{1,2} [0-9]{2}:[0-9]{2}:)"
)
_LEVEL = re.compile(rb"\s*[\[(<]?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL|CRITICAL|ALERT|EMERG)\b(?!\w|\.)")


@dataclass(slots=True)
class Event:
    """An event that has begun and may go on. `size` counts bytes; `mode` is "" for any text, "python" or "go" for traces with lines of their own,
    "ended" behind the exception that ends a trace of Python."""

    lines: list[bytes] = field(default_factory=list)  # none when it was counted before, in an earlier window
    begins: bytes = b""  # with these bytes; a line that begins alike is the next record
    mode: str = ""
    count: int = 1
    size: int = 0
    indent: int = 0  # of its first line
    is_blank_pending: bool = False  # an empty line, which belongs to it if what follows does
    is_trace: bool = False
    is_exception: bool = False  # its first line is an exception itself: then another one is another event
    first: int = 0  # of its first line, once that is let go of

    @classmethod
    def begin(cls, line: bytes) -> "Event":
        """Begin an event with the line that was found."""
        event = cls([line], line[:3], size=len(line), indent=_indent(line), is_exception=_EXCEPTION.match(line) is not None)
        event._notice(line)
        return event

    def takes(self, line: bytes) -> bool:
        """Take the next line in if it belongs to this event; say whether it does."""
        if self.count >= MOST_LINES or self.size + len(line) > MOST_BYTES:
            return False
        if self.is_trace and line.startswith(b"\tat ") and not self.mode:  # most lines of most traces: nothing to look at
            self.is_blank_pending = False
            self.lines.append(line)
            self.count += 1
            self.size += len(line)
            return True
        if not line.strip(b" \t\r"):
            was_pending, self.is_blank_pending = self.is_blank_pending, True
            return not was_pending and (self.is_trace or self.count == 1)
        if not self._is_continued_by(line):
            return False
        self.is_blank_pending = False
        self.lines.append(line)
        self.count += 1
        self.size += len(line)
        self._notice(line)
        return True

    def take_all(self, block: bytes, at: int, last: int) -> int:
        """Take the lines of a block from `at` on as long as they belong to this event; return where the first begins that does not."""
        while at < last:
            end = block.find(b"\n", at)
            if not self.takes(block[at:end]):
                break
            at = end + 1
        return at

    def let_go(self) -> None:
        """Forget the lines, but for what tells which ones still belong to it."""
        self.first, self.lines = self._checksum, []

    @property
    def _checksum(self) -> int:
        return self.first or (crc32(self.lines[0]) if self.lines else 0)

    def as_text(self) -> str:
        """Return all but the lines, for the checkpoint: what is needed to know which lines still belong to it."""
        flags = int(self.is_blank_pending), int(self.is_trace), int(self.is_exception)
        return f"{self.mode},{self.begins.hex()},{self.count},{self.size},{self.indent},{','.join(map(str, flags))},{self._checksum}"

    @classmethod
    def from_text(cls, text: str) -> "Event | None":
        """Return an event that was counted before, from what `as_text` said; None when it is not readable."""
        try:
            mode, begins, *numbers = text.split(",")
            count, size, indent, blank, trace, exception, *first = map(int, numbers)  # an earlier version did not write the last one
            return cls([], bytes.fromhex(begins), mode, count, size, indent, bool(blank), bool(trace), bool(exception), sum(first))
        except ValueError:
            return None

    def _is_continued_by(self, line: bytes) -> bool:
        first = line[0]
        if self.count == 1 and len(self.begins) == 3 and line[:3] == self.begins:
            return False
        if first in b" \t":
            is_deeper = self.is_trace or _indent(line) > self.indent
            return is_deeper and (self.is_trace or not self.is_blank_pending) and not _RECORD.match(line) and not _LEVEL.match(line)
        if first in b"0123456789<{" or self._is_begun_anew_by(line):
            return False
        if _WORDS.match(line):
            return True
        if self.mode == "python":
            return bool(_LAST_OF_PYTHON.match(line)) and not _LEVEL.match(line)
        if self.mode == "go":
            return bool(_GO_FRAME.match(line) or _GO.match(line))
        return not self.is_trace and not self.is_blank_pending and not self.is_exception and bool(_EXCEPTION.match(line))

    def _is_begun_anew_by(self, line: bytes) -> bool:
        """Say whether a line begins the trace of a program that was started again, with nothing between."""
        if self.mode == "go":
            return self.count > 1 and _DIES.match(line) is not None  # a panic within a panic is indented
        if self.mode == "ended" and line.startswith(_TRACEBACK_OF_PYTHON):
            return True
        is_alike = self.is_trace and self.mode != "python" and line[:3] == self.begins and line != _TRACEBACK_OF_PYTHON
        return is_alike and crc32(line) == self._checksum

    def _notice(self, line: bytes) -> None:
        """Remember what of a line tells which lines may follow."""
        mode = _mode_of(line)
        if self.mode == "ended" and _CHAINED.match(line):
            self.mode = ""
        if mode == "go" and self.mode == "python" and line[:1].isalpha() and not _WORDS.match(line):
            mode = ""
        if mode:
            self.mode, self.is_trace = mode, True
        elif self.mode == "python" and line[:1].isalpha() and not _WORDS.match(line):
            self.mode = "ended"  # by the exception itself, behind the frames
        elif self.count > 1:
            self.is_trace = True


class Trace(NamedTuple):
    """A trace that was seen before, but for its digits. `end`: where the first line begins that does not belong to it."""

    lines: list[bytes]
    end: int


class KnownTraces:
    """Remembers which lines belonged to an event, so that the same trace below another record is not looked at line by line again.

    This is exact: below a record that begins with a digit, and up to the first line that goes on with no event, no rule asks for more than the record's
    mode and these lines with each digit a `0`.
    """

    def __init__(self) -> None:
        self._taken: dict[tuple[str, bytes], int] = {}  # bytes of the lines that belong to it

    def find(self, block: bytes, start: int, end: int, last: int) -> Trace | None:
        """Return the event that begins with a line, if the lines below it are known.

        Args:
            end: where the line's newline is.
            last: where the lines end that may be looked at.
        """
        key = _key(block, start, end, last)
        taken = self._taken.get(key) if key else None
        if not taken:
            return None
        at = end + 1 + taken
        return Trace(block[start : at - 1].split(b"\n"), at)

    def learn(self, block: bytes, start: int, end: int, last: int, at: int, event: Event) -> None:
        """Remember an event that is whole: its first line, and all lines up to `at`."""
        key = _key(block, start, end, last)
        if key and event.count == block.count(b"\n", start, at):  # else some of them were blank
            if len(self._taken) >= _REMEMBERED:
                self._taken.clear()
            self._taken[key] = at - end - 1


def _key(block: bytes, start: int, end: int, last: int) -> tuple[str, bytes] | None:
    if block[start] not in b"0123456789" or end - start > MOST_BYTES - _LONGEST_KNOWN:
        return None
    stop = _NEXT_APART.search(block, end, min(end + _LONGEST_KNOWN, last))
    if stop is None or stop.start() == end:
        return None
    return _mode_of(block[start:end]), block[end + 1 : stop.start()].translate(_DIGITS)


def may_go_on(following: bytes) -> bool:
    """Say whether a line could go on with an event of one line; where this says no, `Event.takes` does, whatever the event."""
    return len(following) <= MOST_BYTES and (following[:1] in _BLANKS or _FOLLOWS.match(following) is not None)


def _mode_of(line: bytes) -> str:
    """Return the mode of the event that begins with a line."""
    if b"Traceback" in line and _TRACEBACK.search(line):
        return "python"
    is_go = (b"panic:" in line or b"goroutine " in line or b"fatal error:" in line or b"[signal " in line) and _GO.search(line[:200])
    return "go" if is_go else ""


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))
