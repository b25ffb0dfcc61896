"""Ties what is new in a log to the release after which it was first seen."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.core.alerts import Tie
from bot.core.configuration import Service, Watch
from bot.core.operations import Operation, OperationKind, OperationState

LONGEST = timedelta(hours=24)  # what is new later than that has another cause


def environment_of(watch: Watch, service: Service) -> str:
    """Return the environment that a watch's lines come from: the one it names, else the last in the order of promotion."""
    if watch.environment:
        return watch.environment
    earlier = {environment.after for environment in service.environments.values()}
    last = [name for name in service.environments if name not in earlier]
    return last[-1] if last else ""


def tie_of(seen_at: datetime, environment: str, operations: Iterable[Operation]) -> Tie | None:
    """Return what reached an environment last before a time; None when that is too long ago, or nothing did.

    Args:
        operations: of one service, in any order.
    """
    live = sorted((each for each in operations if _went_live(each, environment)), key=_live_at, reverse=True)
    before = [each for each in live if _live_at(each) <= seen_at]
    if not before or seen_at - _live_at(before[0]) > LONGEST:
        return None
    last = before[0]
    previous = next((each.version for each in before[1:] if each.version != last.version), "")
    return Tie(last.service, environment, last.version, _live_at(last), seen_at, previous)


def _went_live(operation: Operation, environment: str) -> bool:
    return operation.state is OperationState.SUCCEEDED and operation.environment == environment and operation.kind is not OperationKind.TAG


def _live_at(operation: Operation) -> datetime:
    return operation.finished_at or operation.updated_at
