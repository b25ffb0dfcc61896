"""Ties what is new in a log, is back, or became many more, to the release after which, or while which, that was first seen."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from bot.core.live import Live
from bot.core.operations import Operation, OperationKind, OperationState
from bot.core.windows import Sign

LONGEST = timedelta(hours=24)  # what is new later than that has another cause
NOTICED = timedelta(seconds=30)  # so late the end of a run may be known, and its watches look
LONGEST_RISE = timedelta(hours=3)  # and what becomes more, or passes a limit: each day has its hours


class Tied(StrEnum):
    """How the time at which a kind of line was first seen stands to an operation."""

    AFTER = "after"  # it had reached the environment before
    WHILE = "while"  # it was on its way there
    BESIDE = "beside"  # it reached it, or was on its way, in the same window: which of both came first is not known


@dataclass(frozen=True, slots=True)
class Tie:
    """The operation after which, or while which, a kind of line was first seen, came back, or became many more."""

    service: str
    environment: str
    version: str
    live_at: datetime  # when it reached the environment; when it set out for it, where it is not known to have reached it
    seen_at: datetime  # when that was, at the latest
    previous: str = ""  # the version that was live before; "" when none is known
    how: Tied = Tied.AFTER
    seen_from: datetime | None = None  # and at the earliest; None: at `seen_at`
    is_live: bool = True  # it reached the environment
    since: str = ""  # another version that has reached it since: then there is nothing to go back from
    since_at: datetime | None = None
    is_later: bool = False  # than the one that the alert was opened with: what was seen before came before it
    what: Sign = Sign.NEW  # what it is that was seen; `USUAL`: that its source began to tell it
    operation: str = ""  # the operation's id; "" where somebody else brought the version


@dataclass(frozen=True, slots=True)
class Seen:
    """When something was seen first: between two times, which are the same where it is known exactly."""

    since: datetime
    until: datetime
    what: Sign = Sign.NEW  # `USUAL`: what its source says, which does not count

    @property
    def longest(self) -> timedelta:
        """How long after a release it may be for that to be the cause."""
        return LONGEST_RISE if self.what in (Sign.SPIKING, Sign.USUAL) else LONGEST


@dataclass(frozen=True, slots=True)
class _Way:
    """A version's way into an environment. `ended`: None while it is on its way, as far as is known."""

    service: str
    version: str
    began: datetime
    ended: datetime | None
    is_live: bool
    is_rollback: bool = False
    before: str = ""  # what was live when it was dispatched, whoever had brought that
    operation: str = ""  # its id; "" where somebody else brought it


def tie_of(seen: Seen, environment: str, operations: Iterable[Operation], by_hand: Live | None = None) -> Tie | None:
    """Return what reached an environment last before a time, or was on its way there then; None when that is too long ago, or nothing did.

    A run changes what is live somewhere within it, and its end is noticed late: what is seen meanwhile is not laid to the version before.

    Args:
        operations: of one service, in any order.
        by_hand: what is live there, where that was brought by somebody else than us.
    """
    ways = [way for each in operations if (way := _way_of(each, environment)) and way.began <= seen.until]
    if by_hand and by_hand.at and by_hand.at <= seen.until:
        ways.append(_Way(by_hand.service, by_hand.shown, by_hand.at, by_hand.at, is_live=True))
    ways.sort(key=lambda way: (way.ended is None, way.ended or way.began), reverse=True)
    for n, way in enumerate(ways):
        how = _how(seen, way)
        if how is None:
            continue
        since = way.ended if way.ended and way.is_live else way.began
        if seen.until - since > seen.longest:
            return None
        seen_from = None if seen.since == seen.until else seen.since
        reached = way.is_live and way.ended is not None and way.ended <= seen.until
        previous = _previous(way, ways[n + 1 :])
        return Tie(
            way.service,
            environment,
            way.version,
            since,
            seen.until,
            previous,
            how,
            seen_from,
            reached,
            what=seen.what,
            operation=way.operation,
        )
    return None


def brought_by_others(live: Live) -> Live | None:
    """Return what is live when somebody else than us brought it, None when we did or nothing is known."""
    return live if live.ours is None and live.at is not None and live.shown else None


def changes_what_is_live(operation: Operation) -> bool:
    """Say whether an operation has brought something into its environment."""
    way = _way_of(operation, operation.environment)
    return way is not None and way.is_live


def later_of(tie: Tie | None, fresh: Tie | None) -> Tie | None:
    """Return the tie that an alert goes on with when further kinds are new in it: theirs, if another release than before may have brought them. A spike takes
    the place of none but a spike's: the way back from what came first must not lead to it."""
    if tie is None or fresh is None:
        return tie or fresh
    if fresh.what is Sign.SPIKING and tie.what is not Sign.SPIKING:  # what is new has a cause; more of what was there may have many
        return tie
    return replace(fresh, is_later=True) if fresh.version != tie.version and fresh.live_at > tie.live_at else tie


def with_latest(tie: Tie, operations: Iterable[Operation], by_hand: Live | None = None) -> Tie:
    """Return a tie with the version that has reached its environment since, if another one has.

    Args:
        operations: of its service, in any order.
        by_hand: what is live there, where that is known, and was brought by somebody else than us.
    """
    reached = [(way.ended, way.version) for each in operations if (way := _way_of(each, tie.environment)) and way.is_live and way.ended]
    if by_hand and by_hand.at:
        reached.append((by_hand.at, by_hand.shown))
    if tie.since_at:
        reached.append((tie.since_at, tie.since))
    at, version = max(reached, default=(tie.live_at, tie.version))
    if at <= tie.live_at or version == tie.version:
        return replace(tie, since="", since_at=None)
    return replace(tie, since=version, since_at=at)


def _how(seen: Seen, way: _Way) -> Tied | None:
    """Say how a way stands to what was seen; None for one that had failed before, which changed nothing."""
    if way.ended and way.ended <= seen.since:
        return Tied.AFTER if way.is_live else None
    if way.ended is None and seen.until - way.began > LONGEST:
        return None  # nobody ever told how it ended
    covers = way.began <= seen.since and (way.ended is None or way.ended > seen.until - NOTICED)
    return Tied.WHILE if covers else Tied.BESIDE


def _previous(last: _Way, before: Iterable[_Way]) -> str:
    """Return the version to go back to; "" after a rollback: what was live before it is what people had gone back from."""
    if last.is_rollback:
        return ""
    known = next((way.version for way in before if way.is_live and way.version != last.version), "")
    return known or (last.before if last.before != last.version else "")


def _way_of(operation: Operation, environment: str) -> _Way | None:
    if operation.environment != environment or operation.kind is OperationKind.TAG:
        return None
    began, ended = operation.started_at or operation.dispatched_at, operation.finished_at or operation.updated_at
    way = partial(
        _Way,
        operation.service,
        operation.version,
        is_rollback=operation.kind is OperationKind.ROLLBACK,
        before=operation.live_before,
        operation=operation.id,
    )
    match operation.state:
        case OperationState.SUCCEEDED:
            return way(min(began or ended, ended), ended, is_live=True)
        case OperationState.FAILED | OperationState.CANCELLED if began and operation.run_id:  # it may have got half-way
            return way(began, ended, is_live=False)
        case OperationState.DISPATCHING | OperationState.RUNNING | OperationState.UNKNOWN if began:
            return way(began, None, is_live=False)
        case _:
            return None
