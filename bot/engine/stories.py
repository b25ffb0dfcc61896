"""Moves operations: each move is one transaction with its audit event and the messages that show it."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.core.actors import DAEMON
from bot.core.approvals import Approval, is_same_person
from bot.core.blocks import Message
from bot.core.group_card import group_card, group_story
from bot.core.markup import md
from bot.core.operation_card import operation_card, override_line
from bot.core.operation_notes import ended_note
from bot.core.operation_words import operation_line
from bot.core.operations import Operation, OperationState, RunDeed, RunRequest
from bot.engine.permissions import Permissions
from bot.ports.clock import Clock
from bot.ports.journal import AuditEvent, Journal, OutboxRow, Transaction

log = logging.getLogger(__name__)

OnMove = Callable[[Transaction, Operation], Operation]


class Stories:
    """The one place where an operation changes."""

    def __init__(self, journal: Journal, clock: Clock, permissions: Permissions) -> None:
        self._listeners: list[Callable[[Operation], None]] = []
        self._journal = journal
        self._clock = clock
        self._permissions = permissions
        self._on_move: list[OnMove] = []

    def when_moved(self, on_move: OnMove) -> None:
        """Let `on_move` write, in the transaction of each move, what follows from it; it returns the operation with what that changes in it."""
        self._on_move.append(on_move)

    def begin(self, tx: Transaction, operation: Operation, request_key: str, note: Message | None = None) -> bool:
        """Write a new operation within `tx`, with its audit event and its message. False when its request was written before."""
        if not tx.operations.add(operation, request_key):
            return False
        detail = {
            "version": operation.version,
            "environment": operation.environment,
            "sha": operation.sha,
            "inputs": dict(operation.inputs),
            **({"override": operation.override, "overridden": list(operation.overridden)} if operation.override else {}),
        }
        tx.audit.add(AuditEvent(operation.requested_at, operation.actor, f"operation.{operation.state}", operation.story, detail))
        if operation.override:
            facts = {"reason": operation.override, "gates": list(operation.overridden), "version": operation.version}
            tx.audit.add(AuditEvent(operation.requested_at, operation.actor, "operation.override", operation.story, facts))
        self._show(tx, operation, operation.requested_at)
        if note:
            tx.outbox.put(self._note(operation, note), operation.requested_at)
        if operation.override:
            tx.outbox.put(self._note(operation, self._alarm(operation)), operation.requested_at)
        self._ask(tx, operation, operation.requested_at)
        return True

    def listen(self, listener: Callable[[Operation], None]) -> None:
        """Call `listener` from now on with each operation that has moved, after its commit; it must return at once."""
        self._listeners.append(listener)

    def _ask(self, tx: Transaction, operation: Operation, at: datetime) -> None:
        """Ask the approvers, where they are."""
        if operation.state is not OperationState.AWAITING_APPROVAL:
            return
        approvers, who = self._permissions.mentions(operation.approvers, operation.actor), self._permissions.name_of(operation.actor)
        ask = Message.of(md("{}, please look at this: {} asks for your approval.", approvers, who))
        tx.outbox.put(self.to_approvers(operation, ask), at)

    def to_approvers(self, operation: Operation, note: Message) -> OutboxRow:
        """Return a message for the thread that the approvers read: in their own channel where they have one."""
        if operation.approvals_channel:
            return OutboxRow(operation.approvals_channel, note, thread_of=f"approval:{operation.id}")
        return self._note(operation, note)

    def _alarm(self, operation: Operation) -> Message:
        """Say loudly, and to whom it concerns, that somebody went past gates."""
        whom = self._permissions.mentions(operation.approvers, operation.actor)
        line = override_line(operation, self._permissions.name_of(operation.actor))
        return Message.of(md("{} {}", line, whom) if whom else line)

    def move(
        self,
        operation: Operation,
        to: OperationState,
        *,
        by: str = DAEMON,
        note: Message | None = None,
        detail: Mapping[str, Any] | None = None,
        check: Callable[[Transaction], None] = lambda _tx: None,
        **changes: object,
    ) -> Operation | None:
        """Bring an operation into its next state and return it; None when it is no longer where `operation` says.

        Args:
            note: what is said in the operation's thread; at an end that somebody else brought about, whoever asked is mentioned with it.
            detail: what the audit event holds beside the reason.
            check: raises, in the same transaction, what stands in the way: then nothing is written.
        """
        now = self._clock.now()
        moved = operation.move(to, now, **changes)
        facts = {
            **(detail or {}),
            **({"reason": moved.reason} if moved.reason else {}),
            **({"run_id": moved.run_id} if moved.run_id else {}),
        }
        self._look_up(moved)
        with self._journal.begin() as tx:
            current = tx.operations.get(operation.id)
            if current and current.state is operation.state:
                for on_move in self._on_move:
                    moved = on_move(tx, moved)
            if current:
                moved = _with_newer(moved, current, changes)
            if not tx.operations.save(moved, operation.state):
                log.warning("operation.overtaken", extra={"fields": {"operation": operation.id, "from": operation.state, "to": to}})
                return None
            check(tx)
            tx.audit.add(AuditEvent(now, by, f"operation.{to}", moved.story, facts))
            self._show(tx, moved, now)
            said = self._to_concerned(moved, by, current, note)
            if said:
                tx.outbox.put(self._note(moved, said), now)
            self._ask(tx, moved, now)
        for listener in self._listeners:
            listener(moved)
        log.info("operation.moved", extra={"fields": {"operation": moved.id, "state": moved.state, "reason": moved.reason}})
        return moved

    def _to_concerned(self, moved: Operation, by: str, before: Operation | None, note: Message | None) -> Message | None:
        """Return what a move says in the thread: that it ended without success is said to whoever asked for it, or for its failed jobs to be run again, but
        not for their own act."""
        asked = before.asked if before and moved.state is OperationState.CANCELLED else None
        acted = asked.by if asked and asked.deed is RunDeed.CANCEL else by
        told: list[str] = []
        for person in (moved.actor, moved.rerun_by):
            if person not in ("", DAEMON) and not any(is_same_person(person, each, self._permissions.logins) for each in (acted, *told)):
                told.append(person)
        return (ended_note(moved, told, note) if told else None) or note

    def redraw(self, operation: Operation) -> bool:
        """Write an operation whose progress changed, but not its state, and edit its message."""
        self._look_up(operation)
        with self._journal.begin() as tx:
            current = tx.operations.get(operation.id)
            if current:
                operation = replace(operation, asked=current.asked)  # asked of its run since we looked
            if not tx.operations.save(operation, operation.state):
                return False
            tx.outbox.put(self._card(operation), self._clock.now())
        return True

    def sent_at(self, operation: Operation, at: datetime) -> None:
        """Note, before a dispatch is tried again, when that is: its run is looked for from then on. Nothing of it is seen."""
        with self._journal.begin() as tx:
            current = tx.operations.get(operation.id)
            if current and current.state is OperationState.DISPATCHING:
                tx.operations.save(replace(current, dispatched_at=at), OperationState.DISPATCHING)

    def approve(self, operation: Operation, by: str) -> Operation | None:
        """Add a person's approval, and approve the operation when it is the last one needed; None when it was decided meanwhile.

        Who comes second looks at what the first one wrote: both count, or one is told.
        """
        now = self._clock.now()
        self._look_up(operation)
        with self._journal.begin() as tx:
            current = tx.operations.get(operation.id)
            if (
                current is None
                or current.state is not OperationState.AWAITING_APPROVAL
                or any(given.by == by for given in current.approvals)
            ):
                return None
            given = (*current.approvals, Approval(by, now))
            if len(given) >= current.approvals_needed:
                changed = current.move(OperationState.APPROVED, now, approvals=given)
            else:
                changed = replace(current, approvals=given, updated_at=now)
            tx.operations.save(changed, OperationState.AWAITING_APPROVAL)
            tx.audit.add(
                AuditEvent(now, by, "operation.approval", changed.story, {"digest": changed.digest, "of": changed.approvals_needed})
            )
            self._show(tx, changed, now)
        return changed

    def ask(self, operation: Operation, request: RunRequest) -> Operation | None:
        """Write down what a person asks of an operation's run, before it is asked of GitHub; None when it moved, or something is asked already."""
        self._permissions.name_of(request.by)
        self._look_up(operation)
        detail = {"run_id": operation.run_id, "attempt": request.attempt, **({"back_to": request.back_to} if request.back_to else {})}
        with self._journal.begin() as tx:
            current = tx.operations.get(operation.id)
            if current is None or current.state is not operation.state or current.asked != operation.asked:
                return None
            asking = replace(current, asked=request)
            tx.operations.save(asking, current.state)
            tx.audit.add(AuditEvent(request.at, request.by, f"operation.{request.deed}_requested", asking.story, detail))
            self._show(tx, asking, request.at)
        return asking

    def answer(self, operation: Operation, taken: bool, why: str = "", note: Message | None = None) -> Operation | None:
        """Write down what came of what was asked: GitHub took it, or it is asked no more; None when it is not asked any more."""
        now, asked = self._clock.now(), operation.asked
        self._look_up(operation)
        with self._journal.begin() as tx:
            current = tx.operations.get(operation.id)
            if current is None or asked is None or current.asked != asked:
                return None
            answered = replace(current, asked=replace(asked, taken=True) if taken else None)
            tx.operations.save(answered, current.state)
            action = f"operation.{asked.deed}_{'taken' if taken else 'not_taken'}"
            tx.audit.add(AuditEvent(now, DAEMON, action, answered.story, {"why": why} if why else {}))
            self._show(tx, answered, now)
            if note:
                tx.outbox.put(self._note(answered, note), now)
        return answered

    def cancelled_by(self, operation: Operation) -> str:
        """Say who asked to cancel an operation's run; "" when nobody did here."""
        with self._journal.read() as tx:
            current = tx.operations.get(operation.id)
        asked = current.asked if current else None
        return f"Cancelled by {self._permissions.name_of(asked.by)}." if asked and asked.deed is RunDeed.CANCEL else ""

    def remind(self, operation: Operation, note: Message) -> None:
        """Remind the approvers in the thread, once."""
        now = self._clock.now()
        with self._journal.begin() as tx:
            current = tx.operations.get(operation.id)  # somebody may have approved since we looked
            if current is None or current.reminded:
                return
            if tx.operations.save(replace(current, reminded=True), OperationState.AWAITING_APPROVAL):
                tx.outbox.put(self.to_approvers(operation, note), now)

    def tell(self, operation: Operation, note: Message) -> None:
        """Say something in an operation's thread."""
        with self._journal.begin() as tx:
            tx.outbox.put(self._note(operation, note), self._clock.now())

    def _show(self, tx: Transaction, operation: Operation, at: datetime) -> None:
        """Put the operation's message into the timeline, and its one line into the service's own channel."""
        if operation.group:  # first: the operation's own message goes into its thread
            members = [found for member in operation.members if (found := tx.operations.get(member))]
            card = group_card(members, self._permissions.name_of(operation.actor))
            tx.outbox.put(OutboxRow(operation.channel, card, story=group_story(operation)), at)
        tx.outbox.put(self._card(operation), at)
        if operation.approvals_channel and operation.state is not OperationState.REQUESTED and operation.approvals_needed:
            waits = operation.state is OperationState.AWAITING_APPROVAL
            who = self._permissions.name_of(operation.actor)
            shown = (
                operation_card(operation, who, approved_by=self._approvers(operation))
                if waits
                else Message.of(operation_line(operation, who))
            )
            tx.outbox.put(OutboxRow(operation.approvals_channel, shown, story=f"approval:{operation.id}"), at)
        if operation.echo and operation.echo != operation.channel:
            line = operation_line(operation, self._permissions.name_of(operation.actor))
            tx.outbox.put(OutboxRow(operation.echo, Message.of(line), story=f"echo:{operation.id}"), at)

    def _card(self, operation: Operation) -> OutboxRow:
        asked_by = self._permissions.name_of(operation.asked.by) if operation.asked else ""
        card = operation_card(operation, self._permissions.name_of(operation.actor), asked_by, self._approvers(operation))
        return OutboxRow(operation.channel, card, story=operation.story, thread_of=group_story(operation))

    def _approvers(self, operation: Operation) -> list[str]:
        return [self._permissions.name_of(given.by) for given in operation.approvals]

    def _look_up(self, operation: Operation) -> None:
        """Look the names up that the message shows: in Slack before the transaction, not within it."""
        self._permissions.name_of(operation.actor)
        self._approvers(operation)

    def _note(self, operation: Operation, note: Message) -> OutboxRow:
        return OutboxRow(operation.channel, note, thread_of=group_story(operation) or operation.story)


def _with_newer(moved: Operation, current: Operation, changes: Collection[str]) -> Operation:
    """Return a moved operation with what was written of it since we looked.

    Args:
        changes: the fields that the move itself sets: these stay.
    """
    if "approvals" not in changes:
        moved = replace(moved, approvals=current.approvals)
    if "dispatched_at" not in changes:  # it was tried again
        moved = replace(moved, dispatched_at=current.dispatched_at)
    asked = current.asked
    if "asked" not in changes:
        moved = replace(moved, asked=_still_asked(asked, moved.state))
    if current.state.is_final and moved.state is OperationState.RUNNING:
        moved = replace(moved, rerun_by=asked.by if asked and asked.deed is RunDeed.RERUN else "")
    return moved


def _still_asked(asked: RunRequest | None, to: OperationState) -> RunRequest | None:
    """Return what is still asked after a move: an end answers everything, but for the version that is gone back to then."""
    return None if asked is None or (to.is_final and not asked.back_to) else asked
