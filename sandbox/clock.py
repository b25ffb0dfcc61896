"""The world's clock: real time plus whatever a test has skipped."""

import asyncio
from datetime import UTC, datetime, timedelta


class WorldClock:
    """Real time that can be moved forward; whoever sleeps on it wakes when it is moved past them."""

    def __init__(self) -> None:
        self._skipped = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """Return the world's time, aware and in UTC."""
        return datetime.now(UTC) + self._skipped

    def timestamp(self) -> float:
        """Return the world's time in seconds since the epoch."""
        return self.now().timestamp()

    def advance(self, seconds: float) -> datetime:
        """Move the world forward and wake every sleeper to look at the time again."""
        self._skipped += timedelta(seconds=seconds)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        return self.now()

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` of the world's time have passed."""
        until = self.now() + timedelta(seconds=seconds)
        while (left := (until - self.now()).total_seconds()) > 0:
            try:
                await asyncio.wait_for(self._moved.wait(), left)
            except TimeoutError:
                continue
