"""Dispatches approved operations: the intent is written first, one request is sent, and what came of it is written after."""

import logging
import threading
from datetime import timedelta
from functools import partial
from itertools import count

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_before_delay, stop_when_event_set

from bot.core.approvals import approval_digest
from bot.core.configuration import Configuration, Service
from bot.core.durations import say_ago
from bot.core.gates import refusal_in
from bot.core.operations import Operation, OperationState
from bot.engine.changes import Changes
from bot.engine.gatekeeper import Gatekeeper
from bot.engine.lanes import Lanes
from bot.engine.stories import Stories
from bot.engine.surroundings import Surroundings
from bot.engine.targets import CUTTING, input_names
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, JournalError, OutcomeUnknown, Rejected, Unavailable
from bot.ports.github import Dispatched, GitHub

log = logging.getLogger(__name__)

# How long a dispatch that provably did not reach GitHub is tried again.
GIVE_UP_AFTER_S = 180.0
LONGEST_WAIT_S = 30.0
NOTE_AGAIN_S = 2.0  # a refusal that the journal does not take


class _Closed(ChatopsError):
    """A gate was closed while the dispatch waited to be tried again."""


# What was approved and not sent, since the daemon was down, is no longer what anybody expects to happen now.
STALE = timedelta(minutes=10)


