"""A tally: counts the lines that a watch reads, finds the errors among them, and keeps what people will ask about."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import log
from operator import itemgetter
from typing import TYPE_CHECKING

from bot.core.judging import Judged, Known, judge
from bot.core.lines import text_of
from bot.core.markup import shorten
from bot.core.privacy import mask_secrets
from bot.core.seen_kinds import SeenKind, batch_of
from bot.core.stamps import Stamp, placed, stamp_of
from bot.core.structured import Structure
from bot.core.windows import FingerprintCount, Samples, Window

if TYPE_CHECKING:
    from bot.core.fingerprints import Fingerprint
    from bot.core.scan import Found, Scanner

SAMPLE = 500  # characters kept of a sample
TEMPLATE = 500
BATCH = 100  # kinds that are written down at once: about 2 ms, for which an ack may have to wait
KINDS = 5000  # told apart in one window; the lines of further kinds are counted, and their kinds estimated
MOST_NOTES = 20
_KEPT = 2048  # bytes of an error up to which its lines are kept until somebody asks for its sample
_DIGITS = 5  # of an id, in hex: more than the estimate has bits for
_BITS = 1 << 17  # of the estimate: 16 KiB, within 1% up to a hundred thousand kinds, and capped far above

# bot.core.fingerprints is imported where it is used: building its patterns takes 0.1 s, for which the start of the daemon does not wait.


@dataclass(slots=True)
class _Kind:
    """What is kept of a kind. Of thousands only a few are shown: what it takes to show one is made when it is asked for."""

    template: str
    lines: list[bytes]  # of the first error of this kind; none once its sample is made
    stream: str
    count: int = 0
    sample: str = ""
    undated: bytes = b""  # the first line of its first stream, whose stamp was not read yet
    is_masked: bool = False  # whether the template holds no secrets and is kept short
    stamps: dict[str, Stamp] = field(default_factory=dict)  # the earliest of the first lines of each stream; form → stamp

    def __reduce__(self) -> tuple[object, ...]:
        """Be packed in half the time: thousands go from one process to another while somebody waits."""
        return _Kind, tuple(getattr(self, name) for name in self.__slots__)


Told = tuple[str, str, int, list[bytes]]
"""Errors of one kind: its id and template, how many there were, and the lines of the first. Plain tuples, since there can be one for each line."""


class Tally:
    """Counts blocks of lines into one window. Its memory is bounded, whatever the lines are.

    An error event counts once, at its first line; the lines of its stack trace are no further errors, in whichever block or window they come.

    Args:
        errors: a regular expression; a line in which it matches somewhere is an error.
        structure: how JSON and logfmt lines are read, where a watch says so.
        kinds: how many are told apart.
    """

    def __init__(self, errors: str, structure: Structure | None = None, kinds: int = KINDS) -> None:
        from bot.core.scan import Scanner

        self._scanner = Scanner(errors, structure)
        self._structure = structure
        self._kinds: dict[str, _Kind] = {}
        self.limit = kinds
        self._further = bytearray()  # which kinds were seen beyond the limit: one bit for each hash
        self._notes: dict[str, None] = {}
        self._notes_left_out = 0
        self.others = 0  # lines that somebody else looked at
        self.errors = 0

    @property
    def lines(self) -> int:
        """How many lines there were, errors or not."""
        return self._scanner.lines + self.others

    def resume(self, carried: Mapping[str, str]) -> None:
        """Go on with the events that were open when the window before this one ended: stream → what `carry` said of it."""
        self._scanner.resume(carried)

    def carry(self, stream: str) -> str:
        """Return what the next window must know of a stream's open event; "" when there is none."""
        return self._scanner.carry(stream)

    def carries(self) -> dict[str, str]:
        """Return what `carry` says of each stream that has an open event."""
        return self._scanner.carries()

    def add(self, block: bytes, stream: str = "") -> None:
        """Count a block of complete lines, in the order in which they were written.

        Args:
            stream: where they come from; an event is only continued by lines of the same stream.
        """
        self.count(self.find(block, stream), stream)

    def find(self, block: bytes, stream: str = "") -> "Found":
        """Do the first half of `add`: count the lines and find the errors among them."""
        return self._scanner.scan(block, stream)

    def told_apart(self, blocks: Iterable[bytes]) -> Iterator[tuple[int, list[Told]]]:
        """Tell lines, of which the first goes on with no event, and count nothing: yield how many they are, and their errors, block by block."""
        self._scanner.forget()  # the lines before these may stand in another file
        for block in blocks:
            before = self.lines
            told = self.tell(self.find(block))
            yield self.lines - before, told
        before = self.lines
        told = self.tell(self._scanner.finish())
        yield self.lines - before, told

    def hand_over(self) -> "Scanner":
        """Return what `find` knows, for a tally that only did the second half: it is to `take_over` that before it ends."""
        return self._scanner

    def take_over(self, scanner: "Scanner") -> None:
        """Go on with what another tally found; see `hand_over`."""
        self._scanner = scanner

    def finish(self) -> None:
        """Count the events that may still go on, as they are."""
        from bot.core.scan import Found

        found = self._scanner.finish()
        each = [*(Found([line]) for line in found.singles), *(Found(traces=[lines], places=[0]) for lines in found.traces)]
        for n, one in enumerate(each):
            self.count(one, f"\0{n}")  # each is of another stream

    def count_others(self, lines: int) -> None:
        """Count lines that somebody else looked at: none of them is an error."""
        self.others += lines

    def note(self, notes: Iterable[str]) -> None:
        """Keep words for people, each once, and of more than `MOST_NOTES` how many there were."""
        for note in notes:
            if len(self._notes) < MOST_NOTES:
                self._notes[note] = None
            elif note not in self._notes:
                self._notes_left_out += 1

    @property
    def distinct(self) -> int:
        """How many kinds of error line there were: exact up to the limit, estimated beyond it."""
        return len(self._kinds) + self._further_kinds()

    @property
    def notes(self) -> tuple[str, ...]:
        """Words for people."""
        said = [*self._notes]
        if self._notes_left_out:
            said.append(f"{self._notes_left_out:,} more notes are left out here.")
        if self._further:
            said.append(f"More than {self.limit:,} kinds of error lines: the lines of the others are counted, their kinds are estimated.")
        return tuple(said)

    def kinds(self, most: int | None = None) -> list[FingerprintCount]:
        """Return the kinds that were told apart, the most frequent first.

        Args:
            most: how many are asked for.
        """
        return [FingerprintCount(id_, self._template(kind), kind.count, self._sample(kind)) for id_, kind in self._ranked()[:most]]

    def _ranked(self) -> list[tuple[str, _Kind]]:
        return sorted(self._kinds.items(), key=lambda item: (-item[1].count, item[0]))

    def close(self) -> None:
        """Let go of what it holds: nothing, here."""

    def seen(self) -> list[str]:
        """Return the ids of the kinds that were told apart, each once."""
        return list(self._kinds)

    def judged(self, frame: Window, known: Known) -> Judged:
        """Return all of it as a window, judged by what is known.

        Args:
            frame: the window without what was counted: of which watch, from when to when, and what of it could not be read.
            known: with those of the `seen` kinds that the watch has seen before.
        """
        self.finish()
        window = replace(frame, lines=self.lines, errors=self.errors, distinct=self.distinct, notes=self.notes)
        kinds = [FingerprintCount(id_, self._template(kind), kind.count, "") for id_, kind in self._ranked()]
        judged = judge(window, [self._dated(kind, frame.began_at, frame.ended_at) for kind in kinds], known)
        return self._with_samples(judged) if known.samples is Samples.MASKED else judged

    def _with_samples(self, judged: Judged) -> Judged:
        """Add the samples, of those kinds only that are kept."""

        def full(kind: FingerprintCount) -> FingerprintCount:
            return replace(kind, sample=self._sample(self._kinds[kind.id]))

        window = replace(judged.window, fingerprints=tuple(map(full, judged.window.fingerprints)))
        return replace(judged, window=window, kinds={id_: full(kind) for id_, kind in judged.kinds.items()})

    def batches(self) -> Iterator[str]:
        """Yield the kinds as texts (`kinds_in`), in the order of their ids, `BATCH` at a time: neighbours in an index, and little work each."""
        kinds = [SeenKind(id_, self._template(kind), kind.count) for id_, kind in sorted(self._kinds.items())]
        for first in range(0, len(kinds), BATCH):
            yield batch_of(kinds[first : first + BATCH])

    def _dated(self, count: FingerprintCount, since: datetime, until: datetime) -> FingerprintCount:
        kind = self._kinds[count.id]
        self._date(kind)
        times = [at for stamp in kind.stamps.values() if (at := placed(stamp, since, until))]
        return replace(count, first_at=min(times)) if times else count

    def count(self, found: "Found", stream: str = "") -> None:
        """Do the second half of `add`: tell the kinds of the errors that were found, and count them."""
        self.count_told(self.tell(found), stream)

    def tell(self, found: "Found") -> list[Told]:
        """Tell the kinds of errors, the first of each kind in the order in which they were found.

        It does no more, and what is said depends on nothing but them, so that another tally may count it.
        """
        from bot.core.fingerprints import counted, fingerprint_of_trace

        lines = found.singles
        singles = _told_by_message(lines, self._structure) if self._structure else list(counted(lines))
        told = [(id_, template, times, [lines[place]]) for (id_, template), times, place in singles]
        for lines_of_it, singles_before in zip(reversed(found.traces), reversed(found.places), strict=True):
            told.insert(bisect_left(singles, singles_before, key=itemgetter(2)), (*fingerprint_of_trace(lines_of_it), 1, lines_of_it))
        return told

    def count_told(self, told: Iterable[Told], stream: str = "") -> None:
        """Count errors whose kinds were told."""
        kinds, limit = self._kinds, self.limit
        for id_, template, times, lines in told:
            self.errors += times
            kind = kinds.get(id_)
            if kind is None:
                if len(kinds) >= limit:
                    self._mark_further(id_)
                    continue
                kind = kinds[id_] = self._first(template, lines, stream)
            elif kind.stream != stream:  # the later lines of a stream are later
                kind.stream = stream
                self._stamp(kind, lines[0])
            kind.count += times

    def _first(self, template: str, lines: list[bytes], stream: str) -> _Kind:
        kind = _Kind(template, lines, stream, undated=lines[0])
        if len(template) + sum(map(len, lines)) > _KEPT:  # what is kept is bounded
            self._template(kind)
            self._sample(kind)
            self._date(kind)
        return kind

    def _date(self, kind: _Kind) -> None:
        """Read the stamp of its first line, where that was put off."""
        if kind.undated:
            self._stamp(kind, kind.undated)
            kind.undated = b""

    @staticmethod
    def _stamp(kind: _Kind, line: bytes) -> None:
        stamp = stamp_of(text_of(line))
        if stamp:
            kind.stamps[stamp.form] = min(kind.stamps.get(stamp.form, stamp), stamp, key=lambda each: each.at)

    @staticmethod
    def _template(kind: _Kind) -> str:
        if not kind.is_masked:
            kind.template, kind.is_masked = shorten(mask_secrets(kind.template), TEMPLATE), True
        return kind.template

    def _sample(self, kind: _Kind) -> str:
        from bot.core.traces import describe

        lines = kind.lines
        if lines:
            first = text_of(lines[0])
            said = self._structure.summary_of(first) if self._structure else ""
            chain, message = describe([text_of(line) for line in lines]) if len(lines) > 1 else ("", "")
            raised = f" {chain}: {message}" if chain and chain not in first else ""
            kind.sample, kind.lines = sample_of(f"{said or first}{raised}"), []
        return kind.sample

    def _mark_further(self, fingerprint_id: str) -> None:
        if not self._further:
            self._further = bytearray(_BITS // 8)
        bit = int(fingerprint_id[-_DIGITS:], 16) % _BITS
        self._further[bit >> 3] |= 1 << (bit & 7)

    def _further_kinds(self) -> int:
        """Estimate how many different hashes set the bits (linear counting)."""
        if not self._further:
            return 0
        unset = _BITS - int.from_bytes(self._further, "big").bit_count()
        return round(-_BITS * log(max(unset, 1) / _BITS))


def sample_of(line: str) -> str:
    """Return what people are shown of a line: its message in one line, without secrets, kept short."""
    from bot.core.fingerprints import message_of

    masked = mask_secrets(message_of(line))
    if not masked.isprintable():  # control characters, and those that turn the direction of the text
        masked = "".join(c if c.isprintable() else " " for c in masked)
    return shorten(" ".join(masked.split()), SAMPLE)


def _told_by_message(lines: Iterable[bytes], structure: Structure) -> list[tuple["Fingerprint", int, int]]:
    from bot.core.fingerprints import fingerprint

    return [(fingerprint(structure.message_of(text) or text), 1, place) for place, text in enumerate(map(text_of, lines))]
