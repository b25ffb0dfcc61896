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
