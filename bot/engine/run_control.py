"""Cancels runs and runs their failed jobs again: written down before it is asked of GitHub, looked up when the answer was lost."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from bot.core.approvals import check_approvals
from bot.core.blocks import Message, section
from bot.core.configuration import Configuration, Environment, Service
from bot.core.durations import say_ago
from bot.core.markup import Mrkdwn, code, md, mention, shorten
from bot.core.operation_buttons import may_rerun
from bot.core.operations import Operation, OperationKind, OperationState, Reached, RunDeed, RunRequest
from bot.core.override import gone_past
from bot.core.requests import OperationRequest
from bot.engine.gatekeeper import Gatekeeper
from bot.engine.lanes import Lanes
from bot.engine.operations import OperationEngine
from bot.engine.permissions import Permissions, let_through
from bot.engine.stories import Stories
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, OutcomeUnknown, UserError
from bot.ports.github import GitHub
from bot.ports.journal import Journal

log = logging.getLogger(__name__)

# What GitHub did not confirm within this time is not done: people may ask again.
UNCONFIRMED_FOR = timedelta(minutes=2)
# A version that could not be gone back to within this time is not what anybody expects any more.
GO_BACK_WITHIN = timedelta(minutes=10)


class RunControl:
    """See `bot.api.RunsApi` for what each public member promises."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        github: GitHub,
        permissions: Permissions,
        gatekeeper: Gatekeeper,
        operations: OperationEngine,
        stories: Stories,
        clock: Clock,
        follow: Callable[[], None],
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._github = github
        self._permissions = permissions
        self._gatekeeper = gatekeeper
        self._operations = operations
        self._stories = stories
        self._clock = clock
        self._follow = follow

    def get(self, operation_id: str) -> Operation:
        with self._journal.read() as tx:
            operation = tx.operations.get(operation_id.strip().strip("`"))
            running = tx.operations.in_states(OperationState.RUNNING)
        if operation is None:
            named = "; ".join(f"{o.id}: {o.service} {o.version} to {o.environment}" for o in running[:5])
            raise UserError(md("There is no operation {}. Running now: {}.", code(shorten(operation_id, 60)), named or "nothing"))
        return operation

    def cancel(self, operation_id: str, actor: str, back_to: str = "") -> Operation:
        operation = self.get(operation_id)
        self._check_person(operation, actor)
        if operation.state is not OperationState.RUNNING or operation.run_id is None:
            raise UserError(_as_it_is(operation, "There is nothing to cancel"))
        self._check_nothing_asked(operation)
        if back_to:
            self._operations.place(operation.service, operation.environment, OperationKind.ROLLBACK)
        asking = self._ask(operation, RunRequest(RunDeed.CANCEL, actor, self._clock.now(), operation.attempt, back_to=back_to))
        return self._send(asking, self._github.cancel)

    def rerun(self, operation_id: str, actor: str) -> Operation:
        operation = self.get(operation_id)
        self._check_person(operation, actor)
        self._check_nothing_asked(operation)
        if not may_rerun(operation):
            raise UserError(_as_it_is(operation, "There are no failed jobs to re-run"))
        self._check_gates(operation, actor)
        run = self._github.run(operation.repo, operation.run_id or 0)
        if run.attempt > operation.attempt or run.status != "completed":
            self._follow()
            raise UserError(md("It runs again already: attempt {}.", run.attempt))
        asking = self._ask(operation, RunRequest(RunDeed.RERUN, actor, self._clock.now(), operation.attempt))
        sent = self._send(asking, self._github.rerun_failed)
        moved = self._stories.move(
            sent,
            OperationState.RUNNING,
            by=actor,
            detail={"attempt": operation.attempt + 1},
            attempt=operation.attempt + 1,
            looked_at=None,
            reason="",
            log_tail="",
            log_url="",
            asked=None,
        )
        self._follow()
        return moved or self.get(operation_id)

    def settle(self, operation: Operation) -> None:
        """Bring what was asked of an operation to an end: nothing stays asked for ever, and what is to be gone back to is."""
        asked = operation.asked
        if asked is None:
            return
        if operation.state.is_final and asked.back_to:
            self._go_back(operation, asked)
        elif not asked.taken and self._clock.now() - asked.at > UNCONFIRMED_FOR:
            text = md("GitHub did not take the request to {} it. Nothing was changed by it: ask again if it is still wanted.", asked.deed)
            self._stories.answer(operation, False, "not confirmed in time", Message.of(text, section(text)))

    def _send(self, asking: Operation, request: Callable[[str, int], None]) -> Operation:
        """Ask GitHub, once. When its answer is lost the request stays written down, and the follower sees what came of it."""
        try:
            request(asking.repo, asking.run_id or 0)
        except OutcomeUnknown as error:
            self._follow()
            text = "GitHub did not say whether it took that. I look what came of it, and say so in the operation's message."
            raise OutcomeUnknown(text) from error
        except ChatopsError as error:
            self._stories.answer(asking, False, str(error))
            self._follow()
            raise
        self._follow()
        return self._stories.answer(asking, True) or asking

    def _ask(self, operation: Operation, request: RunRequest) -> Operation:
        asking = self._stories.ask(operation, request)
        if asking is None:
            current = self.get(operation.id)
            self._check_nothing_asked(current)
            raise UserError(_as_it_is(current, "Nothing was changed"))
        return asking

    def _go_back(self, operation: Operation, asked: RunRequest) -> None:
        """Start the rollback that an abort asked for. However often it is tried, its key lets one be written."""
        if operation.state is OperationState.SUCCEEDED:
            log.info("abort.too_late", extra={"fields": {"operation": operation.id}})
        elif operation.reached is Reached.NO:
            text = md("↩️ Nothing was deployed: the run ended before it came to that. So nothing is rolled back to {}.", code(asked.back_to))
            self._stories.answer(operation, False, "nothing was deployed", Message.of(text, section(text)))
            return
        request = OperationRequest(OperationKind.ROLLBACK, operation.service, asked.back_to, operation.environment)
        key = f"abort:{operation.id}:{operation.attempt}"
        with self._journal.read() as tx:
            has_begun = tx.operations.by_request(key) is not None  # the daemon ended before it could say so
        try:
            if not has_begun:
                self._operations.start(self._operations.prepare(request, asked.by), asked.by, key)
        except UserError as refusal:
            text = _not_back(asked, refusal.args[0])  # some are markup, and are no plain text
        except ChatopsError as trouble:
            if self._clock.now() - (operation.finished_at or asked.at) < GO_BACK_WITHIN:
                log.warning("abort.waits", extra={"fields": {"operation": operation.id, "error": str(trouble)}})
                return
            text = _not_back(asked, str(trouble))
        else:
            text = md("↩️ Rolling back to {}, as {} asked.", code(asked.back_to), self._permissions.name_of(asked.by))
        self._stories.answer(operation, False, f"went back to {asked.back_to}", Message.of(text, section(text)))

    def _check_person(self, operation: Operation, actor: str) -> None:
        _, environment = self._configured(operation)
        let_through(self._permissions.member(actor), self._permissions.role(actor, environment.releasers))

    def _check_gates(self, operation: Operation, actor: str) -> None:
        """Ask what a release asks; and that nothing newer is live, which the old run would replace."""
        service, environment = self._configured(operation)
        verdicts = [
            *self._gatekeeper.who_and_when(actor, service, environment),
            check_approvals(environment.approvals, operation.approvals, self._permissions.logins),
            *self._gatekeeper.what(operation.kind, service, environment, operation.version, operation.sha),
        ]
        if operation.override and self._gatekeeper.may_override(actor, environment, operation.override).passed:
            verdicts = gone_past(verdicts, operation.overridden)  # its break-glass holds for whoever may break it
        let_through(*verdicts)
        with self._journal.read() as tx:
            live = tx.operations.last_succeeded(operation.service, operation.environment)
        if live and live.finished_at and operation.finished_at and live.finished_at > operation.finished_at:
            text = md(
                "{} went live in {} since: the old run would replace it. Release or roll back by name instead.",
                code(live.version),
                operation.environment,
            )
            raise UserError(text)

    def _configured(self, operation: Operation) -> tuple[Service, Environment]:
        service = self._configuration.services.get(operation.service)
        environment = service.environments.get(operation.environment) if service else None
        if service is None or environment is None:
            raise UserError(md("{} and its environment {} are not in chatops.toml any more.", operation.service, operation.environment))
        return service, environment

    def _check_nothing_asked(self, operation: Operation) -> None:
        asked = operation.asked
        if asked is None:
            return
        who, ago = self._permissions.name_of(asked.by), say_ago(self._clock.now() - asked.at)
        deed = "cancel it" if asked.deed is RunDeed.CANCEL else "re-run its failed jobs"
        raise UserError(md("{} asked to {} {}: GitHub is at it.", who, deed, ago))


def settling(control: RunControl, lanes: Lanes) -> Callable[[Operation], None]:
    """Return what settles an operation in its own lane: a rollback that it starts must not hold up whoever follows runs."""

    def settle(operation: Operation) -> None:
        lanes.submit(operation.story, partial(control.settle, operation))

    return settle


def _not_back(asked: RunRequest, why: str) -> Mrkdwn:
    """Tell whoever aborted, who may look away by now, that what was live before is not coming."""
    return md("{}, I could *not* roll back to {}: {}", mention(asked.by), code(asked.back_to), why)


def _as_it_is(operation: Operation, nothing: str) -> str:
    return md("{}: {} {} is {}.", nothing, operation.service, code(operation.version), operation.state.words)
