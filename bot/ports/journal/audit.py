"""The audit: a chain of events that shows where it was changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from bot.core.timeline import TimelineQuery


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Who did what to what, and what came of it. `detail` is plain JSON without secrets. `seq` and `hash` are set by the journal.

    `hash` is the SHA-256 of the canonical JSON of all other fields and `prev_hash`: a chain that shows where it was changed. What a person wrote is hashed
    as a salted commitment to it, so that it can be erased.
    """

    at: datetime
    actor: str  # a Slack user id, or "chatopsd"
    action: str  # "operation.requested", "alert.acknowledged", …
    subject: str  # a story key, "operation:…" or "alert:…", or another thing's name
    detail: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0
    prev_hash: str = ""
    hash: str = ""


class ChainFault(StrEnum):
    """What is wrong where the chain breaks."""

    CHANGED = "changed"  # the event's hash is not that of its content
    GAP = "gap"  # what stood before the event is not there any more, and no checkpoint says that it was pruned
    WORDS_GONE = "words gone"  # texts that the event commits to are not there, and more are missing than were erased
    CUT_OFF = "cut off"  # the chain ends before the event whose hash somebody kept


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """Where the chain breaks first."""

    seq: int  # the event's number; for a chain that was cut off, the first number that it lacks
    fault: ChainFault


class Audit(Protocol):
    def add(self, event: AuditEvent) -> AuditEvent:
        """Append an event to the chain and return it as written."""

    def recent(self, limit: int, subject: str = "") -> list[AuditEvent]:
        """Return the newest events first."""

    def timeline(
        self, query: TimelineQuery, limit: int, after: tuple[datetime, int] | None = None, *, newest_first: bool = True
    ) -> list[AuditEvent]:
        """Return what people are shown of a part of the timeline, at most `limit` events, behind the one whose time and number are `after`."""

    def get(self, seq: int) -> AuditEvent | None:
        """Return an event by its number."""

    def each(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[AuditEvent]:
        """Yield every event in the order of the chain, of a time or of all times."""

    def verify(self, against: str = "") -> ChainBreak | None:
        """Return where the chain breaks first, None when it holds.

        `against`: the hash of an event that must be in it, such as the head's when somebody looked last. Without one, that the last events were cut
        off can't be seen. The hash of an event that was pruned since counts as cut off, but for the last one pruned.
        """

    def redact(self, person: str, by: str) -> tuple[int, int]:
        """Erase what a person wrote in audit events, and where operations and alerts repeat it; the chain holds as before.

        Returns:
            How many texts went, and how many stand in events of a version that did not keep them apart: those can only be pruned.
        """

    def prune(self, before: datetime, by: str, most: int = 10_000) -> AuditEvent | None:
        """Replace the oldest events, up to the first that is not from before a time, by one checkpoint event; return it, None when there are none.

        `by`: who signs it off. `most`: how many go at once: other writers wait meanwhile.

        Raises:
            JournalError: the chain is broken in what would go: nothing is pruned.
            ValueError: the time has not come yet.
        """
