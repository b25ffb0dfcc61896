"""Has watches look before they are due: where what they read from then on means something else, and soon after a release."""

from collections.abc import Callable
from datetime import timedelta

from bot.core.configuration import Configuration, Watch
from bot.core.environments import environment_of
from bot.core.operations import Operation, OperationKind, OperationState
from bot.core.sources import CommandSource

AT_ONCE = (timedelta(),)
AFTER_RELEASE = (timedelta(), timedelta(minutes=2), timedelta(minutes=5))  # most of what a release breaks shows at once
_LOOKS = {
    OperationState.RUNNING: AT_ONCE,
    OperationState.SUCCEEDED: AFTER_RELEASE,
    OperationState.FAILED: AFTER_RELEASE,  # it may have got half-way
    OperationState.CANCELLED: AFTER_RELEASE,
}


class EarlyLooks:
    """Says which watch is to look when.

    Args:
        soon: has a watch look once, so long after all can be read that was written until now.
    """

    def __init__(self, configuration: Configuration, soon: Callable[[Watch, timedelta], None]) -> None:
        self._configuration = configuration
        self._soon = soon

    def resolved(self, name: str) -> None:
        """Have the watch of this name look: what it reads from then on was not there when somebody called its errors over."""
        watch = self._configuration.watch_named(name)
        if watch:
            self._look(watch, AT_ONCE)

    def moved(self, operation: Operation) -> None:
        """Have the watches of where an operation leads look when its run begins and ends, so that each window is before, while or after it."""
        service = self._configuration.services.get(operation.service)
        if service is None or operation.run_id is None or operation.kind is OperationKind.TAG:
            return
        for watch in self._configuration.watches:
            if watch.service == operation.service and environment_of(watch, service) == operation.environment:
                self._look(watch, _LOOKS.get(operation.state, ()))

    def _look(self, watch: Watch, after: tuple[timedelta, ...]) -> None:
        if _prints_its_pace(watch):
            return
        for each in after:
            if each < watch.every:
                self._soon(watch, each)


def _prints_its_pace(watch: Watch) -> bool:
    """Say whether a program is not told since when: it may print what happened in the last `every`, and of an early run that counts twice."""
    source = watch.source
    return isinstance(source, CommandSource) and not source.overlaps and not any("{since}" in argument for argument in source.argv)
