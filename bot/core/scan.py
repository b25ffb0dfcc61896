"""Scanning: finds the error events in blocks of log lines, several hundred megabytes a second where the pattern allows it.

Nothing is done for a line that is no error: literals of the pattern are looked for in the whole block, and only the lines around the hits are cut out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.core.entries import Unwrapper, are_entries
from bot.core.events import APART, MAY_GO_ON, Event, KnownTraces, may_go_on
from bot.core.interleaved import is_in_order
from bot.core.lines import text_of
from bot.core.patterns import literals_of
from bot.core.structured import Structure

if TYPE_CHECKING:
    from ahocorasick_rs import BytesAhoCorasick

PIECE = 256 << 10  # bytes looked at in one go: it stays in the processor's cache, and bounds the list of hits
_AND = ";"  # between what is carried of an event, and of the entries around its lines
LOOKED_AT = 64 << 10  # characters of a line in which a pattern that is no plain text is tried


@dataclass(slots=True)
class Found:
    """What a block held: error events of one line each, and those of several with how many of the former stand before each."""

    singles: list[bytes] = field(default_factory=list)
    traces: list[list[bytes]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def add_trace(self, lines: list[bytes]) -> None:
        """Add an event of several lines behind what was found so far."""
        self.traces.append(lines)
        self.places.append(len(self.singles))


class Scanner:
    """Finds error events, stream by stream. Where blocks are cut makes no difference.

    Args:
        errors: a regular expression; a line in which it matches somewhere begins an error event.
        structure: how JSON and logfmt lines are read; where it names levels, these decide for such lines.
    """

    def __init__(self, errors: str, structure: Structure | None = None) -> None:
        self._search = re.compile(errors).search
        self._structure = structure if structure and structure.error_levels else None
        found = literals_of(errors)
        self._is_exact = (found.exact and not self._structure) or not found.texts  # of what is found, nothing needs to be tried again
        self._literals = (*found.texts, *(self._structure.level_literals if self._structure else ())) if found.texts else ()
        self._finder = _finder(self._literals)
        self._open: dict[str, Event] = {}
        self._unwrappers: dict[str, Unwrapper] = {}  # of the streams that hold entries of containers or of syslog
        self._known = KnownTraces()
        self._settled: set[str] = set()  # streams whose open event was counted before: in an earlier window, or by `finish`
        self.lines = 0

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_finder": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _finder=_finder(state["_literals"]))

    def resume(self, carried: Mapping[str, str]) -> None:
        """Go on with events that were counted in an earlier window: what still comes of them is no new error."""
        for stream, text in carried.items():
            of_event, _, of_unwrapper = text.partition(_AND)
            if of_unwrapper:
                self._unwrappers[stream] = Unwrapper(of_unwrapper)
            event = Event.from_text(of_event) if of_event else None
            if event:
                self._open[stream] = event
                self._settled.add(stream)

    def carry(self, stream: str) -> str:
        """Return what `resume` needs next time for a stream."""
        event = self._open[stream].as_text() if stream in self._open else ""
        unwrapper = self._unwrappers.get(stream)
        return f"{event}{_AND}{unwrapper.carried}" if unwrapper and unwrapper.carried else event

    def carries(self) -> dict[str, str]:
        """Return what `carry` says of each stream of which something is open."""
        return {stream: self.carry(stream) for stream in {*self._open, *self._unwrappers}}

    def scan(self, block: bytes, stream: str = "") -> Found:
        """Return the events that ended in a block. One that reaches its end stays open. Entries of containers and of syslog are unwrapped."""
        found = Found()
        if is_in_order(stream):
            pass
        elif are_entries(block):
            block = self._unwrappers.setdefault(stream, Unwrapper()).unwrap(block)
        elif stream in self._unwrappers:
            block = self._unwrappers.pop(stream).rest() + block
        self._scan_block(block, stream, found)
        return found

    def finish(self) -> Found:
        """Return the events that are still open as they are: nobody knows when their next line comes."""
        found = Found()
        for stream, unwrapper in self._unwrappers.items():
            self._scan_block(unwrapper.rest(), stream, found)
        for stream, event in self._open.items():
            self._settle(stream, event, found)
            self._settled.add(stream)
        return found

    def forget(self) -> None:
        """Let go of the events that are open: what comes next goes on with none of them."""
        self._open.clear()
        self._unwrappers.clear()
        self._settled.clear()

    def _scan_block(self, block: bytes, stream: str, found: Found) -> None:
        start, size = 0, len(block)
        while start < size:
            end = size
            if end - start > PIECE:
                end = block.rfind(b"\n", start, start + PIECE) + 1 or block.find(b"\n", start) + 1
            self._scan_piece(block, start, end, stream, found)
            start = end

    def _scan_piece(self, block: bytes, at: int, last: int, stream: str, found: Found) -> None:
        first, piece = at, memoryview(block)[at:last]
        self.lines += _newlines(piece)
        event = self._open.pop(stream, None)
        if event:
            at = event.take_all(block, at, last)
            if at == last:
                self._open[stream] = event
                return
            self._settle(stream, event, found)
            self._settled.discard(stream)
        if self._finder is None:
            self._take_events(block, self._slow_hits(block, at, last), at, last, stream, found)
        else:
            hits = self._finder.find_matches_as_indexes(piece)
            self._take_events(block, [first + hit for _, hit, _ in hits], at, last, stream, found)

    def _take_events(self, block: bytes, hits: Iterable[int], at: int, last: int, stream: str, found: Found) -> None:
        """Cut out the events that begin in the lines of these hits, from the line at `at` on."""
        find, rfind, singles, may_go_on, is_exact = block.find, block.rfind, found.singles, MAY_GO_ON, self._is_exact
        is_apart = APART.match
        for hit in hits:
            if hit < at:
                continue
            start = rfind(b"\n", at, hit) + 1 or at
            end = find(b"\n", hit)
            at = end + 1
            if not is_exact and not self._is_error(block[start:end]):
                continue
            if at < last and (block[at] not in may_go_on or is_apart(block, at) or not _goes_on(block, start, at)):
                singles.append(block[start:end])
                continue
            trace = self._known.find(block, start, end, last)
            if trace:
                at = trace.end
                found.add_trace(trace.lines)
                continue
            event = Event.begin(block[start:end])
            at = event.take_all(block, at, last)
            if at == last:
                self._open[stream] = event
                return
            if event.count > 1:
                found.add_trace(event.lines)
                self._known.learn(block, start, end, last, at, event)
            else:
                singles.append(block[start:end])

    def _settle(self, stream: str, event: Event, found: Found) -> None:
        if stream in self._settled:
            return
        if event.count > 1:
            found.add_trace(event.lines)
        else:
            found.singles.append(event.lines[0])

    def _slow_hits(self, block: bytes, start: int, last: int) -> Iterator[int]:
        while start < last:
            end = block.find(b"\n", start)
            if self._is_error(block[start:end]):
                yield start
            start = end + 1

    def _is_error(self, line: bytes) -> bool:
        text = text_of(line)
        if self._structure:
            level = self._structure.level_of(text)
            if level:
                return level in self._structure.error_levels
        return self._search(text[:LOOKED_AT]) is not None


def _goes_on(block: bytes, start: int, following: int) -> bool:
    """Say whether the line that begins at `following` deserves a look: one with the same beginning is the next record."""
    begins = block[following : following + 3]
    if begins == block[start : start + 3] and b"\n" not in begins:
        return False
    return may_go_on(block[following : block.find(b"\n", following)])


def _finder(texts: tuple[str, ...]) -> "BytesAhoCorasick | None":
    if not texts:
        return None
    from ahocorasick_rs import BytesAhoCorasick, MatchKind

    # Leftmost first is several times as fast as the default kind, since it can skip ahead.
    return BytesAhoCorasick([text.encode() for text in texts], matchkind=MatchKind.LeftmostFirst)


def _newlines(piece: memoryview) -> int:
    import numpy as np

    return int(np.count_nonzero(np.frombuffer(piece, np.uint8) == 10))
