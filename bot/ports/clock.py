"""Time as a port: tests move it, nothing sleeps on its own."""

import threading
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Return the time, aware and in UTC."""

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Wait until `event` is set (True) or `timeout_s` seconds of this clock have passed (False)."""


class Heartbeat(Protocol):
    """Remembers when the daemon was last alive, over every kind of end."""

    def beat(self, at: datetime) -> None:
        """Note that we are alive at a time."""

    def last(self) -> datetime | None:
        """Return the last time that was noted, None when there is none."""
