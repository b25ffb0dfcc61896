"""Log watches: reads what is new, counts it, and writes window, kinds, checkpoints, alert and message down in one transaction."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from bot.core.alert_story import silent_title, unreadable_title
from bot.core.baseline import DAYS, Baseline, baseline_of
from bot.core.configuration import Configuration, Watch
from bot.core.cut_windows import is_telling
from bot.core.durations import say_duration
from bot.core.judging import Judged, Known, is_silent
from bot.core.live import Live
from bot.core.tally import Tally
from bot.core.windows import Samples, Window
from bot.engine.open_events import OpenEvents
from bot.engine.watch_alerts import WatchAlerts
from bot.engine.watch_kinds import MOST_KINDS, WatchKinds
from bot.ports.clock import Clock
from bot.ports.errors import JournalError, Unavailable
from bot.ports.journal import Journal, Transaction
from bot.ports.logs import Checkpoint, LineCounter, LogSource

log = logging.getLogger(__name__)

KEEP_WINDOWS = timedelta(days=3)
KEEP_HOURS = timedelta(days=DAYS + 1)
MANY = 500  # kinds in one window: then the table is looked at at once, not with the next pruning
BLIND_FROM = 2  # failures in a row, half a pace apart: one alone, or several early looks within minutes, may be a restart over there
MOST_WINDOWS = 2000  # that anybody looks at: a day of minutes
SILENT_LOOKED_AT = 200  # windows
SHORTEST_SILENCE = timedelta(minutes=2)  # a service that is restarted writes nothing for a while, and early looks may see that twice
UNSAID = "Why is not said here, since no log line may be shown in this channel: the daemon's own log has it."
MOST_REASONS = 5  # why a watch can't read something, in one alert
NewTally = Callable[[Watch], LineCounter]
OVERTAKEN_TIMES = 5  # that often another daemon may write the same watch's window first before this one gives up


@dataclass(frozen=True, slots=True)
class _Failing:
    """How often in a row a watch could not be read, and since when."""

    times: int
    since: datetime


@dataclass(frozen=True, slots=True)
class _Read:
    """Where a watch reads, and who may: one at a time."""

    source: LogSource
    lock: threading.Lock


@dataclass(frozen=True, slots=True)
class _Before:
    """Where a watch stood when a scan of it began."""

    checkpoints: Mapping[str, Checkpoint]
    window: Window | None


class WatchEngine:
    """See `bot.api.WatchesApi` for what each member promises.

    Args:
        sources: where each watch reads, by the watch's name.
        may_show: how much of a watch's lines may be shown in its channel; it may ask Slack, so it is never called within a transaction.
        tally: what counts one scan of a watch.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        sources: Mapping[str, LogSource],
        configuration: Configuration,
        alerts: WatchAlerts,
        may_show: Callable[[Watch], Samples],
        tally: NewTally | None = None,
    ) -> None:
        self._journal = journal
        self._tally = tally or (lambda watch: Tally(watch.errors, watch.structure))
        self._kinds = WatchKinds(journal, clock)
        self._alerts = alerts
        self._may_show = may_show
        self._failing: dict[str, _Failing] = {}
        self._clock = clock
        self._configuration = configuration
        self._read = {name: _Read(source, threading.Lock()) for name, source in sources.items()}

    def use(self, sources: Mapping[str, LogSource]) -> None:
        """Read from these sources from now on; who reads at this moment comes to its end."""
        before = self._read
        self._read = {name: _Read(source, before[name].lock if name in before else threading.Lock()) for name, source in sources.items()}

    def scan(self, watch: Watch) -> Window:
        """Read what is new, count it, and write all of it down at once, or nothing of it.

        Raises:
            Unavailable: the source can't be read now.
        """
        read = self._read.get(watch.name)
        if read is None:
            raise Unavailable(f"There is no watch {watch.name} any more.")
        with read.lock:  # a command and a tick may ask at the same time
            for _ in range(OVERTAKEN_TIMES):
                try:
                    window = self._scan_once(watch, read.source)
                except Unavailable as error:
                    self._failed(watch, str(error))
                    raise
                except JournalError:
                    raise  # nothing can be written down now
                except Exception as crash:  # whatever it is, a watch that sees nothing must not look like one that finds nothing
                    self._failed(watch, f"Reading it fails with {type(crash).__name__}: the daemon's own log has the rest.")
                    raise
                if window:
                    return window
        raise Unavailable(f"Others are reading the logs of {watch.name} at the same time.")

    def last_windows(self) -> list[tuple[Watch, Window | None]]:
        """Return every watch with its last window, in the order of the configuration."""
        with self._journal.read() as tx:
            return [(watch, tx.watches.last_window(watch.name)) for watch in self._configuration.watches]

    def windows_since(self, watch: str, since: datetime) -> list[Window]:
        """Return the windows of a watch that ended since a time, the newest first, at most `MOST_WINDOWS`."""
        with self._journal.read() as tx:
            return tx.watches.recent_windows(watch, since, MOST_WINDOWS)

    def prune(self) -> None:
        """Forget what nothing is compared with any more."""
        now = self._clock.now()
        with self._journal.begin() as tx:
            forgotten = tx.watches.prune(now - KEEP_WINDOWS, now - KEEP_HOURS, MOST_KINDS)
        if forgotten:
            log.info("watches.pruned", extra={"fields": {"rows": forgotten}})

    def _scan_once(self, watch: Watch, source: LogSource) -> Window | None:
        """Scan, or return None when somebody else wrote a window meanwhile: the lines are theirs, or must be read again."""
        self._kinds.file(watch.name)  # what a daemon that was killed left
        with self._journal.read() as tx:
            before = _Before(tx.watches.checkpoints(watch.name), tx.watches.last_window(watch.name))
        tally = self._tally(watch)
        try:
            return self._count(watch, source, before, tally)
        finally:
            tally.close()

    def _count(self, watch: Watch, source: LogSource, before: "_Before", tally: LineCounter) -> Window | None:
        events = OpenEvents(before.checkpoints)
        tally.resume(events.carried())
        began_at = before.window.until if before.window else self._clock.now()
        after: dict[str, Checkpoint] = {}
        unreadable: dict[str, None] = {}
        breaks: list[datetime] = []
        for batch in source.read(before.checkpoints):
            for writer, lines in batch.parts:
                tally.add(lines, events.name(batch.checkpoint.stream, writer))
            tally.count_others(batch.others)
            tally.note(batch.notes)
            unreadable.update(dict.fromkeys(batch.unreadable))
            breaks += [batch.unread_since] if batch.unread_since else []
            after[batch.checkpoint.stream] = batch.checkpoint
        tally.finish()
        checkpoints = [replace(checkpoint, carry=events.carry(stream, tally.carry)) for stream, checkpoint in after.items()]
        ended_at = self._clock.now()
        if began_at > ended_at:  # the clock went back: how long it was nobody knows
            began_at = ended_at - watch.every
        known = self._kinds.known(watch, tally.seen(), began_at, ended_at, self._may_show(watch))
        unread_since = max(began_at, min(breaks)) if breaks and min(breaks) < ended_at else None
        judged = tally.judged(Window(watch.name, began_at, ended_at, unreadable=tuple(unreadable), unread_since=unread_since), known)
        kinds = list(tally.batches())
        with self._journal.read() as tx:
            alert = self._alerts.open_of(tx, watch)
        by_hand = self._alerts.brought_by_others(watch, judged, alert)
        with self._journal.begin() as tx:
            if before != _Before(tx.watches.checkpoints(watch.name), tx.watches.last_window(watch.name)):
                return None
            self._write(tx, watch, checkpoints, judged, kinds, known, by_hand)
        self._wrote(watch, judged.window, len(kinds))
        return judged.window

    def _write(
        self,
        tx: Transaction,
        watch: Watch,
        checkpoints: Iterable[Checkpoint],
        judged: Judged,
        kinds: Iterable[str],
        known: Known,
        by_hand: Live | None,
    ) -> None:
        window = judged.window
        for checkpoint in checkpoints:
            tx.watches.save_checkpoint(watch.name, checkpoint)
        tx.watches.note_kinds(watch.name, kinds, window.ended_at)
        tx.watches.add_families(watch.name, judged.families, window.ended_at)
        tx.watches.mark_back(watch.name, judged.back)
        tx.watches.add_window(window)
        tx.watches.save_hour(watch.name, judged.hour)
        self._alerts.take(tx, watch, judged, known.samples, by_hand)
        self._look_for_silence(tx, watch, window, baseline_of(window.ended_at, known.hours), known.samples)

    def _wrote(self, watch: Watch, window: Window, batches: int) -> None:
        self._failing.pop(watch.name, None)
        log.info(
            "watch.scanned", extra={"fields": {"watch": watch.name, "lines": window.lines, "errors": window.errors, "new": window.new}}
        )
        for note in window.notes:
            log.warning("watch.note", extra={"fields": {"watch": watch.name, "note": note}})
        if batches:
            self._kinds.file(watch.name)
        if window.distinct >= MANY:
            self._kinds.crowd_out(watch.name)

    def _look_for_silence(self, tx: Transaction, watch: Watch, window: Window, baseline: Baseline, samples: Samples) -> None:
        """Open an alert when a watch can't read something, or reads nothing where it always read much, and end it when it reads again."""
        if window.lines and not window.unreadable:
            self._alerts.sees_again(tx, watch, window.ended_at, any_lines=True)
            return
        last = tx.watches.recent_windows(watch.name, window.ended_at - KEEP_WINDOWS, SILENT_LOOKED_AT)
        if window.unreadable:
            *_, first = takewhile(lambda each: each.unreadable, last)
            if is_telling(window.ended_at - first.began_at, watch.every) or self._alerts.is_blind(tx, watch):
                title = unreadable_title(watch, in_part=True)
                self._alerts.sees_nothing(tx, watch, title, _shown(_listed(window.unreadable), samples), window.ended_at)
            return
        silent = [*takewhile(lambda each: not each.lines, last)]
        length = window.ended_at - silent[-1].began_at
        if is_silent(silent, baseline) and length >= min(watch.every, SHORTEST_SILENCE):
            since = say_duration(length)
            length_h = sum(each.hours for each in silent)
            usual = baseline.lines(length_h)
            expected = f"{round(usual.median):,}" if usual else "many"
            notes = window.notes if samples is not Samples.NONE else ()
            why = f"No line for {since}, where {expected} are usual. {' '.join(notes)}".strip()
            self._alerts.sees_nothing(tx, watch, silent_title(watch), why, window.ended_at)
        else:
            self._alerts.sees_again(tx, watch, window.ended_at, any_lines=False)

    def _failed(self, watch: Watch, why: str) -> None:
        """Count a failure to read; one that goes on is an alert."""
        now, before = self._clock.now(), self._failing.get(watch.name)
        failing = self._failing[watch.name] = _Failing(before.times + 1, before.since) if before else _Failing(1, now)
        log.warning("watch.failed", extra={"fields": {"watch": watch.name, "why": why, "times": failing.times}})
        if failing.times < BLIND_FROM or not is_telling(now - failing.since, watch.every):
            return
        samples = self._may_show(watch)
        with self._journal.begin() as tx:
            self._alerts.sees_nothing(tx, watch, unreadable_title(watch), _shown(why, samples), now)


def _shown(why: str, samples: Samples) -> str:
    """Say why a watch can't be read, as far as its channel may know: programs and servers quote what they like."""
    return why if samples is not Samples.NONE else UNSAID


def _listed(reasons: tuple[str, ...]) -> str:
    more = f"\nand {len(reasons) - MOST_REASONS:,} more" if len(reasons) > MOST_REASONS else ""
    return "\n".join(reasons[:MOST_REASONS]) + more
