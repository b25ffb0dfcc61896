"""Alerts and log watches, as plugins ask for them."""

from typing import Protocol

from bot.core.alerts import Alert, Window
from bot.core.configuration import Watch


class AlertsApi(Protocol):
    """Alerts, as plugins handle them."""

    def acknowledge(self, alert_id: str, by: str, note: str = "") -> Alert:
        """Mark an alert as taken. Idempotent; who had it first keeps it.

        Raises:
            UserError: there is no such alert.
        """

    def give_back(self, alert_id: str, by: str) -> Alert:
        """Make an alert nobody's again; only who has it can."""

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

    def last_windows(self) -> list[tuple[Watch, Window | None]]:
        """Return every watch with its last window."""
