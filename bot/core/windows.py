"""Windows: what a watch read in one tick, which kinds of line that holds, and why one of them is worth a word."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Sign(StrEnum):
    """Why a kind of line is worth a word."""

    USUAL = ""
    NEW = "new"  # the watch had never seen it before
    SPIKING = "spiking"  # far above what is usual at this hour
    REGRESSED = "regressed"  # its alert was resolved, and it is back


class Samples(StrEnum):
    """How much of a log may be shown."""

    MASKED = "masked"  # one line of each kind, its secrets masked
    TEMPLATE = "template"  # the kind's text, every variable masked
    NONE = "none"  # counts alone


@dataclass(frozen=True, slots=True)
class FingerprintCount:
    """How often one kind of line was seen in a window, with one sample of it."""

    id: str
    template: str
    count: int
    sample: str
    is_new: bool = False  # the watch had never seen it before this window
    sign: Sign = Sign.USUAL
    usual: float | None = None  # how many are usual in such a window; None while that is not known
    usual_up_to: int = 0  # and how many in the busiest one, where that is many times more
    first_at: datetime | None = None  # when the first was written, by its own time stamp; None without one to be trusted
    is_usual: bool = False  # it is always here, or comes and goes; asked only of what was resolved, or is in an open alert


@dataclass(frozen=True, slots=True)
class Window:
    """What a watch read in one tick. `fingerprints` holds the most frequent first, then the less frequent that have a sign.

    `distinct` and `new` count all kinds of error lines, not only those.
    """

    watch: str
    began_at: datetime
    ended_at: datetime
    lines: int = 0
    errors: int = 0
    distinct: int = 0
    fingerprints: tuple[FingerprintCount, ...] = ()
    notes: tuple[str, ...] = ()
    new: int = 0
    spiking: int = 0  # kinds
    regressed: int = 0
    sign: Sign = Sign.USUAL  # of all its errors together
    is_high: bool = False  # they are so many that a spike of them goes on
    usual: float | None = None  # how many errors are usual in such a window; None while that is not known
    usual_up_to: int = 0  # and how many in the busiest one, where that is many times more
    usual_so_far: bool = False  # both are of all hours so far, not of this one
    learning_until: datetime | None = None  # until then, what the watch finds is what it learns from
    unreadable: tuple[str, ...] = ()  # what could not be read, nor the time before: it may hold anything
    unread_since: datetime | None = None  # reading broke off there; the next window begins with it

    @property
    def until(self) -> datetime:
        """The end of what it holds."""
        return self.unread_since or self.ended_at

    @property
    def length(self) -> timedelta:
        """How much time it holds; nothing where the clock went backwards."""
        return max(self.until - self.began_at, timedelta())

    @property
    def hours(self) -> float:
        """How long it is; never nothing."""
        return max(self.length.total_seconds(), 1.0) / 3600
