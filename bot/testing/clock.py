"""A clock for tests: real time that can be moved forward."""

import threading
from datetime import UTC, datetime, timedelta


class ShiftedClock:
    """Real time that can be moved forward; whoever waits on it notices within a moment. Implements `bot.ports.clock.Clock`."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, length: timedelta) -> None:
        self._ahead += length

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        until = self.now() + timedelta(seconds=timeout_s)
        while (left := (until - self.now()).total_seconds()) > 0:
            if event.wait(min(left, 0.05)):
                return True
        return event.is_set()
