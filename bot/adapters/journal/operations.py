"""Operations: each as it stands now, moved only from where it is believed to be."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, or_, select, update

from bot.adapters.journal import documents
from bot.adapters.journal.tables import operations
from bot.core.operations import Operation, OperationKind, OperationState

_COLUMNS = ("id", "kind", "state", "service", "environment", "requested_at", "updated_at", "finished_at", "document")
_LIVE_KINDS = (OperationKind.RELEASE.value, OperationKind.DEPLOY.value, OperationKind.ROLLBACK.value)

_ADD = (
    insert(operations)
    .from_select(
        ("request_key", *_COLUMNS),
        select(*(bindparam(f"new_{name}", type_=operations.c[name].type) for name in ("request_key", *_COLUMNS))).where(
            ~exists().where(operations.c.request_key == bindparam("new_request_key", type_=operations.c.request_key.type))
        ),
    )
    .returning(operations.c.seq)  # how many rows an INSERT wrote, not every driver says
)
_SAVE = (
    update(operations)
    .where(operations.c.id == bindparam("known_id"), operations.c.state == bindparam("expected"))
    .values({operations.c[name]: bindparam(f"new_{name}") for name in _COLUMNS if name != "id"})
)
_GET = select(operations.c.document).where(operations.c.id == bindparam("known_id"))
_BY_REQUEST = select(operations.c.document).where(operations.c.request_key == bindparam("known_key"))
_IN_STATES = (
    select(operations.c.document)
    .where(operations.c.state.in_(bindparam("states", expanding=True)))
    .order_by(operations.c.requested_at, operations.c.seq)
)
_LIVE_THERE = (
    operations.c.service == bindparam("known_service"),
    operations.c.environment == bindparam("known_environment"),
    operations.c.state == OperationState.SUCCEEDED.value,
    or_(*(operations.c.kind == kind for kind in _LIVE_KINDS)),
)
# The one that ended last is live, not the one that was asked for last: the other may have waited for its approval.
_LAST_SUCCEEDED = (
    select(operations.c.document)
    .where(*_LIVE_THERE)
    .order_by(operations.c.finished_at.desc(), operations.c.seq.desc())
    .limit(bindparam("most"))
)
_LAST_SUCCEEDED_OF_KIND = _LAST_SUCCEEDED.where(operations.c.kind == bindparam("known_kind"))
# A version is not worth a column of its own: the index leaves the successes of one environment, and the document says the rest.
_SUCCEEDED = (
    select(operations.c.document)
    .where(*_LIVE_THERE, operations.c.document.contains(bindparam("part"), autoescape=False))
    .order_by(operations.c.finished_at.desc())
    .limit(10)
)
_RECENT = select(operations.c.document).order_by(operations.c.requested_at.desc(), operations.c.seq.desc()).limit(bindparam("most"))
_RECENT_OF_SERVICE = _RECENT.where(operations.c.service == bindparam("known_service"))

_ENDED_SINCE = (
    select(operations.c.document)
    .where(operations.c.requested_at >= bindparam("asked_since"), operations.c.finished_at >= bindparam("ended_since"))
    .order_by(operations.c.requested_at, operations.c.seq)
)


class SqlOperations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, operation: Operation, request_key: str) -> bool:
        """Write a new operation. False when one with the same `request_key` exists: nothing is written then."""
        return self._connection.execute(_ADD, {"new_request_key": request_key, **_row(operation)}).scalar() is not None

    def get(self, operation_id: str) -> Operation | None:
        """Return an operation as it stands now."""
        return self._one(_GET, {"known_id": operation_id})

    def by_request(self, request_key: str) -> Operation | None:
        """Return the operation that an envelope asked for."""
        return self._one(_BY_REQUEST, {"known_key": request_key})

    def save(self, operation: Operation, expected: OperationState) -> bool:
        """Write an operation that was in state `expected`. False when it is elsewhere by now: nothing is written then."""
        values = {"known_id": operation.id, "expected": expected.value, **_row(operation)}
        del values["new_id"]
        return self._connection.execute(_SAVE, values).rowcount == 1

    def in_states(self, *states: OperationState) -> list[Operation]:
        """Return the operations in these states, oldest first."""
        return self._all(_IN_STATES, {"states": [state.value for state in states]})

    def last_succeeded(self, service: str, environment: str) -> Operation | None:
        """Return the release, deploy or rollback that succeeded there last."""
        return self._one(_LAST_SUCCEEDED, {"known_service": service, "known_environment": environment, "most": 1})

    def succeeded(self, service: str, environment: str, limit: int, kind: OperationKind | None = None) -> list[Operation]:
        """Return what succeeded there, of all kinds or of one, the last that ended first."""
        values = {"known_service": service, "known_environment": environment, "most": limit}
        if kind is None:
            return self._all(_LAST_SUCCEEDED, values)
        return self._all(_LAST_SUCCEEDED_OF_KIND, {**values, "known_kind": kind.value})

    def successes_of(self, service: str, environment: str, version: str) -> list[Operation]:
        """Return the releases, deploys and rollbacks of this version that succeeded there, the last ten at most, the last that ended first."""
        part = documents.write({"version": version})[1:-1]
        found = self._all(_SUCCEEDED, {"known_service": service, "known_environment": environment, "part": part})
        return [operation for operation in found if operation.version == version]

    def recent(self, limit: int, service: str = "") -> list[Operation]:
        """Return the newest operations first."""
        if service:
            return self._all(_RECENT_OF_SERVICE, {"most": limit, "known_service": service})
        return self._all(_RECENT, {"most": limit})

    def ended_since(self, at: datetime) -> list[Operation]:
        """Return the operations that ended not before a time, and were asked for at most 30 days before it."""
        return self._all(_ENDED_SINCE, {"asked_since": at - timedelta(days=30), "ended_since": at})

    def _one(self, statement: Any, values: dict[str, Any]) -> Operation | None:
        text = self._connection.execute(statement, values).scalar()
        return None if text is None else documents.read(Operation, text)

    def _all(self, statement: Any, values: dict[str, Any]) -> list[Operation]:
        return [documents.read(Operation, text) for text in self._connection.execute(statement, values).scalars()]


def _row(operation: Operation) -> dict[str, Any]:
    return {
        "new_id": operation.id,
        "new_kind": operation.kind.value,
        "new_state": operation.state.value,
        "new_service": operation.service,
        "new_environment": operation.environment,
        "new_requested_at": operation.requested_at,
        "new_updated_at": operation.updated_at,
        "new_finished_at": operation.finished_at,
        "new_document": documents.write(operation),
    }
