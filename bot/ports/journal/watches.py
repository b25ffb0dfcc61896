"""Log watches and alerts as they are written down."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.alerts import Alert
from bot.core.baseline import HourTally
from bot.core.families import Family
from bot.core.windows import Window
from bot.ports.logs import Checkpoint


class Watches(Protocol):
    def checkpoints(self, watch: str) -> dict[str, Checkpoint]:
        """Return where each stream of a watch goes on: stream → checkpoint."""

    def save_checkpoint(self, watch: str, checkpoint: Checkpoint) -> None: ...

    def add_window(self, window: Window) -> None: ...

    def last_window(self, watch: str) -> Window | None: ...

    def known(self, watch: str, kinds: Sequence[str], before: datetime | None = None) -> frozenset[str]:
        """Return those of these kinds that the watch has seen before, ever or before a time."""

    def note_kinds(self, watch: str, batches: Iterable[str], at: datetime) -> None:
        """Write down which kinds a window saw, as texts of `bot.core.seen_kinds`, each id once. They are known, and counted, once `file_kinds` did it."""

    def has_noted_kinds(self, watch: str) -> bool:
        """Say whether there is something to file."""

    def file_kinds(self, watch: str) -> bool:
        """Count the kinds of the batch that was noted first, and forget the note; say whether there is another one."""

    def families(self, watch: str, since: datetime | None = None) -> list[Family]:
        """Return the rules that say which kinds of a watch are one family, all or those that were made since a time, the oldest first."""

    def add_families(self, watch: str, families: Iterable[Family], at: datetime) -> None:
        """Add rules; none is ever taken back."""

    def templates(self, watch: str, most: int) -> list[str]:
        """Return the templates of the kinds that a watch saw last, at most so many."""

    def templates_of(self, watch: str, kinds: Sequence[str]) -> dict[str, str]:
        """Return the templates of those of these kinds that are known, by kind."""

    def templates_since(self, watch: str, since: datetime, most: int) -> dict[str, str]:
        """Return the templates of the kinds that a watch saw first since a time, by kind: those that it saw last, at most so many."""

    def recent_windows(self, watch: str, since: datetime, most: int) -> list[Window]:
        """Return the windows of a watch that ended since a time, the newest first, at most so many."""

    def first_hour(self, watch: str) -> HourTally | None:
        """Return the oldest hour that is known of a watch."""

    def hours(self, watch: str, hours: Sequence[datetime]) -> list[HourTally]:
        """Return what is known of these hours, in no order."""

    def save_hour(self, watch: str, tally: HourTally) -> None: ...

    def resolved(self, watch: str) -> frozenset[str]:
        """Return the fingerprints whose alert was resolved since the watch saw them last."""

    def mark_resolved(self, watch: str, fingerprints: Iterable[str], at: datetime) -> None:
        """Note that the alert of these fingerprints was resolved: each that comes back is back."""

    def mark_back(self, watch: str, fingerprints: Iterable[str]) -> None:
        """Note that these are back."""

    def count_kinds(self, watch: str) -> int:
        """Return how many kinds of a watch are known."""

    def forget_kinds(self, watch: str, most: int) -> int:
        """Forget the kinds of a watch that were seen longest ago, at most so many; return how many went."""

    def prune(self, windows_before: datetime, hours_before: datetime, most_fingerprints: int) -> int:
        """Forget old windows (never a watch's last one) and hours, and of each watch's fingerprints those seen longest ago; return how many rows."""


class Alerts(Protocol):
    def add(self, alert: Alert) -> None:
        """Write a new alert.

        Raises:
            JournalError: one of the same problem is open.
        """

    def save(self, alert: Alert) -> None: ...

    def get(self, alert_id: str) -> Alert | None: ...

    def open_of(self, problem: str) -> Alert | None:
        """Return the open alert of a problem (`Alert.problem`)."""

    def resolved_of(self, watch: str, opened_since: datetime) -> list[Alert]:
        """Return the alerts of one `Alert.watch` that were opened since a time and are resolved, newest first."""

    def last_resolved(self, watch: str, most: int) -> list[Alert]:
        """Return the alerts of one `Alert.watch` that are resolved, the last opened first, at most so many."""

    def next_id(self) -> str:
        """Return the id for a new alert: "A1", "A2", …"""

    def opened_since(self, at: datetime) -> list[Alert]:
        """Return the alerts that were opened not before a time, oldest first."""

    def open(self, channel: str = "") -> list[Alert]:
        """Return the alerts that are not resolved, newest first, of one channel or of all."""
