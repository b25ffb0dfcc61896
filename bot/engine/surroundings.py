"""What an operation's message says beside the operation: how long it usually takes, what was live before, and where it may go on to."""

from dataclasses import dataclass
from statistics import median

from bot.core.configuration import Configuration
from bot.core.operations import Operation, OperationKind
from bot.engine.live_versions import LiveEngine
from bot.ports.journal import Journal

LAST = 10  # so many ended operations tell what is usual


@dataclass(frozen=True, slots=True)
class Around:
    """See the fields of the same names of `Operation`."""

    usual_s: float
    live_before: str
    next_environments: tuple[str, ...]


class Surroundings:
    """Looks around once, when an operation is dispatched."""

    def __init__(self, configuration: Configuration, journal: Journal, live: LiveEngine) -> None:
        self._configuration = configuration
        self._live = live
        self._journal = journal

    def of(self, operation: Operation) -> Around:
        """Return what there is to say."""
        with self._journal.read() as tx:
            ended = tx.operations.succeeded(operation.service, operation.environment, LAST, operation.kind)
        return Around(usual_s(ended), self._live_before(operation), self._next(operation))

    def _live_before(self, operation: Operation) -> str:
        """Return the version that can be gone back to; "" where nothing can be: without a workflow that deploys, or without a version."""
        service = self._configuration.services.get(operation.service)
        if service is None or not service.deploy_workflow or not operation.environment:
            return ""
        return self._live.of(operation.service, operation.environment).version

    def _next(self, operation: Operation) -> tuple[str, ...]:
        service = self._configuration.services.get(operation.service)
        if service is None or not service.deploy_workflow or operation.kind not in (OperationKind.RELEASE, OperationKind.DEPLOY):
            return ()
        return tuple(environment.name for environment in service.environments.values() if environment.after == operation.environment)


def usual_s(ended: list[Operation]) -> float:
    """Return how long the runs of ended operations took, the median; 0 when there is none."""
    took = [(o.finished_at - (o.started_at or o.dispatched_at or o.requested_at)).total_seconds() for o in ended if o.finished_at]
    return median(took) if took else 0.0
