"""Log watches and alerts as they are written down."""

from datetime import datetime
from typing import Protocol

from bot.core.alerts import Alert, Window
from bot.ports.logs import Checkpoint


class Watches(Protocol):
    def checkpoints(self, watch: str) -> dict[str, Checkpoint]:
        """Return where each stream of a watch goes on: stream → checkpoint."""

    def save_checkpoint(self, watch: str, checkpoint: Checkpoint) -> None: ...

    def add_window(self, window: Window) -> None: ...

    def last_window(self, watch: str) -> Window | None: ...

    def see_fingerprint(self, watch: str, fingerprint: str, template: str, count: int, at: datetime) -> bool:
        """Count a fingerprint; True when this watch saw it for the first time."""


class Alerts(Protocol):
    def add(self, alert: Alert) -> None: ...

    def save(self, alert: Alert) -> None: ...

    def get(self, alert_id: str) -> Alert | None: ...

    def next_id(self) -> str:
        """Return the id for a new alert: "A1", "A2", …"""

    def open(self, channel: str = "") -> list[Alert]:
        """Return the alerts that are not resolved, newest first, of one channel or of all."""
