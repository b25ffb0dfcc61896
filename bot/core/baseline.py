"""What is usual: how many lines, errors and errors of each kind a watch reads at this hour, from the same hours of the last days.

The test for a spike, for all errors of a window and for each kind: at least `SPIKE_FROM` of them, at least `SPIKE_TIMES` times the median, more than
`SPIKE_SPREADS` spreads above it, and more than `SPIKE_SPREADS` times as far above the average of such an hour as the busiest window in it is, on most days or
on this day of the week (`ONCE_SPREADS`, where one week alone is known). The spread is the scaled MAD of the hours, but no less than what chance alone makes
of such a median; it knows nothing of errors that come in bursts, nor of a job that runs once a night or once a week, which the busiest windows do. A spike
goes on until it is half of that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import sqrt
from statistics import median

from bot.core.cut_windows import Stretch, summed

DAYS = 14  # looked back
NEIGHBOURS = 1  # hours before and after; a change to or from summer time is within them
WARM_DAYS = 3  # of that many days an hour must be known; before, the last hours of any time of day must do
WARM_HOURS = 3
WORST_HOURS = 2  # of those last hours: as many as an incident of an hour touches
GAP = timedelta(hours=3)  # a window longer than that, of a watch whose windows are short, holds other hours than those around its end
SHORTEST_HOUR = timedelta(minutes=10)  # of an hour that is known for less, nothing is taken
SPIKE_FROM = 10
SPIKE_TIMES = 3.0
SPIKE_SPREADS = 5.0
BUSY_FROM = 5  # errors of one kind in a window: of fewer it is not kept how many there were at most
WEEKS = (7, 14)  # days ago: the same day of the week
ONCE_SPREADS = 2.5  # in place of `SPIKE_SPREADS` where but one of them is known: what was there may have been an incident
ALIKE = 1.5  # times as long: windows of about one length
ABSENCES = 3  # of about that length make one more of them nothing new
SHORTEST_ABSENCE_H = 2.0  # from the hour in which a kind was seen to the next one
SCALED = 1.4826  # a MAD times this is a standard deviation, where things are normal
KINDS_AN_HOUR = 500  # kept: the most frequent; of the others it is taken that there were none


@dataclass(frozen=True, slots=True)
class HourTally:
    """What a watch read in one hour. `counts`: fingerprint → lines, of at most `KINDS_AN_HOUR` kinds.

    `busiest` are the errors of its busiest window, `busiest_of` those of each such kind in its own; of a window longer than an hour, an hour's share. Windows
    that were cut short are one.
    """

    hour: datetime  # its beginning
    began_at: datetime  # of its first window
    seconds: float = 0.0  # covered by windows
    lines: int = 0
    errors: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    windows: float = 0  # one that was cut short is a part of one
    busiest: int = 0
    busiest_of: Mapping[str, int] = field(default_factory=dict)  # those of at least `BUSY_FROM`
    part: Stretch = field(default_factory=Stretch)  # the last window as far as it was read, where a further one may belong to it

    @property
    def window_h(self) -> float:
        """How long its windows were, in hours; of longer ones an hour is what `busiest` holds."""
        return min(1.0, self.seconds / 3600 / (self.windows or 1))

    def add(self, lines: int, read: Stretch, whole: Stretch, pace_s: float = 0.0) -> "HourTally":
        """Return it with one more window in it.

        Args:
            read: what the window holds.
            whole: that with the windows before it of which it is a part: what `part.then` says of it.
            pace_s: how long its watch's windows are that are not cut short; 0: this one is whole.
        """
        share = min(1.0, 3600 / max(whole.seconds, 1.0))
        counts = _most(summed(self.counts, read.counts))
        most = {kind: max(self.busiest_of.get(kind, 0), round(whole.counts.get(kind, 0) * share)) for kind in counts}
        return replace(
            self,
            seconds=self.seconds + read.seconds,
            lines=self.lines + lines,
            errors=self.errors + read.errors,
            counts=counts,
            windows=self.windows + (min(1.0, read.seconds / pace_s) if pace_s else 1),
            busiest=max(self.busiest, round(whole.errors * share)),
            busiest_of={kind: count for kind, count in most.items() if count >= BUSY_FROM},
            part=Stretch() if whole.is_whole(pace_s) else replace(whole, counts=_most(whole.counts)),
        )


def _most(counts: Mapping[str, int]) -> dict[str, int]:
    if len(counts) <= KINDS_AN_HOUR:
        return dict(counts)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:KINDS_AN_HOUR])


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in a window of one length."""

    median: float
    spread: float
    burst: float = 0.0  # what a window may hold where errors come in bursts; 0 where that is not known
    busiest: float = 0.0  # what the busiest window of such an hour holds; 0 where that is not known of windows of this length

    @property
    def up_to(self) -> int:
        """What people are told besides the median, where that alone would mislead them; else 0."""
        return round(self.busiest) if self.busiest >= SPIKE_TIMES * max(self.median, 1.0) else 0

    def is_exceeded_by(self, count: float) -> bool:
        """Say whether so many are a spike: see the head of this file."""
        return count >= max(SPIKE_FROM, SPIKE_TIMES * self.median) and count > self._most

    def is_still_exceeded_by(self, count: float) -> bool:
        """Say whether what was a spike goes on: so many are further from what is usual than from a spike."""
        return count - self.median > (max(SPIKE_FROM, SPIKE_TIMES * self.median, self._most) - self.median) / 2

    @property
    def _most(self) -> float:
        """How many are no spike."""
        return max(self.median + SPIKE_SPREADS * max(self.spread, sqrt(self.median), 1.0), self.burst)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The hours that one window is compared with. `days`: of how many days they are; `is_warm`: whether those are enough."""

    hours: tuple[HourTally, ...] = ()
    days: int = 0
    is_warm: bool = False
    days_ago: tuple[int, ...] = ()  # of each hour, where it is warm

    def lines(self, length_h: float) -> Usual | None:
        """Return how many lines are usual in a window of so many hours; None while that is not known."""
        return self._usual([hour.lines for hour in self.hours], length_h)

    def errors(self, length_h: float) -> Usual | None:
        return self._usual([hour.errors for hour in self.hours], length_h, [hour.busiest for hour in self.hours])

    def kind(self, fingerprint: str, length_h: float, *, with_bursts: bool = True) -> Usual | None:
        """Return how many errors of a kind are usual.

        Args:
            with_bursts: look at the busiest windows, too, which takes most of the time.
        """
        busiest = [hour.busiest_of.get(fingerprint, 0) for hour in self.hours] if with_bursts else ()
        return self._usual([hour.counts.get(fingerprint, 0) for hour in self.hours], length_h, busiest)

    def expects(self, fingerprint: str) -> bool:
        """Say whether a kind is seen around this hour on most days, or was on this day of each of the last weeks."""
        seen = {day for day, hour in zip(self.days_ago, self.hours, strict=False) if fingerprint in hour.counts}
        return self.is_warm and (2 * len(seen) > self.days or seen.issuperset(WEEKS))

    @property
    def may_be_silent(self) -> bool:
        """Whether nothing was read around this hour of this day of the last weeks, either: of both, where both are known."""
        was_silent: dict[int, bool] = {}
        for day, hour in zip(self.days_ago, self.hours, strict=False):
            if day in WEEKS:
                was_silent[day] = was_silent.get(day, False) or not hour.lines
        return bool(was_silent) and all(was_silent.values())

    def _usual(self, counts: Sequence[int], length_h: float, busiest: Sequence[int] = ()) -> Usual | None:
        if not counts:
            return None
        rates = [count * 3600 / hour.seconds for count, hour in zip(counts, self.hours, strict=True)]
        middle = median(rates)
        spread = median(abs(rate - middle) for rate in rates)
        if not any(busiest):
            return Usual(middle * length_h, SCALED * spread * length_h)
        each = zip([rate * length_h for rate in rates], rates, busiest, self.hours, self._spreads(), strict=True)
        bursts = [
            even + spreads * max(most - rate * hour.window_h, sqrt(even), 1.0) if most else 0.0 for even, rate, most, hour, spreads in each
        ]
        alike = [count if hour.window_h <= ALIKE * length_h else 0 for count, hour in zip(busiest, self.hours, strict=True)]
        return Usual(middle * length_h, SCALED * spread * length_h, self._on_most_days(bursts), self._on_most_days(alike))

    def _spreads(self) -> list[float]:
        """Return for each hour how many times as far above its average as its busiest window a spike is."""
        weeks = {*self.days_ago}.intersection(WEEKS)
        if len(weeks) != 1:
            return [SPIKE_SPREADS] * len(self.hours)
        return [ONCE_SPREADS if day in weeks else SPIKE_SPREADS for day in self.days_ago]

    def _on_most_days(self, of_hours: Iterable[float]) -> float:
        """Return the most on most days, or on this day of the week if that is more; while little is known, of all hours but the worst."""
        if not self.is_warm:
            return sorted(of_hours)[-1 - WORST_HOURS]
        by_day: dict[int, float] = {}
        for day, most in zip(self.days_ago, of_hours, strict=True):
            by_day[day] = max(by_day.get(day, 0.0), most)
        return max(median(by_day.values()), min((by_day[day] for day in WEEKS if day in by_day), default=0.0))


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour in which a time is."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def same_hours(at: datetime) -> list[datetime]:
    """Return the hours that a window at a time is compared with: the same ones, and their neighbours, of the last days."""
    hour = hour_of(at)
    return [hour - timedelta(days=day, hours=away) for day in range(1, DAYS + 1) for away in range(-NEIGHBOURS, NEIGHBOURS + 1)]


def last_hours(at: datetime) -> list[datetime]:
    """Return the hours that must do until there are days enough; the one that runs is none of them."""
    return [hour_of(at) - timedelta(hours=away) for away in range(1, 25)]


def baseline_of(
    at: datetime, known: Iterable[HourTally], trouble_since: datetime | None = None, began_at: datetime | None = None
) -> Baseline:
    """Choose from what is known the hours that a window at a time is compared with.

    Args:
        trouble_since: when the trouble began that still goes on: while the last hours must do, its own are not what is usual.
        began_at: when the window began; after a gap it is compared with the hours before it, of any time of day.
    """
    usable = {tally.hour: tally for tally in known if tally.seconds >= SHORTEST_HOUR.total_seconds()}
    same = [usable[hour] for hour in same_hours(at) if hour in usable]
    here = hour_of(at)
    days_ago = tuple(round((here - tally.hour) / timedelta(days=1)) for tally in same)
    days = len(set(days_ago))
    short = sum(tally.seconds < GAP.total_seconds() for tally in same)
    is_gap = began_at is not None and at - began_at > GAP and 2 * short > len(same)
    if days >= WARM_DAYS and not is_gap:
        return Baseline(tuple(same), days, is_warm=True, days_ago=days_ago)
    end = began_at if began_at and is_gap else at
    until = hour_of(min(trouble_since or end, end))
    recent = [usable[hour] for hour in last_hours(end) if hour in usable and hour < until]
    return Baseline(tuple(recent) if len(recent) >= WARM_HOURS else (), days)


def known_hours(at: datetime) -> list[datetime]:
    """Return every hour of the last days that may be known, the one that runs included."""
    return [hour_of(at) - timedelta(hours=away) for away in range(24 * DAYS)]


def comes_and_goes(seen: Iterable[datetime], at: datetime) -> bool:
    """Say whether a kind that is here again was away before as it was now: `ABSENCES` times, for half as long at least.

    Args:
        seen: the hours of the last days in which it was seen.
    """
    hours = sorted(seen)
    if not hours:
        return False
    away = hour_of(at) - hours[-1]
    least = max(away / 2, timedelta(hours=SHORTEST_ABSENCE_H))
    return sum(later - earlier >= least for earlier, later in pairwise(hours)) >= ABSENCES
