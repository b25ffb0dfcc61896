"""Alerts: what a watch found, and who has it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class AlertState(StrEnum):
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class FingerprintCount:
    """How often one kind of line was seen in a window, with one sample of it."""

    id: str
    template: str
    count: int
    sample: str
    is_new: bool = False  # the watch had never seen it before this window


@dataclass(frozen=True, slots=True)
class Window:
    """What a watch read in one tick. `fingerprints` holds the most frequent first, then the less frequent that are new.

    `distinct` and `new` count all kinds of error lines, not only those.
    """

    watch: str
    began_at: datetime
    ended_at: datetime
    lines: int = 0
    errors: int = 0
    distinct: int = 0
    fingerprints: tuple[FingerprintCount, ...] = ()
    notes: tuple[str, ...] = ()
    new: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that went wrong, told in one message. `id` is short, for people to type."""

    id: str
    watch: str
    service: str
    channel: str
    state: AlertState
    opened_at: datetime
    window: Window
    acknowledged_by: str = ""  # a Slack user id
    acknowledged_at: datetime | None = None
    note: str = ""

    @property
    def story(self) -> str:
        """The key of the one message that tells this alert."""
        return f"alert:{self.id}"

    def acknowledge(self, by: str, at: datetime, note: str = "") -> "Alert":
        """Return the alert as taken by `by`. Who had it first keeps it: a second acknowledgement only adds a note."""
        if self.state is AlertState.RESOLVED:
            return self
        if self.state is AlertState.ACKNOWLEDGED:
            return replace(self, note=note or self.note)
        return replace(self, state=AlertState.ACKNOWLEDGED, acknowledged_by=by, acknowledged_at=at, note=note or self.note)

    def give_back(self) -> "Alert":
        """Return the alert as nobody's again."""
        if self.state is not AlertState.ACKNOWLEDGED:
            return self
        return replace(self, state=AlertState.FIRING, acknowledged_by="", acknowledged_at=None)
