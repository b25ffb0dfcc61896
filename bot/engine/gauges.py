"""Reads now and then how things stand in the journal, by a worker, so that nobody who asks for figures makes the journal wait."""

import logging
from collections import Counter
from collections.abc import Callable

from bot.core.configuration import Configuration
from bot.core.operations import UNFINISHED
from bot.engine.lanes import Lanes
from bot.ports.clock import Clock
from bot.ports.errors import JournalError
from bot.ports.journal import Journal
from bot.ports.readings import Reading

log = logging.getLogger(__name__)

LANE = "gauges"
READ_EVERY_S = 10.0


class Gauges:
    """The last reading.

    Args:
        taken: called by the worker after each reading.
    """

    def __init__(
        self, configuration: Configuration, journal: Journal, clock: Clock, lanes: Lanes, taken: Callable[[], None] = lambda: None
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._clock = clock
        self._lanes = lanes
        self._taken = taken
        self._last: Reading | None = None
        self._failed = False

    @property
    def last(self) -> Reading | None:
        """The last reading, None before the first."""
        return self._last

    @property
    def can_read(self) -> bool:
        """Whether the journal could be read when it was tried last."""
        return not self._failed

    def refresh(self) -> None:
        """Have a worker read anew when the last reading is old; return at once."""
        is_old = self._last is None or (self._clock.now() - self._last.at).total_seconds() >= READ_EVERY_S
        if is_old and not self._lanes.is_busy(LANE):
            self._lanes.submit(LANE, self.read)

    def read(self) -> None:
        """Read now."""
        try:
            with self._journal.read() as tx:
                backlog = tx.outbox.backlog()
                windows = {watch.name: tx.watches.last_window(watch.name) for watch in self._configuration.watches}
                self._last = Reading(
                    at=self._clock.now(),
                    outbox_rows=backlog.rows,
                    outbox_since=backlog.since,
                    inbox_rows=len(tx.inbox.unfinished()),
                    operations=Counter(operation.state.value for operation in tx.operations.in_states(*UNFINISHED)),
                    alerts=Counter(alert.state.value for alert in tx.alerts.open()),
                    windows={name: window.ended_at for name, window in windows.items() if window},
                )
        except JournalError as error:
            self._failed = True
            log.warning("gauges.unreadable", extra={"fields": {"error": str(error)}})
            return
        self._failed = False
        self._taken()
