"""Operations as they are written down."""

from datetime import datetime
from typing import Protocol

from bot.core.operations import Operation, OperationKind, OperationState


class Operations(Protocol):
    def add(self, operation: Operation, request_key: str) -> bool:
        """Write a new operation. False when one with the same `request_key` (the envelope that asked for it) exists: nothing is written then."""

    def get(self, operation_id: str) -> Operation | None: ...

    def by_request(self, request_key: str) -> Operation | None:
        """Return the operation that an envelope asked for."""

    def save(self, operation: Operation, expected: OperationState) -> bool:
        """Write an operation that was in state `expected`. False when it is elsewhere by now: nothing is written then."""

    def in_states(self, *states: OperationState) -> list[Operation]:
        """Return the operations in these states, oldest first."""

    def last_succeeded(self, service: str, environment: str) -> Operation | None:
        """Return the newest release, deploy or rollback that succeeded there."""

    def succeeded(self, service: str, environment: str, limit: int, kind: OperationKind | None = None) -> list[Operation]:
        """Return the releases, deploys and rollbacks (or those of one kind) that succeeded there, the last that ended first."""

    def successes_of(self, service: str, environment: str, version: str) -> list[Operation]:
        """Return the releases, deploys and rollbacks of this version that succeeded there, the last ten at most, the last that ended first."""

    def ended_since(self, at: datetime) -> list[Operation]:
        """Return the operations that ended not before a time, and were asked for at most 30 days before it."""

    def recent(self, limit: int, service: str = "") -> list[Operation]:
        """Return the newest operations first."""
