"""Windows: counts the lines that a watch reads, finds the errors among them, and keeps what people will ask about."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from math import log

from bot.core.alerts import FingerprintCount, Window
from bot.core.lines import lines_of
from bot.core.markup import shorten
from bot.core.privacy import mask_secrets

SAMPLE = 500  # characters kept of a sample
TEMPLATE = 500
TOP = 10  # kinds of line kept in a window: the most frequent, and as many new ones that are not among them
KINDS = 5000  # told apart in one window; the lines of further kinds are counted, and their kinds estimated
_BITS = 1 << 17  # of the estimate: 16 KiB, within 1% up to a hundred thousand kinds, and capped far above

# bot.core.fingerprints is imported where it is used: building its patterns takes 0.1 s, for which the start of the daemon does not wait.

IsNew = Callable[[FingerprintCount], bool]


@dataclass(slots=True)
class _Kind:
    template: str
    sample: str
    count: int = 0


class Tally:
    """Counts batches of lines into one window. Its memory is bounded, whatever the lines are.

    Args:
        errors: a regular expression; a line in which it matches somewhere is an error.
    """

    def __init__(self, errors: str, kinds: int = KINDS) -> None:
        self._is_error = re.compile(errors).search
        self._kinds: dict[str, _Kind] = {}
        self._limit = kinds
        self._further = bytearray()  # which kinds were seen beyond the limit: one bit for each hash
        self._notes: dict[str, None] = {}
        self.lines = 0
        self.errors = 0

    def add(self, block: bytes, stream: str = "") -> None:
        """Count a block of complete lines, in the order in which they were written.

        Args:
            stream: where they come from; an event is only continued by lines of the same stream.
        """
        is_error = self._is_error
        for line in lines_of(block):
            self.lines += 1
            if is_error(line):
                self._count_error(line)

    def note(self, notes: Iterable[str]) -> None:
        """Keep words for people, each once."""
        self._notes.update(dict.fromkeys(notes))

    @property
    def distinct(self) -> int:
        """How many kinds of error line there were: exact up to the limit, estimated beyond it."""
        return len(self._kinds) + self._further_kinds()

    def window(self, watch: str, began_at: datetime, ended_at: datetime, is_new: IsNew) -> Window:
        """Return all of it as a window.

        Args:
            is_new: asked once for each kind that was told apart; whether this watch has never seen it before.
        """
        counts = [FingerprintCount(id_, kind.template, kind.count, kind.sample) for id_, kind in self._kinds.items()]
        counts = sorted((replace(count, is_new=is_new(count)) for count in counts), key=lambda count: (-count.count, count.id))
        further_new = [count for count in counts[TOP:] if count.is_new][:TOP]
        notes = list(self._notes)
        if self._further:
            notes.append(f"More than {self._limit:,} kinds of error lines: the lines of the others are counted, their kinds are estimated.")
        return Window(
            watch=watch,
            began_at=began_at,
            ended_at=ended_at,
            lines=self.lines,
            errors=self.errors,
            distinct=self.distinct,
            fingerprints=(*counts[:TOP], *further_new),
            notes=tuple(notes),
            new=sum(count.is_new for count in counts),
        )

    def _count_error(self, line: str) -> None:
        from bot.core.fingerprints import fingerprint

        self.errors += 1
        found = fingerprint(line)
        kind = self._kinds.get(found.id)
        if kind is None:
            if len(self._kinds) >= self._limit:
                self._mark_further(found.id)
                return
            kind = self._kinds[found.id] = _Kind(shorten(found.template, TEMPLATE), sample_of(line))
        kind.count += 1

    def _mark_further(self, fingerprint_id: str) -> None:
        if not self._further:
            self._further = bytearray(_BITS // 8)
        bit = int(fingerprint_id.rpartition("-")[2], 16) % _BITS
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
