"""Values to put into a journal: each call makes a whole one, with what matters to the test given by name."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.alerts import Alert, AlertState
from bot.core.blocks import Message, section
from bot.core.operations import JobProgress, Operation, OperationKind, OperationState, StepState
from bot.core.seen_kinds import SeenKind, batch_of
from bot.core.windows import FingerprintCount, Window
from bot.ports.events import Envelope, EnvelopeKind
from bot.ports.journal import AuditEvent, OutboxRow, Transaction

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class StillClock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        self.at += timedelta(seconds=timeout_s)
        return event.is_set()


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def envelope(key: str, **changes: Any) -> Envelope:
    return replace(Envelope(EnvelopeKind.COMMAND, key, NOON, name="/release", user="U1", channel="C1", text="checkout 1.2.3"), **changes)


def operation(name: str, **changes: Any) -> Operation:
    whole = Operation(
        id=name,
        kind=OperationKind.RELEASE,
        state=OperationState.REQUESTED,
        service="checkout",
        repo="acme/checkout",
        workflow="release.yml",
        ref="main",
        sha="a" * 40,
        version="v1.2.3",
        environment="production",
        actor="U1",
        requested_at=NOON,
        updated_at=NOON,
        dispatch_id=f"dispatch-{name}",
        channel="C1",
        inputs={"version": "v1.2.3"},
        jobs=(JobProgress("build", StepState.RUNNING, 12.5, "compile"),),
    )
    return replace(whole, **changes)


def succeeded(name: str, at: datetime, **changes: Any) -> Operation:
    return operation(name, state=OperationState.SUCCEEDED, finished_at=at, updated_at=at, **changes)


def window(watch: str = "api", **changes: Any) -> Window:
    top = (FingerprintCount("f1", "timeout after <n> ms", 3, "timeout after 17 ms"),)
    return replace(Window(watch, NOON, after(15), lines=100, errors=3, distinct=1, fingerprints=top, notes=("a gap",)), **changes)


def see(tx: Transaction, watch: str, fingerprint: str, template: str, count: int, at: datetime) -> bool:
    """See one kind; True when the watch saw it for the first time."""
    is_new = not tx.watches.known(watch, [fingerprint])
    tx.watches.note_kinds(watch, [batch_of([SeenKind(fingerprint, template, count)])], at)
    assert not tx.watches.file_kinds(watch)
    return is_new


def alert(name: str, **changes: Any) -> Alert:
    return replace(Alert(name, "api", "checkout", "C1", AlertState.FIRING, NOON, window()), **changes)


def message(text: str) -> Message:
    return Message.of(text, section(text))


def row(text: str, **changes: Any) -> OutboxRow:
    return replace(OutboxRow("C1", message(text)), **changes)


def event(action: str = "operation.requested", **changes: Any) -> AuditEvent:
    return replace(AuditEvent(NOON, "U1", action, "operation:1", {"version": "v1.2.3", "gates": ["role"]}), **changes)
