"""Log watches: reads what is new, counts it, and writes window, checkpoints, alert and message down in one transaction."""

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.core.alert_card import alert_card, grafana_url
from bot.core.alerts import Alert, AlertState, FingerprintCount, Window
from bot.core.configuration import Configuration, Watch
from bot.core.windows import Tally
from bot.ports.clock import Clock
from bot.ports.errors import Unavailable
from bot.ports.journal import AuditEvent, Journal, OutboxRow, Transaction
from bot.ports.logs import Checkpoint, LogSource

log = logging.getLogger(__name__)

DAEMON = "chatopsd"
OVERTAKEN_TIMES = 5  # that often another daemon may write the same watch's window first before this one gives up


class WatchEngine:
    """See `bot.api.WatchesApi` for what each member promises.

    Args:
        sources: where each watch reads, by the watch's name.
    """

    def __init__(self, journal: Journal, clock: Clock, sources: Mapping[str, LogSource], configuration: Configuration) -> None:
        self._journal = journal
        self._clock = clock
        self._sources = sources
        self._configuration = configuration
        self._locks = {name: threading.Lock() for name in sources}

    def use(self, sources: Mapping[str, LogSource]) -> None:
        """Read from these sources from now on; who reads at this moment comes to its end."""
        self._locks = {name: self._locks.get(name) or threading.Lock() for name in sources}
        self._sources = sources

    def scan(self, watch: Watch) -> Window:
        """Read what is new, count it, and write all of it down at once, or nothing of it.

        Raises:
            Unavailable: the source can't be read now.
        """
        if watch.name not in self._sources:
            raise Unavailable(f"There is no watch {watch.name} any more.")
        with self._locks[watch.name]:  # a command and a tick may ask at the same time
            for _ in range(OVERTAKEN_TIMES):
                window = self._scan_once(watch)
                if window:
                    return window
        raise Unavailable(f"Others are reading the logs of {watch.name} at the same time.")

    def last_windows(self) -> list[tuple[Watch, Window | None]]:
        """Return every watch with its last window, in the order of the configuration."""
        with self._journal.read() as tx:
            return [(watch, tx.watches.last_window(watch.name)) for watch in self._configuration.watches]

    def _scan_once(self, watch: Watch) -> Window | None:
        """Scan, or return None when somebody else wrote a window meanwhile: the lines are theirs, or must be read again."""
        with self._journal.read() as tx:
            before = tx.watches.checkpoints(watch.name)
            last = tx.watches.last_window(watch.name)
        began_at = last.ended_at if last else self._clock.now()
        tally = Tally(watch.errors)
        tally.resume({stream: checkpoint.carry for stream, checkpoint in before.items()})
        after: dict[str, Checkpoint] = {}
        for batch in self._sources[watch.name].read(before):
            tally.add(batch.data, batch.checkpoint.stream)
            tally.count_others(batch.others)
            tally.note(batch.notes)
            after[batch.checkpoint.stream] = batch.checkpoint
        tally.finish()
        after = {stream: replace(checkpoint, carry=tally.carry(stream)) for stream, checkpoint in after.items()}
        ended_at = self._clock.now()
        with self._journal.begin() as tx:
            if tx.watches.checkpoints(watch.name) != before:
                return None
            window = self._write(tx, watch, tally, after.values(), began_at, ended_at)
        log.info(
            "watch.scanned", extra={"fields": {"watch": watch.name, "lines": window.lines, "errors": window.errors, "new": window.new}}
        )
        for note in window.notes:
            log.warning("watch.note", extra={"fields": {"watch": watch.name, "note": note}})
        return window

    def _write(
        self, tx: Transaction, watch: Watch, tally: Tally, checkpoints: Iterable[Checkpoint], began_at: datetime, ended_at: datetime
    ) -> Window:
        def is_new(kind: FingerprintCount) -> bool:
            return tx.watches.see_fingerprint(watch.name, kind.id, kind.template, kind.count, ended_at)

        for checkpoint in checkpoints:
            tx.watches.save_checkpoint(watch.name, checkpoint)
        window = tally.window(watch.name, min(began_at, ended_at), ended_at, is_new)
        tx.watches.add_window(window)
        if window.errors:
            self._open_alert(tx, watch, window)
        return window

    def _open_alert(self, tx: Transaction, watch: Watch, window: Window) -> None:
        alert = Alert(tx.alerts.next_id(), watch.name, watch.service, watch.channel, AlertState.FIRING, window.ended_at, window)
        tx.alerts.add(alert)
        detail = {"watch": watch.name, "lines": window.lines, "errors": window.errors, "kinds": window.distinct, "new": window.new}
        tx.audit.add(AuditEvent(window.ended_at, DAEMON, "alert.opened", alert.story, detail))
        tx.outbox.put(OutboxRow(alert.channel, alert_card(alert, grafana=grafana_url(watch, window)), story=alert.story), window.ended_at)
