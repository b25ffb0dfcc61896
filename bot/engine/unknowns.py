"""Operations whose outcome nobody knows: a person looks, says what happened, and it goes on."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.core.configuration import Configuration
from bot.core.markup import code, md
from bot.core.operations import UNFINISHED, Operation, OperationState
from bot.engine.permissions import Permissions, let_through
from bot.engine.run_search import is_run_of
from bot.engine.stories import Stories
from bot.ports.errors import NotFound, UserError
from bot.ports.github import GitHub, Run
from bot.ports.journal import Journal, Transaction

# Our clock and GitHub's never quite agree.
SKEW = timedelta(minutes=5)
# When an operation ended is told by our clock, when a run was made by GitHub's.
MARGIN = timedelta(days=1)


class UnknownEngine:
    """See `bot.api.UnknownsApi` for what each member promises."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        github: GitHub,
        permissions: Permissions,
        stories: Stories,
        refusal: Callable[[Operation], str],
        send_again: Callable[[Operation], None],
        follow: Callable[[], None],
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._github = github
        self._permissions = permissions
        self._stories = stories
        self._refusal = refusal
        self._send_again = send_again
        self._follow = follow

    def candidates(self, operation_id: str, actor: str) -> list[Run]:
        operation = self._open(operation_id, actor)
        since = (operation.dispatched_at or operation.requested_at) - SKEW
        runs = self._github.recent_runs(operation.repo, since)
        with self._journal.read() as tx:
            others = _others(tx, operation, since)
        return sorted((run for run in runs if _owner(run, others) is None), key=lambda run: run.created_at)

    def adopt(self, operation_id: str, run_id: int, actor: str) -> Operation:
        operation = self._open(operation_id, actor)
        try:
            run = self._github.run(operation.repo, run_id)
        except NotFound:
            raise UserError(md("There is no run {} in {}.", code(str(run_id)), operation.repo)) from None

        def check(tx: Transaction) -> None:
            """See, where nobody else can take it meanwhile, that nobody has."""
            if owner := _owner(run, _others(tx, operation, min(run.created_at, operation.dispatched_at or operation.requested_at))):
                raise UserError(md("Run {} is that of {} {}.", run.number, owner.service, code(owner.version)))

        moved = self._stories.move(
            operation,
            OperationState.RUNNING,
            by=actor,
            detail={"adopted": run.id, "title": run.title},
            check=check,
            reason="",
            run_id=run.id,
            run_url=run.url,
            run_number=run.number,
            started_at=run.started_at,
        )
        self._follow()
        return self._done(moved)

    def dispatch_again(self, operation_id: str, actor: str) -> Operation:
        operation = self._open(operation_id, actor)
        found = [run for run in self.candidates(operation_id, actor) if is_run_of(operation, run)]
        if found:
            return self.adopt(operation_id, found[0].id, actor)
        refusal = self._refusal(operation)
        if refusal:
            raise UserError(md("{} Nothing was started.", refusal))
        moved = self._stories.move(
            operation, OperationState.DISPATCHING, by=actor, reason="", dispatched_at=self._github.server_time(), detail={"again": True}
        )
        operation = self._done(moved)
        self._send_again(operation)
        return operation

    def give_up(self, operation_id: str, actor: str) -> Operation:
        operation = self._open(operation_id, actor, may_be_gone=True)
        who = self._permissions.name_of(actor)
        return self._done(
            self._stories.move(operation, OperationState.CANCELLED, by=actor, reason=f"Given up by {who}; it is not known whether it ran.")
        )

    def _open(self, operation_id: str, actor: str, *, may_be_gone: bool = False) -> Operation:
        """Return the operation, if it is still unknown and the person may decide on it.

        Args:
            may_be_gone: let anybody who may release anywhere decide on a service that was taken out of the configuration.
        """
        with self._journal.read() as tx:
            operation = tx.operations.get(operation_id)
        if operation is None:
            raise UserError(md("There is no operation {}.", code(operation_id)))
        service = self._configuration.services.get(operation.service)
        environment = service.environments.get(operation.environment) if service else None
        if environment is None and not may_be_gone:
            raise UserError(
                md("{} and its environment {} are not in chatops.toml any more: give it up.", operation.service, operation.environment)
            )
        roles = [environment.releasers] if environment else self._releasing_roles()
        verdicts = [self._permissions.role(actor, role) for role in roles]
        refused = [] if any(verdict.passed for verdict in verdicts) else verdicts[:1]
        let_through(self._permissions.member(actor), *refused)
        if operation.state is not OperationState.UNKNOWN:
            raise UserError(md("This is decided already: {} {} is {}.", operation.service, code(operation.version), operation.state.value))
        return operation

    def _releasing_roles(self) -> list[str]:
        services = self._configuration.services.values()
        return sorted({environment.releasers for service in services for environment in service.environments.values()}) or [""]

    def _done(self, moved: Operation | None) -> Operation:
        if moved is None:
            raise UserError("Somebody else decided on this a moment ago.")
        return moved


def _others(tx: Transaction, operation: Operation, since: datetime) -> list[Operation]:
    """Return the other operations whose run may be one that was made since a time: none of them had ended by then."""
    known = [*tx.operations.in_states(*UNFINISHED), *tx.operations.ended_since(since - MARGIN)]
    return [other for other in known if other.id != operation.id]


def _owner(run: Run, others: Sequence[Operation]) -> Operation | None:
    """Return whose run it is: by its number, or by the dispatch id in its name of one that is still looked for."""
    return next((other for other in others if is_run_of(other, run)), None)