class Launcher:
    """Brings operations from approved to running."""

    def __init__(
        self,
        configuration: Configuration,
        lanes: Lanes,
        stories: Stories,
        github: GitHub,
        gatekeeper: Gatekeeper,
        changes: Changes,
        surroundings: Surroundings,
        clock: Clock,
        launched: threading.Event,
    ) -> None:
        self._configuration = configuration
        self._gatekeeper = gatekeeper
        self._changes = changes
        self._surroundings = surroundings
        self._lanes = lanes
        self._stories = stories
        self._github = github
        self._clock = clock
        self._launched = launched
        self._stopping = threading.Event()
        self._in_flight: set[str] = set()

    def launch(self, operation: Operation) -> None:
        """Dispatch an approved operation as soon as a worker is free."""
        self._lanes.submit(operation.story, partial(self.dispatch, operation))

    def send_again(self, intent: Operation) -> None:
        """Send an operation that is DISPATCHING once more, because a person said that it did not run."""
        self._in_flight.add(intent.id)
        if not self._lanes.submit(intent.story, partial(self._sent_again, intent)):
            self._in_flight.discard(intent.id)

    def _sent_again(self, intent: Operation) -> None:
        try:
            self._send(intent)
        finally:
            self._in_flight.discard(intent.id)

    def is_in_flight(self, operation_id: str) -> bool:
        """Say whether the one request of an operation is being sent right now."""
        return operation_id in self._in_flight

    def stop(self) -> None:
        """Try nothing again that was not sent."""
        self._stopping.set()

    def dispatch(self, operation: Operation) -> None:
        """Send an approved operation to GitHub.

        From the first move on it is DISPATCHING: whatever happens between that write and the next, the run follower looks for the run and never
        sends again.
        """
        self._in_flight.add(operation.id)
        try:
            self._dispatch(operation)
        except JournalError as error:
            # Nothing was sent without its intent, so that it is APPROVED still, and `Recovery` launches it again; or the follower looks for its run.
            log.error("dispatch.journal", extra={"fields": {"operation": operation.id, "why": str(error)}})  # noqa: TRY400 - it says itself what is wrong
        except Exception as crash:
            # Before its intent was written nothing was sent: say so, or it would block its environment. After that the follower has it.
            log.exception("dispatch.crashed", extra={"fields": {"operation": operation.id}})
            self._stories.move(
                operation, OperationState.REJECTED, reason=f"Something broke in me ({type(crash).__name__}). Nothing was started."
            )
        finally:
            self._in_flight.discard(operation.id)

    def _dispatch(self, operation: Operation) -> None:
        refusal = self._too_late(operation) or self.refusal(operation)
        if refusal:
            self._stories.move(operation, OperationState.REJECTED, reason=f"{refusal} Nothing was started.")
            return
        if operation.compare_url:  # shown before it was approved
            total, url, note = operation.commits, operation.compare_url, None
        else:
            total, url, note = self._changes.of(operation)
        sent_at = self._github.server_time()
        around = self._surroundings.of(operation)
        intent = self._stories.move(
            operation,
            OperationState.DISPATCHING,
            note=note,
            dispatched_at=sent_at,
            commits=total,
            compare_url=url,
            usual_s=around.usual_s,
            live_before=around.live_before,
            next_environments=around.next_environments,
        )
        if intent is None:
            return
        self._send(intent)

    def _send(self, intent: Operation) -> None:
        try:
            dispatched = self._request(intent)
        except OutcomeUnknown as error:
            log.warning("dispatch.unknown", extra={"fields": {"operation": intent.id, "error": str(error)}})
            self._launched.set()  # the follower looks for the run
        except _Closed as refusal:
            self._failed(intent, f"While it waited for GitHub to take it: {refusal}")
        except (Rejected, Unavailable) as error:
            said = "GitHub refused the dispatch" if isinstance(error, Rejected) else "GitHub could not be reached"
            if self._stopping.is_set() and isinstance(error, Unavailable):
                said = "I was stopped while GitHub could not be reached"
            self._failed(intent, f"{said}: {error}")
        else:
            self._accepted(intent, dispatched)

    def _failed(self, intent: Operation, why: str) -> None:
        """Note that nothing was started, as soon as the journal takes it: else the follower would look for a run that nobody made, and call it unknown."""
        while True:
            try:
                self._stories.move(intent, OperationState.FAILED, reason=f"{why} Nothing was started.")
            except JournalError as error:
                log.warning("dispatch.not_noted", extra={"fields": {"operation": intent.id, "why": str(error)}})
                if self._clock.wait(self._stopping, NOTE_AGAIN_S):
                    raise
            else:
                return

    def _request(self, intent: Operation) -> Dispatched:
        """Send the one request; tenacity repeats only what provably was not sent, or was refused for the rate."""
        retrying = Retrying(
            retry=retry_if_exception_type(Unavailable),
            wait=_wait,
            stop=stop_before_delay(GIVE_UP_AFTER_S) | stop_when_event_set(self._stopping),  # never a release an hour later, by surprise
            sleep=self._sleep,
            before_sleep=lambda state: log.info(
                "dispatch.retry", extra={"fields": {"operation": intent.id, "attempt": state.attempt_number}}
            ),
            reraise=True,
        )
        tries = count(1)
        return retrying(lambda: self._try(intent, is_first=next(tries) == 1))

    def _try(self, intent: Operation, is_first: bool) -> Dispatched:
        """Send it; what was refused or did not get through before is asked for once more whether it may go now."""
        if not is_first:
            try:
                self._check_open(intent)
                self._stories.sent_at(intent, self._github.server_time())
            except (Unavailable, _Closed):
                raise
            except ChatopsError as error:
                raise Unavailable(str(error)) from error
        return self._github.dispatch(intent.repo, intent.workflow, intent.ref, intent.inputs)

    def _check_open(self, intent: Operation) -> None:
        service = self._configuration.services.get(intent.service)
        environment = service.place(intent.environment) if service else None
        if service is None or environment is None:
            raise _Closed(f"{intent.service} and its environment {intent.environment} were taken out of chatops.toml.")
        refusal = refusal_in(self._gatekeeper.meanwhile(intent, service, environment))
        if refusal:
            raise _Closed(refusal)

    def _sleep(self, seconds: float) -> None:
        self._clock.wait(self._stopping, seconds)

    def _accepted(self, intent: Operation, dispatched: Dispatched) -> None:
        log.info("dispatch.accepted", extra={"fields": {"operation": intent.id, "run": dispatched.run_id}})
        if dispatched.run_id is not None:
            self._stories.move(intent, OperationState.RUNNING, run_id=dispatched.run_id, run_url=dispatched.run_url)
        self._launched.set()

    def _too_late(self, operation: Operation) -> str:
        waited = self._clock.now() - operation.updated_at
        if waited <= STALE:
            return ""
        return f"It was approved {say_ago(waited)}, and could not be sent since: nobody expects it any more. Ask for it again."

    def refusal(self, operation: Operation) -> str:
        """Ask every gate once more, right before a dispatch; return what the first that refuses says, "" when all let it through."""
        service = self._configuration.services.get(operation.service)
        environment = service.place(operation.environment) if service else None
        if service is None or environment is None:
            return f"{operation.service} and its environment {operation.environment} are not in chatops.toml any more."
        drift = self._drift(operation) or self._moved(operation, service)
        return drift or refusal_in(self._gatekeeper.again(operation, service, environment))

    def _drift(self, operation: Operation) -> str:
        """Say what changed since the operation was approved; "" when it is still what was shown."""
        if not operation.approvals_needed:
            return ""
        try:
            blob = self._github.workflow(operation.repo, operation.workflow, operation.ref).blob_sha
        except ChatopsError as error:
            return f"I can't tell whether {operation.workflow} is still what was approved: {error}"
        now = approval_digest(operation.service, operation.environment, operation.sha, operation.inputs, blob)
        if now == operation.digest:
            return ""
        return f"{operation.workflow} was changed on {operation.ref} after this was shown: the approval is void. Ask for it again."

    def _moved(self, operation: Operation, service: Service) -> str:
        """Say that another commit would go than the one that was shown; "" when it is the same, or the workflow is told which one."""
        is_new = operation.kind in CUTTING
        if is_new and input_names(service, operation.inputs).get("sha", "") in operation.inputs:
            return ""
        name = operation.ref if is_new else f"the tag {operation.version}"
        try:
            sha = (
                self._github.resolve(operation.repo, operation.ref).sha
                if is_new
                else self._github.tag_sha(operation.repo, operation.version)
            )
        except ChatopsError as error:
            return f"I can't tell whether {name} is still where it was: {error}"
        if sha == operation.sha:
            return ""
        where = f"has moved on to {sha[:7]}" if sha else "is gone"
        return f"{operation.sha[:7]} was shown, and {name} {where} since. Ask for it again."


def _wait(state: RetryCallState) -> float:
    """Return how long to wait: as GitHub asked, else doubling from one second."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, Unavailable) and error.retry_after_s is not None:
        return error.retry_after_s
    return min(LONGEST_WAIT_S, 2.0 ** (state.attempt_number - 1))
