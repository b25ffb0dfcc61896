"""What is usual: how many lines, errors and errors of each kind a watch reads at this hour, from the same hours of the last days.

The test for a spike, for all errors of a window and for each kind: at least `SPIKE_FROM` of them, at least `SPIKE_TIMES` times the median, and more
than `SPIKE_SPREADS` spreads above it. The spread is the scaled MAD of the hours, but no less than what chance alone makes of such a median.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import sqrt
from statistics import median

DAYS = 14  # looked back
NEIGHBOURS = 1  # hours before and after; a change to or from summer time is within them
WARM_DAYS = 3  # of that many days an hour must be known; before, the last hours of any time of day must do
WARM_HOURS = 3
SHORTEST_HOUR = timedelta(minutes=10)  # of an hour that is known for less, nothing is taken
SPIKE_FROM = 10
SPIKE_TIMES = 3.0
SPIKE_SPREADS = 5.0
SCALED = 1.4826  # a MAD times this is a standard deviation, where things are normal
KINDS_AN_HOUR = 500  # kept: the most frequent; of the others it is taken that there were none


@dataclass(frozen=True, slots=True)
class HourTally:
    """What a watch read in one hour. `counts`: fingerprint → lines, of at most `KINDS_AN_HOUR` kinds."""

    hour: datetime  # its beginning
    began_at: datetime  # of its first window
    seconds: float = 0.0  # covered by windows
    lines: int = 0
    errors: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    def add(self, seconds: float, lines: int, errors: int, counts: Mapping[str, int]) -> "HourTally":
        """Return it with one more window in it."""
        summed = dict(self.counts)
        for kind, count in counts.items():
            summed[kind] = summed.get(kind, 0) + count
        if len(summed) > KINDS_AN_HOUR:
            summed = dict(sorted(summed.items(), key=lambda item: (-item[1], item[0]))[:KINDS_AN_HOUR])
        return replace(self, seconds=self.seconds + seconds, lines=self.lines + lines, errors=self.errors + errors, counts=summed)


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in a window of one length."""

    median: float
    spread: float

    def is_exceeded_by(self, count: float) -> bool:
        """Say whether so many are a spike: see the head of this file."""
        spread = max(self.spread, sqrt(self.median), 1.0)
        return count >= SPIKE_FROM and count >= SPIKE_TIMES * self.median and count > self.median + SPIKE_SPREADS * spread


@dataclass(frozen=True, slots=True)
class Baseline:
    """The hours that one window is compared with. `days`: of how many days they are; `is_warm`: whether those are enough."""

    hours: tuple[HourTally, ...] = ()
    days: int = 0
    is_warm: bool = False

    def lines(self, length_h: float) -> Usual | None:
        """Return how many lines are usual in a window of so many hours; None while that is not known."""
        return self._usual([hour.lines for hour in self.hours], length_h)

    def errors(self, length_h: float) -> Usual | None:
        return self._usual([hour.errors for hour in self.hours], length_h)

    def kind(self, fingerprint: str, length_h: float) -> Usual | None:
        return self._usual([hour.counts.get(fingerprint, 0) for hour in self.hours], length_h)

    def _usual(self, counts: Sequence[int], length_h: float) -> Usual | None:
        if not counts:
            return None
        rates = [count * 3600 / hour.seconds for count, hour in zip(counts, self.hours, strict=True)]
        middle = median(rates)
        spread = median(abs(rate - middle) for rate in rates)
        return Usual(middle * length_h, SCALED * spread * length_h)


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


def baseline_of(at: datetime, known: Iterable[HourTally], trouble_since: datetime | None = None) -> Baseline:
    """Choose from what is known the hours that a window at a time is compared with.

    Args:
        trouble_since: when the trouble began that still goes on: while the last hours must do, its own are not what is usual.
    """
    usable = {tally.hour: tally for tally in known if tally.seconds >= SHORTEST_HOUR.total_seconds()}
    same = [usable[hour] for hour in same_hours(at) if hour in usable]
    here = hour_of(at)
    days = len({round((here - tally.hour) / timedelta(days=1)) for tally in same})
    if days >= WARM_DAYS:
        return Baseline(tuple(same), days, is_warm=True)
    until = hour_of(trouble_since or at)
    recent = [usable[hour] for hour in last_hours(at) if hour in usable and hour < until]
    return Baseline(tuple(recent) if len(recent) >= WARM_HOURS else (), days)
