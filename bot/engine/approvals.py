"""Takes people's decisions on operations that wait for approval; expires and reminds."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.core.approvals import check_approver
from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.core.durations import say_duration
from bot.core.markup import Mrkdwn, code, md
from bot.core.operations import Operation, OperationState
from bot.engine.permissions import Permissions, let_through
from bot.engine.stories import Stories
from bot.ports.clock import Clock
from bot.ports.errors import UserError
from bot.ports.journal import Journal

log = logging.getLogger(__name__)


class ApprovalEngine:
    """See `bot.api.ApprovalsApi` for what each member promises."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        permissions: Permissions,
        stories: Stories,
        clock: Clock,
        launch: Callable[[Operation], None],
        look_at_queue: Callable[[], None],
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._permissions = permissions
        self._stories = stories
        self._clock = clock
        self._launch = launch
        self._look_at_queue = look_at_queue

    def approve(self, operation_id: str, digest: str, actor: str) -> Operation:
        operation = self._waiting(operation_id, digest)
        let_through(
            self._permissions.member(actor),
            self._permissions.role(actor, operation.approvers),
            check_approver(actor, operation.actor, operation.approvals, self._permissions.logins),
        )
        self._permissions.name_of(actor)  # looked up before the transaction, not within it
        approved = self._stories.approve(operation, actor)
        if approved is None:
            raise UserError(self._as_it_is(operation_id))
        if approved.state is OperationState.APPROVED:
            self._launch(approved)
        return approved

    def reject(self, operation_id: str, digest: str, actor: str, reason: str) -> Operation:
        operation = self._waiting(operation_id, digest)
        let_through(self._permissions.member(actor), self._permissions.role(actor, operation.approvers))
        who = self._permissions.name_of(actor)
        moved = self._stories.move(operation, OperationState.REJECTED, by=actor, reason=f"Rejected by {who}: {reason}")
        return self._done(operation_id, moved)

    def withdraw(self, operation_id: str, digest: str, actor: str) -> Operation:
        operation = self._waiting(operation_id, digest, OperationState.REQUESTED)
        if actor != operation.actor:
            raise UserError(f"Only {self._permissions.name_of(operation.actor)}, who asked for it, can withdraw it.")
        moved = self._stories.move(operation, OperationState.CANCELLED, by=actor, reason="Withdrawn by who asked for it.")
        return self._done(operation_id, moved)

    def mine(self, actor: str) -> list[Operation]:
        with self._journal.read() as tx:
            waiting = tx.operations.in_states(OperationState.AWAITING_APPROVAL)
        return [
            operation
            for operation in waiting
            if check_approver(actor, operation.actor, operation.approvals).passed
            and self._permissions.role(actor, operation.approvers).passed
        ]

    def awaited(self, operation: Operation) -> str:
        return self._permissions.shown_holders(operation.approvers, operation.actor, *(given.by for given in operation.approvals))

    def check_waiting(self, operation_id: str, digest: str, actor: str) -> Operation:
        operation = self._waiting(operation_id, digest)
        let_through(self._permissions.member(actor), self._permissions.role(actor, operation.approvers))
        return operation

    def look_at_clock(self) -> None:
        self._look_at_queue()
        now = self._clock.now()
        with self._journal.read() as tx:
            waiting = tx.operations.in_states(OperationState.AWAITING_APPROVAL)
        for operation in waiting:
            if operation.expires_at is None:
                continue
            if now >= operation.expires_at:
                self._expire(operation, operation.expires_at)
            elif not operation.reminded and now >= operation.expires_at - self._lasting(operation, operation.expires_at) / 2:
                left = say_duration(operation.expires_at - now)
                note = Message.of(md("⏰ {}, this still waits for your approval, for {} more.", self._still_asked(operation), left))
                self._stories.remind(operation, note)

    def _still_asked(self, operation: Operation) -> Mrkdwn:
        """Mention the approvers who have not said yes, nor asked themselves."""
        return self._permissions.mentions(operation.approvers, operation.actor, *(given.by for given in operation.approvals))

    def _waiting(self, operation_id: str, digest: str, *others: OperationState) -> Operation:
        """Return the operation, if it still waits (or stands in one of the other states) and is what the button's message showed."""
        with self._journal.read() as tx:
            operation = tx.operations.get(operation_id)
        if (
            operation is None
            or operation.state not in (OperationState.AWAITING_APPROVAL, *others)
            or not operation.digest.startswith(digest)
            or not digest
        ):
            raise UserError(self._as_it_is(operation_id))
        until = operation.expires_at
        # Nobody has looked at the clock since.
        if until and self._clock.now() >= until and operation.state is OperationState.AWAITING_APPROVAL:
            self._expire(operation, until)
            raise UserError(self._as_it_is(operation_id))
        return operation

    def _lasting(self, operation: Operation, until: datetime) -> timedelta:
        """Return for how long approvals are waited for. One that stood in the queue before was asked for long ago."""
        return min(until - operation.requested_at, self._configuration.approval_expires)

    def _expire(self, operation: Operation, at: datetime) -> None:
        waited = say_duration(self._lasting(operation, at))
        self._stories.move(operation, OperationState.EXPIRED, reason=f"Nobody approved it within {waited}. Ask for it again.")

    def _as_it_is(self, operation_id: str) -> str:
        with self._journal.read() as tx:
            operation = tx.operations.get(operation_id)
        if operation is None:
            return md("There is no operation {}.", code(operation_id))
        names = ", ".join(self._permissions.name_of(given.by) for given in operation.approvals)
        approved = f", approved by {names}" if names else ""
        return md("Nothing was changed: {} {} is {}{}.", operation.service, code(operation.version), operation.state.words, approved)

    def _done(self, operation_id: str, moved: Operation | None) -> Operation:
        if moved is None:
            raise UserError(self._as_it_is(operation_id))
        return moved
