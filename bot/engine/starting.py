"""Writes down what was prepared as operations, and launches those that wait for nobody."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.api import Stored
from bot.core.approvals import approval_digest
from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.core.gates import refusal_in
from bot.core.operations import UNFINISHED, Operation, OperationState
from bot.core.queueing import WhenBusy, say_turn, waits_for
from bot.core.requests import Prepared
from bot.engine.changes import Changes
from bot.engine.gatekeeper import check_running_there, cuts_the_same_tag
from bot.engine.permissions import Permissions
from bot.engine.stories import Stories
from bot.engine.targets import CUTTING
from bot.ports.clock import Clock
from bot.ports.errors import UserError
from bot.ports.journal import Journal, Transaction


class Starter:
    """Makes the operations of one request, in one transaction with their messages.

    Args:
        launch: brings an operation that waits for nobody to GitHub.
    """

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        permissions: Permissions,
        changes: Changes,
        stories: Stories,
        clock: Clock,
        launch: Callable[[Operation], None],
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._permissions = permissions
        self._changes = changes
        self._stories = stories
        self._clock = clock
        self._launch = launch

    def start(self, prepared: Sequence[Prepared], actor: str, request_key: str, store: Stored | None = None) -> list[Operation]:
        """Write operations down, all or none, and launch those that wait for nobody; those of a request that was written before are only returned."""
        ids = tuple(secrets.token_hex(4) for _ in prepared)
        group, members = (f"{ids[0]}+{len(ids) - 1}", ids) if len(ids) > 1 else ("", ())
        operations, notes = list[Operation](), list[Message | None]()
        for operation_id, one in zip(ids, prepared, strict=True):
            made, note = self._with_changes(replace(self._make(operation_id, one, actor), group=group, members=members))
            operations.append(made)
            notes.append(note)
        self._permissions.name_of(actor)  # looked up before the transaction, which must be short
        with self._journal.begin() as tx:
            known = tx.operations.by_request(request_key)
            if known:
                return [operation for member in known.members if (operation := tx.operations.get(member))] or [known]
            for number, (operation, note) in enumerate(zip(operations, notes, strict=True)):
                operations[number] = operation = self._as_it_begins(tx, operation, prepared[number].when_busy)
                self._stories.begin(tx, operation, f"{request_key}#{number}" if number else request_key, note)
            if store:
                for key, value in store.values.items():
                    tx.plugins.put(store.plugin, key, value, self._clock.now())
        for operation in operations:
            if operation.state is OperationState.APPROVED:
                self._launch(operation)
        return operations

    def _make(self, operation_id: str, prepared: Prepared, actor: str) -> Operation:
        """Return what was prepared as an operation that is not written down yet."""
        now = self._clock.now()
        dispatch_id = f"chatopsd-{operation_id}"
        inputs = dict(prepared.inputs)
        if prepared.dispatch_id_input:
            inputs[prepared.dispatch_id_input] = dispatch_id
        waits = prepared.approvals_needed > 0
        return Operation(
            id=operation_id,
            kind=prepared.kind,
            state=OperationState.AWAITING_APPROVAL if waits else OperationState.APPROVED,
            service=prepared.service,
            repo=prepared.repo,
            workflow=prepared.workflow,
            ref=prepared.ref,
            sha=prepared.sha,
            version=prepared.version,
            environment=prepared.environment,
            actor=actor,
            requested_at=now,
            updated_at=now,
            dispatch_id=dispatch_id,
            channel=prepared.channel,
            echo=prepared.echo,
            previous=prepared.previous,
            inputs=inputs,
            given=tuple(prepared.given),
            approvals_needed=prepared.approvals_needed,
            approvers=prepared.approvers,
            approvals_channel=prepared.approvals_channel,
            override=prepared.override,
            overridden=prepared.overridden,
            expires_at=now + self._configuration.approval_expires if waits else None,
            digest=approval_digest(prepared.service, prepared.environment, prepared.sha, inputs, prepared.workflow_blob),
        )

    def _with_changes(self, operation: Operation) -> tuple[Operation, Message | None]:
        """Return the operation with what whoever approves must see; another one is told what it brings when it is dispatched."""
        if operation.state is not OperationState.AWAITING_APPROVAL:
            return operation, None
        return self._changes.to_approve(operation)

    def _as_it_begins(self, tx: Transaction, operation: Operation, when_busy: WhenBusy) -> Operation:
        """Ask once more, within the transaction that begins it, that nothing is in its way; return it as it begins: at once, or in the queue."""
        verdict = check_running_there(tx, operation.service, operation.environment)
        if not verdict.passed and when_busy is WhenBusy.QUEUE:
            operation = self._queued(tx, operation)
        elif not verdict.passed:
            raise UserError(refusal_in([verdict]))
        other = cuts_the_same_tag(tx, operation.repo, operation.version) if operation.kind in CUTTING else ""
        if other:
            raise UserError(
                f"{other} has not ended yet, and it cuts the same tag. A tag is cut once: wait for it, or take another version."
            )
        return operation

    def _queued(self, tx: Transaction, operation: Operation) -> Operation:
        """Return an operation as it waits for its turn; what is on its way or waits there already is not asked for twice."""
        ahead = waits_for(operation, tx.operations.in_states(*UNFINISHED))
        if any((other.kind, other.version) == (operation.kind, operation.version) for other in ahead):
            raise UserError(
                f"The {operation.kind} {operation.version} of {operation.service} to {operation.environment} was asked for already."
            )
        until = operation.requested_at + self._configuration.queue_expires
        return replace(operation, state=OperationState.REQUESTED, expires_at=until, reason=say_turn(ahead))
