"""Alerts and log watches, as plugins ask for them."""

from datetime import datetime, timedelta
from typing import Protocol

from bot.core.alerts import Alert
from bot.core.configuration import Watch
from bot.core.windows import Window


class AlertsApi(Protocol):
    """Alerts, as plugins handle them."""

    def acknowledge(self, alert_id: str, by: str, note: str = "", *, take_over: bool = False) -> Alert:
        """Mark an alert as taken. Idempotent; who has it keeps it, unless it is taken over, of which they are told.

        Raises:
            UserError: there is no such alert.
        """

    def note(self, alert_id: str, by: str, note: str) -> Alert:
        """Add a note: in the message when one has the alert or nobody has, else in its thread."""

    def hand_over(self, alert_id: str, to: str, by: str, note: str = "") -> Alert:
        """Give an alert of one's own, or of nobody's, to somebody else, who is told.

        Raises:
            UserError: somebody else has it, it is resolved, or they may not use the bot.
        """

    def give_back(self, alert_id: str, by: str) -> Alert:
        """Make an alert nobody's again; only who has it can."""

    def confirm(self, alert_id: str, by: str) -> Alert:
        """Say that one is still on an alert, when that was asked; only who has it can."""

    def snooze(self, alert_id: str, by: str, length: timedelta) -> Alert:
        """Keep an alert silent for a time."""

    def unsnooze(self, alert_id: str, by: str) -> Alert:
        """End a snooze before its time."""

    def resolve(self, alert_id: str, by: str, note: str = "") -> Alert:
        """End an alert. What comes back is told anew."""

    def follow_alertmanager(self) -> None:
        """Bring alerts and silences to where they stand in Alertmanager, if there is one."""

    def look_at_clock(self) -> None:
        """End snoozes, remind owners, and escalate, whatever of it is due."""

    def get(self, alert_id: str) -> Alert:
        """Return an alert as it stands.

        Raises:
            UserError: there is no such alert.
        """

    def earlier(self, alert_id: str, since: datetime) -> list[Alert]:
        """Return the alerts of the same problem that ended since a time, the newest first.

        Raises:
            UserError: there is no such alert.
        """

    def open(self, channel: str = "") -> list[Alert]:
        """Return the open alerts, newest first."""

    def at(self, channel: str, ts: str) -> Alert | None:
        """Return the alert whose message, or whose thread's parent, stands there."""


class WatchesApi(Protocol):
    """Log watches."""

    def scan(self, watch: Watch) -> Window:
        """Read what is new, count it, and write window, checkpoints and alert down in one transaction.

        Raises:
            Unavailable: the source can't be read now.
        """

    def windows_since(self, watch: str, since: datetime) -> list[Window]:
        """Return the windows of a watch that ended since a time, newest first."""

    def last_windows(self) -> list[tuple[Watch, Window | None]]:
        """Return every watch with its last window."""
