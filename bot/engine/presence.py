"""Notices that the daemon was away, a restart or a laptop asleep, and says once what came of it."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.core.actors import DAEMON
from bot.core.catch_up import catch_up
from bot.core.configuration import Configuration
from bot.core.operations import UNFINISHED, Operation
from bot.engine.permissions import Permissions
from bot.ports.clock import Clock, Heartbeat
from bot.ports.errors import ChatopsError, JournalError
from bot.ports.journal import AuditEvent, Journal, OutboxRow, Transaction

log = logging.getLogger(__name__)

BEAT_S = 5.0
# Shorter than this is a hiccup, not an absence.
ABSENCE = timedelta(seconds=60)
# How long the follower is waited for, so that what ended meanwhile is told as ended.
SETTLE_S = 30.0
WAS_AWAY = "daemon.was_away"
RECENT = 20  # audit events about the timeline's channel


class Presence:
    """One thread that beats, and compares the clock with its last beat."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        heartbeat: Heartbeat,
        permissions: Permissions,
        configuration: Configuration,
        expire: Callable[[], None],
        look: Callable[[threading.Event, float], bool],
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._heartbeat = heartbeat
        self._permissions = permissions
        self._configuration = configuration
        self._expire = expire  # ends what waited too long
        self._look = look  # waits until every open run was looked at once more
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        last = self._heartbeat.last()
        untold: tuple[datetime, datetime] | None = None
        while not self._stopping.is_set():
            now = self._clock.now()
            if last is not None and now - last > ABSENCE:
                untold = (untold[0] if untold else last, now)
            last = now
            if untold is None or self._was_away(*untold):
                untold = None
                self._heartbeat.beat(now)
            self._clock.wait(self._stopping, BEAT_S)
        if untold is None:  # else the next start finds the old beat, and tells
            self._heartbeat.beat(self._clock.now())

    def _was_away(self, since: datetime, now: datetime) -> bool:
        """Tell of an absence; False when that could not be done yet."""
        log.warning("daemon.was_away", extra={"fields": {"seconds": (now - since).total_seconds()}})
        try:
            return self.tell(since, now)
        except ChatopsError as error:
            log.warning("catch_up.failed", extra={"fields": {"error": str(error)}})
            return not isinstance(error, JournalError)

    def tell(self, since: datetime, now: datetime) -> bool:
        """Post the one message after an absence, if there is anything to tell; False when the daemon was stopped before."""
        with self._journal.read() as tx:
            before = tx.operations.in_states(*UNFINISHED)
            told = self._told(tx, since)
        if told is not None:  # and the daemon was killed before it could beat: what is left to tell is what came after that
            since = told
            if now - since <= ABSENCE:
                return True
        asked_before = [operation for operation in before if operation.requested_at <= now]
        if not asked_before:
            return True
        self._end_what_expired()
        self._look(self._stopping, SETTLE_S)
        if self._stopping.is_set():
            return False
        ended: list[Operation] = []
        still_open: list[Operation] = []
        with self._journal.read() as tx:
            for operation in asked_before:
                current = tx.operations.get(operation.id) or operation
                (ended if current.state.is_final else still_open).append(current)
        message = catch_up(now - since, ended, still_open, self._permissions.name_of)
        if message is None:
            return True
        detail = {"since": since.isoformat(), "ended": [o.id for o in ended], "open": [o.id for o in still_open]}
        with self._journal.begin() as tx:
            tx.audit.add(AuditEvent(now, DAEMON, WAS_AWAY, self._configuration.channel, detail))
            tx.outbox.put(OutboxRow(self._configuration.channel, message), now)
        return True

    def _end_what_expired(self) -> None:
        try:
            self._expire()
        except JournalError:
            raise
        except (
            ChatopsError
        ) as error:  # whoever is to be reminded can't be looked up: the schedule tries again, and that we were away is told all the same
            log.warning("catch_up.not_expired", extra={"fields": {"error": str(error)}})

    def _told(self, tx: Transaction, since: datetime) -> datetime | None:
        """Return when an absence was told that began at this moment; None when it was not."""
        events = [event for event in tx.audit.recent(RECENT, self._configuration.channel) if event.action == WAS_AWAY]
        return next((event.at for event in events if event.detail.get("since") == since.isoformat()), None)
