"""What a watch knows: read before a window is judged, and added to after the window is written, in steps that nobody has to wait long for.

A storm brings thousands of kinds. The window's own transaction only notes them, a row for a hundred; each note is filed in a transaction of its own
afterwards, by whoever comes first: this scan, or the next one after a crash.
"""

import threading
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from bot.core.alert_story import problem_of
from bot.core.alerts import Alert
from bot.core.baseline import hour_of, known_hours, last_hours, same_hours
from bot.core.configuration import Watch
from bot.core.families import MOST_TEMPLATES, Family
from bot.core.judging import Known
from bot.core.windows import Samples
from bot.ports.clock import Clock
from bot.ports.journal import Journal, Transaction

MOST_KINDS = 100_000  # of one watch; those seen longest ago are forgotten, and new again when they come back
LONG = timedelta(days=3)  # an alert that is open for so long no longer waits for kinds that come and go
LOOKED_BACK = 5  # resolved alerts: some may say that the watch could not be read
ASKED_AT_ONCE = 500
FORGOTTEN_AT_ONCE = 100
REST_S = 0.005  # after a step that takes some 2 ms: an ack that comes meanwhile mostly meets nobody


class WatchKinds:
    """Reads and files the kinds of watches, for whoever holds the watch's lock."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._never = threading.Event()

    def known(self, watch: Watch, seen: Sequence[str], began_at: datetime, at: datetime, samples: Samples) -> Known:
        """Read what a window of a watch is judged by.

        Args:
            seen: the kinds in it.
            began_at: when it began.
            at: when it ended.
            samples: what may be kept of a line.
        """
        kinds = self._known_of(watch.name, seen)
        has_more = len(kinds) < len(seen)
        since, young = self._young_of(watch) if seen else (None, ())
        older = self._known_of(watch.name, seen, since) if young else frozenset()
        with self._journal.read() as tx:
            alert = tx.alerts.open_of(problem_of(watch).problem)
            resolved = tx.watches.resolved(watch.name)
            followed = frozenset(kind.id for kind in alert.kinds) if alert else frozenset()
            lasts = alert is not None and at - alert.opened_at >= LONG
            about = tx.watches.templates_of(watch.name, [kind.id for kind in alert.kinds if kind.sign]) if alert and young else {}
            ended = None if alert or not seen else _ended_since(tx, watch, began_at - watch.delay)
            return Known(
                kinds=kinds,
                families=tuple(tx.watches.families(watch.name)) if has_more else (),
                templates=tuple(tx.watches.templates(watch.name, MOST_TEMPLATES)) if has_more else (),
                hours=tuple(
                    tx.watches.hours(watch.name, [*map(hour_of, (at, began_at)), *same_hours(at), *last_hours(at), *last_hours(began_at)])
                ),
                resolved=resolved,
                followed=followed,
                young=young,
                about=about,
                older=older,
                ended=frozenset(kind.id for kind in ended.kinds if kind.sign) if ended else None,
                seen=_hours_of(tx, watch, (resolved | followed if lasts else resolved).intersection(seen), at),
                trouble_since=alert.opened_at if alert and not alert.learning else None,
                learning_until=_learning_until(tx, watch, at),
                samples=samples,
                pace_s=watch.every.total_seconds(),
            )

    def file(self, watch: str) -> None:
        """Add what windows noted to what is known, batch by batch: between two of them, others have their turn."""
        with self._journal.read() as tx:
            is_there = tx.watches.has_noted_kinds(watch)
        while is_there:
            with self._journal.begin() as tx:
                is_there = tx.watches.file_kinds(watch)
            if is_there:
                self._rest()

    def crowd_out(self, watch: str) -> None:
        """Forget the kinds that were seen longest ago, until no more than `MOST_KINDS` are left."""
        with self._journal.read() as tx:
            left = tx.watches.count_kinds(watch) - MOST_KINDS
        while left > 0:
            with self._journal.begin() as tx:
                if not tx.watches.forget_kinds(watch, min(left, FORGOTTEN_AT_ONCE)):
                    return
            left -= FORGOTTEN_AT_ONCE
            if left > 0:
                self._rest()

    def _young_of(self, watch: Watch) -> tuple[datetime | None, tuple[Family, ...]]:
        """Return when the watch's open alert was opened, and the families that were made since."""
        with self._journal.read() as tx:
            alert = tx.alerts.open_of(problem_of(watch).problem)
            return (alert.opened_at, tuple(tx.watches.families(watch.name, alert.opened_at))) if alert else (None, ())

    def _known_of(self, watch: str, seen: Sequence[str], before: datetime | None = None) -> frozenset[str]:
        found: set[str] = set()
        for first in range(0, len(seen), ASKED_AT_ONCE):
            if first:
                self._rest()
            with self._journal.read() as tx:
                found |= tx.watches.known(watch, seen[first : first + ASKED_AT_ONCE], before)
        return frozenset(found)

    def _rest(self) -> None:
        self._clock.wait(self._never, REST_S)


def _ended_since(tx: Transaction, watch: Watch, at: datetime) -> Alert | None:
    """Return the watch's last alert if a person resolved it after a time."""
    last = next((alert for alert in tx.alerts.last_resolved(watch.name, LOOKED_BACK) if not alert.is_blind), None)
    return last if last and last.resolved_by and last.resolved_at and last.resolved_at > at else None


def _hours_of(tx: Transaction, watch: Watch, kinds: Collection[str], at: datetime) -> dict[str, tuple[datetime, ...]]:
    """Return the hours of the last days in which each of these kinds was seen. Mostly there are none, and nothing is read."""
    if not kinds:
        return {}
    hours = tx.watches.hours(watch.name, known_hours(at))
    return {kind: tuple(tally.hour for tally in hours if kind in tally.counts) for kind in kinds}


def _learning_until(tx: Transaction, watch: Watch, at: datetime) -> datetime | None:
    """Return until when a watch learns what is usual; None when it does not any more."""
    first = tx.watches.first_hour(watch.name)
    until = (first.began_at if first else at) + watch.learning
    return until if at < until else None
