"""Windows that were cut short, since their watch looked early: which of them count as one, and how long a time tells something.

Two lengths, for two questions. What is held against what is usual is no longer than one pace of the watch, or it would be too much: see `Stretch.then`. A
point of a trend takes in what is read early after it, up to one and a half paces: alone that would look like a dip, and make a rate of a few seconds. See
`with_point`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.core.alerts import MOST_POINTS, Alert, Point
from bot.core.windows import Window

ON_TIME = 1.1  # times its pace: so long a watch's window may be that was not cut short, since a tick is never quite on time
POINT_TIMES = 1.5  # a point of a trend is less than that many times as long as its watch's pace
TELLING = 0.5  # of the pace of its watch: in a shorter window that something is not in, it may only not have come again yet


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a watch read in a window, or in several in a row. `counts`: fingerprint → lines."""

    seconds: float = 0.0
    errors: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    def then(self, following: "Stretch", pace_s: float) -> "Stretch":
        """Return the stretch that follows, with this one in front of it where both together are no longer than one pace.

        Args:
            pace_s: how long its watch's windows are that are not cut short; 0: no window was.
        """
        if not self.seconds or self.seconds + following.seconds > ON_TIME * pace_s:
            return following
        return Stretch(self.seconds + following.seconds, self.errors + following.errors, summed(self.counts, following.counts))

    def is_whole(self, pace_s: float) -> bool:
        """Say whether it is as long as the pace: what follows is no further part of it."""
        return self.seconds * ON_TIME >= pace_s


def summed(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """Return both counts in one, by fingerprint."""
    return {**counts, **{kind: counts.get(kind, 0) + count for kind, count in more.items()}}


def with_point(alert: Alert, window: Window, pace: timedelta) -> tuple[Point, ...]:
    """Return an alert's trend with one more window: part of the last point where that is still short enough, else a point of its own.

    Args:
        pace: how long its watch's windows are that are not cut short.
    """
    series = alert.series
    began_at = series[-2].at if len(series) > 1 else alert.opened_at - pace
    if series and window.ended_at - began_at < POINT_TIMES * pace:
        return (*series[:-1], Point(window.ended_at, series[-1].errors + window.errors))
    return (*series, Point(window.ended_at, window.errors))[-MOST_POINTS:]


def is_telling(length: timedelta, pace: timedelta) -> bool:
    """Say whether a time is long enough to tell: what is not seen for so long is gone, and what can't be read for so long is no restart over there."""
    return length >= TELLING * pace
