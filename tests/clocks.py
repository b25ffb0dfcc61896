"""A clock for tests: time stands still until the test moves it, and whoever waits on it is woken."""

import threading
from datetime import UTC, datetime, timedelta

from bot.testing.clock import ShiftedClock as ShiftedClock


class FakeClock:
    """Implements `bot.ports.clock.Clock`."""

    def __init__(self, now: datetime = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)) -> None:
        self._now = now
        self._moved = threading.Condition()

    def now(self) -> datetime:
        with self._moved:
            return self._now

    def advance(self, length: timedelta | float) -> datetime:
        """Move time forward, by a length or by seconds, and return what time it is then."""
        with self._moved:
            self._now += length if isinstance(length, timedelta) else timedelta(seconds=length)
            self._moved.notify_all()
            return self._now

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Wait until the event is set (True), or this clock was moved past the time limit (False)."""
        with self._moved:
            until = self._now + timedelta(seconds=timeout_s)
            while not event.is_set() and self._now < until:
                self._moved.wait(0.02)  # nobody wakes the clock when the event is set
        return event.is_set()
