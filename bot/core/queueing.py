"""What happens to an operation whose environment is busy: it is refused, or it waits for its turn."""

from collections.abc import Sequence
from enum import StrEnum

from bot.core.operations import Operation, OperationState


class WhenBusy(StrEnum):
    REFUSE = "refuse"
    QUEUE = "queue"


def waits_for(operation: Operation, unfinished: Sequence[Operation]) -> list[Operation]:
    """Return what must end before a queued operation begins, in the order in which it will: first what is on its way there, then who came earlier.

    Args:
        unfinished: everything that has not ended, oldest first.
    """
    there = [
        other
        for other in unfinished
        if (other.service, other.environment) == (operation.service, operation.environment) and other.id != operation.id
    ]
    begun = [other for other in there if other.state is not OperationState.REQUESTED]
    earlier = [
        other
        for other in there
        if other.state is OperationState.REQUESTED and (other.requested_at, other.id) < (operation.requested_at, operation.id)
    ]
    return begun + earlier


def say_turn(ahead: Sequence[Operation]) -> str:
    """Say what a queued operation waits for."""
    if not ahead:
        return "Its turn has come."
    first = ahead[0]
    what = f"{first.kind} {first.version}"
    if first.state is OperationState.UNKNOWN:
        return f"Waits until somebody decides on the {what}, whose outcome is not known."
    if len(ahead) == 1:
        return f"Waits for the {what} to end. It is next."
    return f"Waits for the {what} and {len(ahead) - 1} more to end. It is number {len(ahead)} in the queue."
