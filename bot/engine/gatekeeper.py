"""Collects the facts that the gates decide on, and asks all of them: before a request is taken, and again right before its dispatch."""

import logging

from bot.core.approvals import check_approvals
from bot.core.configuration import Environment, Service
from bot.core.gates import (
    Check,
    Gate,
    Verdict,
    check_checks,
    check_freeze,
    check_lock,
    check_promotion,
    check_running,
)
from bot.core.locks import Lock
from bot.core.operations import UNFINISHED, Operation, OperationKind, OperationState
from bot.core.override import check_override, gone_past
from bot.core.reached import skipped_deployment, was_deployed
from bot.engine.live_versions import LiveEngine
from bot.engine.locks import LockEngine
from bot.engine.permissions import Permissions
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError
from bot.ports.github import GitHub
from bot.ports.journal import Journal, Transaction

log = logging.getLogger(__name__)

RECENT = 200


class Gatekeeper:
    """Who may do what, where and when; every verdict names its gate, says why, and who can clear it."""

    def __init__(
        self, journal: Journal, github: GitHub, permissions: Permissions, clock: Clock, locks: LockEngine, live: LiveEngine
    ) -> None:
        self._journal = journal
        self._github = github
        self._permissions = permissions
        self._clock = clock
        self._locks = locks
        self._live = live

    def who_and_when(self, actor: str, service: Service, environment: Environment) -> list[Verdict]:
        """Ask the gates that need no version: they are asked first, so that nobody types in vain."""
        with self._journal.read() as tx:
            running = check_running_there(tx, service.name, environment.name)
        return [
            self._permissions.member(actor),
            self._permissions.role(actor, environment.releasers),
            self._lock(service, environment),
            check_freeze(environment.freeze, self._clock.now(), environment.overriders),
            running,
        ]

    def what(self, kind: OperationKind, service: Service, environment: Environment, version: str, sha: str) -> list[Verdict]:
        """Ask the gates that look at the version and its commit."""
        after = "" if kind is OperationKind.ROLLBACK else environment.after  # the way back is always open
        with self._journal.read() as tx:
            successes = tx.operations.successes_of(service.name, after, version) if after else []
            is_quiet = bool(after) and check_running_there(tx, service.name, after).passed
            ours = own_runs(tx, service.name)
        had_it = was_deployed(successes)
        skipped = skipped_deployment(successes[0]) if successes and not had_it else ""
        # While one of ours is on its way there, a record may be of its run, which we do not know yet.
        past_us = self._live.past_us(service, after) if is_quiet and not had_it else None
        checks = self._checks(service, sha) if environment.required_checks else None
        return [
            check_promotion(
                after,
                version,
                had_it or bool(past_us and past_us.version == version),
                is_known=past_us is None or past_us.is_known,
                skipped=skipped,
            ),
            check_checks(environment.required_checks, checks, ours, sha),
        ]

    def again(self, operation: Operation, service: Service, environment: Environment) -> list[Verdict]:
        """Ask everything once more, right before the dispatch: but for what runs there, which is the operation itself."""
        asked = [
            self._permissions.member(operation.actor),
            self._permissions.role(operation.actor, environment.releasers),
            self._lock(service, environment),
            check_freeze(environment.freeze, self._clock.now(), environment.overriders),
            check_approvals(environment.approvals, operation.approvals, self._permissions.logins),
        ]
        asked += self.what(operation.kind, service, environment, operation.version, operation.sha)
        return gone_past(asked, operation.overridden)

    def meanwhile(self, operation: Operation, service: Service, environment: Environment) -> list[Verdict]:
        """Ask what may close within minutes, for an operation whose dispatch waits to be tried again.

        Raises:
            ChatopsError: it can't be found out.
        """
        asked = [check_freeze(environment.freeze, self._clock.now(), environment.overriders)]
        if environment.name:
            asked.append(self._verdict(self._locks.standing(service, environment), service, environment))
        return gone_past(asked, operation.overridden)

    def in_turn(self, operation: Operation, service: Service, environment: Environment) -> list[Verdict]:
        """Ask everything once more for an operation whose turn has come: but for its approvals, which are asked for now."""
        return [verdict for verdict in self.again(operation, service, environment) if verdict.gate is not Gate.APPROVAL]

    def may_override(self, actor: str, environment: Environment, reason: str) -> Verdict:
        """Ask whether a person may go past the environment's gates."""
        return check_override(environment.overriders, self._permissions.role(actor, environment.overriders), reason)

    def missing_approvals(self, environment: Environment) -> Verdict:
        """Ask for the approvals that a new operation lacks: all of them."""
        return check_approvals(environment.approvals, ())

    def _lock(self, service: Service, environment: Environment) -> Verdict:
        if not environment.name:  # a tag alone goes nowhere
            return check_lock(None, "")
        try:
            return self._verdict(self._locks.standing(service, environment), service, environment)
        except ChatopsError as error:
            log.warning("lock.unknown", extra={"fields": {"service": service.name, "error": str(error)}})
            return check_lock(None, "", trouble=str(error))

    def _verdict(self, lock: Lock | None, service: Service, environment: Environment) -> Verdict:
        unlock = self._locks.unlock_command(service.name, environment.name)
        return check_lock(lock, self._locks.owner_of(lock) if lock else "", unlock=unlock)

    def _checks(self, service: Service, sha: str) -> list[Check] | None:
        try:
            return self._github.checks(service.repo, sha)
        except ChatopsError as error:
            log.warning("checks.unknown", extra={"fields": {"service": service.name, "error": str(error)}})
            return None


def own_runs(tx: Transaction, service: str) -> frozenset[int]:
    """Return the runs that operations of ours started: how a release ended is no check of the commit that it released."""
    return frozenset(operation.run_id for operation in tx.operations.recent(RECENT, service) if operation.run_id)


def check_running_there(tx: Transaction, service: str, environment: str) -> Verdict:
    """Ask that nothing is on its way there."""
    for operation in tx.operations.in_states(*UNFINISHED):
        if (operation.service, operation.environment) == (service, environment):
            return check_running(
                f"The {operation.kind} {operation.version}",
                service,
                environment,
                is_unknown=operation.state is OperationState.UNKNOWN,
                is_asked=operation.state is OperationState.AWAITING_APPROVAL,
                cancel=f"/ops cancel {operation.id}" if operation.state is OperationState.RUNNING else "",
                since=operation.updated_at,
            )
    return check_running("", service, environment)


def cuts_the_same_tag(tx: Transaction, repo: str, version: str) -> str:
    """Return which unfinished operation cuts the same tag for another environment or service, in words; "" when none does.

    The second run would find the tag, skip everything as a duplicate and end green: what it was asked for would be called live and is not.
    """
    for operation in tx.operations.in_states(*UNFINISHED):
        if (operation.repo, operation.version) == (repo, version) and operation.kind in (OperationKind.RELEASE, OperationKind.TAG):
            return f"The {operation.kind} {version} of {operation.service} to {operation.environment}"
    return ""
