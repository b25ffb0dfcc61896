"""How things stand in the journal, read now and then: for the status, and for whoever watches the daemon's figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """What the journal held at a moment."""

    at: datetime
    outbox_rows: int = 0  # messages that are still to be sent
    outbox_since: datetime | None = None  # since when the oldest of them waits
    inbox_rows: int = 0  # envelopes whose handling has not ended
    operations: Mapping[str, int] = field(default_factory=dict)  # state → how many are in it and not ended
    alerts: Mapping[str, int] = field(default_factory=dict)  # state → how many are in it and not resolved
    windows: Mapping[str, datetime] = field(default_factory=dict)  # watch → when it looked last
