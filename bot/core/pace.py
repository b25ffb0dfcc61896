"""How often GitHub may be asked: quickly while there is plenty left, slower as its limit comes near, never past it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

# What is kept back for people: dispatches and forms must work while runs are followed.
RESERVED = 0.2
SLOWEST_S = 60.0


def poll_interval_s(base_s: float, requests: int, limit: int, remaining: int, resets_at: datetime, now: datetime) -> float:
    """Return how many seconds to wait before the next look.

    Args:
        base_s: the wait while there is plenty left.
        requests: how many requests one look takes.
        limit, remaining, resets_at: what GitHub said of its limit.
    """
    left_s = (resets_at - now).total_seconds()
    if left_s <= 0 or limit <= 0:
        return base_s
    ours = remaining - RESERVED * limit
    if ours <= 0:
        return max(base_s, SLOWEST_S)
    return min(SLOWEST_S, max(base_s, left_s * requests / ours))


LOOK_S = 2.0
FEW = 5  # so many runs are followed as closely as one


def look_every_s(runs: int) -> float:
    """Return how often the lists of runs are asked for: each 2 s for a few runs, each 15 s for 50."""
    return LOOK_S if runs <= FEW else min(15.0, 0.3 * runs + 0.5)


def search_again_s(searching_s: float) -> float:
    """Return how long to wait before the runs of a repository are searched again for one that did not show up yet.

    It grows with the search, each wait a quarter longer than the one before: at first as often as a run is followed, from two minutes on each 30 s. Five
    minutes take some 25 looks in place of 150.

    Args:
        searching_s: since its dispatch was tried.
    """
    return min(30.0, max(LOOK_S, searching_s / 4))


def edit_every_s(runs: int) -> float:
    """Return how often one message may be edited. Slack takes 50 edits a minute from all of them together."""
    return max(3.0, 1.3 * runs)


def steps_every_s(runs: int) -> float:
    """Return how often a run is asked for its steps when nothing says that it changed."""
    return LOOK_S if runs <= FEW else 3.0 * runs


def clock_every_s(runs: int) -> float:
    """Return how often the time that a run took so far is shown anew, when there is nothing else to show."""
    return max(15.0, 3.0 * runs)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What following may cost: a bucket of requests that fills slowly. What is unchanged since it was asked last (HTTP 304) costs nothing.

    Together an hour can't take more than `MOST` and an hour's filling: 800 requests, under a fifth of the 5,000 that a token has.
    """

    requests: float
    at: datetime

    PER_S: ClassVar[float] = 0.2
    MOST: ClassVar[float] = 80.0

    def later(self, now: datetime) -> "Allowance":
        """Return what there is by now."""
        passed_s = max(0.0, (now - self.at).total_seconds())
        return Allowance(min(self.MOST, self.requests + passed_s * self.PER_S), now)

    def without(self, requests: float) -> "Allowance":
        """Return what is left. It may be less than nothing: the list is asked for in any case."""
        return Allowance(max(-self.MOST, self.requests - requests), self.at)
